"""A process that opens one account: python -m tests.provisioning.accounts.opener USERNAME HOLDER OPERATION.

Settings come from the environment, as the product's do. Says "ready", waits for a line, then says what came of it.
"""

import sys

from provisioning.accounts.opening import AccountOpening, Asker
from provisioning.accounts.policy import Policies
from provisioning.accounts.room import CREATES_A_SECOND
from provisioning.directory.google import GoogleDirectory
from provisioning.naming.holds import Holds
from provisioning.naming.taken import TakenNames
from runtime.clock import system_clock
from runtime.datastore import Datastore
from runtime.google_api import GoogleTransport
from runtime.pace import Pace
from runtime.problems import Problem
from runtime.settings import Settings
from tests.provisioning.conftest import ADMIN, PERSON, TENANT, follow_ups_of, order


def open_account(username: str, holder: str, operation: str) -> str:
    """The id of the account, or the code of the problem."""
    settings = Settings()
    transport = GoogleTransport(settings)
    directory = GoogleDirectory(transport)
    policies = Policies(directory, system_clock)
    follow_ups = follow_ups_of(transport, settings, system_clock)
    creates = Pace(system_clock, "creates", CREATES_A_SECOND)
    opening = AccountOpening(
        directory, Holds(system_clock), TakenNames(system_clock), policies, follow_ups, creates, system_clock
    )
    with Datastore(settings.google_cloud_project, transport.platform_credentials()).context():
        directory.customer(ADMIN)  # whoever is asked to go runs at full speed
        print("ready", flush=True)
        sys.stdin.readline()
        try:
            wish = order(username, holder=holder, operation=operation)
            return opening.open(Asker(TENANT, ADMIN, PERSON), wish).person_id
        except Problem as problem:
            return problem.code


if __name__ == "__main__":
    print(open_account(*sys.argv[1:]), flush=True)
