"""Compatibility access: whether keys may stand in addresses, and pages of which origins may call. Off until chosen.

It exists for the demo pages of Google's archived program, which can send no header and which nobody here changes.
"""

from dataclasses import dataclass

from provisioning.api.records import COMPATIBILITY_ID, Compatibility
from runtime.audit import Actor, audit_entry
from runtime.clock import Clock
from runtime.datastore import tenant_namespace, transact
from runtime.memory import Memory
from runtime.problems import Forbidden

RECENT = 10
"""Seconds for which a process may go by what another one has changed."""


class CompatibilityOff(Forbidden):
    """The domain's administrators have not switched it on."""

    code = "compatibility_off"
    default_advice = (
        "It is off until an administrator of the domain switches it on, because others see a key in an address. "
        "Programs of your own use /rest/ and send the key in a header."
    )


class OriginNotListed(Forbidden):
    """A page of another origin than the listed ones."""

    code = "origin_not_listed"
    default_advice = "An administrator of the domain lists origins on the page “Compatibility access”."


@dataclass(frozen=True)
class Choice:
    """What an administrator chose. origins: of pages whose scripts may read our answers, here and from /rest/."""

    is_on: bool = False
    origins: tuple[str, ...] = ()

    def require(self, domain: str, origin: str) -> None:
        """Raise CompatibilityOff or OriginNotListed. origin: the request's; "" where there is none: not a page."""
        if not self.is_on:
            raise CompatibilityOff(f"Compatibility access is off for {domain}.")
        if origin and origin not in self.origins:
            raise OriginNotListed(f"Pages of {origin[:100]} are not listed for {domain}.")


class CompatibilityAccess:
    """Reads and keeps the choice."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._recent: Memory[str, Choice] = Memory(clock, RECENT, 1000)

    def of(self, tenant: str) -> Choice:
        """The choice; off where nobody has chosen."""
        with tenant_namespace(tenant):
            return _choice(Compatibility.get_by_id(COMPATIBILITY_ID))

    def recent(self, tenant: str) -> Choice:
        """The choice as it was at most RECENT seconds ago; what is changed here holds at once."""
        return self._recent.get(tenant, lambda: self.of(tenant))

    def change(self, tenant: str, actor: Actor, choice: Choice) -> None:
        """Keep the choice, with an audit entry of what it was before."""

        def work() -> None:
            before = _choice(Compatibility.get_by_id(COMPATIBILITY_ID))
            if before == choice:
                return
            Compatibility(id=COMPATIBILITY_ID, is_on=choice.is_on, origins=list(choice.origins)).put()
            audit_entry(
                self._clock(), actor, "compatibility.changed", "compatibility access",
                before=_shown(before), after=_shown(choice),
            ).put()  # fmt: skip

        with tenant_namespace(tenant):
            transact(work)
        self._recent.forget(tenant)


def _choice(record: Compatibility | None) -> Choice:
    return Choice(record.is_on, tuple(record.origins)) if record else Choice()


def _shown(choice: Choice) -> dict[str, object]:
    return {"on": choice.is_on, "origins": list(choice.origins)}
