"""A job that runs: every row ends once, and what Google has is what the rows say."""

from datetime import timedelta

import pytest

from provisioning.accounts.steps import PATIENCE, Step
from provisioning.bulk.lanes import LEASE, REVIVE, LaneTask, Lease, LeaseLost
from provisioning.bulk.rows import Row
from provisioning.naming.holder import Holder
from runtime.google_problems import GoogleThrottled
from runtime.problems import Forbidden, Unavailable
from sandbox.google.world import Fault
from tests.provisioning.bulk.place import GROUP, HANNA, BulkPlace, in_groups, row
from tests.provisioning.conftest import ADMIN, DOMAIN, TENANT, USERS_PATH


def require_consistent(place: BulkPlace) -> list[Row]:
    """Google has exactly the accounts that the rows say, each with the password kept for it and one entry each."""
    rows = place.rows()
    existing = [found for found in rows if found.exists]
    users = {user.primary_email: user for user in place.accounts(rows)}
    assert sorted(users) == sorted(found.address for found in existing)
    passwords = place.passwords()
    for found in existing:
        assert users[found.address].password == passwords[found.line]
        assert users[found.address].id == found.person_id
    entries = place.created_entries()
    assert sorted(entries) == sorted({*(found.address for found in existing), *entries}), "one entry for each account"
    assert {found.address for found in existing} <= set(entries)
    counts = {name: count for name, count in place.status().counts.items() if count}
    assert sum(counts.get(state, 0) for state in {found.state for found in rows}) == len(rows)
    return rows


def test_every_account_is_made_once_with_its_group_password_and_audit(place: BulkPlace) -> None:
    place.start(in_groups(60, GROUP), passwords={2: "typed in the file", 3: "and this one"})
    assert place.run() == []
    assert place.status().state == "done"
    assert place.count("finished") == 60
    assert not place.status().is_at_work
    rows = require_consistent(place)
    assert len(rows) == 60
    assert (place.passwords()[2], len(set(place.passwords().values()))) == ("typed in the file", 60)
    assert {found.address for found in rows} <= place.members()
    assert place.live_holds() == []
    assert place.points.reached["before look"] == 0, "the insert is the last check of a name"


def test_pausing_begins_nothing_new_and_settles_what_was_asked(place: BulkPlace) -> None:
    place.points.at("after insert", 6, lambda: place.in_context(lambda: place.jobs.pause(TENANT, HANNA, "job1")))
    place.start(in_groups(30, GROUP))
    place.run()
    status = place.status()
    assert (status.state, status.is_at_work) == ("paused", False)
    made = place.count("created") + place.count("finished")
    assert 6 <= made < 12
    assert place.count("ready") == 30 - made
    require_consistent(place)
    place.jobs.resume(TENANT, HANNA, "job1")
    assert place.run() == []
    assert (place.status().state, place.count("finished")) == ("done", 30)
    assert len(require_consistent(place)) == 30
    assert place.points.reached["after insert"] == 30


def test_cancelling_settles_what_was_asked_and_frees_the_names(place: BulkPlace) -> None:
    place.points.at("after insert", 3, lambda: place.in_context(lambda: place.jobs.cancel(TENANT, HANNA, "job1")))
    place.start(in_groups(30, GROUP))
    place.run()
    assert (place.status().state, place.status().is_at_work) == ("cancelled", False)
    assert 3 <= place.status().existing < 10
    require_consistent(place)
    assert place.live_holds() == []


@pytest.mark.parametrize(
    ("status", "reason", "code"),
    [
        (412, "limitExceeded", "limit_reached"),
        (403, "forbidden", "access_refused"),
        (403, "accessNotConfigured", "our_configuration"),
    ],
)
def test_what_concerns_all_accounts_pauses_the_job_and_says_why(
    place: BulkPlace, status: int, reason: str, code: str
) -> None:
    body = f'{{"error": {{"code": {status}, "message": "No.", "errors": [{{"reason": "{reason}"}}]}}}}'
    place.start([row(number) for number in range(8)])
    place.fault(Fault(USERS_PATH, "POST", status, body, count=1))
    place.run()
    found = place.status()
    assert found.state == "paused"
    assert found.reason
    assert (found.reason.code, bool(found.reason.advice), reason in found.reason.raw) == (code, True, True)
    assert place.count("ready") + found.existing == 8
    assert place.count("ready") >= 1
    require_consistent(place)
    place.jobs.resume(TENANT, HANNA, "job1")
    place.run()
    assert (place.status().state, place.status().existing) == ("done", 8)
    require_consistent(place)


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


def test_google_may_ask_to_slow_down(place: BulkPlace) -> None:
    body = '{"error": {"code": 403, "errors": [{"domain": "usageLimits", "reason": "userRateLimitExceeded"}]}}'
    place.start([row(number) for number in range(12)])
    place.fault(Fault(USERS_PATH, "POST", 403, body, count=5))
    began = place.clock()
    place.run()
    assert (place.status().state, place.status().existing) == ("done", 12)
    assert place.clock() - began > timedelta(seconds=3), "the rate was lowered"
    require_consistent(place)


def test_a_long_pause_that_google_asks_for_is_left_to_a_later_task(place: BulkPlace) -> None:
    def slow_down() -> None:
        raise GoogleThrottled(retry_after=100)

    place.points.at("before insert", 2, slow_down)
    place.start([row(number) for number in range(4)])
    place.deliver()
    assert place.count("ready") + place.status().existing == 4
    (left,) = place.queue.waiting
    assert left.not_before
    assert left.not_before - place.clock() > timedelta(seconds=60)
    place.run()
    assert (place.status().state, place.status().existing) == ("done", 4)
    require_consistent(place)


