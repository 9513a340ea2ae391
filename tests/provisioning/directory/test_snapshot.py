"""The Directory is read into a generation of its own, and what is in force changes only when everything was read."""

import time
from datetime import UTC, datetime, timedelta
from itertools import pairwise

import pytest
from google.cloud import ndb

from provisioning.directory.crawl import GIVE_UP, RETRY_HELD, REVIVE
from provisioning.directory.crawl_ledger import LEASE
from provisioning.directory.port import ListedUser
from provisioning.directory.snapshot import APP
from runtime.problems import Conflict, Forbidden, Problem, Unavailable
from sandbox.google import marketplace, people
from sandbox.google.seed import HELPDESK
from tests.provisioning.conftest import ADMIN, TENANT
from tests.provisioning.directory.reading import GROUPS, HANNA, PEOPLE, Reading


def test_everybody_is_read_and_put_in_force(reading: Reading) -> None:
    assert reading.snapshots.status(TENANT).state == "never"
    assert reading.read() == []
    status = reading.snapshots.status(TENANT)
    assert status.state == "rest"
    assert status.in_force is not None
    assert status.in_force.counts == {"users": 300, "aliases": 70, "deleted": 0, "groups": 14, "group_aliases": 20}
    assert status.in_force.pages == {"users": 5, "deleted": 1, "groups": 1}
    assert [domain.name for domain in status.in_force.domains] == ["northfield.example", "students.northfield.example"]
    assert len({user.id for user in reading.people()}) == PEOPLE
    assert len(list(reading.snapshots.groups(TENANT))) == GROUPS


def test_all_that_later_work_needs_is_kept(reading: Reading) -> None:
    user = reading.desk.user(HELPDESK)
    assert user is not None
    with reading.desk.world.changing():
        user.more["externalIds"] = [
            {"type": "organization", "value": "S-17"},
            {"type": "custom", "customType": "frontdesk", "value": "x"},
        ]
        user.archived, user.given_name, user.family_name = True, "小明", "O'Brien"
    reading.read()
    assert next(one for one in reading.people() if one.email == HELPDESK) == ListedUser(
        user.id, HELPDESK, ("front.desk@northfield.example",),
        (
            "hanna.helpdesk@northfield-school.example", "hanna.helpdesk@northfield.example.test-google-a.com",
            "front.desk@northfield-school.example", "front.desk@northfield.example.test-google-a.com",
        ),
        "小明", "O'Brien", "/Staff/Office", suspended=False, archived=True, organization_ids=("S-17",),
    )  # fmt: skip
    office = next(group for group in reading.snapshots.groups(TENANT) if group.name == "School office")
    assert office.aliases == ("reception@northfield.example", "info@northfield.example")


def test_addresses_are_given_to_whoever_builds_from_them(reading: Reading) -> None:
    student = reading.students()[0]
    people.delete_user(reading.desk.world, student.id)
    gone = (datetime.now(UTC) + timedelta(days=20)).date().isoformat()
    reading.read()
    lines = reading.built.lines
    assert {
        "hanna.helpdesk\tu\tnorthfield.example",
        "front.desk\ta\tnorthfield.example",
        "hanna.helpdesk\ta\tnorthfield-school.example",
        "office\tg\tnorthfield.example",
        "reception\th\tnorthfield.example",
        f"{student.primary_email.partition('@')[0]}\td{gone}\tstudents.northfield.example",
    } <= set(lines)
    assert not [line for line in lines if "test-google" in line]
    crawl = reading.built.crawls[0]
    assert (crawl.generation, len(crawl.domains), crawl.counts["deleted"]) == (1, 2, 1)
    assert datetime.now(UTC) - crawl.began < timedelta(minutes=1)


def test_the_next_reading_replaces_the_first_and_its_pages(reading: Reading) -> None:
    reading.read()
    first = reading.snapshots.pages(TENANT, 1)
    assert next(first).chain == "users"
    reading.remove(reading.students()[:3])
    assert reading.read() == []
    assert reading.generation == 2
    assert len(reading.people()) == PEOPLE - 3
    assert reading.page_count() == 7
    with pytest.raises(Unavailable, match="read again"):
        list(reading.snapshots.pages(TENANT, 1))


