"""How much of something one may have in a span of time, counted over all processes, mostly in memory.

A process counts by itself until it has a whole block, and only then reports it to Datastore and learns the total: the
usual call costs nothing. So others may have used up to a block each that nobody knows of yet; with a block of 1
every call is counted at once and the limit is exact. Called inside an ndb context.
"""

import math
import threading
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from cachetools import LRUCache
from google.cloud import ndb

from runtime.clock import Clock
from runtime.datastore import tenant_namespace, transact
from runtime.problems import TooManyRequests

REMEMBERED = 10_000
"""Counters that a process keeps; what a forgotten one had not reported is not counted."""


class Spent(ndb.Model):  # type: ignore[misc]
    """What was reported in one window. Key: what is counted, and the window, in the tenant's namespace."""

    amount = ndb.IntegerProperty(default=0, indexed=False)
    expires = ndb.DateTimeProperty(required=True)  # UTC, naive; the window's end


class LimitSpent(TooManyRequests):
    """More was asked for than one may have in that time."""

    code = "limit_spent"
    default_advice = "Wait until the time is over, then go on. Nothing was changed."


@dataclass
class _Counter:
    """What this process knows of one window."""

    unreported: int = 0
    is_over: bool = False


@dataclass(frozen=True)
class _Window:
    """Windows are of equal length and follow each other since 1970, so that every process has the same ones."""

    tenant: str
    what: str
    seconds: int
    number: int

    @property
    def end(self) -> datetime:
        return datetime.fromtimestamp((self.number + 1) * self.seconds, UTC)

    @property
    def key_id(self) -> str:
        return f"{self.what}/{self.seconds}/{self.number}"


class Limits:
    """The counters of this process; one for all its threads."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._lock = threading.Lock()
        self._counters: LRUCache[_Window, _Counter] = LRUCache(REMEMBERED)

    def spend(self, tenant: str, what: str, amount: int, *, most: int, window_seconds: int, block: int = 1) -> None:
        """Count `amount` of `what` (at most 1,000 bytes, no secret), if not more than `most` are had in this window.

        block: how many a process counts by itself before it reports them; 1 for an exact limit at one transaction a
        call. Raises LimitSpent, with the seconds until the window ends; the amount is not counted then, and this
        process gives nothing more in this window.
        """
        now = self._clock()
        window = _Window(tenant, what, window_seconds, int(now.timestamp()) // window_seconds)
        with self._lock:
            counter = self._counters.setdefault(window, _Counter())
            is_over, due = counter.is_over, counter.unreported + amount
            counter.unreported = 0 if due >= block else due
        if not is_over and due >= block:
            is_over = counter.is_over = not self._report(window, due, most, amount)
        if is_over:
            raise LimitSpent(
                "More was asked for in a short time than one may have.",
                retry_after=max(1, math.ceil((window.end - now).total_seconds())),
            )

    def sweep(self, tenant: str, limit: int) -> int:
        """Delete counters whose window ended an hour ago, at most `limit`; how many there were."""
        ended = self._clock().replace(tzinfo=None) - timedelta(hours=1)
        with tenant_namespace(tenant):
            keys = Spent.query(Spent.expires < ended).fetch(limit, keys_only=True)
            ndb.delete_multi(keys)
        return len(keys)

    def _report(self, window: _Window, due: int, most: int, amount: int) -> bool:
        """Report what is due; whether the amount may be had. What was had before is counted in any case."""

        def work() -> bool:
            record = Spent.get_by_id(window.key_id) or Spent(id=window.key_id, expires=window.end.replace(tzinfo=None))
            may = bool(record.amount + due <= most)
            record.amount += due if may else due - amount
            record.put()
            return may

        with tenant_namespace(window.tenant):
            return transact(work)
