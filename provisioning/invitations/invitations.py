"""Making, listing and closing invitations. Called inside an ndb context."""

import secrets
from collections.abc import Callable
from datetime import UTC, datetime, timedelta

from provisioning.invitations.links import Links
from provisioning.invitations.permitted import MOST_PEOPLE
from provisioning.invitations.records import Invitation
from provisioning.invitations.values import (
    LONGEST_DAYS,
    LONGEST_LABEL,
    MOST_GROUPS,
    MOST_PLACES,
    InvitationInfo,
    InvitationState,
    NewInvitation,
)
from runtime.audit import Actor, AuditEntry, audit_entry, entries_of
from runtime.clock import Clock
from runtime.datastore import tenant_namespace, transact
from runtime.problems import BadRequest, Conflict, NotFound
from runtime.sealing import Sealer

SHOWN = 100
"""The newest invitations are listed."""
MOST_OPEN = 50
"""Invitations that can be open at a time; ours."""


class Invitations:
    """What administrators do with invitations."""

    def __init__(
        self, links: Links, sealer: Sealer, clock: Clock, random_hex: Callable[[int], str] = secrets.token_hex
    ) -> None:
        """random_hex: of so many bytes, for the ids."""
        self._links = links
        self._sealer = sealer
        self._clock = clock
        self._random_hex = random_hex

    def make(self, tenant: str, actor: Actor, new: NewInvitation) -> tuple[InvitationInfo, str]:
        """A new invitation, and its link or address. The caller has seen that domain, unit and groups exist.

        Raises BadRequest for figures out of range, Conflict when too many are open.
        """
        _require_sane(new)
        if sum(one.state == "open" for one in self.newest(tenant)) >= MOST_OPEN:
            raise Conflict(f"{MOST_OPEN} invitations are open already.", advice="Close one that is not needed.")
        invitation_id, now = self._random_hex(8), self._clock()

        def work() -> InvitationInfo:
            record = self._record(tenant, invitation_id, actor, new)
            entry = audit_entry(
                now, actor, "invitation.made", invitation_id, label=new.label, quota=record.quota, days=new.days,
                domain=new.domain, org_unit=new.org_unit, groups=list(new.groups), people=len(new.people),
                audience=new.audience,
            )  # fmt: skip
            record.put()
            entry.put()
            return info_of(record, now)

        with tenant_namespace(tenant):
            info = transact(work)
        return info, self.members_address(info) or self._links.link(tenant, invitation_id)

    def members_address(self, info: InvitationInfo) -> str:
        """Where members open it, once they are signed in; "" for an invitation with a link."""
        return self._links.members_address(info.id) if info.audience == "members" else ""

    def newest(self, tenant: str) -> list[InvitationInfo]:
        """The newest ones, newest first."""
        with tenant_namespace(tenant):
            found = Invitation.query().order(-Invitation.made).fetch(SHOWN)
        return [info_of(record, self._clock()) for record in found]

    def of(self, tenant: str, invitation_id: str) -> InvitationInfo:
        """One of the tenant's. Raises NotFound."""
        with tenant_namespace(tenant):
            return info_of(_get(invitation_id), self._clock())

    def uses(self, tenant: str, invitation_id: str) -> list[AuditEntry]:
        """The entries of what was done with it, newest first."""
        with tenant_namespace(tenant):
            return entries_of(invitation_id, MOST_PLACES)

    def close(self, tenant: str, actor: Actor, invitation_id: str) -> None:
        """From now on it opens nothing, everywhere. Raises NotFound; doing it twice changes nothing."""

        def work() -> None:
            record, now = _get(invitation_id), self._clock()
            if record.closed is None:
                record.closed, record.closed_by = now.replace(tzinfo=None), actor.label
                record.put()
                audit_entry(now, actor, "invitation.closed", invitation_id, label=record.label, used=record.used).put()

        with tenant_namespace(tenant):
            transact(work)

    def _record(self, tenant: str, invitation_id: str, actor: Actor, new: NewInvitation) -> Invitation:
        now, purpose = self._clock().replace(tzinfo=None), people_purpose(tenant, invitation_id)
        return Invitation(
            id=invitation_id,
            audience=new.audience,
            label=new.label,
            made=now,
            made_by=actor.label,
            expires=now + timedelta(days=new.days),
            quota=min(new.quota, len(new.people) or new.quota),
            domain=new.domain,
            org_unit=new.org_unit,
            groups=list(new.groups),
            confirmation="list" if new.people else "none",
            people={self._sealer.sign(person.identity, purpose): "" for person in new.people},
            asks_code=any(person.code for person in new.people),
        )


def people_purpose(tenant: str, invitation_id: str) -> str:
    """What the names of permitted people are signed for: equal names in two invitations do not look equal."""
    return f"permitted person/{tenant}/{invitation_id}"


def info_of(record: Invitation, now: datetime) -> InvitationInfo:
    """What is shown of it."""
    return InvitationInfo(
        id=record.key.id(),
        label=record.label,
        made=_aware(record.made),
        made_by=record.made_by,
        expires=_aware(record.expires),
        closed=_aware(record.closed) if record.closed else None,
        closed_by=record.closed_by,
        quota=record.quota,
        used=record.used,
        claimed=len(record.claims),
        domain=record.domain,
        org_unit=record.org_unit,
        groups=tuple(record.groups),
        audience=record.audience,
        is_listed=record.confirmation == "list",
        asks_code=record.asks_code,
        state=_state(record, now),
    )


def _state(record: Invitation, now: datetime) -> InvitationState:
    if record.closed:
        return "closed"
    if record.used >= record.quota:
        return "used up"
    return "expired" if _aware(record.expires) <= now else "open"


def _get(invitation_id: str) -> Invitation:
    record: Invitation | None = Invitation.get_by_id(invitation_id)
    if record is None:
        raise NotFound("Your domain has no such invitation.")
    return record


def _require_sane(new: NewInvitation) -> None:
    sane = (
        1 <= len(new.label) <= LONGEST_LABEL
        and 1 <= new.days <= LONGEST_DAYS
        and 1 <= new.quota <= MOST_PLACES
        and len(new.groups) <= MOST_GROUPS
        and len(new.people) <= MOST_PEOPLE
        and not (new.people and new.audience == "members")
    )
    if not (sane and new.domain and new.org_unit):
        raise BadRequest("An invitation needs a name, 1 to 90 days and 1 to 500 accounts.")


def _aware(moment: datetime) -> datetime:
    return moment.replace(tzinfo=UTC)
