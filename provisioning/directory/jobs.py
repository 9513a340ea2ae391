"""What the queue and the scheduler call to have the Directory read."""

from collections.abc import Callable, Iterable

from provisioning.directory.snapshot import PATH, Snapshots
from runtime.internal import InternalRoutes, Payload


def add_directory_jobs(routes: InternalRoutes, snapshots: Snapshots, tenants: Callable[[], Iterable[str]]) -> None:
    """Routes /tasks/directory/crawl and /cron/directory. tenants: those whose Directory is to be known."""

    def crawl(payload: Payload) -> None:
        snapshots.step(payload.text("tenant"), payload.number("generation"), payload.number("number"))

    routes.task(PATH, crawl)
    routes.cron_for_each("/cron/directory", tenants, snapshots.tend)
