"""What the scheduler calls: visitors who went away while their account was being made, and visits long over."""

import logging
from collections.abc import Callable, Iterable

from provisioning.invitations.claims import Claims
from provisioning.invitations.joining import Joining
from provisioning.invitations.values import VisitInfo
from provisioning.invitations.visits import Visits
from runtime.internal import InternalRoutes
from runtime.problems import Problem

PIECE = 100
"""Visits of one tenant in one run; the next run goes on."""
_log = logging.getLogger("frontdesk.invitations")


class VisitSweep:
    """Looks into what visitors left."""

    def __init__(self, visits: Visits, claims: Claims, joining: Joining) -> None:
        self._visits = visits
        self._claims = claims
        self._joining = joining

    def tend(self, tenant: str) -> None:
        """One that cannot be looked into just now is looked into by the next run."""
        for visit_id in self._claims.forgotten(tenant, PIECE):
            visit = self._visits.of(tenant, visit_id)
            if visit is not None:
                self._look_into(visit)

    def clear(self, tenant: str) -> None:
        """Delete visits that are long over."""
        self._visits.sweep(tenant, PIECE)

    def _look_into(self, visit: VisitInfo) -> None:
        try:
            self._joining.look_into(visit)
        except Problem as problem:
            _log.warning("what became of visit %s cannot be told yet: %s %s", visit.id, problem.what, problem.raw)


def add_invitation_jobs(
    routes: InternalRoutes, sweep: VisitSweep, active: Callable[[], Iterable[str]], known: Callable[[], Iterable[str]]
) -> None:
    """Routes /cron/invitations and /cron/visits. active, known: see Tenants."""
    routes.cron_for_each("/cron/invitations", active, sweep.tend)
    routes.cron_for_each("/cron/visits", known, sweep.clear)
