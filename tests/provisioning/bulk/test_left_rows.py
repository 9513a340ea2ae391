"""Rows that were left to another job which then came to its end without their accounts: they can be tried again."""

import random
from collections import Counter
from collections.abc import Callable
from contextlib import suppress
from datetime import timedelta

import pytest

from provisioning.accounts.steps import Step
from provisioning.bulk.recognition import KnownPerson, pass_over, take_back
from provisioning.bulk.records import job_key
from provisioning.bulk.rows import HELD, Finding
from provisioning.bulk.run.left_rows import LeftRows
from runtime.problems import Conflict
from tests.provisioning.bulk.place import GROUP, HANNA, BulkPlace, row
from tests.provisioning.bulk.two_jobs import both, confirm, deliver, give_up, leave_unknown, made, people
from tests.provisioning.conftest import DOMAIN, TENANT


def left(place: BulkPlace, job: str = "job2") -> list[int]:
    """Lines of the rows that can be tried again because the other job has stopped."""
    return sorted(LeftRows(place.slices).lines(TENANT, place.status(job)))


def retry(place: BulkPlace, job: str = "job2") -> None:
    place.jobs.retry_failed(TENANT, HANNA, job)
    place.run()


def stopped(place: BulkPlace) -> None:
    """It is cancelled before it made anybody."""
    both(place, people(0, 1), people(0, 1))
    deliver(place, "job2")
    place.jobs.cancel(TENANT, HANNA, "job1")


def refused(place: BulkPlace) -> None:
    """Google refuses each of its rows."""
    both(place, people(0, 1, unit="/Nowhere"), people(0, 1))
    deliver(place, "job2")


def in_review(place: BulkPlace) -> None:
    """Somebody else has the usernames that its file names."""
    rows = people(0, 1)
    for one in rows:
        one.is_chosen = True
        place.occupy(one.username)
    both(place, rows, people(0, 1, family="Again"))
    deliver(place, "job2")


def undone(place: BulkPlace) -> None:
    """It has made everybody, and deletes them again."""
    both(place, people(0, 1), people(0, 1))
    place.run()
    assert [found.findings[0].code for found in place.rows("job2")] == ["has_account"] * 2
    assert left(place) == []
    place.clock.advance(hours=1, google=False)
    place.jobs.look(TENANT, HANNA, "job1")
    place.run()
    place.jobs.undo(TENANT, HANNA, "job1", 2)
    assert left(place) == [], "it is not over"


@pytest.mark.parametrize("end", [stopped, refused, in_review, undone])
def test_who_was_left_to_a_job_that_came_to_nothing_is_made_when_that_is_tried_again(
    place: BulkPlace, end: Callable[[BulkPlace], None]
) -> None:
    end(place)
    place.run()
    before = place.status("job2")
    assert (made(place), place.count("skipped", "job2"), before.state) == (Counter(), 2, "done")
    assert (left(place), before.left_to) == ([2, 3], {"job1": 2})
    retry(place)
    assert made(place) == {"P0": 1, "P1": 1}
    status = place.status("job2")
    assert (status.state, status.over, status.total, status.left_to) == ("done", 2, 2, {})
    assert [(found.state, found.findings, found.left_to) for found in place.rows("job2")] == [("finished", [], [])] * 2
    assert left(place) == []
    assert place.live_holds() == []


def test_only_those_are_taken_up_whom_the_other_job_has_not_made(place: BulkPlace) -> None:
    both(place, [*people(0), *people(1, unit="/Nowhere")], people(0, 1))
    deliver(place, "job2")
    place.run()
    assert left(place) == [3]
    retry(place)
    assert made(place) == {"P0": 1, "P1": 1}
    assert [found.state for found in place.rows("job2")] == ["skipped", "finished"]
    assert [found.findings[0].code for found in place.rows("job2") if found.findings] == ["comes_by_another"]


def test_what_follows_an_account_follows_that_of_a_row_that_was_taken_up(place: BulkPlace) -> None:
    rows = people(0)
    rows[0].steps = [Step("group", GROUP)]
    both(place, people(0), rows)
    deliver(place, "job2")
    place.jobs.cancel(TENANT, HANNA, "job1")
    place.run()
    retry(place)
    [found] = place.rows("job2")
    assert (found.state, found.username, found.planned) == ("finished", "example0", "")
    assert f"example0@{DOMAIN}" in place.members()


