"""Visits: a browser that opened a link, for half an hour. Called inside an ndb context."""

import secrets
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from ipaddress import IPv4Address, ip_address, ip_network

from google.cloud import ndb

from marketplace.access import TenantInUse
from provisioning.accounts.policy import Policies
from provisioning.invitations.allowance import VisitorAllowance
from provisioning.invitations.invitations import info_of
from provisioning.invitations.links import Links, Named, visit_id
from provisioning.invitations.problems import InvitationOver, LinkUnknown, VisitOver
from provisioning.invitations.records import Invitation, Visit
from provisioning.invitations.values import InvitationInfo, VisitInfo, WantedAccount
from runtime.clock import Clock
from runtime.datastore import tenant_namespace
from runtime.problems import Forbidden, NotFound
from runtime.sealing import Sealer

LASTS = timedelta(minutes=30)
KEPT = timedelta(days=1)
"""How long a visit that is over stays before it is swept."""
_NOT_NOW = "Your organization does not open accounts by invitation just now."


class Visits:
    """Opens links, and knows visits by their cookies."""

    def __init__(
        self,
        links: Links,
        allowance: VisitorAllowance,
        in_use: Callable[[str], TenantInUse],
        policies: Policies,
        sealer: Sealer,
        clock: Clock,
        random_text: Callable[[int], str] = secrets.token_urlsafe,
    ) -> None:
        """in_use: the tenant, if it may use the app now; raises Forbidden, NotFound, Unavailable. random_text: secure.

        sealer: makes pseudonyms.
        """
        self._links = links
        self._allowance = allowance
        self._in_use = in_use
        self._policies = policies
        self._sealer = sealer
        self._clock = clock
        self._random_text = random_text

    def open(self, pasted: str, cookie: str, address: str) -> str:
        """The cookie of a visit with this link: the browser's own visit if it has one with it, else a new one.

        pasted: the link, or what holds it. address: the caller's network address.
        Raises LinkUnknown, InvitationOver, EnoughTried.
        """
        named = self._links.read_link(pasted)
        if named is None:
            raise LinkUnknown("What was opened is not a complete link of an invitation.")
        earlier = self._find(cookie)
        if earlier and (earlier.tenant, earlier.invitation.id) == (named.tenant, named.id):
            return cookie
        self.require_wanted(named.tenant)
        invitation = self._invitation(named)
        if invitation.words:
            raise InvitationOver(invitation.words)
        self._allowance.open_link(named.tenant, named.id, invitation.quota, self.network(address))
        return self._begin(named)

    def open_as_member(self, tenant: str, person: str, label: str, invitation_id: str, cookie: str) -> str:
        """The same for somebody who is signed in, by their id; label: their address. No link is needed.

        Raises NotFound, InvitationOver.
        """
        record = _for_members(tenant, invitation_id)
        invitation = info_of(record, self._clock())
        earlier = self._find(cookie)
        if earlier and (earlier.tenant, earlier.invitation.id, earlier.member) == (tenant, invitation_id, person):
            return cookie
        if record.people.get(person):
            raise InvitationOver(
                "You have opened an account with this invitation, or are about to.",
                advice="In the browser in which you did so, open the page again. In another one, wait half an hour.",
            )
        self.require_wanted(tenant)
        if invitation.words:
            raise InvitationOver(invitation.words)
        return self._begin(Named(tenant, invitation_id), person, label)

    def for_members(self, tenant: str, invitation_id: str) -> InvitationInfo:
        """An invitation that is for members. Raises NotFound."""
        return info_of(_for_members(tenant, invitation_id), self._clock())

    def current(self, cookie: str) -> VisitInfo:
        """The visit of a cookie. Raises VisitOver."""
        visit = self._find(cookie)
        if visit is None:
            raise VisitOver("Your link was not opened in this browser, or more than half an hour ago.")
        return visit

    def of(self, tenant: str, visit: str) -> VisitInfo | None:
        """A visit by its id, however old."""
        with tenant_namespace(tenant):
            record = Visit.get_by_id(visit)
            invitation = record and Invitation.get_by_id(record.invitation)
        return self._info(tenant, record, invitation) if record and invitation else None

    def require_in_use(self, tenant: str) -> TenantInUse:
        """The tenant, if it may use the app now. Raises InvitationOver, Unavailable."""
        try:
            return self._in_use(tenant)
        except (Forbidden, NotFound) as problem:
            raise InvitationOver(_NOT_NOW, raw=problem.what) from problem

    def require_wanted(self, tenant: str) -> None:
        """Raises InvitationOver while no invitation opens accounts there, and as `require_in_use`."""
        self.require_in_use(tenant)
        if self._policies.recent(tenant).invitations_off:
            raise InvitationOver(_NOT_NOW)

    def network(self, address: str) -> str:
        """A pseudonym of an address, or of the network of one of IPv6: no counter holds the address itself."""
        return self._sealer.sign(network_of(address), "network")

    def sweep(self, tenant: str, limit: int) -> int:
        """Delete visits that were over a day ago, but for those that may have an account coming; how many."""
        before = self._now() - KEPT
        with tenant_namespace(tenant):
            found = Visit.query(Visit.expires < before).fetch(limit)
            gone = [record.key for record in found if record.state != "asked"]
            ndb.delete_multi(gone)
        return len(gone)

    def _find(self, cookie: str) -> VisitInfo | None:
        named = self._links.read_cookie(cookie)
        if named is None:
            return None
        visit = self.of(named.tenant, named.id)
        return visit if visit and visit.expires > self._clock() else None

    def _begin(self, named: Named, member: str = "", label: str = "") -> str:
        secret = self._random_text(32)
        with tenant_namespace(named.tenant):
            Visit(
                id=visit_id(secret), invitation=named.id, state="open", expires=self._now() + LASTS,
                member=member, member_label=label,
            ).put()  # fmt: skip
        return self._links.cookie(named.tenant, secret)

    def _invitation(self, named: Named) -> InvitationInfo:
        with tenant_namespace(named.tenant):
            record = Invitation.get_by_id(named.id)
        if record is None:
            raise LinkUnknown("This invitation is not there any more.")
        return info_of(record, self._clock())

    def _info(self, tenant: str, record: Visit, invitation: Invitation) -> VisitInfo:
        account = WantedAccount(**record.account) if record.account else None
        expires = record.expires.replace(tzinfo=UTC)
        return VisitInfo(
            tenant, record.key.id(), record.state, expires, record.attempts,
            info_of(invitation, self._clock()), account, record.member, record.member_label,
        )  # fmt: skip

    def _now(self) -> datetime:
        """As Datastore keeps it."""
        return self._clock().replace(tzinfo=None)


def network_of(address: str) -> str:
    """What one household or school has to itself: an IPv4 address, or the 64 bits before those that devices choose."""
    try:
        known = ip_address(address)
    except ValueError:
        return address
    if isinstance(known, IPv4Address):
        return str(known)
    return str(known.ipv4_mapped or ip_network((known, 64), strict=False))


def _for_members(tenant: str, invitation_id: str) -> Invitation:
    with tenant_namespace(tenant):
        record: Invitation | None = Invitation.get_by_id(invitation_id)
    if record is None or record.audience != "members":
        raise NotFound("Your domain has no such invitation for its members.")
    return record
