"""Finding a free number among many, and not getting into each other's way."""

import threading
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor

from hypothesis import given
from hypothesis import strategies as st

from provisioning.naming.contention import LIFETIME, Contention
from provisioning.naming.galloping import gallop
from provisioning.naming.holder import Holder
from provisioning.naming.lineup import LARGEST_NUMBER

ANN, OTHER_DOMAIN = Holder("C1", "example.org", "ann"), Holder("C1", "example.com", "ann")


class Numbers:
    """Taken up to a number, and what was asked."""

    def __init__(self, taken: int) -> None:
        self.taken = taken
        self.steps: list[Sequence[int]] = []

    def probe(self, numbers: Sequence[int]) -> list[bool]:
        self.steps.append(numbers)
        return [number > self.taken for number in numbers]


@given(taken=st.integers(0, LARGEST_NUMBER // 4), start=st.integers(1, 50), at_once=st.integers(1, 20))
def test_first_free_number_is_found(taken: int, start: int, at_once: int) -> None:
    numbers = Numbers(taken)
    assert gallop(start, numbers.probe, at_once=at_once, within=1) == max(start, taken + 1)
    asked = [number for step in numbers.steps for number in step]
    assert len(asked) == len(set(asked))
    assert max(map(len, numbers.steps)) <= at_once
    if at_once >= 8:
        assert len(numbers.steps) <= 2 + taken.bit_length() // 2


@given(taken=st.integers(0, 10**6), within=st.integers(1, 30))
def test_place_is_near_enough(taken: int, within: int) -> None:
    place = gallop(1, Numbers(taken).probe, at_once=16, within=within)
    assert place <= taken + 1 < place + within


def test_counter_that_ends_is_said() -> None:
    assert gallop(1, Numbers(LARGEST_NUMBER).probe, at_once=8, within=1) == 0


# Contention


def test_name_that_a_thread_is_taking_is_passed_over_by_the_others() -> None:
    contention = Contention()
    at = contention.now()
    looked = {"a": at, "b": at, "c": at}
    assert contention.choose(ANN, looked, 2) == ["a", "b"]
    assert contention.choose(ANN, looked, 2) == ["c"]
    assert contention.choose(OTHER_DOMAIN, looked, 2) == ["a", "b"]
    contention.done(ANN, ["a"], won=True)
    contention.done(ANN, ["b"], won=False)
    assert contention.choose(ANN, looked, 3) == ["b"], "a was taken after it was looked up"
    assert contention.choose(ANN, {"a": contention.now()}, 3) == ["a"], "and may have been released since"


def test_places_are_told_once_and_forgotten_when_nobody_comes() -> None:
    now = [0.0]
    contention = Contention(lambda: now[0])
    assert contention.hinted(ANN, "smith1") == 0
    assert [contention.reserve(ANN, "smith1", 5, 3) for _ in range(3)] == [5, 8, 11]
    assert contention.reserve(ANN, "smith1", 50, 3) == 50
    assert (contention.hinted(ANN, "smith1"), contention.hinted(OTHER_DOMAIN, "smith1")) == (53, 0)
    now[0] = LIFETIME
    assert contention.reserve(ANN, "smith1", 1, 3) == 1


class Watched(Contention):
    """Tells how many have asked."""

    def __init__(self) -> None:
        super().__init__()
        self.asked = threading.Semaphore(0)

    def now(self) -> int:
        at = super().now()
        self.asked.release()
        return at


def test_one_caller_searches_for_all_who_ask_meanwhile() -> None:
    contention = Watched()
    searches: list[int] = []

    def look() -> int:
        searches.append(1)
        assert all(contention.asked.acquire(timeout=10) for _ in range(4))
        return 7

    with ThreadPoolExecutor(4) as pool:
        assert list(pool.map(lambda _: contention.search(ANN, "smith1", look), range(4))) == [7] * 4
    assert searches == [1]
    assert contention.search(ANN, "smith1", lambda: 9) == 9, "whoever asks later searches again"
