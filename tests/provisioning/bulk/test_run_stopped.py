"""A job that is paused, cancelled, stopped by Google or left by its tasks: what was asked is settled."""

from datetime import timedelta

import pytest

from provisioning.accounts.creation import JOB_STOPPERS
from provisioning.accounts.steps import PATIENCE, Step
from provisioning.bulk.run.lanes import LEASE, REVIVE, LaneTask, Lease, LeaseLost
from runtime.google_problems import GoogleThrottled, NotDelegated
from runtime.problems import Conflict, Forbidden, Unavailable
from sandbox.google.world import Fault
from tests.provisioning.bulk.place import GROUP, HANNA, BulkPlace, Killed, in_groups, raising, require_consistent, row
from tests.provisioning.conftest import ADMIN, TENANT, USERS_PATH


def test_pausing_begins_nothing_new_and_settles_what_was_asked(place: BulkPlace) -> None:
    place.between_calls[6] = lambda: place.jobs.pause(TENANT, HANNA, "job1")
    place.start(in_groups(30, GROUP))
    place.run()
    status = place.status()
    assert (status.state, status.is_at_work) == ("paused", False)
    made = place.count("created") + place.count("finished")
    assert 6 <= made <= 12
    assert place.count("ready") == 30 - made
    require_consistent(place)
    place.jobs.resume(TENANT, HANNA, "job1")
    assert place.run() == []
    assert (place.status().state, place.count("finished")) == ("done", 30)
    assert len(require_consistent(place)) == 30
    assert place.points.reached["after insert"] == 30


def test_cancelling_settles_what_was_asked_and_frees_the_names(place: BulkPlace) -> None:
    place.between_calls[3] = lambda: place.jobs.cancel(TENANT, HANNA, "job1")
    place.start(in_groups(30, GROUP))
    place.run()
    assert (place.status().state, place.status().is_at_work) == ("cancelled", False)
    assert 3 <= place.status().existing <= 9
    require_consistent(place)
    assert place.live_holds() == []


def cancelled(place: BulkPlace) -> int:
    """A job that was cancelled before its accounts were in their group; how many there are."""
    place.between_calls[3] = lambda: place.jobs.cancel(TENANT, HANNA, "job1")
    place.start(in_groups(30, GROUP))
    place.run()
    return place.status().existing


def test_follow_ups_of_a_cancelled_job_are_done_when_asked_for_and_no_account_is_made(place: BulkPlace) -> None:
    made, members = cancelled(place), place.members()
    place.jobs.follow_up(TENANT, HANNA, "job1")
    assert (place.status().is_following, place.status().is_looking) == (True, False)
    with pytest.raises(Conflict, match="still being settled"):
        place.jobs.undo(TENANT, HANNA, "job1", made)
    assert place.run() == []
    status = place.status()
    assert (status.state, status.is_at_work, status.is_following) == ("cancelled", False, False)
    assert (place.count("finished"), place.count("ready"), status.existing) == (made, 30 - made, made)
    assert len(place.members() - members) == made
    with pytest.raises(Conflict, match="No follow-up"):
        place.jobs.follow_up(TENANT, HANNA, "job1")


def test_follow_ups_of_a_cancelled_job_end_where_google_lets_nobody_in_and_can_be_asked_for_again(
    place: BulkPlace,
) -> None:
    made = cancelled(place)
    place.points.at("before member", place.points.reached["before member"] + 1, raising(NotDelegated()))
    place.jobs.follow_up(TENANT, HANNA, "job1")
    place.run()
    assert (place.status().state, place.status().is_at_work) == ("cancelled", False)
    assert place.status().counts["open_steps"]
    place.jobs.follow_up(TENANT, HANNA, "job1")
    place.run()
    assert place.count("finished") == made


