"""What the scheduler calls to have old holds removed. A TTL policy on `expires` does the same, within a day or so."""

import logging
from collections.abc import Callable, Iterable

from provisioning.naming.holds import Holds
from runtime.internal import InternalRoutes
from runtime.limits import Limits
from runtime.problems import Problem

PIECE = 500
"""Entities that are looked for at a time."""
PIECES = 20
"""Pieces of one tenant in one run; the next run goes on."""
_log = logging.getLogger("frontdesk.names")


def add_naming_jobs(routes: InternalRoutes, holds: Holds, limits: Limits, tenants: Callable[[], Iterable[str]]) -> None:
    """Route /cron/holds. tenants: those whose names are to be had."""

    def tidy() -> None:
        for tenant in tenants():
            try:
                _sweep(holds.sweep, tenant)
                _sweep(limits.sweep, tenant)
            except Problem as problem:  # one tenant's is nobody else's
                _log.warning("old holds of %s could not be removed: %s %s", tenant, problem.what, problem.raw)

    routes.cron("/cron/holds", tidy)


def _sweep(sweep: Callable[[str, int], int], tenant: str) -> None:
    for _ in range(PIECES):
        if sweep(tenant, PIECE) < PIECE:
            return
