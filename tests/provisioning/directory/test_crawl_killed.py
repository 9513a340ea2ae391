"""Workers killed with kill -9 at any instant: the next one goes on, and what is in force is the old or the new one."""

import json
import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from provisioning.directory.crawl_ledger import LEASE
from provisioning.directory.snapshot import COMPLETING
from tests.provisioning.conftest import TENANT
from tests.provisioning.directory.reading import GROUPS, Reading

ROOT = Path(__file__).parents[3]
INSTANTS = ["before 0", *(f"after {number}" for number in range(7)), "building", "built"]
"""While a page is under way the one before it is being saved, so "after 3" is before, in or after the saving of 2."""


@dataclass
class Workers:
    """The process that they are forked from."""

    process: subprocess.Popen[str]

    def say(self) -> str:
        assert self.process.stdout
        return self.process.stdout.readline().strip()

    def killed_at(self, instant: str, reading: Reading) -> None:
        """A worker takes the waiting task, comes as far as the instant, and is no more."""
        assert self.process.stdin
        (task,) = reading.queue.waiting
        offset = reading.desk.clock.offset.total_seconds()
        self.process.stdin.write(json.dumps({**task.payload, "instant": instant, "offset": offset}) + "\n")
        self.process.stdin.flush()
        worker = int(self.say())
        assert self.say() == "stopped", instant
        os.kill(worker, signal.SIGKILL)


@pytest.fixture
def workers(reading: Reading) -> Iterator[Workers]:
    """After the fixtures that say in the environment where Google and Datastore are."""
    command = [sys.executable, "-m", "tests.provisioning.directory.worker"]
    with subprocess.Popen(command, cwd=ROOT, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as process:
        yield Workers(process)
        assert process.stdin
        process.stdin.close()


def test_a_worker_may_be_killed_at_any_instant(reading: Reading, workers: Workers) -> None:
    reading.read()
    for turn, instant in enumerate(INSTANTS, 1):
        before = len(reading.people())
        reading.remove(reading.students()[:1])
        reading.start()
        workers.killed_at(instant, reading)
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
        workers.killed_at(instant, reading)
        reading.desk.clock.advance(seconds=COMPLETING.total_seconds() + 1, google=False)
        assert reading.generation == 0
    assert reading.run() == []
    assert (reading.generation, len(reading.people())) == (1, 300)