def test_a_reading_that_is_put_in_force_is_told_in_the_audit_log(reading: Reading) -> None:
    reading.read()
    entry = reading.desk.audit()[0]
    assert (entry.action, entry.actor_label, entry.request_id) == ("directory.read", HANNA.label, HANNA.request_id)
    assert (entry.detail["users"], entry.detail["groups"]) == (PEOPLE, GROUPS)
    reading.desk.clock.advance(hours=24, google=False)
    reading.snapshots.tend(TENANT)
    reading.run()
    assert reading.desk.audit()[0].actor_label == APP.label
    assert len([entry for entry in reading.desk.audit() if entry.action == "directory.read"]) == 2


def test_tasks_are_short_and_the_next_goes_on(reading: Reading) -> None:
    reading.snapshots = reading.service(timedelta())
    assert reading.read() == []
    assert len(reading.queue.names) == 9  # domains, seven pages with the completion, tidying up
    assert (reading.state, len(reading.people())) == ("rest", PEOPLE)
    assert reading.listing.asked == 7


def test_questions_keep_their_distance(reading: Reading) -> None:
    """Others ask Google in the same administrator's name, and the quota is one."""
    moments: list[float] = []
    for number in range(7):
        reading.listing.before[number] = lambda: moments.append(time.monotonic())
    reading.snapshots = reading.service(pace=0.05)
    reading.read()
    assert len(moments) == 7
    assert all(later - sooner >= 0.05 for sooner, later in pairwise(moments[:5]))


def test_two_readings_at_once_are_one(reading: Reading) -> None:
    reading.start()
    reading.start()
    assert reading.run() == []
    assert (reading.generation, reading.listing.asked) == (1, 7)


# Tasks that come twice, late, or not at all


def test_a_second_worker_waits_while_the_first_is_alive(reading: Reading) -> None:
    other, problems = reading.service(), []

    def come_twice() -> None:
        with reading.desk.datastore.context():
            try:
                other.step(TENANT, 1, 0)
            except Problem as problem:
                problems.append(problem)

    reading.listing.before[2] = come_twice
    assert reading.read() == []
    assert [(type(problem), problem.retry) for problem in problems] == [(Unavailable, True)]
    assert 0 < problems[0].retry_after <= LEASE.total_seconds() + 1
    assert (reading.listing.asked, len(reading.people())) == (7, PEOPLE)


def test_a_worker_that_was_slower_than_its_lease_writes_nothing_more(reading: Reading) -> None:
    other = reading.service()

    def overtake() -> None:
        with reading.desk.datastore.context():
            while saved() < 2:
                continue
            reading.desk.clock.advance(seconds=LEASE.total_seconds() + 1, google=False)
            other.step(TENANT, 1, 0)

    def saved() -> int:
        progress = other.status(TENANT).progress
        return progress.page if progress else 0

    reading.listing.after[2] = overtake
    reading.start()
    assert reading.deliver() is None
    assert (reading.state, reading.generation, len(reading.people())) == ("rest", 1, PEOPLE)
    assert len(reading.built.crawls) == 1
    assert [entry.action for entry in reading.desk.audit()].count("directory.read") == 1


def test_two_workers_who_both_think_that_it_is_theirs_do_not_both_write(reading: Reading) -> None:
    other = reading.service(timedelta())

    def overtake() -> None:
        with reading.desk.datastore.context():
            while saved() < 2:
                continue
            reading.desk.clock.advance(seconds=LEASE.total_seconds() + 1, google=False)
            other.step(TENANT, 1, 0)  # one page, and the rest is the next task's

    def saved() -> int:
        progress = other.status(TENANT).progress
        return progress.page if progress else 0

    reading.listing.after[2] = overtake
    reading.start()
    assert reading.deliver() is None
    assert (reading.state, saved(), len(reading.queue.waiting)) == ("running", 3, 1)
    assert reading.run() == []
    assert (reading.state, len(reading.people())) == ("rest", PEOPLE)


def test_old_and_foreign_tasks_do_nothing(reading: Reading) -> None:
    reading.read()
    asked = reading.listing.asked
    for generation, number in ((1, 0), (1, 7), (2, 0), (0, 0)):
        reading.snapshots.step(TENANT, generation, number)
    reading.snapshots.step("C0nobody", 1, 0)
    assert (reading.listing.asked, reading.generation, reading.queue.waiting) == (asked, 1, [])


