"""A school that invites, and its visitors."""

import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

import pytest

from marketplace.access import CustomerId, TenantInUse
from provisioning.invitations.allowance import VisitorAllowance
from provisioning.invitations.claims import Claims
from provisioning.invitations.invitations import Invitations
from provisioning.invitations.jobs import VisitSweep
from provisioning.invitations.joining import Caller, Joining, Wish
from provisioning.invitations.links import Links
from provisioning.invitations.permitted import read_people
from provisioning.invitations.records import Invitation, InvitationDay
from provisioning.invitations.values import InvitationInfo, NewInvitation, VisitInfo, WantedAccount
from provisioning.invitations.visits import Visits
from runtime.datastore import tenant_namespace
from runtime.limits import Limits
from runtime.problems import Forbidden
from runtime.sealing import Sealer
from sandbox.google.world import User
from tests.provisioning.conftest import ADMIN, DOMAIN, PERSON, TENANT, Desk

BASE_URL = "https://frontdesk.example.com"
CALLER = Caller("network")
PASSWORD = "correct horse"


@dataclass
class House:
    """The services around one school. waits: seconds for which refusals were held back."""

    desk: Desk
    in_use: bool = True
    waits: list[float] = field(default_factory=list)
    ticks: list[float] = field(default_factory=list)

    def __post_init__(self) -> None:
        desk, sealer = self.desk, Sealer(self.desk.settings.sealing_keys)
        allowance = VisitorAllowance(Limits(desk.clock))
        self.links = Links(sealer, BASE_URL)
        self.invitations = Invitations(self.links, sealer, desk.clock)
        self.claims = Claims(desk.clock)
        self.visits = Visits(self.links, allowance, self.tenant_in_use, desk.policies, sealer, desk.clock)
        self.joining = Joining(
            self.visits, self.claims, allowance, desk.suggestions, desk.opening, desk.policies, sealer,
            sleep=self.waits.append, monotonic=self.watch,
        )  # fmt: skip
        self.sweep = VisitSweep(self.visits, self.claims, self.joining)

    def tenant_in_use(self, tenant: str) -> TenantInUse:
        if not self.in_use:
            raise Forbidden("Frontdesk is not in use in northfield.example: it is unlicensed.")
        return TenantInUse(CustomerId(tenant), DOMAIN, ADMIN)

    def watch(self) -> float:
        """The time by which refusals are held back; a test can say what it is."""
        return self.ticks.pop(0) if self.ticks else time.monotonic()

    def invite(self, people: str = "", **changes: object) -> str:
        """An invitation's link."""
        values: dict[str, object] = {
            "label": "Class 7b", "days": 7, "quota": 1, "domain": DOMAIN, "org_unit": "/Students",
            "people": read_people(people)[0],
        }  # fmt: skip
        _, link = self.invitations.make(TENANT, PERSON, NewInvitation(**(values | changes)))  # type: ignore[arg-type]
        return link

    def visit(self, link: str) -> VisitInfo:
        """A browser that opens the link."""
        return self.visits.current(self.visits.open(link, "", "203.0.113.7"))

    def again(self, visit: VisitInfo) -> VisitInfo:
        """The visit as it stands now."""
        found = self.visits.of(visit.tenant, visit.id)
        assert found is not None
        return found

    def info(self, link: str) -> InvitationInfo:
        named = self.links.read_link(link)
        assert named is not None
        return self.invitations.of(TENANT, named.id)

    def join(self, visit: VisitInfo, username: str = "", **changes: str) -> WantedAccount:
        """Have the account made, by the first suggestion where no username is named."""
        name = wish(**changes)
        username = username or self.joining.suggest(visit, name, CALLER)[0]
        return self.joining.create(visit, wish(username=username, **changes), CALLER)

    def students(self) -> list[User]:
        """Accounts that invitations have opened."""
        return [user for user in self.desk.world.users.values() if any(
            mark.get("customType") == "frontdesk" for mark in user.more.get("externalIds", [])
        )]  # fmt: skip

    def opened_today(self) -> int:
        """What the daily cap counts."""
        with tenant_namespace(TENANT):
            return sum(day.count for day in InvitationDay.query())

    def kept(self, link: str) -> dict[str, Any]:
        """What is stored of an invitation."""
        with tenant_namespace(TENANT):
            return dict(Invitation.get_by_id(self.info(link).id).to_dict())


def wish(**changes: str) -> Wish:
    """What somebody types."""
    return Wish(**({"given_name": "Zoë", "family_name": "Quill", "password": PASSWORD} | changes))  # type: ignore[arg-type]


@pytest.fixture
def house(desk: Desk) -> Iterator[House]:
    return House(desk)
