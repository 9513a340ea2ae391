"""API keys of a domain: issued once, kept as a hash, good until they expire or are revoked.

A key is `fd_<id>_<secret>`: 16 hexadecimal digits and 43 characters of base64url (256 random bits). One that stands in
an address (compatibility access) is `fdk_<id>_<secret>`, bound by AddressRules; neither is good in the other's place.
"""

import hashlib
import hmac
import re
import secrets
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from google.cloud import ndb

from provisioning.api.records import ApiKey, ApiKeyTenant
from runtime.audit import Actor, audit_entry
from runtime.clock import Clock
from runtime.datastore import tenant_namespace, transact
from runtime.memory import Memory
from runtime.problems import BadRequest, Conflict, NotFound, NotSignedIn

MOST_KEYS = 50
"""Keys of each sort that a domain can have at a time, revoked ones not counted; ours."""
MOST_CREATES = 5000
"""Accounts a day that a key in an address can be allowed; ours."""
LONGEST_NAME = 60
LAST_USED_EVERY = timedelta(minutes=1)
REMEMBERED = 10
"""Seconds for which a process goes by what it read of a key: that long a key revoked elsewhere may still be taken."""
_A_DAY = 24 * 60 * 60
_KEY_ID = re.compile(r"[0-9a-f]{16}")
_KEY = re.compile(rf"(fdk?)_({_KEY_ID.pattern})_[A-Za-z0-9_-]{{43}}")
_HEADER, _ADDRESS = "fd", "fdk"


@dataclass(frozen=True)
class AddressRules:
    """What binds a key that stands in an address, because others will come to see it.

    Accounts go to this organizational unit, at most so many a day; a new password is always asked for.
    """

    org_unit_path: str
    creates_a_day: int


@dataclass(frozen=True)
class KeyInfo:
    """What is shown of a key. label: its beginning and end, enough to recognise it. Times are aware, in UTC."""

    id: str
    name: str
    label: str
    created: datetime
    created_by: str
    expires: datetime | None
    last_used: datetime | None
    expired: bool
    rules: AddressRules | None


@dataclass(frozen=True)
class KeyHolder:
    """Who calls with a key. rules: None for a key in a header."""

    tenant: str
    id: str
    name: str
    rules: AddressRules | None


def rows_outside(tenant: str, limit: int) -> Sequence[ndb.Key]:
    """Keys of what the default namespace has of a tenant's keys, at most so many: to be deleted with all the rest."""
    found: Sequence[ndb.Key] = ApiKeyTenant.query(ApiKeyTenant.tenant == tenant).fetch(limit, keys_only=True)
    return found