def test_a_task_that_was_not_left_with_the_queue_is_left_by_its_forerunner(reading: Reading) -> None:
    reading.snapshots = reading.service(timedelta())
    reading.start()
    first = reading.queue.waiting[0]
    reading.deliver()
    reading.queue.waiting.clear()  # the worker was killed before it could leave the next one
    reading.queue.names.clear()
    reading.queue.enqueue(first)
    assert reading.run() == []
    assert (reading.state, len(reading.people())) == ("rest", PEOPLE)


def test_a_reading_whose_task_is_lost_is_revived(reading: Reading) -> None:
    reading.start()
    reading.queue.waiting.clear()
    reading.snapshots.tend(TENANT)
    assert not reading.queue.waiting, "it may still come"
    reading.desk.clock.advance(seconds=REVIVE.total_seconds(), google=False)
    reading.snapshots.tend(TENANT)
    reading.snapshots.tend(TENANT)
    assert len(reading.queue.waiting) == 1
    assert reading.run() == []
    assert reading.state == "rest"


def test_a_customer_that_was_erased_and_comes_back_is_read_anew(reading: Reading) -> None:
    """Its readings are counted from 1 again, and the queue takes each name once."""
    assert reading.read() == []
    ndb.delete_multi(ndb.Query(namespace=TENANT).fetch(keys_only=True))
    reading.desk.clock.advance(minutes=15, google=False)
    reading.start()
    assert reading.queue.waiting
    assert reading.run() == []
    assert (reading.state, len(reading.people())) == ("rest", PEOPLE)


def test_a_reading_that_gets_nowhere_fails_in_the_end(reading: Reading) -> None:
    reading.start()
    reading.fault("users", 503, count=-1)
    assert reading.deliver() is not None
    reading.queue.waiting.clear()
    reading.desk.clock.advance(seconds=GIVE_UP.total_seconds() - 60, google=False)
    reading.snapshots.tend(TENANT)
    assert reading.state == "running"
    reading.queue.waiting.clear()
    reading.desk.clock.advance(seconds=REVIVE.total_seconds(), google=False)
    reading.snapshots.tend(TENANT)
    assert reading.state == "failed"
    trouble = reading.snapshots.status(TENANT).trouble
    assert trouble is not None
    assert trouble.title == "Google does not answer just now"


# When


def test_it_is_read_when_the_administrator_chose(reading: Reading) -> None:
    reading.choose(cache_expiration_hours=3)
    reading.snapshots.tend(TENANT)
    reading.run()
    due = reading.snapshots.status(TENANT).next_at
    assert due is not None
    assert timedelta(hours=2, minutes=59) < due - datetime.now(UTC) <= timedelta(hours=3)
    reading.desk.clock.advance(hours=2, minutes=58, google=False)
    reading.snapshots.tend(TENANT)
    assert not reading.queue.waiting
    reading.desk.clock.advance(minutes=3, google=False)
    reading.snapshots.tend(TENANT)
    reading.run()
    assert reading.generation == 2


# What cannot be read, or be believed


def test_a_lost_delegation_fails_in_words_and_is_tried_again_each_hour(reading: Reading) -> None:
    reading.read()
    marketplace.revoke_data_access(reading.desk.world, TENANT)
    reading.transport.forget(ADMIN)
    reading.desk.clock.advance(hours=24, google=False)
    reading.snapshots.tend(TENANT)
    problems = reading.run()
    status = reading.snapshots.status(TENANT)
    assert [problem.retry for problem in problems] == [False]
    assert (status.state, reading.generation, len(reading.people())) == ("failed", 1, PEOPLE)
    assert status.trouble is not None
    assert status.trouble.title == "Your domain has not given Frontdesk access to its data"
    assert "setup page" in status.trouble.advice
    marketplace.grant_data_access(reading.desk.world, TENANT)
    reading.desk.clock.advance(minutes=58, google=False)
    reading.snapshots.tend(TENANT)
    assert not reading.queue.waiting
    reading.desk.clock.advance(minutes=2, google=False)
    reading.snapshots.tend(TENANT)
    assert reading.run() == []
    assert (reading.state, reading.generation) == ("rest", 3)


def test_a_domain_that_is_not_in_use_any_more_is_not_read(reading: Reading) -> None:
    def refuse(_tenant: str) -> str:
        raise Forbidden("Frontdesk is not in use in northfield.example: it is turned off.")

    reading.administrator = refuse
    reading.read()
    assert (reading.state, reading.listing.asked) == ("failed", 0)


