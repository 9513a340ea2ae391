"""Invitations, visits and wishes as the services hand them on. Pure; times are aware, in UTC."""

from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Literal

from provisioning.invitations.permitted import PermittedPerson

InvitationState = Literal["open", "closed", "expired", "used up"]
Audience = Literal["link", "members"]
"""Whoever has the link, or members of the domain who are signed in; of those, each opens one account at most."""
MOST_PLACES = 500
LONGEST_LABEL = 80
LONGEST_DAYS = 90
MOST_GROUPS = 10


@dataclass(frozen=True)
class NewInvitation:
    """What an administrator decided. days: until it expires. people: whom it is for; none: whoever has the link."""

    label: str
    days: int
    quota: int
    domain: str
    org_unit: str
    groups: tuple[str, ...] = ()
    people: tuple[PermittedPerson, ...] = ()
    audience: Audience = "link"


@dataclass(frozen=True)
class InvitationInfo:
    """What is shown of an invitation. used: accounts that are open; claimed: those that were asked for and may be."""

    id: str
    label: str
    made: datetime
    made_by: str
    expires: datetime
    closed: datetime | None
    closed_by: str
    quota: int
    used: int
    claimed: int
    domain: str
    org_unit: str
    groups: tuple[str, ...]
    audience: Audience
    is_listed: bool
    asks_code: bool
    state: InvitationState

    @property
    def words(self) -> str:
        """Why it cannot be used, for its visitors; empty while it can."""
        return _WHY[self.state]


_WHY: dict[InvitationState, str] = {
    "open": "",
    "closed": "Whoever made this invitation has closed it.",
    "expired": "The time of this invitation is over.",
    "used up": "All accounts of this invitation have been opened.",
}


@dataclass(frozen=True)
class WantedAccount:
    """The account that a visit asks for, without its password. steps: what follows, as accounts.steps packs them."""

    username: str
    domain: str
    given_name: str
    family_name: str
    org_unit: str
    steps: list[dict[str, Any]] = field(default_factory=list)

    @property
    def address(self) -> str:
        """Its primary address."""
        return f"{self.username}@{self.domain}"


@dataclass(frozen=True)
class VisitInfo:
    """One browser with a link. account: what it has asked for, in the states asked and done.

    attempts: how often it has asked. member: a signed-in person's id and address, where it is for members.
    """

    tenant: str
    id: str
    state: Literal["open", "asked", "done"]
    expires: datetime
    attempts: int
    invitation: InvitationInfo
    account: WantedAccount | None
    member: str = ""
    member_label: str = ""

    @property
    def owner(self) -> str:
        """Who holds names."""
        return f"visit:{self.id}"
