"""What the queue and the scheduler call to have jobs planned, gone on with, and deleted in the end."""

from collections.abc import Callable, Iterable

from provisioning.bulk.expiry import Expiry
from provisioning.bulk.plan.planning import PATH, PlanTasks
from provisioning.bulk.run.running import JobRuns
from runtime.internal import InternalRoutes, Payload


def add_bulk_jobs(
    routes: InternalRoutes, plans: PlanTasks, runs: JobRuns, expiry: Expiry,
    active: Callable[[], Iterable[str]], known: Callable[[], Iterable[str]],
) -> None:  # fmt: skip
    """Routes /tasks/bulk/plan, /cron/bulk and /cron/bulk-expiry. active, known: see Tenants.

    What has had its time is deleted also where Frontdesk is not in use any more.
    """

    def plan(payload: Payload) -> None:
        plans.step(payload.text("tenant"), payload.text("job"), payload.number("number"))

    routes.task(PATH, plan)
    routes.cron_for_each("/cron/bulk", active, plans.tend, runs.tend)
    routes.cron_for_each("/cron/bulk-expiry", known, expiry.tend)