def test_problems_that_pass_are_shown_and_the_place_is_kept(reading: Reading) -> None:
    reading.listing.before[3] = lambda: reading.fault("users", 503, count=2)
    reading.start()
    assert reading.deliver() is not None
    status = reading.snapshots.status(TENANT)
    assert status.state == "running"
    assert status.trouble is not None
    assert (status.trouble.title, status.progress and status.progress.page) == ("Google does not answer just now", 3)
    assert len(reading.run()) == 1
    assert reading.snapshots.status(TENANT).trouble is None
    assert (len(reading.people()), reading.listing.asked) == (PEOPLE, 9)


def test_many_people_gone_at_once_are_held_back_until_somebody_looks(reading: Reading) -> None:
    reading.read()
    reading.remove(reading.students()[:180])
    assert reading.read() == []
    status = reading.snapshots.status(TENANT)
    assert (status.state, reading.generation, len(reading.people())) == ("held", 1, PEOPLE)
    assert [(one.what, one.before, one.now) for one in status.obstacles] == [("users", 300, 120)]
    with pytest.raises(Conflict):
        reading.snapshots.accept(TENANT, HANNA, status.generation - 1)
    reading.snapshots.accept(TENANT, HANNA, status.generation)
    assert reading.run() == []
    assert (reading.state, reading.generation, len(reading.people())) == ("rest", 2, 120)
    assert reading.desk.audit()[0].detail["accepted"] is True
    with pytest.raises(Conflict):
        reading.snapshots.accept(TENANT, HANNA, status.generation)


def test_what_was_held_back_can_be_dropped_and_read_again(reading: Reading) -> None:
    reading.read()
    gone = {user.id: user for user in reading.students()[:180]}
    reading.remove(list(gone.values()))
    reading.read()
    held = reading.snapshots.status(TENANT).generation
    with reading.desk.world.changing():
        reading.desk.world.users.update(gone)
    reading.snapshots.discard(TENANT, HANNA, held)
    assert reading.run() == []
    assert (reading.state, reading.generation, len(reading.people())) == ("rest", 3, PEOPLE)
    assert reading.page_count() == 7
    with pytest.raises(Conflict):
        reading.snapshots.discard(TENANT, HANNA, held)


def test_what_was_held_back_is_read_again_by_itself(reading: Reading) -> None:
    reading.read()
    reading.knobs(lists_end_early=True)
    reading.read()
    assert reading.state == "held"
    reading.knobs(lists_end_early=False)
    reading.desk.clock.advance(seconds=RETRY_HELD.total_seconds() - 60, google=False)
    reading.snapshots.tend(TENANT)
    assert not reading.queue.waiting
    reading.desk.clock.advance(seconds=60, google=False)
    reading.snapshots.tend(TENANT)
    reading.run()
    assert (reading.state, reading.generation) == ("rest", 3)


def test_the_limit_is_the_administrators(reading: Reading) -> None:
    reading.read()
    reading.choose(shrink_limit=70)
    reading.remove(reading.students()[:180])
    reading.read()
    assert (reading.state, len(reading.people())) == ("rest", 120)


def test_a_first_list_that_ends_early_is_held_back_too(reading: Reading) -> None:
    reading.knobs(lists_end_early=True)
    reading.read()
    status = reading.snapshots.status(TENANT)
    assert (status.state, reading.generation) == ("held", 0)
    (obstacle,) = status.obstacles
    assert (obstacle.what, obstacle.now) == ("users", 60)
    assert obstacle.ends_at < obstacle.should_end_at
    assert not reading.built.crawls


def test_somebody_who_was_added_at_the_end_meanwhile_is_no_shortness(reading: Reading) -> None:
    def add() -> None:
        reading.desk.clock.advance(seconds=1)
        student = reading.students()[0]
        people.rename_user(reading.desk.world, student.id, "zz.zz@students.northfield.example")
        student.creation_time = reading.desk.world.now().isoformat().replace("+00:00", "Z")

    reading.listing.after[4] = add
    assert reading.read() == []
    assert reading.state == "rest"


def test_a_reading_is_put_in_force_only_when_all_was_built_from_it(reading: Reading) -> None:
    reading.built.problems = [Unavailable("Busy."), Unavailable("Busy.")]
    assert len(reading.read()) == 2
    assert (reading.state, reading.generation, len(reading.built.crawls)) == ("rest", 1, 1)
    reading.built.problems = [Problem("It cannot be built.")]
    reading.read()
    assert (reading.state, reading.generation, len(reading.people())) == ("failed", 1, PEOPLE)
