"""A job that runs: every row ends once, and what Google has is what the rows say."""

from datetime import timedelta
from itertools import product

import pytest

from provisioning.accounts.steps import PATIENCE, Step
from provisioning.naming.holder import Holder
from runtime.google_problems import NotReadyYet
from sandbox.google.world import Fault
from tests.provisioning.bulk.place import GROUP, HANNA, BulkPlace, Killed, in_groups, raising, require_consistent, row
from tests.provisioning.conftest import DOMAIN, TENANT, USERS_PATH


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


def test_two_jobs_for_the_same_names_take_different_ones(place: BulkPlace) -> None:
    place.start([row(number) for number in range(3)])
    place.start([row(number) for number in range(3)], job_id="job2")
    place.run()
    first, second = place.rows(), place.rows("job2")
    assert all(found.state == "finished" for found in (*first, *second))
    assert len({found.address for found in (*first, *second)}) == 6
    assert {found.planned for found in second} == {found.username for found in first}


def test_google_may_ask_to_slow_down(place: BulkPlace) -> None:
    body = '{"error": {"code": 403, "errors": [{"domain": "usageLimits", "reason": "userRateLimitExceeded"}]}}'
    place.start([row(number) for number in range(12)])
    place.fault(Fault(USERS_PATH, "POST", 403, body, count=5))
    began = place.clock()
    place.run()
    assert (place.status().state, place.status().existing) == ("done", 12)
    assert place.clock() - began > timedelta(seconds=3), "the rate was lowered"
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


def test_an_answer_that_is_lost_is_found_out(place: BulkPlace) -> None:
    for number, (status, when) in enumerate(product([0, 500, 503], ["before", "after"])):
        job = f"job{number}"
        place.start([row(10 * number + offset) for offset in range(6)], job_id=job)
        place.fault(Fault(USERS_PATH, "POST", status, when=when, count=2))  # type: ignore[arg-type]
        place.run()
        assert (place.status(job).state, place.count("finished", job)) == ("done", 6)
        assert len(place.accounts(place.rows(job))) == 6
        assert len(place.created_entries()) == 6 * (number + 1)


def test_a_name_that_turns_out_late_to_be_taken_is_replaced_too(place: BulkPlace) -> None:
    place.start([row(0)])
    place.fault(Fault(f"{USERS_PATH}/pupil0", "GET", 503, count=-1))
    place.fault(Fault(USERS_PATH, "POST", 503, count=1))
    place.deliver()
    assert place.count("intent") == 1
    place.occupy("pupil0.example")
    place.heal()
    place.run()
    (found,) = require_consistent(place)
    assert (found.state, found.planned, place.status().state) == ("finished", "pupil0.example", "done")


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


def test_a_step_that_waits_is_done_though_its_task_was_killed(place: BulkPlace) -> None:
    place.start(in_groups(3, GROUP))
    place.points.at("before member", 2, raising(NotReadyYet()))
    place.points.at("before member", 4, raising(Killed()))
    with pytest.raises(Killed):
        place.run()
    place.revive()
    place.run()
    assert (place.status().state, place.count("finished")) == ("done", 3)


def test_slices_in_which_nothing_is_to_be_done_are_passed_by_for_good(place: BulkPlace) -> None:
    """However few of them one task gets through: rows to be tried again may be rare in a long list."""
    place.runs = place.service(work=timedelta(0))
    place.start([*(row(number, state="finished") for number in range(100)), row(100)])
    place.run()
    assert (place.status().state, place.rows()[100].state) == ("done", "finished")