def test_what_concerns_all_accounts_pauses_the_job_and_says_why(place: BulkPlace) -> None:
    for number, stopper in enumerate(JOB_STOPPERS):
        job, before = f"job{number}", place.points.reached["before insert"]
        place.points.at("before insert", before + 3, raising(stopper(raw="no")))
        place.start([row(10 * number + offset) for offset in range(8)], job_id=job)
        place.run()
        found = place.status(job)
        assert (found.state, found.is_at_work) == ("paused", False)
        assert found.reason
        assert (found.reason.code, found.reason.raw, bool(found.reason.advice)) == (stopper.code, "no", True)
        assert place.count("ready", job) + found.existing == 8
        assert place.count("ready", job) >= 1
        assert place.live_holds() == []
        place.jobs.resume(TENANT, HANNA, job)
        place.run()
        assert (place.status(job).state, place.status(job).existing) == ("done", 8)
        assert len(place.accounts(place.rows(job))) == 8


def test_a_full_domain_pauses_the_job(place: BulkPlace) -> None:
    body = '{"error": {"code": 412, "errors": [{"reason": "limitExceeded", "message": "Domain user limit reached"}]}}'
    place.start([row(number) for number in range(8)])
    place.fault(Fault(USERS_PATH, "POST", 412, body, count=1))
    place.run()
    reason = place.status().reason
    assert reason
    assert (place.status().state, reason.code) == ("paused", "limit_reached")


def test_lost_access_pauses_the_follow_ups_and_nothing_is_lost(place: BulkPlace) -> None:
    place.points.at("before member", 2, raising(NotDelegated()))
    place.start(in_groups(6, GROUP))
    place.run()
    assert (place.status().state, place.status().existing) == ("paused", 6)
    assert place.count("created") >= 1
    place.jobs.resume(TENANT, HANNA, "job1")
    place.run()
    assert (place.status().state, place.count("finished")) == ("done", 6)
    assert place.points.reached["after insert"] == 6


def test_a_job_paused_while_nobody_works_on_it_settles_what_the_dead_asked(place: BulkPlace) -> None:
    place.points.at("after insert", 3, raising(Killed()))
    place.start([row(number) for number in range(8)])
    with pytest.raises(Killed):
        place.deliver()
    assert place.count("intent") == 8
    place.jobs.pause(TENANT, HANNA, "job1")
    place.revive()
    place.run()
    assert (place.status().state, place.status().is_at_work) == ("paused", False)
    assert place.status().existing == 8, "what may have been asked is asked to the end"
    require_consistent(place)


def test_what_cannot_be_settled_is_left_to_a_person_after_an_hour(place: BulkPlace) -> None:
    place.points.at("after insert", 1, raising(Killed()))
    place.start([row(0)])
    with pytest.raises(Killed):
        place.deliver()
    place.jobs.cancel(TENANT, HANNA, "job1")
    place.points.at("before look", 1, raising(NotDelegated()))
    place.points.at("before look", 2, raising(NotDelegated()))
    place.revive()
    place.deliver()
    assert (place.count("intent"), place.status().is_at_work) == (1, True)
    place.clock.advance(seconds=PATIENCE, google=False)
    place.run()
    assert (place.count("review"), place.rows()[0].code) == (1, "unknown")
    assert (place.status().state, place.status().is_at_work) == ("cancelled", False)


def test_a_domain_that_is_out_of_use_pauses_the_job(place: BulkPlace) -> None:
    def refuse(_tenant: str) -> str:
        raise Forbidden("The license is gone.")

    place.start([row(number) for number in range(3)])
    place.administrator = refuse
    place.run()
    found = place.status()
    assert (found.state, found.existing, found.is_at_work) == ("paused", 0, False)
    assert found.reason
    assert found.reason.what == "The license is gone."
    place.administrator = lambda _tenant: ADMIN
    place.jobs.resume(TENANT, HANNA, "job1")
    place.run()
    assert place.status().state == "done"


def test_a_long_pause_that_google_asks_for_is_left_to_a_later_task(place: BulkPlace) -> None:
    place.points.at("before insert", 2, raising(GoogleThrottled(retry_after=100)))
    place.start([row(number) for number in range(4)])
    place.deliver()
    assert place.count("ready") + place.status().existing == 4
    (left,) = place.queue.waiting
    assert left.not_before
    assert left.not_before - place.clock() > timedelta(seconds=60)
    place.run()
    assert (place.status().state, place.status().existing) == ("done", 4)
    require_consistent(place)


