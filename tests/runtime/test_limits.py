"""How much one may have in a span of time, over threads and processes (several Limits on one Datastore)."""

from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta

import pytest
from google.cloud.ndb.exceptions import ContextError

from runtime.datastore import Datastore
from runtime.limits import Limits, LimitSpent, Spent

NOON = datetime(2026, 11, 21, 12, tzinfo=UTC)


class Clock:
    def __init__(self) -> None:
        self.now = NOON

    def __call__(self) -> datetime:
        return self.now


@pytest.fixture
def clock() -> Clock:
    return Clock()


def spend(limits: Limits, amount: int = 1, *, tenant: str = "C1", what: str = "key", block: int = 1) -> None:
    limits.spend(tenant, what, amount, most=10, window_seconds=60, block=block)


def amounts() -> list[int]:
    return [record.amount for record in Spent.query(namespace="C1")]


def test_exact_limit_holds_over_processes_and_ends_with_its_window(in_datastore: object, clock: Clock) -> None:
    clock.now = NOON + timedelta(seconds=30)
    one, other = Limits(clock), Limits(clock)
    for limits in [one, other] * 5:
        spend(limits)
    for limits in (one, other, Limits(clock)):
        with pytest.raises(LimitSpent) as refused:
            spend(limits)
        assert (refused.value.status, refused.value.retry_after) == (429, 30)
    assert amounts() == [10]
    clock.now += timedelta(seconds=30)
    spend(one)


def test_refused_amount_is_not_counted_and_asks_datastore_once(in_datastore: object, clock: Clock) -> None:
    limits = Limits(clock)
    spend(limits, 8)
    with pytest.raises(LimitSpent):
        spend(limits, 3)
    spend(Limits(clock), 2)
    assert amounts() == [10]
    Spent.query(namespace="C1").get().key.delete()
    with pytest.raises(LimitSpent):
        spend(limits)


def test_usual_call_writes_nothing(clock: Clock) -> None:
    """There is no Datastore here, so the first call that reports fails."""
    limits = Limits(clock)
    for _ in range(4):
        spend(limits, block=5)
    with pytest.raises(ContextError):
        spend(limits, block=5)


def test_blocks_are_reported_and_others_see_them(in_datastore: object, clock: Clock) -> None:
    one, other = Limits(clock), Limits(clock)
    for _ in range(9):
        spend(one, block=4)
    assert amounts() == [8]
    with pytest.raises(LimitSpent):
        spend(other, 4, block=4)
    for _ in range(2):
        spend(one, block=4)
    with pytest.raises(LimitSpent):
        spend(one, block=4)
    assert amounts() == [11], "what had been given away is counted, though it is more"


def test_tenants_and_things_are_counted_apart(in_datastore: object, clock: Clock) -> None:
    limits = Limits(clock)
    for tenant, what in (("C1", "key"), ("C2", "key"), ("C1", "other")):
        spend(limits, 10, tenant=tenant, what=what)
    assert amounts() == [10, 10]


def test_threads_never_get_more(datastore: Datastore, clock: Clock) -> None:
    limits = Limits(clock)

    def try_it(_: int) -> int:
        with datastore.context():
            try:
                spend(limits)
            except LimitSpent:
                return 0
            return 1

    with ThreadPoolExecutor(4) as pool:
        got = sum(pool.map(try_it, range(40)))
    assert got == 10


def test_counters_are_swept_an_hour_after_their_window(in_datastore: object, clock: Clock) -> None:
    limits = Limits(clock)
    spend(limits, what="a")
    spend(limits, what="b")
    clock.now += timedelta(minutes=61)
    assert limits.sweep("C1", 10) == 0
    clock.now += timedelta(seconds=1)
    assert (limits.sweep("C2", 10), limits.sweep("C1", 1), limits.sweep("C1", 10)) == (0, 1, 1)
    assert amounts() == []
