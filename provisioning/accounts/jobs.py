"""What the queue and the scheduler call to have follow-ups done."""

from collections.abc import Callable, Iterable

from provisioning.accounts.account_follow_ups import PATH, AccountFollowUps
from runtime.internal import InternalRoutes, Payload


def add_account_jobs(
    routes: InternalRoutes, follow_ups: AccountFollowUps, tenants: Callable[[], Iterable[str]]
) -> None:
    """Routes /tasks/accounts/steps and /cron/accounts. tenants: those in use."""

    def steps(payload: Payload) -> None:
        follow_ups.step(payload.text("tenant"), payload.text("mark"), payload.number("number"))

    routes.task(PATH, steps)
    routes.cron_for_each("/cron/accounts", tenants, follow_ups.tend)
