"""A process that serves one visitor: python -m tests.provisioning.invitations.joiner LINK.

Settings come from the environment, as the product's do. Says what came of it, if it lives to do so.
"""

import sys

from marketplace.access import CustomerId, TenantInUse
from provisioning.accounts.opening import AccountOpening
from provisioning.accounts.policy import Policies
from provisioning.accounts.room import CREATES_A_SECOND
from provisioning.directory.google import GoogleDirectory
from provisioning.directory.places import Places
from provisioning.invitations.room import InvitationRoom
from provisioning.library import Desks
from provisioning.naming.holds import Holds
from provisioning.naming.live_occupancy import DirectoryOccupancy
from provisioning.naming.suggestions import Suggestions
from provisioning.naming.taken import TakenNames
from runtime.clock import system_clock
from runtime.datastore import Datastore
from runtime.google_api import GoogleTransport
from runtime.limits import Limits
from runtime.pace import Pace
from runtime.problems import Problem
from runtime.sealing import Sealer
from runtime.settings import Settings
from tests.provisioning.conftest import ADMIN, DOMAIN, follow_ups_of
from tests.provisioning.invitations.conftest import CALLER, wish


class School:
    """Tenants: one, in use."""

    def active(self) -> list[CustomerId]:
        return []

    def require_active(self, tenant: CustomerId) -> TenantInUse:
        return TenantInUse(tenant, DOMAIN, ADMIN)


def room_of(settings: Settings, transport: GoogleTransport) -> InvitationRoom:
    """As main makes it."""
    directory, clock = GoogleDirectory(transport), system_clock
    policies, holds, taken, limits = Policies(directory, clock), Holds(clock), TakenNames(clock), Limits(clock)
    occupancy = DirectoryOccupancy(directory, lambda _tenant: ADMIN, limits, clock)
    follow_ups = follow_ups_of(transport, settings, clock)
    creates = Pace(clock, "creates", CREATES_A_SECOND)
    opening = AccountOpening(directory, holds, taken, policies, follow_ups, creates, clock)
    desks = Desks(School(), policies, Suggestions(holds, taken, occupancy, limits), opening, clock)
    sealer, places = Sealer(settings.sealing_keys), Places(directory, clock)
    return InvitationRoom(settings, clock, sealer, directory, places, policies, limits, desks)


def join(link: str) -> str:
    """The address of the account, or the code of the problem."""
    settings = Settings()
    transport = GoogleTransport(settings)
    room = room_of(settings, transport)
    with Datastore(settings.google_cloud_project, transport.platform_credentials()).context():
        try:
            visit = room.visits.current(room.visits.open(link, "", "203.0.113.7"))
            name = room.joining.suggest(visit, wish(), CALLER)[0]
            return room.joining.create(visit, wish(username=name), CALLER).address
        except Problem as problem:
            return problem.code


if __name__ == "__main__":
    print(join(sys.argv[1]), flush=True)
