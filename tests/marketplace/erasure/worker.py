"""Workers that delete and stop in the middle, to be killed there: python -m tests.marketplace.erasure.worker.

See tests.forked. Orders: {"project", "customer", "offset": seconds that the clock is ahead, "at": which look at what is
left is the last}.
"""

from collections.abc import Sequence
from datetime import timedelta
from typing import Any

from google.auth.credentials import AnonymousCredentials
from google.cloud import ndb

from marketplace.domains import Domains
from marketplace.erasure.belongings import Belongings
from marketplace.erasure.deletion import Deletion
from marketplace.licenses import Licenses, LicenseSource
from provisioning.api.keys import rows_outside
from runtime.clock import system_clock
from runtime.datastore import Datastore
from tests.forked import serve, stop
from tests.marketplace.erasure.office import SLICE
from tests.queued import Queue


class NoLicenses(LicenseSource):
    """Deleting asks Google nothing."""


class StoppingBelongings(Belongings):
    """Stops when it has found what is to be deleted next."""

    def __init__(self, domains: Domains, at: int) -> None:
        super().__init__(domains, [rows_outside])
        self.left = at

    def some(self, customer: str, limit: int) -> Sequence[ndb.Key]:
        found = super().some(customer, limit)
        self.left -= 1
        if not self.left:
            stop()
        return found


def work(order: dict[str, Any]) -> None:
    datastore = Datastore(order["project"], AnonymousCredentials())
    offset = timedelta(seconds=order["offset"])

    def clock() -> Any:
        return system_clock() + offset

    domains = Domains(Licenses(NoLicenses(), clock), clock)
    with datastore.context():
        Deletion(StoppingBelongings(domains, order["at"]), Queue(), clock, SLICE).work(order["customer"])


if __name__ == "__main__":
    serve(work)
