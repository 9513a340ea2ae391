"""Calls from a few threads at one pace."""

import threading
from collections import Counter

import pytest

from provisioning.bulk.run.paced import THREADS, ComeBack, PacedCalls
from runtime.google_problems import GoogleThrottled, NotDelegated
from runtime.pace import Pace
from tests.provisioning.bulk.place import BulkPlace
from tests.provisioning.conftest import TENANT


class Google:
    """Counts what it is asked."""

    def __init__(self) -> None:
        self.asked: Counter[int] = Counter()
        self.at_once = self.most = 0
        self.problems: dict[int, list[Exception]] = {}
        self._lock = threading.Lock()

    def ask(self, item: int) -> int:
        with self._lock:
            self.asked[item] += 1
            self.at_once += 1
            self.most = max(self.most, self.at_once)
            waiting = self.problems.get(item, [])
            problem = waiting.pop(0) if waiting else None
        try:
            if problem:
                raise problem
            return item * 2
        finally:
            with self._lock:
                self.at_once -= 1


@pytest.fixture
def calls(place: BulkPlace) -> PacedCalls:
    return PacedCalls(place.pace("calls", 100.0))


def test_everything_is_asked_once_by_a_few_threads(calls: PacedCalls) -> None:
    google = Google()
    made = calls.make(TENANT, range(30), google.ask, lambda: True)
    assert sorted(made.done) == [(item, item * 2) for item in range(30)]
    assert (made.left, made.problem) == ([], None)
    assert set(google.asked.values()) == {1}
    assert google.most <= THREADS


def test_what_was_too_fast_is_asked_again_at_a_lower_rate(place: BulkPlace, calls: PacedCalls) -> None:
    google, began = Google(), place.clock()
    google.problems = {3: [GoogleThrottled(retry_after=7), GoogleThrottled()]}
    made = calls.make(TENANT, range(6), google.ask, lambda: True)
    assert len(made.done) == 6
    assert google.asked[3] == 3
    assert (place.clock() - began).total_seconds() >= 7


def test_what_concerns_all_ends_the_rest(calls: PacedCalls) -> None:
    google = Google()
    google.problems = {2: [NotDelegated()]}
    made = calls.make(TENANT, range(40), google.ask, lambda: True)
    assert isinstance(made.problem, NotDelegated)
    assert 2 in made.left
    assert sorted([*made.left, *(item for item, _ in made.done)]) == list(range(40))
    assert sum(google.asked.values()) <= 2 + 2 * THREADS


def test_nothing_is_begun_that_nobody_wants_any_more(calls: PacedCalls) -> None:
    google, answers = Google(), [True, True, False]
    made = calls.make(TENANT, range(40), google.ask, lambda: answers.pop(0))
    assert (len(made.done), len(made.left), made.problem) == (2 * THREADS, 40 - 2 * THREADS, None)


def test_a_long_wait_is_left_to_another_task(place: BulkPlace, calls: PacedCalls) -> None:
    google = Google()
    google.problems = {2: [GoogleThrottled(retry_after=90)]}
    made = calls.make(TENANT, range(6), google.ask, lambda: True)
    assert len(made.done) + len(made.left) == 6
    assert 2 in made.left
    with pytest.raises(ComeBack) as raised:
        made.require_end()
    assert 60 < raised.value.seconds <= 92


def test_a_mistake_of_ours_is_not_taken_for_an_answer(calls: PacedCalls) -> None:
    google = Google()
    google.problems = {1: [ZeroDivisionError()]}
    with pytest.raises(ZeroDivisionError):
        calls.make(TENANT, range(3), google.ask, lambda: True)


class ToldPace(Pace):
    """Notes of how many successes it was told."""

    told: list[int]

    def speed_up(self, tenant: str, succeeded: int) -> None:
        self.told.append(succeeded)
        super().speed_up(tenant, succeeded)


def test_the_rate_comes_back_while_calls_succeed(place: BulkPlace) -> None:
    pace = ToldPace(place.clock, "calls", 8.0, sleep=place.desk.sleep)
    pace.told = []
    pace.slow_down(TENANT)
    made = PacedCalls(pace).make(TENANT, range(40), Google().ask, lambda: True)
    assert sum(pace.told) == len(made.done) == 40
    assert max(pace.told) <= 2 * THREADS, "not only when all of them were made"
    first, second = pace.reserve(TENANT, 2)
    assert (second - first).total_seconds() < 1 / 5.5, "40 successes bring two calls a second back"
