"""A job that is undone: what nobody used is deleted, once, and the rest is left."""

import pytest

from runtime.google_problems import (
    AccessRefused,
    GoogleNotFound,
    GoogleProblem,
    GoogleThrottled,
    GoogleUnreachable,
    InvalidValue,
    NotDelegated,
    NotReadyYet,
    SubjectUnusable,
)
from sandbox.google.world import Fault
from tests.provisioning.bulk.place import HANNA, BulkPlace, Killed, raising, row
from tests.provisioning.conftest import DOMAIN, TENANT, USERS_PATH


def test_undoing_deletes_what_nobody_used_and_leaves_the_rest(place: BulkPlace) -> None:
    place.start([row(number) for number in range(9)])
    place.run()
    place.clock.advance(hours=1, google=False)
    rows = place.rows()
    users = [place.user(found.address) for found in rows]
    with place.desk.world.changing():
        users[0].last_login_time = "2026-11-21T10:00:00.000Z"
        users[1].agreed_to_terms = True
        users[2].is_admin = True
        users[3].primary_email = f"renamed@{DOMAIN}"
        users[4].org_unit_path = "/Staff"
        users[5].suspended = True
        users[6].more["externalIds"] = []
    kept_until = place.status().expires
    place.jobs.look(TENANT, HANNA, "job1")
    place.run()
    status = place.status()
    assert (status.state, status.to_delete, status.to_keep, status.is_at_work) == ("done", 2, 7, False)
    assert (place.count("finished"), place.status().expires) == (9, kept_until), "looking changes nothing"
    place.jobs.undo(TENANT, HANNA, "job1", 2)
    place.run()
    assert (place.status().state, place.count("deleted"), place.count("kept")) == ("done", 2, 7)
    codes = [found.code for found in place.rows()]
    assert codes[:7] == ["signed_in", "terms_agreed", "administrator", "renamed", "moved", "suspended", "not_ours"]
    assert [bool(user.deletion_time) for user in users] == [False] * 7 + [True] * 2
    deleted = [entry.target for entry in place.desk.audit() if entry.action == "account.deleted"]
    assert sorted(deleted) == sorted(found.address for found in rows[7:])


def test_an_account_that_is_used_after_the_look_is_left(place: BulkPlace) -> None:
    place.start([row(0), row(1)])
    place.run()
    place.clock.advance(hours=1, google=False)
    place.jobs.look(TENANT, HANNA, "job1")
    place.run()
    with place.desk.world.changing():
        place.user(place.rows()[0].address).last_login_time = "2026-11-21T10:00:00.000Z"
    place.jobs.undo(TENANT, HANNA, "job1", 2)
    place.run()
    assert [found.state for found in place.rows()] == ["kept", "deleted"]


def test_a_deletion_whose_answer_was_lost_counts_once(place: BulkPlace) -> None:
    place.start([row(number) for number in range(4)])
    place.run()
    place.clock.advance(hours=1, google=False)
    place.jobs.look(TENANT, HANNA, "job1")
    place.run()
    place.fault(Fault(USERS_PATH, "DELETE", 503, when="after", count=2))
    place.jobs.undo(TENANT, HANNA, "job1", 4)
    place.run()
    assert place.count("deleted") == 4
    deleted = [entry.target for entry in place.desk.audit() if entry.action == "account.deleted"]
    assert len(deleted) == len(set(deleted)) == 4
    assert place.accounts(place.rows()) == []


@pytest.mark.parametrize("instant", ["before activity", "after activity", "before delete", "after delete"])
def test_undoing_may_be_cut_anywhere(place: BulkPlace, instant: str) -> None:
    place.start([row(number) for number in range(6)])
    place.run()
    place.clock.advance(hours=1, google=False)
    place.jobs.look(TENANT, HANNA, "job1")
    place.run()
    place.jobs.undo(TENANT, HANNA, "job1", 6)
    place.points.at(instant, place.points.reached[instant] + 3, raising(Killed()))
    with pytest.raises(Killed):
        place.deliver()
    place.revive()
    place.run()
    assert (place.status().state, place.count("deleted")) == ("done", 6)
    deleted = [entry.target for entry in place.desk.audit() if entry.action == "account.deleted"]
    assert len(deleted) == len(set(deleted)) == 6
    assert place.accounts(place.rows()) == []


