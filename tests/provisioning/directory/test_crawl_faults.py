"""Whatever goes wrong at whichever page, what is in force stays as it is until a whole reading takes its place."""

from collections.abc import Callable

import pytest

from provisioning.directory.crawl import RETRY_FAILED, RETRY_HELD
from provisioning.directory.port import ListedUser, Page
from sandbox.google.world import Fault
from tests.provisioning.conftest import TENANT
from tests.provisioning.directory.reading import GROUPS, PEOPLE, Reading

PAGES = 7
"""Five of people, one of deleted people, one of groups."""
OLD_TOKEN = '{"error":{"code":400,"message":"Invalid Input: 0","errors":[{"message":"x","reason":"invalid"}]}}'


def fails_with(status: int, body: str = "", count: int = 1) -> Callable[[Reading], None]:
    def fail(reading: Reading) -> None:
        with reading.desk.world.changing():
            reading.desk.world.faults.append(Fault("/admin/directory/v1/", "GET", status, body, count=count))

    return fail


PASSING = {
    "reset": fails_with(0, count=3),  # httplib2 asks again by itself on a connection that was kept
    "503": fails_with(503, count=2),
    "too fast": fails_with(429),
    "HTML": fails_with(502, "<html><title>Error 502 (Server Error)</title></html>"),
}


@pytest.fixture
def known(reading: Reading) -> Reading:
    """Read once."""
    reading.read()
    return reading


class Attempt:
    """A reading that is to go wrong at one page. Since the one in force another student has left."""

    def __init__(self, reading: Reading) -> None:
        self.reading, self.generation = reading, reading.generation
        self.people, self.built = len(reading.people()), len(reading.built.crawls)
        reading.remove(reading.students()[:1])
        reading.listing.asked = 0
        reading.listing.before.clear()
        reading.listing.after.clear()

    def assert_unchanged(self) -> None:
        assert self.reading.generation == self.generation
        assert len(self.reading.people()) == self.people
        assert len(self.reading.built.crawls) == self.built

    def assert_replaced(self) -> None:
        assert self.reading.state == "rest"
        assert self.reading.generation > self.generation
        found = self.reading.people()
        assert len({user.id for user in found}) == len(found) == self.people - 1
        assert len(list(self.reading.snapshots.groups(TENANT))) == GROUPS
        assert len(self.reading.built.crawls) == self.built + 1

    def next_by_itself(self, seconds: float) -> None:
        self.reading.desk.clock.advance(seconds=seconds, google=False)
        self.reading.snapshots.tend(TENANT)
        self.reading.run()


@pytest.mark.parametrize("fault", PASSING)
def test_a_failure_that_passes_costs_no_page_that_was_read(known: Reading, fault: str) -> None:
    for number in range(PAGES) if fault == "503" else (0, 3, 5, 6) if fault == "reset" else (2,):
        attempt = Attempt(known)
        known.listing.before[number] = lambda: PASSING[fault](known)
        known.start()
        assert known.deliver() is not None
        attempt.assert_unchanged()
        progress = known.snapshots.status(TENANT).progress
        assert progress is not None
        assert progress.page == (number if number < 5 else 0)
        known.run()
        attempt.assert_replaced()
        assert known.listing.asked <= PAGES + 4


def test_a_refusal_ends_the_reading_and_the_next_one_succeeds(known: Reading) -> None:
    for number in (0, 2, 5, 6):
        attempt = Attempt(known)
        known.listing.before[number] = lambda: fails_with(403)(known)
        assert len(known.read()) == 1
        assert known.state == "failed"
        attempt.assert_unchanged()
        attempt.next_by_itself(RETRY_FAILED.total_seconds())
        attempt.assert_replaced()


def test_a_chain_whose_token_grew_old_is_begun_again_once(known: Reading) -> None:
    for number in (1, 4):
        attempt = Attempt(known)
        known.listing.before[number] = lambda: fails_with(400, OLD_TOKEN)(known)
        assert known.read() == []
        attempt.assert_replaced()
        assert known.listing.asked == PAGES + number + 1


def test_a_chain_whose_tokens_are_never_good_fails(known: Reading) -> None:
    attempt = Attempt(known)
    for number in (2, 4):  # of the chain, and of the chain begun again
        known.listing.before[number] = lambda: fails_with(400, OLD_TOKEN)(known)
    known.read()
    assert known.state == "failed"
    attempt.assert_unchanged()


def test_a_first_page_that_is_refused_is_not_asked_for_again(known: Reading) -> None:
    attempt = Attempt(known)
    known.listing.before[0] = lambda: fails_with(400, OLD_TOKEN)(known)
    known.read()
    assert (known.state, known.listing.asked) == ("failed", 1)
    attempt.assert_unchanged()


