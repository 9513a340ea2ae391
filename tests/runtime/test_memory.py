"""Answers kept for a moment: asked once, again when they are too old or forgotten, and never older than a change."""

import pytest

from runtime.memory import Memory
from runtime.problems import Unavailable
from tests.clock import MovableClock


@pytest.fixture
def clock() -> MovableClock:
    return MovableClock()


def test_an_answer_is_asked_for_once_until_it_is_too_old(clock: MovableClock) -> None:
    memory: Memory[str, int] = Memory(clock, 10, 100)
    answers = iter(range(10))
    assert [memory.get("a", lambda: next(answers)) for _ in range(3)] == [0, 0, 0]
    clock.advance(seconds=9)
    assert memory.get("a", lambda: next(answers)) == 0
    clock.advance(seconds=2)
    assert memory.get("a", lambda: next(answers)) == 1


def test_what_is_forgotten_is_asked_for_again(clock: MovableClock) -> None:
    memory: Memory[str, int] = Memory(clock, 10, 100)
    memory.get("a", lambda: 1)
    memory.get("b", lambda: 2)
    memory.forget("a")
    memory.forget("never known")
    assert memory.get("a", lambda: 3) == 3
    assert memory.get("b", lambda: 4) == 2


def test_an_answer_from_before_a_change_is_not_kept(clock: MovableClock) -> None:
    """Read, then changed by another thread, then about to be kept."""
    memory: Memory[str, str] = Memory(clock, 10, 100)

    def read_while_it_changes() -> str:
        memory.forget("a")
        return "old"

    assert memory.get("a", read_while_it_changes) == "old"
    assert memory.get("a", lambda: "new") == "new"


def test_a_failure_is_not_an_answer(clock: MovableClock) -> None:
    memory: Memory[str, str] = Memory(clock, 10, 100)

    def fail() -> str:
        raise Unavailable

    with pytest.raises(Unavailable):
        memory.get("a", fail)
    assert memory.get("a", lambda: "there") == "there"


def test_only_so_many_are_kept(clock: MovableClock) -> None:
    memory: Memory[int, int] = Memory(clock, 10, 3)
    for number in range(10):
        memory.get(number, lambda number=number: number)
    asked = [number for number in range(10) if memory.get(number, lambda: -1) == -1]
    assert len(asked) >= 7