def test_cancelling_an_undo_leaves_what_was_not_asked_for(place: BulkPlace) -> None:
    place.start([row(number) for number in range(12)])
    place.run()
    place.clock.advance(hours=1, google=False)
    place.jobs.look(TENANT, HANNA, "job1")
    place.run()
    place.jobs.undo(TENANT, HANNA, "job1", 12)
    place.between_calls[place.slept + 3] = lambda: place.jobs.cancel(TENANT, HANNA, "job1")
    place.run()
    assert (place.status().state, place.status().is_at_work) == ("cancelled", False)
    deleted = place.count("deleted")
    assert 2 <= deleted <= 8
    assert len(place.accounts(place.rows())) == 12 - deleted == place.status().existing


ANSWERS: list[tuple[str, GoogleProblem, str, str]] = [
    ("before activity", GoogleUnreachable(), "deleted", "done"),
    ("before activity", NotReadyYet(), "deleted", "done"),
    ("before activity", GoogleThrottled(), "deleted", "done"),
    ("before activity", GoogleNotFound(), "deleted", "done"),
    ("before activity", NotDelegated(), "finished", "paused"),
    ("before activity", AccessRefused(), "finished", "paused"),
    ("before delete", GoogleUnreachable(), "deleted", "done"),
    ("after delete", GoogleUnreachable(), "deleted", "done"),
    ("before delete", NotReadyYet(), "deleted", "done"),
    ("before delete", GoogleThrottled(), "deleted", "done"),
    ("before delete", AccessRefused(), "kept", "done"),
    ("before delete", InvalidValue(), "kept", "done"),
    ("before delete", SubjectUnusable(), "finished", "paused"),
]


def test_each_answer_of_googles_when_an_account_is_deleted(place: BulkPlace) -> None:
    for number, (instant, problem, state, ends) in enumerate(ANSWERS):
        job = f"job{number}"
        place.start([row(number)], job_id=job)
        place.run()
        place.clock.advance(minutes=11, google=False)
        place.jobs.look(TENANT, HANNA, job)
        place.run()
        place.points.at(instant, place.points.reached[instant] + 1, raising(problem))
        place.jobs.undo(TENANT, HANNA, job, 1)
        place.run()
        case = (instant, problem.code)
        assert (place.status(job).state, place.rows(job)[0].state) == (ends, state), case
        assert bool(place.accounts(place.rows(job))) == (state != "deleted"), case
        assert bool(place.rows(job)[0].sentence) == (state == "kept"), case
        if ends == "paused":
            place.jobs.resume(TENANT, HANNA, job)
            place.run()
            assert place.count("deleted", job) == 1, case


def test_what_was_created_after_the_look_is_not_deleted_with_the_rest(place: BulkPlace) -> None:
    place.start([row(0), row(1, org_unit_path="/Later")])
    place.run()
    place.jobs.look(TENANT, HANNA, "job1")
    place.run()
    place.add_unit("/Later")
    place.jobs.retry_failed(TENANT, HANNA, "job1")
    place.run()
    place.jobs.undo(TENANT, HANNA, "job1", 1)
    place.run()
    assert [(one.state, one.code) for one in place.rows()] == [("deleted", ""), ("kept", "not_shown")]
    place.jobs.look(TENANT, HANNA, "job1")
    place.run()
    place.jobs.undo(TENANT, HANNA, "job1", 1)
    place.run()
    assert [one.state for one in place.rows()] == ["deleted", "deleted"]


def test_a_killed_look_is_gone_on_with_where_something_waited(place: BulkPlace) -> None:
    place.start([row(number) for number in range(3)])
    place.run()
    place.clock.advance(hours=1, google=False)
    place.jobs.look(TENANT, HANNA, "job1")
    for number in (1, 2, 3):
        place.points.at("before activity", number, raising(NotReadyYet()))
    place.deliver()
    place.points.at("before activity", 4, raising(Killed()))
    place.clock.advance(minutes=1, google=False)
    with pytest.raises(Killed):
        place.run()
    place.revive()
    place.run()
    assert (place.status().to_delete, place.status().is_at_work) == (3, False)
