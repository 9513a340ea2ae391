"""What the queue and the scheduler call to have jobs planned, gone on with, and deleted in the end."""

import logging
from collections.abc import Callable, Iterable

from provisioning.bulk.expiry import Expiry
from provisioning.bulk.plan.planning import PATH, PlanTasks
from provisioning.bulk.run.running import JobRuns
from runtime.internal import InternalRoutes, Payload
from runtime.problems import Problem

_log = logging.getLogger("frontdesk.bulk")


def add_bulk_jobs(
    routes: InternalRoutes, plans: PlanTasks, runs: JobRuns, expiry: Expiry, tenants: Callable[[], Iterable[str]]
) -> None:
    """Routes /tasks/bulk/plan, /cron/bulk and /cron/bulk-expiry. tenants: those in use."""

    def plan(payload: Payload) -> None:
        plans.step(payload.text("tenant"), payload.text("job"), payload.number("number"))

    def of_each(work: Callable[[str], None]) -> None:
        for tenant in tenants():
            try:
                work(tenant)
            except Problem as problem:  # one tenant's is nobody else's
                _log.error("the jobs of %s could not be tended: %s %s", tenant, problem.what, problem.raw)

    def tend(tenant: str) -> None:
        plans.tend(tenant)
        runs.tend(tenant)

    routes.task(PATH, plan)
    routes.cron("/cron/bulk", lambda: of_each(tend))
    routes.cron("/cron/bulk-expiry", lambda: of_each(expiry.tend))
