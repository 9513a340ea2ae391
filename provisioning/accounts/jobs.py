"""What the queue and the scheduler call to have follow-ups done."""

import logging
from collections.abc import Callable, Iterable

from provisioning.accounts.account_follow_ups import PATH, AccountFollowUps
from runtime.internal import InternalRoutes, Payload
from runtime.problems import Problem

_log = logging.getLogger("frontdesk.accounts")


def add_account_jobs(
    routes: InternalRoutes, follow_ups: AccountFollowUps, tenants: Callable[[], Iterable[str]]
) -> None:
    """Routes /tasks/accounts/steps and /cron/accounts. tenants: those in use."""

    def steps(payload: Payload) -> None:
        follow_ups.step(payload.text("tenant"), payload.text("mark"), payload.number("number"))

    def tend() -> None:
        for tenant in tenants():
            try:
                follow_ups.tend(tenant)
            except Problem as problem:  # one tenant's is nobody else's
                _log.error("the follow-ups of %s could not be tended: %s %s", tenant, problem.what, problem.raw)

    routes.task(PATH, steps)
    routes.cron("/cron/accounts", tend)
