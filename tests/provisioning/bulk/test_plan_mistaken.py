"""A mistake of ours while a file is planned: it is tried again, and in the end the job says so. Nothing is lost."""

import logging
from collections.abc import Callable, Mapping, Sequence

import pytest
from google.api_core.exceptions import ServiceUnavailable

from provisioning.bulk.plan.plan_context import PlanContext
from provisioning.bulk.plan.plan_ledger import LEASE, REVIVE
from provisioning.bulk.plan.planner import Planner
from provisioning.bulk.plan.planning import PlanTasks
from provisioning.bulk.rows import Row
from provisioning.bulk.strikes import DEATH, MISTAKE, MOST_STRIKES
from tests.provisioning.bulk.place import Killed
from tests.provisioning.bulk.planning_place import PlanPlace, csv, pupils
from tests.provisioning.conftest import TENANT, Desk

MISTAKES = MOST_STRIKES // MISTAKE


class Mistaken(Planner):
    """Ends like this, where `at` says so, by the line of the first row."""

    problem: BaseException | None = None
    at: Callable[[int], bool] = staticmethod(lambda _line: True)

    def plan(self, rows: Sequence[Row], context: PlanContext, passwords: Mapping[int, str]) -> None:
        if self.problem and self.at(rows[0].line):
            raise self.problem
        super().plan(rows, context, passwords)


class MistakenPlace(PlanPlace):
    """planner: what the tasks plan with."""

    def __init__(self, desk: Desk) -> None:
        super().__init__(desk)
        self.planner = Mistaken(desk.taken)
        _, surroundings, _ = self._mends_by
        self.plans = PlanTasks(surroundings, self.planner, self.uploads, self.slices, self.queue, self.clock)

    def fail(self, times: int, problem: BaseException) -> None:
        """The task that waits is sent so many times, as the queue does it, and ends like this."""
        self.planner.problem = problem
        (task,) = self.queue.waiting
        for _ in range(times):
            with pytest.raises(type(problem)):
                self.plans.step(str(task.payload["tenant"]), str(task.payload["job"]), int(task.payload["number"]))
            if not isinstance(problem, ZeroDivisionError):
                self.clock.advance(seconds=LEASE.total_seconds() + 1, google=False)
        self.planner.problem = None


@pytest.fixture
def place(desk: Desk) -> MistakenPlace:
    return MistakenPlace(desk)


def test_a_mistake_that_goes_on_ends_in_a_job_that_says_where_to_look(
    place: MistakenPlace, caplog: pytest.LogCaptureFixture
) -> None:
    job = place.upload(csv(pupils(2)))
    place.fail(MISTAKES, ZeroDivisionError())
    assert place.status(job).state == "planning"
    place.run()
    status = place.status(job)
    assert (status.state, status.reason and status.reason.code) == ("failed", "internal")
    assert status.reason
    assert f"could not be read through: planning failed again and again (reference {job}-plan)" in status.reason.what
    assert status.reason.advice.startswith("Try again.")
    told = [record for record in caplog.records if f"{job}-plan" in record.getMessage() and record.exc_info]
    assert [record.exc_info[0] for record in told if record.exc_info] == [ZeroDivisionError] * MISTAKES
    assert {record.levelno for record in told} == {logging.ERROR}

    place.choose(job, status.mapping)
    place.run()
    assert (place.status(job).state, place.status(job).counts) == ("ready", {"ready": 2}), "nothing was lost"


def test_mistakes_that_pass_are_forgotten_with_the_next_rows_that_are_planned(place: MistakenPlace) -> None:
    job = place.upload(csv(pupils(260)))
    place.fail(MISTAKES - 1, ZeroDivisionError())
    place.planner.at = lambda line: line > 250
    place.fail(MISTAKES, ZeroDivisionError())
    assert (place.status(job).state, place.status(job).planned_rows) == ("planning", 250)
    place.run()
    assert place.status(job).state == "failed"


@pytest.mark.parametrize("death", [Killed(), ServiceUnavailable("Datastore is away")])  # type: ignore[no-untyped-call]
def test_a_process_that_is_killed_or_cut_off_now_and_then_stops_nothing(
    place: MistakenPlace, death: BaseException
) -> None:
    job = place.upload(csv(pupils(2)))
    place.fail(3 * MISTAKES, death)
    place.run()
    assert place.status(job).state == "ready"


def test_a_task_that_kills_its_process_whenever_it_is_tried_stops_in_the_end(place: MistakenPlace) -> None:
    job = place.upload(csv(pupils(2)))
    place.fail(1, Killed())
    place.queue.waiting.clear()
    place.clock.advance(seconds=REVIVE.total_seconds(), google=False)
    place.plans.tend(TENANT)
    place.fail(MOST_STRIKES // DEATH - 1, Killed())
    place.run()
    assert place.status(job).state == "failed"
