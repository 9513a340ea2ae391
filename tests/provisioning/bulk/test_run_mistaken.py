"""A mistake of ours in a task: it is tried again, and in the end the job is paused and says so. Kills are none."""

import logging
from datetime import timedelta

import pytest
from google.api_core.exceptions import ServiceUnavailable

from provisioning.bulk.records import lane_key
from provisioning.bulk.run.lanes import LEASE, LaneTask
from provisioning.bulk.strikes import DEATH, MISTAKE, MOST_STRIKES
from tests.provisioning.bulk.place import GROUP, HANNA, BulkPlace, Killed, in_groups, raising, require_consistent, row
from tests.provisioning.conftest import ADMIN, TENANT

MISTAKES = MOST_STRIKES // MISTAKE


def fail(place: BulkPlace, times: int, problem: BaseException) -> None:
    """The task that waits is sent so many times, as the queue does it, and ends like this."""
    (task,) = place.queue.waiting
    place.administrator = lambda _tenant: raising(problem)()  # type: ignore[arg-type,func-returns-value,return-value]
    for _ in range(times):
        with pytest.raises(type(problem)):
            place.runs.step(LaneTask(**task.payload))  # type: ignore[arg-type]
        if not isinstance(problem, ZeroDivisionError):
            place.clock.advance(seconds=LEASE.total_seconds() + 1, google=False)
    place.administrator = lambda _tenant: ADMIN


def test_a_mistake_that_goes_on_pauses_the_job_which_says_where_to_look(
    place: BulkPlace, caplog: pytest.LogCaptureFixture
) -> None:
    place.start([row(0), row(1)])
    fail(place, MISTAKES, ZeroDivisionError())
    assert place.status().state == "running"
    assert place.run() == []
    found = place.status()
    assert (found.state, found.is_at_work, found.existing) == ("paused", False, 0)
    assert found.reason
    assert (found.reason.code, found.reason.title) == ("internal", "Something went wrong on our side")
    assert "reference job1-1-0" in found.reason.what
    assert "Resume" in found.reason.advice
    told = [record for record in caplog.records if "job1-1-0" in record.getMessage() and record.exc_info]
    assert [record.exc_info[0] for record in told if record.exc_info] == [ZeroDivisionError] * MISTAKES
    assert {record.levelno for record in told} == {logging.ERROR}

    place.jobs.resume(TENANT, HANNA, "job1")
    assert place.run() == []
    assert (place.status().state, place.count("finished")) == ("done", 2)
    require_consistent(place)


def test_mistakes_that_pass_stop_nothing_and_are_forgotten(place: BulkPlace) -> None:
    place.start(in_groups(2, GROUP))
    place.runs = place.service(work=timedelta(0))
    for _ in range(2):
        fail(place, MISTAKES - 1, ZeroDivisionError())
        place.deliver()
    place.run()
    assert (place.status().state, place.count("finished")) == ("done", 2)


@pytest.mark.parametrize("death", [Killed(), ServiceUnavailable("Datastore is away")])  # type: ignore[no-untyped-call]
def test_a_process_that_is_killed_or_cut_off_now_and_then_stops_nothing(place: BulkPlace, death: BaseException) -> None:
    place.start([row(0), row(1)])
    fail(place, 3 * MISTAKES, death)
    place.run()
    assert (place.status().state, place.count("finished")) == ("done", 2)


def test_a_task_that_kills_its_process_whenever_it_is_tried_stops_in_the_end(place: BulkPlace) -> None:
    place.start([row(0), row(1)])
    fail(place, 1, Killed())
    place.revive()
    lane = lane_key(TENANT, "job1", 0)
    assert lane.get().strikes == DEATH, "a lane that was found counts it, too"
    fail(place, MOST_STRIKES // DEATH - 1, Killed())
    place.run()
    assert (place.status().state, place.status().is_at_work) == ("paused", False)


def test_a_stopped_job_that_cannot_be_settled_rests(place: BulkPlace) -> None:
    place.start([row(0), row(1)])
    place.jobs.cancel(TENANT, HANNA, "job1")
    fail(place, MISTAKES, ZeroDivisionError())
    place.run()
    assert (place.status().state, place.status().is_at_work, place.status().reason) == ("cancelled", False, None)
