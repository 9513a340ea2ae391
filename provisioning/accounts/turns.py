"""When Google may be asked for a single account: at moments of the pace that jobs keep, too.

Called inside an ndb context.
"""

import logging
from datetime import datetime

from runtime.datastore import OUTAGES
from runtime.google_problems import GoogleThrottled, GoogleUnreachable
from runtime.pace import Pace
from runtime.problems import Problem, Unavailable

LONGEST_WAIT = 8.0
"""Seconds that somebody waits at most: more than jobs at work have reserved, see Pace, but for dozens of them."""
MOMENTS = (1, 2, 4)
"""How many are reserved, one time after the other: a process that was too late for the first ones is in time for a
later one."""
_log = logging.getLogger("frontdesk.accounts")


class Turns:
    """Of every tenant."""

    def __init__(self, pace: Pace) -> None:
        """pace: of creates."""
        self._pace = pace

    def wait(self, tenant: str) -> None:
        """Until it is our turn; one transaction, when all is well. Raises Unavailable for what would be long."""
        for number in MOMENTS:
            moments = self._reserve(tenant, number)
            if any(self._pace.wait_for(tenant, moment) for moment in moments):
                return
        raise Unavailable("We are too slow ourselves just now.")

    def note(self, tenant: str, problem: Problem | None) -> None:
        """What Google said: where it is asked too much, everybody slows down. The account does not depend on it."""
        try:
            if isinstance(problem, GoogleThrottled | GoogleUnreachable):
                self._pace.slow_down(tenant, problem.retry_after)
            elif problem is None:
                self._pace.speed_up(tenant, 1)
        except (Unavailable, *OUTAGES) as failure:
            _log.warning("the pace was not told what Google says: %s", failure)

    def _reserve(self, tenant: str, number: int) -> list[datetime]:
        try:
            return self._pace.reserve(tenant, number, longest=LONGEST_WAIT)
        except Unavailable as problem:
            raise Unavailable(
                "Many accounts of your domain are being created just now, or Google asked us to slow down.",
                raw=problem.raw, retry_after=problem.retry_after,
            ) from problem  # fmt: skip