def test_another_name_is_taken_where_somebody_has_the_planned_one(place: BulkPlace) -> None:
    place.occupy("pupil1.example")
    place.start([row(number) for number in range(4)])
    place.run()
    rows = require_consistent(place)
    renamed = rows[1]
    assert (renamed.state, renamed.planned) == ("finished", "pupil1.example")
    assert renamed.username != "pupil1.example"
    assert [found.planned for found in rows if found is not renamed] == ["", "", ""]
    assert place.live_holds() == []
    assert place.user(f"pupil1.example@{DOMAIN}").password == "theirs12"


def test_a_name_that_the_file_gives_to_somebody_else_is_left_to_them(place: BulkPlace) -> None:
    place.occupy("pupil1.example")
    wanted = place.planner.next_name(TENANT, place.desk.policies.of(TENANT), row(1), {"pupil1.example"})
    place.start([*(row(number) for number in range(1, 30)), row(30, username=wanted, is_chosen=True)])
    place.run()
    rows = require_consistent(place)
    assert (rows[0].state, rows[0].planned) == ("finished", "pupil1.example")
    assert rows[0].username != wanted
    assert (rows[-1].state, rows[-1].username) == ("finished", wanted)


def test_another_name_is_taken_where_somebody_holds_the_planned_one(place: BulkPlace) -> None:
    place.desk.holds.secure(Holder(TENANT, DOMAIN, "somebody's page"), "pupil1.example", 600)
    place.start([row(number) for number in range(4)])
    place.run()
    renamed = require_consistent(place)[1]
    assert (renamed.state, renamed.planned) == ("finished", "pupil1.example")
    assert place.points.reached["after insert"] == 4, "it was seen before Google was asked"
    assert place.live_holds() == ["pupil1.example"]


def test_a_username_that_the_file_names_is_never_replaced(place: BulkPlace) -> None:
    place.occupy("pupil1.example")
    place.desk.holds.secure(Holder(TENANT, DOMAIN, "somebody's page"), "pupil2.example", 600)
    place.start([row(number, is_chosen=True) for number in range(4)])
    place.run()
    rows = require_consistent(place)
    assert [found.state for found in rows] == ["finished", "review", "review", "finished"]
    assert rows[1].code == "address_taken"
    assert f"pupil1.example@{DOMAIN}" in rows[1].sentence
    assert rows[2].code == "name_held"
    assert place.status().state == "done"
    assert place.live_holds() == ["pupil2.example"]


def test_what_google_refuses_fails_its_row_and_may_be_tried_again(place: BulkPlace) -> None:
    rows = [row(number) for number in range(5)]
    rows[2].org_unit_path = "/Nowhere"
    place.start(rows)
    place.run()
    failed = require_consistent(place)[2]
    assert (failed.state, failed.code) == ("failed", "invalid_value")
    assert failed.sentence
    assert (place.status().state, place.count("finished"), place.count("failed")) == ("done", 4, 1)
    assert place.live_holds() == []
    place.add_unit("/Nowhere")
    place.jobs.retry_failed(TENANT, HANNA, "job1")
    place.run()
    assert (place.status().state, place.count("finished"), place.count("failed")) == ("done", 5, 0)
    assert place.points.reached["after insert"] == 5
    require_consistent(place)


def test_a_failed_step_may_be_tried_again_and_never_fails_the_account(place: BulkPlace) -> None:
    place.start([row(0, steps=[Step("alias", "not an address"), Step("group", GROUP)])])
    place.run()
    (found,) = place.rows()
    assert (found.state, [step.state for step in found.steps]) == ("finished", ["failed", "done"])
    assert found.steps[0].sentence


def test_a_step_that_google_is_not_ready_for_waits(place: BulkPlace) -> None:
    place.desk.set_knobs(creation_window=40)
    place.start([row(number, steps=[Step("details", values={"title": "Pupil"})]) for number in range(3)])
    place.deliver()
    assert place.count("created") == 3
    place.run()
    assert (place.status().state, place.count("finished")) == ("done", 3)
    assert all(found.steps[0].attempts > 1 for found in place.rows())


@pytest.mark.parametrize("when", ["before", "after"])
@pytest.mark.parametrize("status", [0, 500, 503])
def test_an_answer_that_is_lost_is_found_out(place: BulkPlace, status: int, when: str) -> None:
    place.start([row(number) for number in range(6)])
    place.fault(Fault(USERS_PATH, "POST", status, when=when, count=2))  # type: ignore[arg-type]
    place.run()
    assert (place.status().state, place.count("finished")) == ("done", 6)
    require_consistent(place)


def test_an_account_of_which_google_never_says_is_left_to_a_person(place: BulkPlace) -> None:
    place.start([row(0)])
    place.fault(Fault(f"{USERS_PATH}/pupil0", "GET", 503, count=-1))
    place.fault(Fault(USERS_PATH, "POST", 503, when="after", count=1))
    place.deliver()
    assert place.count("intent") == 1
    place.clock.advance(seconds=PATIENCE, google=False)
    place.run()
    first = place.rows()[0]
    assert (first.state, first.code) == ("review", "unknown")
    assert place.status().state == "done"
    place.heal()
    place.jobs.retry_failed(TENANT, HANNA, "job1")
    place.run()
    require_consistent(place)
    assert place.count("finished") == 1


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
    place.jobs.look(TENANT, HANNA, "job1")
    place.run()
    status = place.status()
    assert (status.state, status.to_delete, status.to_keep, status.is_at_work) == ("done", 2, 7, False)
    assert place.count("finished") == 9, "looking changes nothing"
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