def test_a_list_that_goes_on_is_waited_for(place: BulkPlace) -> None:
    both(place, people(0), [*people(0), *people(1, unit="/Nowhere")])
    place.jobs.pause(TENANT, HANNA, "job1")
    place.run()
    assert (place.status("job2").state, left(place)) == ("done", [])
    retry(place)
    assert (made(place), place.count("skipped", "job2")) == (Counter(), 1)
    place.jobs.resume(TENANT, HANNA, "job1")
    place.run()
    assert (made(place), left(place)) == ({"P0": 1}, [])


def test_who_was_about_to_be_made_by_two_lists_waits_for_both(place: BulkPlace) -> None:
    rows = people(0, 3)
    known = ("job1/000000", "job2/000000")
    pass_over(rows[0], KnownPerson("x@northfield.example", "Pupil0", comes=True, left_to=known))
    both(place, people(0), people(0))
    place.jobs.pause(TENANT, HANNA, "job2")
    place.jobs.cancel(TENANT, HANNA, "job1")
    place.start(rows, job_id="job3")
    place.run()
    assert (place.status("job3").left_to, left(place, "job3")) == ({"job1": 1, "job2": 1}, [])
    place.jobs.cancel(TENANT, HANNA, "job2")
    place.run()
    assert left(place, "job3") == [2]


def test_what_became_of_a_list_that_is_not_kept_any_more_is_not_known(place: BulkPlace) -> None:
    stopped(place)
    place.run()
    job_key(TENANT, "job1").delete()
    assert left(place) == []
    retry(place)
    assert [found.state for found in place.rows("job2")] == ["skipped", "skipped"]


def test_a_list_that_was_undone_is_not_tried_again(place: BulkPlace) -> None:
    both(place, people(0, 1), [*people(0), *people(2)])
    deliver(place, "job2")
    place.jobs.cancel(TENANT, HANNA, "job1")
    place.run()
    place.clock.advance(hours=1, google=False)
    place.jobs.look(TENANT, HANNA, "job2")
    place.run()
    place.jobs.undo(TENANT, HANNA, "job2", 1)
    place.run()
    assert left(place) == []
    with pytest.raises(Conflict, match="can be tried again"):
        place.jobs.retry_failed(TENANT, HANNA, "job2")


def test_a_row_that_is_taken_back_is_as_it_was() -> None:
    found, before = (row(0, findings=[Finding("name_odd", "Odd.", "first_name", "warning")]) for _ in range(2))
    for comes in (True, False):
        pass_over(found, KnownPerson("x@northfield.example", "Pupil0 Example", comes=comes, left_to=("job1/000000",)))
        assert found != before
        take_back(found)
        assert found == before


def test_rows_that_are_about_to_be_tried_again_are_seen_by_a_job_that_is_begun_meanwhile(place: BulkPlace) -> None:
    place.plan(people(0, family="Again"), job_id="job2")
    place.start(people(0, unit="/Nowhere"))
    place.run()
    place.add_unit("/Nowhere")
    place.jobs.retry_failed(TENANT, HANNA, "job1")
    confirm(place, "job2")
    deliver(place, "job2")
    assert (place.rows()[0].state, place.rows("job2")[0].state) == ("failed", "skipped")
    place.run()
    assert made(place) == {"P0": 1}


@pytest.mark.parametrize("turned", [False, True])
def test_two_that_left_a_person_to_each_other_make_them_once(place: BulkPlace, *, turned: bool) -> None:
    first, second = people(0, 1), people(0, 2, family="Again")
    for rows, other in ((first, "job2"), (second, "job1")):
        pass_over(rows[0], KnownPerson("x@northfield.example", "Pupil0", comes=True, left_to=(f"{other}/000000",)))
    both(place, first, second)
    place.run()
    assert (left(place, "job1"), left(place, "job2")) == ([2], [2])
    assert [(place.status(job).over, place.status(job).total) for job in ("job1", "job2")] == [(1, 1)] * 2
    for job in ("job1", "job2"):
        place.jobs.retry_failed(TENANT, HANNA, job)
    if turned:
        place.queue.waiting.reverse()
    place.run()
    assert made(place) == {"P0": 1, "P1": 1, "P2": 1}
    assert [(place.status(job).over, place.status(job).total) for job in ("job1", "job2")] == [(2, 2)] * 2


