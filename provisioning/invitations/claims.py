"""Places of invitations: claimed before Google is asked, counted when the account is recorded, exactly under races.

An account that was asked for counts against quota, day and list from then on, so that two visitors never get the same
last place. A claim ends by `settle`, which runs in the transaction that records the account, or by `give_back` once
it is certain that there is none.
"""

from collections.abc import Callable, Collection
from dataclasses import asdict
from datetime import UTC, datetime, timedelta

from provisioning.invitations.invitations import info_of
from provisioning.invitations.problems import InvitationOver, NotPermitted, StillAsking, VisitOver
from provisioning.invitations.records import Invitation, InvitationDay, Visit
from provisioning.invitations.values import VisitInfo, WantedAccount
from runtime.clock import Clock
from runtime.datastore import tenant_namespace, transact

Find = Callable[[Collection[str]], str]
"""The signature of a visitor's identity among those of permitted people; "" if none is."""
FORGOTTEN = timedelta(minutes=20)
"""After which a wish whose visitor went away is looked into. Google shows an account within minutes of making it."""


class Claims:
    """Counts places."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock

    def take(self, visit: VisitInfo, wanted: WantedAccount, a_day: int, find: Find) -> int:
        """A place for the visit's account, kept if it has one already; the number of this attempt.

        a_day: how many accounts the tenant's invitations may open in a day. Raises InvitationOver, NotPermitted,
        StillAsking (for another account), VisitOver.
        """

        def work() -> int:
            record, invitation = _visit(visit.id), _invitation(visit.invitation.id)
            _require_open(invitation, self._clock())
            if record.state == "open":
                self._claim(record, invitation, a_day, find)
                record.account = asdict(wanted)
            elif record.account != asdict(wanted):
                raise StillAsking("An earlier wish of this visit is not settled yet.")
            record.attempts += 1
            record.asked = self._now()
            record.put()
            return int(record.attempts)

        with tenant_namespace(visit.tenant):
            return transact(work)

    def is_free(self, visit: VisitInfo, find: Find) -> bool:
        """Whether the list of permitted people has the visitor, with no account yet, or a claim of this visit."""
        with tenant_namespace(visit.tenant):
            people = _invitation(visit.invitation.id).people
        place = find(people)
        return bool(place) and people[place] in {"", visit.id}

    def settle(self, visit: VisitInfo, wanted: WantedAccount) -> None:
        """The account exists, and its place is used up. To be called in the transaction that records the account."""
        record, invitation = _visit(visit.id), _invitation(visit.invitation.id)
        record.state, record.account = "done", asdict(wanted)
        record.put()
        invitation.used += 1
        invitation.claims = [claim for claim in invitation.claims if claim != visit.id]
        invitation.put()

    def give_back(self, visit: VisitInfo, attempt: int) -> None:
        """There is no account and none will come of this attempt; a later one keeps its claim."""

        def work() -> None:
            record = _visit(visit.id)
            if record.state == "asked" and record.attempts == attempt:
                self._unclaim(record, _invitation(record.invitation))

        with tenant_namespace(visit.tenant):
            transact(work)

    def forgotten(self, tenant: str, limit: int) -> list[str]:
        """Visits that asked some time ago and were not settled."""
        with tenant_namespace(tenant):
            found = Visit.query(Visit.state == "asked").fetch(limit)
        before = self._now() - FORGOTTEN
        return [str(record.key.id()) for record in found if record.asked < before]

    def _claim(self, record: Visit, invitation: Invitation, a_day: int, find: Find) -> None:
        if invitation.used + len(invitation.claims) >= invitation.quota:
            raise InvitationOver(
                "The last accounts of this invitation are being opened just now.",
                advice="Try again in a few minutes, or ask whoever sent you the link for a new one.",
            )
        record.day = self._clock().astimezone(UTC).date().isoformat()
        day = InvitationDay.get_by_id(record.day) or InvitationDay(id=record.day)
        if day.count >= a_day:
            raise InvitationOver(
                "Your organization opens no more accounts by invitation today.", advice="Open your link again tomorrow."
            )
        record.person = _place(invitation, record, find)
        record.state = "asked"
        invitation.claims = [*invitation.claims, record.key.id()]
        day.count += 1
        invitation.put()
        day.put()

    def _unclaim(self, record: Visit, invitation: Invitation) -> None:
        invitation.claims = [claim for claim in invitation.claims if claim != record.key.id()]
        if record.person:
            invitation.people = {**invitation.people, record.person: ""}
        day = InvitationDay.get_by_id(record.day)
        if day is not None:
            day.count -= 1
            day.put()
        record.state, record.account, record.person, record.day = "open", None, "", ""
        record.put()
        invitation.put()

    def _now(self) -> datetime:
        """As Datastore keeps it."""
        return self._clock().replace(tzinfo=None)


def _place(invitation: Invitation, record: Visit, find: Find) -> str:
    """The place of the member, or in the list of permitted people, taken; "" where nobody is named.

    Raises NotPermitted.
    """
    if invitation.audience == "link" and invitation.confirmation != "list":
        return ""
    place = record.member if invitation.audience == "members" else find(invitation.people)
    if not place or invitation.people.get(place):
        raise NotPermitted("These details do not open an account with this invitation, or have opened one before.")
    invitation.people = {**invitation.people, place: record.key.id()}
    return place


def _require_open(invitation: Invitation, now: datetime) -> None:
    if words := info_of(invitation, now).words:
        raise InvitationOver(words)


def _visit(visit_id: str) -> Visit:
    record: Visit | None = Visit.get_by_id(visit_id)
    if record is None:
        raise VisitOver("This visit is over.")
    return record


def _invitation(invitation_id: str) -> Invitation:
    record: Invitation | None = Invitation.get_by_id(invitation_id)
    if record is None:
        raise InvitationOver("This invitation is not there any more.")
    return record
