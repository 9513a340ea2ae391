"""Workers killed with kill -9 at any instant of a job: every row ends once, and Google has what the rows say."""

import json
import random
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import datetime

import pytest

from provisioning.bulk.run.lanes import LEASE, REVIVE
from runtime.tasks import Task
from tests.forked import Workers, workers_of
from tests.provisioning.bulk.place import GROUP, BulkPlace, in_groups, require_consistent
from tests.provisioning.conftest import TENANT

RATE = 300.0
"""Calls a second; the simulated Google's quota is off."""
NAMED = [
    ("before insert", 2), ("after insert", 3), ("before commit", 2), ("after commit", 3), ("before enqueue", 1),
    ("after enqueue", 1), ("after member", 2), ("after look", 2),
]  # fmt: skip
KINDS = ("before commit", "after commit", "before insert", "after insert", "after member")


@dataclass
class Deliveries:
    """Tasks go to workers. points: where these will be killed; killed: where they were."""

    workers: Workers
    place: BulkPlace
    points: list[tuple[str, int]]
    killed: list[tuple[str, int]] = field(default_factory=list)

    def deliver(self) -> None:
        """The task that waits longest."""
        task = self.place.queue.waiting.pop(0)
        self.place.wait_for(task)
        offset = self.place.clock.offset.total_seconds()
        order = {"task": dict(task.payload), "offset": offset, "rate": RATE, "points": self.points}
        ended_well = False
        for line in self.workers.order(order):
            kind, _, text = line.partition(" ")
            ended_well = kind == "done"
            if kind == "task":
                self._leave(json.loads(text))
            elif kind == "killed":
                self.killed.append(tuple(json.loads(text)))
                self.points.remove(self.killed[-1])
        if not ended_well:
            self.place.queue.waiting.append(task)  # sent again: what it finds may be gone on with by another one
            self._go_on()

    def _leave(self, left: dict[str, str]) -> None:
        at = datetime.fromisoformat(left["at"]) if left["at"] else None
        self.place.queue.enqueue(Task(left["name"], "", left["payload"], not_before=at))  # type: ignore[arg-type]

    def _go_on(self) -> None:
        """Until leases are over and lost tasks are found."""
        self.place.clock.advance(seconds=(LEASE + REVIVE).total_seconds() + 1, google=False)
        self.place.runs.tend(TENANT)


@pytest.fixture
def deliveries(place: BulkPlace) -> Iterator[Deliveries]:
    """After the fixtures that say in the environment where Google and Datastore are."""
    chosen = random.Random(4)  # noqa: S311 - the same instants every time
    points = [*NAMED, *{(chosen.choice(KINDS), chosen.randint(4, 16)) for _ in range(8)}]
    with workers_of("tests.torture.worker") as workers:
        yield Deliveries(workers, place, points)


def test_a_job_survives_every_killed_worker(place: BulkPlace, deliveries: Deliveries) -> None:
    place.desk.set_knobs(enforce_quota=False)
    place.start(in_groups(30, GROUP))
    for _ in range(60):
        if place.status().state != "done":
            deliveries.deliver()
    assert place.status().state == "done"
    assert len(deliveries.killed) >= 10
    assert {"after insert", "before commit", "after member"} <= {name for name, _ in deliveries.killed}
    assert place.count("finished") == 30
    rows = require_consistent(place)
    assert {row.address for row in rows} <= place.members()
    assert place.live_holds() == []