def test_a_task_does_nothing_twice_and_an_old_one_nothing(place: BulkPlace) -> None:
    place.start([row(number) for number in range(3)])
    (first,) = place.queue.waiting
    place.run()
    for stale in ({}, {"run": 7}, {"number": 9}, {"lane": 3}, {"job": "job2"}):
        place.runs.step(LaneTask(**{**first.payload, **stale}))  # type: ignore[arg-type]
    assert place.queue.waiting == []
    assert place.points.reached["after insert"] == 3
    require_consistent(place)


def test_a_second_task_of_a_lane_waits_and_then_finds_nothing_to_do(place: BulkPlace) -> None:
    place.start([row(number) for number in range(3)])
    (first,) = place.queue.waiting
    problems: list[Exception] = []

    def at_the_same_time() -> None:
        try:
            place.in_context(lambda: place.service().step(LaneTask(**first.payload)))  # type: ignore[arg-type]
        except Unavailable as problem:
            problems.append(problem)

    place.points.at("before insert", 2, at_the_same_time)
    place.run()
    assert [problem.retry_after > 0 for problem in problems if isinstance(problem, Unavailable)] == [True]
    assert place.points.reached["after insert"] == 3
    require_consistent(place)


def test_a_task_that_was_presumed_dead_writes_nothing_over_its_heirs_work(place: BulkPlace) -> None:
    place.start([row(number) for number in range(3)])

    def overtaken() -> None:
        place.clock.advance(seconds=LEASE.total_seconds() + REVIVE.total_seconds() + 1, google=False)
        place.in_context(lambda: (place.runs.tend(TENANT), place.deliver()))

    place.points.at("after insert", 3, overtaken)
    place.run()
    assert place.status().state == "done"
    require_consistent(place)


def test_a_lane_whose_task_was_lost_gets_another_one(place: BulkPlace) -> None:
    place.start([row(number) for number in range(30)])
    place.queue.waiting.clear()
    place.runs.tend(TENANT)
    assert place.queue.waiting == [], "not before a minute"
    place.clock.advance(seconds=REVIVE.total_seconds() + 1)
    place.runs.tend(TENANT)
    assert len(place.queue.waiting) == 2
    place.run()
    assert (place.status().state, place.count("finished")) == ("done", 30)
    place.clock.advance(hours=1, google=False)
    place.runs.tend(TENANT)
    assert place.queue.waiting == [], "nothing is revived that is over"


def test_a_lease_that_was_lost_changes_nothing(place: BulkPlace) -> None:
    place.start([row(0)])
    with pytest.raises(LeaseLost):
        place.lanes.change(Lease(LaneTask(TENANT, "job1", 1, 0, 0), "made up"), lambda _lane: [])


def test_a_run_that_begins_while_an_older_one_is_at_work_misses_nothing(place: BulkPlace) -> None:
    rows = [row(number) for number in range(30)]
    rows[3].org_unit_path = rows[28].org_unit_path = "/Nowhere"
    place.start(rows)
    place.run()
    place.add_unit("/Nowhere")
    place.clock.advance(hours=1, google=False)
    place.jobs.look(TENANT, HANNA, "job1")
    place.points.at(
        "after activity", 24, lambda: place.in_context(lambda: place.jobs.retry_failed(TENANT, HANNA, "job1"))
    )  # fmt: skip
    place.run()
    assert (place.status().state, place.count("finished")) == ("done", 30)
    require_consistent(place)


def test_a_job_that_waits_for_google_stops_at_once(place: BulkPlace) -> None:
    place.desk.set_knobs(creation_window=3000)
    place.start([row(0, steps=[Step("details", values={"title": "Pupil"})])])
    for _ in range(8):
        place.deliver()
    (later,) = place.queue.waiting
    assert later.not_before
    assert later.not_before - place.clock() > timedelta(minutes=2)
    place.jobs.pause(TENANT, HANNA, "job1")
    place.deliver(place.queue.waiting[-1])
    assert (place.status().state, place.status().is_at_work) == ("paused", False)
    place.jobs.resume(TENANT, HANNA, "job1")
    place.run()
    assert place.status().state == "done"