class ApiKeys:
    """Issues, lists, revokes and recognises keys."""

    def __init__(self, clock: Clock, random_hex: Callable[[int], str] = secrets.token_hex) -> None:
        """random_hex: of so many bytes, for the ids; secrets are always random."""
        self._clock = clock
        self._random_hex = random_hex
        self._tenants: Memory[str, str] = Memory(clock, _A_DAY, 10_000)
        self._records: Memory[str, ApiKey] = Memory(clock, REMEMBERED, 10_000)

    def issue(
        self, tenant: str, actor: Actor, name: str, days: int = 0, rules: AddressRules | None = None
    ) -> tuple[KeyInfo, str]:
        """A new key and its text, which is not kept. days: until it expires, 0 for never. rules: for an address.

        Raises BadRequest for a name that is empty or too long, or rules that bind nothing; Conflict when the domain
        has too many keys.
        """
        name = " ".join(name.split())
        if not 1 <= len(name) <= LONGEST_NAME or days < 0:
            raise BadRequest(f"A key needs a name of 1 to {LONGEST_NAME} characters.")
        if rules and not (days and rules.org_unit_path and 1 <= rules.creates_a_day <= MOST_CREATES):
            raise BadRequest(f"A key in an address needs a unit, an end, and 1 to {MOST_CREATES} accounts a day.")
        if len(self.list(tenant, in_address=rules is not None)) >= MOST_KEYS:
            raise Conflict(f"Your domain has {MOST_KEYS} keys already.", advice="Revoke one that is not used any more.")
        key_id = self._random_hex(8)
        text = f"{_ADDRESS if rules else _HEADER}_{key_id}_{secrets.token_urlsafe(32)}"
        ApiKeyTenant(id=key_id, tenant=tenant, namespace="").put()
        with tenant_namespace(tenant):
            return transact(lambda: self._store(text, actor, name, days, rules)), text

    def list(self, tenant: str, *, in_address: bool = False) -> list[KeyInfo]:
        """The keys of one sort that are not revoked, newest first."""
        with tenant_namespace(tenant):
            found = ApiKey.query(ApiKey.revoked == None).fetch(MOST_KEYS * 4)  # noqa: E711 - ndb's way to say "is null"
        infos = [info for info in map(self._info, found) if (info.rules is not None) is in_address]
        return sorted(infos, key=lambda info: info.created, reverse=True)

    def revoke(self, tenant: str, actor: Actor, key_id: str) -> None:
        """End a key. Raises NotFound for a key that the tenant does not have; doing it twice changes nothing."""

        def work() -> None:
            record = ApiKey.get_by_id(key_id) if _KEY_ID.fullmatch(key_id) else None
            if record is None:
                raise NotFound("Your domain has no such key.")
            if record.revoked is None:
                record.revoked = self._now()
                record.put()
                audit_entry(self._clock(), actor, "api-key.revoked", key_id, name=record.name).put()

        with tenant_namespace(tenant):
            transact(work)
        self._records.forget(key_id)

    def authenticate(self, authorization: str) -> KeyHolder:
        """Who sends this Authorization header. Raises NotSignedIn; unknown, expired and revoked keys look the same."""
        text = bearer(authorization)
        if not text:
            raise NotSignedIn("Send an API key: Authorization: Bearer fd_...", advice=_ADVICE)
        if text.startswith(f"{_ADDRESS}_"):
            raise NotSignedIn("This key is good in the address of compatibility access only.", advice=_ADVICE)
        return self._holder(text)

    def authenticate_address(self, text: str) -> KeyHolder:
        """Who calls an address with this key in it. Raises NotSignedIn."""
        if text.startswith(f"{_HEADER}_"):
            raise NotSignedIn(
                "This key is for the Authorization header, and not for an address.",
                advice="Revoke it: addresses are kept in many places. Make one for compatibility access.",
            )
        return self._holder(text)

    def tenant_named(self, text: str) -> str:
        """The tenant whose key this would be, its secret and its end unseen; "" if there is none. No permission."""
        match = _KEY.fullmatch(text)
        try:
            return self._tenant_of(match[2]) if match else ""
        except NotSignedIn:
            return ""

    def _holder(self, text: str) -> KeyHolder:
        match = _KEY.fullmatch(text)
        if not match:
            raise _unknown()
        key_id = match[2]
        tenant = self._tenant_of(key_id)
        record = self._records.get(key_id, lambda: _read(tenant, key_id))
        if not hmac.compare_digest(record.sha256, _digest(text)) or not self._is_good(record):
            raise _unknown()
        self._note_use(tenant, key_id, record)
        return KeyHolder(tenant, key_id, record.name, _rules(record))

    def _tenant_of(self, key_id: str) -> str:
        return self._tenants.get(key_id, lambda: _read_tenant(key_id))

    def _store(self, text: str, actor: Actor, name: str, days: int, rules: AddressRules | None) -> KeyInfo:
        now, key_id = self._now(), text.split("_")[1]
        record = ApiKey(
            id=key_id,
            name=name,
            sha256=_digest(text),
            last_four=text[-4:],
            created=now,
            created_by=actor.label,
            expires=now + timedelta(days=days) if days else None,
            org_unit_path=rules.org_unit_path if rules else None,
            creates_a_day=rules.creates_a_day if rules else None,
        )
        record.put()
        bound = {"org_unit": rules.org_unit_path, "creates_a_day": rules.creates_a_day} if rules else {}
        audit_entry(self._clock(), actor, "api-key.issued", key_id, name=name, days=days, **bound).put()
        return self._info(record)

    def _is_good(self, record: ApiKey) -> bool:
        return record.revoked is None and (record.expires is None or record.expires > self._now())

    def _note_use(self, tenant: str, key_id: str, seen: ApiKey) -> None:
        """At most once a minute, so that a busy key does not write with every call."""
        if not self._is_due(seen):
            return

        def work() -> None:
            record = ApiKey.get_by_id(key_id)
            if record is not None and self._is_due(record):
                record.last_used = self._now()
                record.put()

        with tenant_namespace(tenant):
            transact(work)
        self._records.forget(key_id)

    def _is_due(self, record: ApiKey) -> bool:
        return record.last_used is None or self._now() - record.last_used >= LAST_USED_EVERY

    def _info(self, record: ApiKey) -> KeyInfo:
        rules = _rules(record)
        return KeyInfo(
            id=record.key.id(),
            name=record.name,
            label=f"{_ADDRESS if rules else _HEADER}_{record.key.id()[:6]}…{record.last_four}",
            created=record.created.replace(tzinfo=UTC),
            created_by=record.created_by,
            expires=record.expires and record.expires.replace(tzinfo=UTC),
            last_used=record.last_used and record.last_used.replace(tzinfo=UTC),
            expired=not self._is_good(record),
            rules=rules,
        )

    def _now(self) -> datetime:
        """As Datastore keeps it."""
        return self._clock().replace(tzinfo=None)


_ADVICE = "An administrator of the domain makes keys on the page “API keys”."


def bearer(authorization: str) -> str:
    """What an Authorization header carries by the Bearer scheme; "" if it is another, or does not look like a key."""
    scheme, _, text = authorization.partition(" ")
    return text.strip() if scheme.lower() == "bearer" and _KEY.fullmatch(text.strip()) else ""


def _unknown() -> NotSignedIn:
    return NotSignedIn("This API key is not known, or is no longer valid.", advice=_ADVICE)


def _read_tenant(key_id: str) -> str:
    owner = ApiKeyTenant.get_by_id(key_id, namespace="")
    if owner is None:
        raise _unknown()
    return str(owner.tenant)


def _read(tenant: str, key_id: str) -> ApiKey:
    with tenant_namespace(tenant):
        record: ApiKey | None = ApiKey.get_by_id(key_id)
    if record is None:
        raise _unknown()
    return record


def _rules(record: ApiKey) -> AddressRules | None:
    return AddressRules(record.org_unit_path, record.creates_a_day) if record.org_unit_path else None


def _digest(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()
