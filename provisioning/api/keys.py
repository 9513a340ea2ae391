"""API keys of a domain: issued once, kept as a hash, good until they expire or are revoked.

A key is `fd_<id>_<secret>`: 16 hexadecimal digits and 43 characters of base64url (256 random bits).
"""

import hashlib
import hmac
import re
import secrets
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from provisioning.api.records import ApiKey, ApiKeyTenant
from runtime.audit import Actor, audit_entry
from runtime.clock import Clock
from runtime.datastore import tenant_namespace, transact
from runtime.problems import BadRequest, Conflict, NotFound, NotSignedIn

MOST_KEYS = 50
"""Keys that a domain can have at a time, revoked ones not counted; ours."""
LONGEST_NAME = 60
LAST_USED_EVERY = timedelta(minutes=1)
_KEY_ID = re.compile(r"[0-9a-f]{16}")
_KEY = re.compile(rf"fd_({_KEY_ID.pattern})_([A-Za-z0-9_-]{{43}})")


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


@dataclass(frozen=True)
class KeyHolder:
    """Who calls with a key."""

    tenant: str
    id: str
    name: str


class ApiKeys:
    """Issues, lists, revokes and recognises keys."""

    def __init__(self, clock: Clock, random_hex: Callable[[int], str] = secrets.token_hex) -> None:
        """random_hex: of so many bytes, for the ids; secrets are always random."""
        self._clock = clock
        self._random_hex = random_hex

    def issue(self, tenant: str, actor: Actor, name: str, days: int = 0) -> tuple[KeyInfo, str]:
        """A new key and its text, which is not kept. days: until it expires, 0 for never.

        Raises BadRequest for a name that is empty or too long, Conflict when the domain has too many keys.
        """
        name = " ".join(name.split())
        if not 1 <= len(name) <= LONGEST_NAME or days < 0:
            raise BadRequest(f"A key needs a name of 1 to {LONGEST_NAME} characters.")
        if len(self.list(tenant)) >= MOST_KEYS:
            raise Conflict(f"Your domain has {MOST_KEYS} keys already.", advice="Revoke one that is not used any more.")
        key_id = self._random_hex(8)
        text = f"fd_{key_id}_{secrets.token_urlsafe(32)}"
        ApiKeyTenant(id=key_id, tenant=tenant, namespace="").put()
        with tenant_namespace(tenant):
            return transact(lambda: self._store(key_id, text, actor, name, days)), text

    def list(self, tenant: str) -> list[KeyInfo]:
        """The keys that are not revoked, newest first."""
        with tenant_namespace(tenant):
            found = ApiKey.query(ApiKey.revoked == None).fetch(MOST_KEYS * 2)  # noqa: E711 - ndb's way to say "is null"
        return sorted((self._info(record) for record in found), key=lambda info: info.created, reverse=True)

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

    def authenticate(self, authorization: str) -> KeyHolder:
        """Who sends this Authorization header. Raises NotSignedIn; unknown, expired and revoked keys look the same."""
        scheme, _, text = authorization.partition(" ")
        match = _KEY.fullmatch(text.strip()) if scheme.lower() == "bearer" else None
        if not match:
            raise NotSignedIn("Send an API key: Authorization: Bearer fd_...", advice=_ADVICE)
        record, tenant = self._find(match[1])
        if record is None or not hmac.compare_digest(record.sha256, _digest(match[0])) or not self._is_good(record):
            raise NotSignedIn("This API key is not known, or is no longer valid.", advice=_ADVICE)
        self._note_use(tenant, match[1], record)
        return KeyHolder(tenant, match[1], record.name)

    def _store(self, key_id: str, text: str, actor: Actor, name: str, days: int) -> KeyInfo:
        now = self._now()
        record = ApiKey(
            id=key_id,
            name=name,
            sha256=_digest(text),
            last_four=text[-4:],
            created=now,
            created_by=actor.label,
            expires=now + timedelta(days=days) if days else None,
        )
        record.put()
        audit_entry(self._clock(), actor, "api-key.issued", key_id, name=name, days=days).put()
        return self._info(record)

    def _find(self, key_id: str) -> tuple[ApiKey | None, str]:
        owner = ApiKeyTenant.get_by_id(key_id, namespace="")
        if owner is None:
            return None, ""
        with tenant_namespace(owner.tenant):
            return ApiKey.get_by_id(key_id), owner.tenant

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

    def _is_due(self, record: ApiKey) -> bool:
        return record.last_used is None or self._now() - record.last_used >= LAST_USED_EVERY

    def _info(self, record: ApiKey) -> KeyInfo:
        return KeyInfo(
            id=record.key.id(),
            name=record.name,
            label=f"fd_{record.key.id()[:6]}…{record.last_four}",
            created=record.created.replace(tzinfo=UTC),
            created_by=record.created_by,
            expires=record.expires and record.expires.replace(tzinfo=UTC),
            last_used=record.last_used and record.last_used.replace(tzinfo=UTC),
            expired=not self._is_good(record),
        )

    def _now(self) -> datetime:
        """As Datastore keeps it."""
        return self._clock().replace(tzinfo=None)


_ADVICE = "An administrator of the domain makes keys on the page “API keys”."


def _digest(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()
