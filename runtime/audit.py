"""Who changed what: append-only entries, written in the transaction of the change itself.

An entry made in a tenant's namespace belongs to the tenant; operators' entries are in the default namespace.
"""

from dataclasses import dataclass
from datetime import datetime
from typing import Literal, Protocol

from google.cloud import ndb


class SignedIn(Protocol):
    """Somebody who sent a request, as whoever let them in knows them."""

    @property
    def person(self) -> str:
        """The `sub`."""

    @property
    def email(self) -> str:
        """What people recognise them by."""

    @property
    def request_id(self) -> str:
        """Of the request."""


@dataclass(frozen=True)
class Actor:
    """Who does something: a person (id = sub), an API key (id = key id), an operator (id = sub), or the app itself.

    An invitation (id = its id) stands for whoever was given it.

    label: what people recognise, an e-mail address or a key's name. request_id: as in the log and on error pages.
    """

    kind: Literal["person", "api-key", "operator", "app", "invitation"]
    id: str
    label: str
    request_id: str = ""

    @classmethod
    def of(cls, who: SignedIn, kind: Literal["person", "operator"] = "person") -> "Actor":
        """Whoever sent this request."""
        return cls(kind, who.person, who.email, who.request_id)


class AuditEntry(ndb.Model):  # type: ignore[misc]
    """One change. Nothing in the product updates or deletes an entry."""

    at = ndb.DateTimeProperty(required=True)  # UTC, naive as Datastore keeps it
    actor_kind = ndb.StringProperty(required=True)
    actor_id = ndb.StringProperty(required=True)
    actor_label = ndb.TextProperty()
    action = ndb.StringProperty(required=True)  # "account.created", "domain.enabled", ...
    target = ndb.StringProperty()  # an address, a domain, a key id
    detail = ndb.JsonProperty()  # values before and after; never a secret
    request_id = ndb.TextProperty()


def audit_entry(now: datetime, actor: Actor, action: str, target: str, **detail: object) -> AuditEntry:
    """A new entry, not saved: put it together with the change, inside the change's transaction.

    It belongs to the namespace in force now, wherever it is put.
    """
    return AuditEntry(
        key=ndb.Key(AuditEntry, None),
        at=now.replace(tzinfo=None),
        actor_kind=actor.kind,
        actor_id=actor.id,
        actor_label=actor.label,
        action=action,
        target=target,
        detail=detail,
        request_id=actor.request_id,
    )


def recent_entries(limit: int) -> list[AuditEntry]:
    """The newest entries of the namespace in force, newest first."""
    return list(AuditEntry.query().order(-AuditEntry.at).fetch(limit))


def entries_of(actor_id: str, limit: int) -> list[AuditEntry]:
    """At most so many entries of what one has done, newest first, in the namespace in force."""
    found = AuditEntry.query(AuditEntry.actor_id == actor_id).fetch(limit)
    return sorted(found, key=lambda entry: entry.at, reverse=True)


def entries_about(target: str, action: str, limit: int) -> list[AuditEntry]:
    """At most so many entries of one thing that was done with one target, oldest first, in the namespace in force."""
    found = AuditEntry.query(AuditEntry.target == target, AuditEntry.action == action).fetch(limit)
    return sorted(found, key=lambda entry: entry.at)
