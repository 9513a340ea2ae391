"""What the scheduler calls to have old holds removed. A TTL policy on `expires` does the same, within a day or so."""

from collections.abc import Callable, Iterable
from functools import partial

from provisioning.naming.holds import Holds
from runtime.internal import InternalRoutes
from runtime.limits import Limits

PIECE = 500
"""Entities that are looked for at a time."""
PIECES = 20
"""Pieces of one tenant in one run; the next run goes on."""


def add_naming_jobs(routes: InternalRoutes, holds: Holds, limits: Limits, tenants: Callable[[], Iterable[str]]) -> None:
    """Route /cron/holds. tenants: those of which something may be kept."""
    routes.cron_for_each("/cron/holds", tenants, partial(_sweep, holds.sweep), partial(_sweep, limits.sweep))


def _sweep(sweep: Callable[[str, int], int], tenant: str) -> None:
    for _ in range(PIECES):
        if sweep(tenant, PIECE) < PIECE:
            return