def test_a_list_that_ends_early_is_held_back(known: Reading) -> None:
    """With status 200 and without a token: nothing in the answer tells it from the end of the list."""
    for number in (0, 2, 3):
        attempt = Attempt(known)
        known.listing.before[number] = lambda: known.knobs(lists_end_early=True)
        known.listing.after[number] = lambda: known.knobs(lists_end_early=False)
        assert known.read() == []
        status = known.snapshots.status(TENANT)
        assert status.state == "held"
        assert {one.what for one in status.obstacles} == {"users"}
        assert [bool(one.should_end_at) for one in status.obstacles] == [False, True]
        attempt.assert_unchanged()
        attempt.next_by_itself(RETRY_HELD.total_seconds())
        attempt.assert_replaced()


def test_a_list_of_groups_that_ends_early_is_held_back(known: Reading) -> None:
    attempt = Attempt(known)
    known.listing.before[6] = lambda: known.knobs(page_limit=5, lists_end_early=True)
    assert known.read() == []
    (obstacle,) = known.snapshots.status(TENANT).obstacles
    assert (obstacle.what, obstacle.now) == ("groups", 5)
    attempt.assert_unchanged()


def test_a_list_that_comes_back_empty_is_held_back(known: Reading) -> None:
    attempt = Attempt(known)
    with known.desk.world.changing():
        for group in [group for group in known.desk.world.groups.values() if group.customer_id == TENANT]:
            del known.desk.world.groups[group.id]
    known.read()
    (obstacle,) = known.snapshots.status(TENANT).obstacles
    assert (obstacle.what, obstacle.before, obstacle.now) == ("groups", GROUPS, 0)
    attempt.assert_unchanged()


def test_rows_that_come_twice_count_once(known: Reading) -> None:
    attempt = Attempt(known)
    known.knobs(repeat_last_row=True)
    assert known.read() == []
    attempt.assert_replaced()
    info = known.snapshots.in_force(TENANT)
    assert info is not None
    assert info.counts["users"] == PEOPLE - 1


def test_pages_may_be_short(known: Reading) -> None:
    attempt = Attempt(known)
    known.listing.before[1] = lambda: known.knobs(page_limit=17)
    assert known.read() == []
    attempt.assert_replaced()


@pytest.mark.parametrize("entry", [1, 2, 3])
def test_pages_that_run_in_a_circle_end_the_reading(known: Reading, entry: int) -> None:
    """Else such a chain would be read for ever. entry: the page that the fourth one leads to, counted from 0."""
    attempt = Attempt(known)
    firsts: list[str] = []
    leads_to: dict[int, str] = {}
    ask = known.listing.users_page

    def circle(subject: str, token: str) -> Page[ListedUser]:
        page = ask(subject, token)
        if page.entries[0].id not in firsts:
            firsts.append(page.entries[0].id)
        number = firsts.index(page.entries[0].id)
        leads_to[number] = page.next_token if number < 3 else leads_to[entry - 1]
        return Page(page.entries, leads_to[number])

    known.listing.users_page = circle  # type: ignore[method-assign]
    problems = known.read()
    assert [problem.code for problem in problems] == ["broken_listing"]
    assert known.state == "failed"
    attempt.assert_unchanged()
    assert known.listing.asked <= 20


DOMAINS = "customer/my_customer/domains"


@pytest.mark.parametrize("answer", ["{}", '{"domains":[{"domainName":"students.northfield.example","verified":true}]}'])
def test_a_list_of_domains_without_the_primary_one_is_none(known: Reading, answer: str) -> None:
    attempt = Attempt(known)
    known.fault(DOMAINS, 200, body=answer)
    assert len(known.read()) == 1
    assert known.state == "failed"
    attempt.assert_unchanged()
    attempt.next_by_itself(RETRY_FAILED.total_seconds())
    attempt.assert_replaced()


def test_a_domain_that_is_missing_holds_the_reading_back(known: Reading) -> None:
    attempt = Attempt(known)
    known.fault(DOMAINS, 200, body='{"domains":[{"domainName":"northfield.example","isPrimary":true,"verified":true}]}')
    assert known.read() == []
    (obstacle,) = known.snapshots.status(TENANT).obstacles
    assert (obstacle.what, obstacle.before, obstacle.now) == ("domains", 3, 1)
    assert tuple(obstacle.missing) == ("northfield-school.example", "students.northfield.example")
    attempt.assert_unchanged()
    attempt.next_by_itself(RETRY_HELD.total_seconds())
    attempt.assert_replaced()


def test_a_customer_without_people_is_not_believed_even_the_first_time(reading: Reading) -> None:
    reading.fault("users", 200, count=10, body="{}")
    assert len(reading.read()) == 1
    assert (reading.state, reading.generation, reading.built.crawls) == ("failed", 0, [])


def test_an_answer_that_cannot_be_read_is_shown_and_asked_for_again(known: Reading) -> None:
    attempt = Attempt(known)
    known.listing.before[2] = lambda: known.fault("users", 200, body="<html>")
    known.start()
    assert known.deliver() is not None
    trouble = known.snapshots.status(TENANT).trouble
    assert trouble is not None
    assert trouble.title == "Google does not answer just now"
    known.run()
    attempt.assert_replaced()
