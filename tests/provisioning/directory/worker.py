"""Workers that read the school's Directory and stop at a chosen instant, to be killed there: python -m ...worker.

See tests.forked. Instants: "before 3", "after 3" for the page of that number, "building", "built".
"""

from collections.abc import Callable, Iterator
from datetime import timedelta
from typing import Any

from provisioning.accounts.domain_policy import DomainPolicy
from provisioning.directory.crawl import CompletedCrawl
from provisioning.directory.google import GoogleDirectory
from provisioning.directory.snapshot import Snapshots
from runtime.clock import system_clock
from runtime.datastore import Datastore
from runtime.google_api import GoogleTransport
from runtime.settings import Settings
from sandbox.google.seed import ADMIN
from tests.forked import serve, stop
from tests.provisioning.directory.reading import WatchedListing
from tests.queued import Queue


class StoppingBuilder:
    """Somebody who builds from the reading, and may be killed while at it or right after."""

    def __init__(self, instant: str) -> None:
        self._instant = instant

    def complete(self, tenant: str, crawl: CompletedCrawl, addresses: Callable[[], Iterator[bytes]]) -> None:
        for number, _ in enumerate(addresses()):
            if number == 1 and self._instant == "building":
                stop()
        if self._instant == "built":
            stop()


def work(order: dict[str, Any]) -> None:
    settings = Settings()
    transport = GoogleTransport(settings)
    datastore = Datastore(settings.google_cloud_project, transport.platform_credentials())
    listing, instant = WatchedListing(transport), order["instant"]
    when, _, number = instant.partition(" ")
    if number:
        getattr(listing, when)[int(number)] = stop
    offset = timedelta(seconds=order["offset"])
    snapshots = Snapshots(
        listing, GoogleDirectory(transport).domains, lambda _tenant: ADMIN, lambda _tenant: DomainPolicy(),
        [StoppingBuilder(instant)], Queue(), lambda: system_clock() + offset,
    )  # fmt: skip
    with datastore.context():
        snapshots.step(order["tenant"], order["generation"], order["number"])


if __name__ == "__main__":
    serve(work)