def test_who_google_may_have_made_for_a_row_in_review_is_left_to_that(place: BulkPlace) -> None:
    place.plan(people(0, family="Again"), job_id="job2")
    place.start(people(0))
    leave_unknown(place, "example0")
    place.deliver()
    give_up(place)
    assert place.count("review") == place.status().counts["undecided"] == 1
    confirm(place, "job2")
    place.run()
    [skipped] = place.rows("job2")
    assert (skipped.state, skipped.findings[0].code, left(place)) == ("skipped", "comes_by_another", [])
    place.heal()
    retry(place, "job1")
    assert (place.count("finished"), made(place)) == (1, {"P0": 1})


def test_an_answer_to_a_row_in_review_makes_no_second_account(place: BulkPlace) -> None:
    """The other job was confirmed before the row was tried again, and comes to it while Google is asked once more."""
    place.plan(people(0, family="Again"), job_id="job2")
    place.start(people(0))
    leave_unknown(place, "example0")
    place.deliver()
    give_up(place)
    confirm(place, "job2")
    place.jobs.retry_failed(TENANT, HANNA, "job1")
    deliver(place, "job1")
    assert place.rows()[0].is_asked
    deliver(place, "job2")
    assert place.rows("job2")[0].state == "skipped"
    place.heal()
    place.run()
    assert made(place) == {"P0": 1}


@pytest.mark.parametrize("is_there", [True, False])
def test_a_row_in_review_is_not_asked_for_again_once_another_list_has_made_its_person(
    place: BulkPlace, *, is_there: bool
) -> None:
    """The other one was planned after the Directory had been read and nobody was there, so that it knew nothing."""
    place.start(people(0))
    leave_unknown(place, "example0", when="after" if is_there else "before")
    place.deliver()
    give_up(place)
    place.heal()
    place.start(people(0, family="Again"), job_id="job2")
    place.run()
    retry(place, "job1")
    [found] = place.rows()
    assert (found.state, found.begun > 0) == (("finished", True) if is_there else ("skipped", False))
    assert made(place) == {"P0": 2 if is_there else 1}, "what is there is told"
    assert place.live_holds() == []


def test_a_row_in_review_that_surely_was_not_made_is_left_to_whoever_made_it_meanwhile(place: BulkPlace) -> None:
    place.start([*people(1), row(0, employee_id="P0", state="review", code=HELD)])
    place.run()
    place.start(people(0, family="Again"), job_id="job2")
    place.run()
    retry(place, "job1")
    assert (place.rows()[1].state, made(place)) == ("skipped", {"P0": 1, "P1": 1})


def act(place: BulkPlace, chance: random.Random) -> None:
    """What anybody may do at any moment, or a task."""
    jobs = place.jobs
    deed = chance.choice([jobs.pause, jobs.resume, jobs.retry_failed, None, None, None, None])
    with suppress(Conflict):
        if deed:
            deed(TENANT, HANNA, chance.choice(["job1", "job2"]))
        elif place.queue.waiting:
            place.deliver(place.queue.waiting.pop(chance.randrange(len(place.queue.waiting))))


@pytest.mark.parametrize("seed", range(3))
def test_whatever_is_done_when_nobody_gets_two_accounts_and_everybody_one_in_the_end(
    place: BulkPlace, seed: int
) -> None:
    """With tasks of one slice and one phase each."""
    chance = random.Random(seed)  # noqa: S311 - no secret
    place.runs = place.service(work=timedelta(0))
    both(place, people(0, 1, unit="/Nowhere"), people(0, 1, family="Again", unit="/Nowhere"))
    for _ in range(20):
        act(place, chance)
    place.add_unit("/Nowhere")
    for _ in range(40):
        act(place, chance)
        assert max(made(place).values(), default=1) == 1
    for job in ("job1", "job2"):
        with suppress(Conflict):
            place.jobs.resume(TENANT, HANNA, job)
        place.run()
        with suppress(Conflict):
            retry(place, job)
    assert made(place) == {"P0": 1, "P1": 1}
