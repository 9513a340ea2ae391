"""What each address of the REST interface does, given who calls. Success bodies are exactly the original's."""

from collections.abc import Collection
from dataclasses import dataclass
from typing import Any

from provisioning.api.body import name_fields, text, texts
from provisioning.api.compatibility import CompatibilityAccess
from provisioning.api.keys import AddressRules, ApiKeys, KeyHolder, bearer
from provisioning.library import Desks, DomainDesk, Placement, Program
from runtime.audit import Actor
from runtime.limits import Limits, LimitSpent

_A_DAY = 24 * 60 * 60
NAMES, NAMES_WINDOW, _NAMES_BLOCK = 3000, 120, 100
"""Names that a key in an address may be given in so many seconds: enough for a hundred visitors of a page at a time,
and no way to keep a domain's names from everybody else. Counted by blocks."""


@dataclass(frozen=True)
class Caller:
    """Who calls, and the desk of their domain, which is in use."""

    key: KeyHolder
    desk: DomainDesk


class DailyCapReached(LimitSpent):
    """A key in an address has asked for its day's accounts."""

    code = "daily_cap"
    default_advice = (
        "Go on tomorrow (the day ends at midnight UTC), or ask an administrator for a key that may do more."
    )


class RestInterface:
    """Who may call, and what they get. Called inside an ndb context."""

    def __init__(self, keys: ApiKeys, compatibility: CompatibilityAccess, desks: Desks, limits: Limits) -> None:
        self._keys = keys
        self._compatibility = compatibility
        self._desks = desks
        self._limits = limits

    def caller(self, authorization: str, request_id: str) -> Caller:
        """Who sends the header. Raises NotSignedIn for a bad key, Forbidden when the domain may not use Frontdesk."""
        return self._caller(self._keys.authenticate(authorization), None, request_id)

    def caller_in_address(self, key_text: str, origin: str, request_id: str) -> Caller:
        """Who calls an address with a key in it. origin: of the page that calls; "" for what is no page.

        Raises NotSignedIn, CompatibilityOff, OriginNotListed, Forbidden.
        """
        key = self._keys.authenticate_address(key_text)
        rules = key.rules
        caller = self._caller(key, Placement(rules.org_unit_path, True) if rules else None, request_id)
        self._compatibility.recent(key.tenant).require(caller.desk.domain, origin)
        return caller

    def origins_of_header(self, authorization: str) -> Collection[str]:
        """The origins listed by the domain whose key is sent, good or not, so that a page can read why not."""
        return self.origins_of(bearer(authorization))

    def origins_of(self, key_text: str) -> Collection[str]:
        """The same for a key's text. () if there is no such key."""
        tenant = self._keys.tenant_named(key_text)
        return self._compatibility.recent(tenant).origins if tenant else ()

    def suggest(self, caller: Caller, fields: dict[str, Any]) -> list[str]:
        """Names, held under the key; each call is a holder of its own."""
        key, names = caller.key, name_fields(fields)
        if key.rules:
            wanted, what = caller.desk.policy.number_of_suggestions, f"names/address:{key.id}"
            self._limits.spend(key.tenant, what, wanted, most=NAMES, window_seconds=NAMES_WINDOW, block=_NAMES_BLOCK)
        return caller.desk.suggest(names)

    def select(self, caller: Caller, body: dict[str, Any]) -> dict[str, str]:
        """Keep one name of a call's answer, or none, and release the others."""
        caller.desk.select(username=text(body, "username"), suggestions=texts(body, "suggestions"))
        return {"message": "User selected successfully."}

    def create(self, caller: Caller, body: dict[str, Any]) -> dict[str, str]:
        """Make the account; sent again, the same answer."""
        order = caller.desk.order(
            text(body, "username"), text(body, "firstname"), text(body, "lastname"), text(body, "password")
        )
        if caller.key.rules:
            self._count(caller.key, caller.key.rules)
        caller.desk.open(order)
        return {"message": "User created successfully."}

    def config(self, caller: Caller) -> dict[str, Any]:
        """What the original's pages ask for when they load."""
        policy = caller.desk.policy
        return {
            "domain": caller.desk.domain,
            "numberOfSuggestions": policy.number_of_suggestions,
            "suggestedUsernamesTimeout": policy.hold_seconds,
        }

    def _caller(self, key: KeyHolder, placement: Placement | None, request_id: str) -> Caller:
        program = Program(key.id, Actor("api-key", key.id, key.name, request_id))
        desk = self._desks.of(key.tenant, program, placement=placement)
        desk.require_in_use()
        return Caller(key, desk)

    def _count(self, key: KeyHolder, rules: AddressRules) -> None:
        """Every request that could make an account counts, also one that is sent again."""
        most = rules.creates_a_day
        try:
            self._limits.spend(key.tenant, f"creates/{key.id}", 1, most=most, window_seconds=_A_DAY, block=1)
        except LimitSpent as spent:
            raise DailyCapReached(
                f"This key may ask for {most} accounts a day, and has.", retry_after=spent.retry_after
            ) from spent
