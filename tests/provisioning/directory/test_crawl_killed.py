"""Workers killed with kill -9 at any instant: the next one goes on, and what is in force is the old or the new one."""

from collections.abc import Iterator

import pytest

from provisioning.directory.crawl_ledger import LEASE
from provisioning.directory.snapshot import COMPLETING
from tests.forked import Workers, workers_of
from tests.provisioning.conftest import TENANT
from tests.provisioning.directory.reading import GROUPS, Reading

INSTANTS = ["before 0", *(f"after {number}" for number in range(7)), "building", "built"]
"""While a page is under way the one before it is being saved, so "after 3" is before, in or after the saving of 2."""


def killed_at(workers: Workers, instant: str, reading: Reading) -> None:
    """A worker takes the waiting task, comes as far as the instant, and is no more."""
    (task,) = reading.queue.waiting
    workers.killed({**task.payload, "instant": instant, "offset": reading.desk.clock.offset.total_seconds()})


@pytest.fixture
def workers(reading: Reading) -> Iterator[Workers]:
    """After the fixtures that say in the environment where Google and Datastore are."""
    with workers_of("tests.provisioning.directory.worker") as workers:
        yield workers


def test_a_worker_may_be_killed_at_any_instant(reading: Reading, workers: Workers) -> None:
    reading.read()
    for turn, instant in enumerate(INSTANTS, 1):
        before = len(reading.people())
        reading.remove(reading.students()[:1])
        reading.start()
        killed_at(workers, instant, reading)
        assert reading.generation == turn
        assert len(reading.people()) == before
        problem = reading.deliver()
        assert problem is not None, "the lease of the dead holds for a while"
        assert problem.retry
        most = COMPLETING if instant in {"building", "built"} else LEASE
        assert 0 < problem.retry_after <= most.total_seconds() + 1
        reading.desk.clock.advance(seconds=problem.retry_after, google=False)
        assert reading.run() == []
        assert (reading.state, reading.generation) == ("rest", turn + 1), instant
        found = reading.people()
        assert len({user.id for user in found}) == len(found) == before - 1
        assert len(list(reading.snapshots.groups(TENANT))) == GROUPS
    assert reading.page_count() == 7


def test_a_reading_survives_one_killed_worker_after_the_other(reading: Reading, workers: Workers) -> None:
    reading.start()
    for instant in ("after 1", "after 1", "before 1", "built"):
        killed_at(workers, instant, reading)
        reading.desk.clock.advance(seconds=COMPLETING.total_seconds() + 1, google=False)
        assert reading.generation == 0
    assert reading.run() == []
    assert (reading.generation, len(reading.people())) == (1, 300)
