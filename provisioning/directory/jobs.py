"""What the queue and the scheduler call to have the Directory read."""

import logging
from collections.abc import Callable, Iterable

from provisioning.directory.snapshot import PATH, Snapshots
from runtime.internal import InternalRoutes, Payload
from runtime.problems import Problem

_log = logging.getLogger("frontdesk.directory")


def add_directory_jobs(routes: InternalRoutes, snapshots: Snapshots, tenants: Callable[[], Iterable[str]]) -> None:
    """Routes /tasks/directory/crawl and /cron/directory. tenants: those whose Directory is to be known."""

    def crawl(payload: Payload) -> None:
        snapshots.step(payload.text("tenant"), payload.number("generation"), payload.number("number"))

    def tend() -> None:
        for tenant in tenants():
            try:
                snapshots.tend(tenant)
            except Problem as problem:  # one tenant's is nobody else's
                _log.error("the Directory of %s could not be tended: %s %s", tenant, problem.what, problem.raw)

    routes.task(PATH, crawl)
    routes.cron("/cron/directory", tend)
