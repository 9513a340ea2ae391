"""Workers that plan a job are killed with kill -9 at any instant: the plan is the one that nobody interrupted."""

from collections.abc import Iterator

import pytest

from provisioning.bulk.plan.plan_ledger import LEASE, REVIVE
from tests.forked import Workers, workers_of
from tests.provisioning.bulk.planning_place import PlanPlace, csv, pupils
from tests.provisioning.conftest import TENANT, Desk

INSTANTS = ["slice 0", "slice 15", "slice 20", "enqueue"]
"""520 rows are 21 slices, ten of which are written together."""


def killed_at(workers: Workers, instant: str, place: PlanPlace) -> None:
    """A worker takes the waiting task, comes as far as the instant, and is no more."""
    (task,) = place.queue.waiting
    workers.killed({**task.payload, "instant": instant, "offset": place.clock.offset.total_seconds()})


@pytest.fixture
def workers(desk: Desk) -> Iterator[Workers]:
    with workers_of("tests.provisioning.bulk.plan_worker") as workers:
        yield workers


def test_a_worker_may_be_killed_at_any_instant(desk: Desk, workers: Workers) -> None:
    place = PlanPlace(desk)
    data = csv([*pupils(500), *["Bo,Ray,,a secret word,/Nowhere,"] * 20])
    whole = place.planned(data)
    expected, counts = place.rows(whole), place.status(whole).counts
    for instant in INSTANTS:
        job = place.upload(data)
        killed_at(workers, instant, place)
        planned = place.status(job).planned_rows
        assert planned % 250 == 0
        place.clock.advance(seconds=LEASE.total_seconds() + REVIVE.total_seconds() + 1, google=False)
        if instant == "enqueue":
            place.queue.waiting.clear()  # the next task was never left: the scheduler sees to it
            place.plans.tend(TENANT)
        place.run()
        assert place.rows(job) == expected, instant
        assert place.status(job).counts == counts, instant
        assert (place.status(job).state, place.status(job).planned_rows) == ("ready", 520)
        assert place.slices.passwords(TENANT, job, 20) == place.slices.passwords(TENANT, whole, 20)
        assert [entry.action for entry in desk.audit() if entry.target == job] == ["bulk.uploaded"]
