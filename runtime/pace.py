"""Moments for calls to a service that takes so many a second: evenly spaced, and shared by all processes of a tenant.

A process reserves some moments with one transaction and makes a call at each. What is not used is lost, so that nothing
is ever made up for in a burst. The rate is halved when the service asks to slow down, and comes back with what succeeds
(additive increase, multiplicative decrease). Called inside an ndb context, but for `wait_for`.

The moments are of the wall clock; machines whose clocks differ are apart by as much.
"""

import math
import random
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from cachetools import LRUCache
from google.cloud import ndb

from runtime.clock import Clock
from runtime.problems import Unavailable
from runtime.transaction import Transaction, transact

SLOWEST = 0.25
"""Calls a second below which the rate never falls."""
RECOVERY = 0.05
"""By how much each success raises a lowered rate: half of 8 a second is made up for in a quarter of a minute."""
ONE_SIGNAL = 1.0
"""Seconds in which several answers to slow down count as one: they are about calls that were under way together."""
LATE = 0.15
"""Seconds by which a moment may be missed. In a second at 8 a second there are then at most 1.15 * 8 + 1, so 10."""
AHEAD = 2.0
"""Seconds of the future that one call reserves at most, so that a process that is killed leaves no long gap."""
QUEUE = 6.0
"""Seconds of the future after which one moment is reserved at a time, so that nobody has to wait for many others."""
LONGEST_WAIT = 60.0
"""Seconds that it makes sense to wait in place; whoever would have to wait longer comes back later."""
REMEMBERED = 10_000
"""Tenants of which a process remembers how fast they are."""
_LONG_AGO = datetime.min.replace(tzinfo=UTC)


class PaceRecord(ndb.Model):  # type: ignore[misc]
    """Key: what is paced, in the tenant's namespace. Times are UTC, naive."""

    rate = ndb.FloatProperty(required=True, indexed=False)  # a second
    free_from = ndb.DateTimeProperty(required=True, indexed=False)  # the first moment that nobody has
    slowed = ndb.DateTimeProperty(indexed=False)  # when the rate was halved last

    @classmethod
    def _get_kind(cls) -> str:
        return "Pace"


@dataclass
class _Known:
    """What this process knows of a tenant: its rate, and before which moment nothing may be asked."""

    rate: float
    not_before: datetime = _LONG_AGO


class Pace:
    """One for the process and for what is paced."""

    def __init__(
        self,
        clock: Clock,
        what: str,
        per_second: float,
        *,
        behind: "Pace | None" = None,
        sleep: Callable[[float], None] = time.sleep,
        jitter: Callable[[], float] = random.random,  # noqa: S311 - jitter, no secret
    ) -> None:
        """what: names it in Datastore. per_second: the rate when all is well. jitter: seconds, 0 to 1.

        behind: calls that matter less, and use the same quota: they slow down with these, and not these with them.
        """
        self._clock = clock
        self._what = what
        self._per_second = per_second
        self._behind = behind
        self._sleep = sleep
        self._jitter = jitter
        self._lock = threading.Lock()
        self._tenants: LRUCache[str, _Known] = LRUCache(REMEMBERED)

    def reserve(self, tenant: str, wanted: int, *, longest: float = LONGEST_WAIT) -> list[datetime]:
        """At most as many moments, at least one, none before now; fewer where they would be more than AHEAD, or where
        others have reserved most of QUEUE.

        Raises Unavailable, with the seconds after which to come back, when the first would be after `longest` seconds;
        nothing is reserved then.
        """

        def work(transaction: Transaction) -> tuple[list[datetime], float]:
            record, now = self._read(transaction, tenant), self._now()
            first, gap = max(now, record.free_from), timedelta(seconds=1 / record.rate)
            ahead = (first - now).total_seconds()
            _require_near(ahead, longest)
            number = max(1, min(wanted, int(min(AHEAD, QUEUE - ahead) * record.rate)))
            record.free_from = first + number * gap
            transaction.put(record)
            return [(first + at * gap).replace(tzinfo=UTC) for at in range(number)], record.rate

        moments, rate = transact(work)
        self._known(tenant).rate = rate
        return moments

    def wait_for(self, tenant: str, moment: datetime) -> bool:
        """Sleep until a reserved moment; whether it may be used. Needs no ndb context.

        It may not when it was missed by more than LATE, or when this process was asked meanwhile to slow down: then
        another one is to be reserved.
        """
        delay = (moment - self._clock()).total_seconds()
        if delay > 0:
            self._sleep(delay)
        missed = (self._clock() - moment).total_seconds()
        return missed <= LATE and moment >= self._known(tenant).not_before

    def slow_down(self, tenant: str, retry_after: float = 0) -> None:
        """As the service asked: half the rate, and nothing in the next `retry_after` seconds. Raises Unavailable."""
        now, known = self._clock(), self._known(tenant)
        until = now + timedelta(seconds=retry_after + self._jitter())
        if retry_after <= (known.not_before - now).total_seconds():
            return  # this process has passed it on already
        known.not_before = until
        known.rate = transact(lambda transaction: self._slow(transaction, tenant, until))
        if self._behind:
            self._behind.slow_down(tenant, retry_after)

    def speed_up(self, tenant: str, succeeded: int) -> None:
        """So many calls succeeded. Costs nothing as long as the rate is what it should be. Raises Unavailable."""
        known = self._known(tenant)
        if known.rate < self._per_second:
            known.rate = transact(lambda transaction: self._raise(transaction, tenant, succeeded))

    def _slow(self, transaction: Transaction, tenant: str, until: datetime) -> float:
        record, now = self._read(transaction, tenant), self._now()
        if record.slowed is None or (now - record.slowed).total_seconds() >= ONE_SIGNAL:
            record.rate, record.slowed = max(record.rate / 2, SLOWEST), now
        record.free_from = max(record.free_from, until.replace(tzinfo=None))
        transaction.put(record)
        return float(record.rate)

    def _raise(self, transaction: Transaction, tenant: str, succeeded: int) -> float:
        record = self._read(transaction, tenant)
        if record.rate < self._per_second:
            record.rate = min(record.rate + RECOVERY * succeeded, self._per_second)
            transaction.put(record)
        return float(record.rate)

    def _read(self, transaction: Transaction, tenant: str) -> PaceRecord:
        key = ndb.Key(PaceRecord, self._what, namespace=tenant)
        (record,) = transaction.look_up([key])
        return record or PaceRecord(key=key, rate=self._per_second, free_from=self._now())

    def _known(self, tenant: str) -> _Known:
        with self._lock:
            return self._tenants.setdefault(tenant, _Known(self._per_second))

    def _now(self) -> datetime:
        """As Datastore keeps it."""
        return self._clock().replace(tzinfo=None)


def _require_near(seconds: float, longest: float) -> None:
    if seconds > longest:
        raise Unavailable("We were asked to slow down.", retry_after=math.ceil(seconds))
