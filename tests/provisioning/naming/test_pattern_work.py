"""What people type cannot make a call slow: the work grows with what was typed, and what can be typed has an end."""

import sys
import time
from collections.abc import Callable
from functools import partial
from types import FrameType
from typing import Any

import pytest

from provisioning.naming.candidates import drafts
from provisioning.naming.pattern_advice import advise
from provisioning.naming.patterns import MAX_LIST_LENGTH, MAX_PATTERNS, check_patterns, parse_patterns
from provisioning.naming.policy import NamingPolicy
from provisioning.naming.values import MAX_FIELD, Values

HOSTILE = ["[", "]", "[C", "[C1_", "[9", ".", "[#]", "[C1_a", "a", "_[", "[W11111111", ",", "[]", "[C9_a],", " ", "[x"]
VALUES = ("abcd" * 50, "a." * 100, "ä " * 100, "." * 200, "王" * 200, "a-" * 100)
WORDS = frozenset(f"{number:04}"[::-1] for number in range(500)) | frozenset("abcd"[at:] + "a" * at for at in range(4))
LISTS = {
    "one field often": ",".join(["[a]" * 13] * MAX_PATTERNS),
    "as many fields as fit": ",".join(["[a]" * 64] * 20),
    "dots": ",".join(["[a].[a]" * 5] * MAX_PATTERNS),
    "words": ",".join(f"[W{number}_a]" for number in range(1, MAX_PATTERNS + 1)),
    "many counts of words": ",".join("".join(f"[W{at}_a]" for at in range(n, n + 4)) for n in range(1, 401, 4)),
    "counters": ",".join(["[a][#][a]"] * MAX_PATTERNS),
    "almost too long": ",".join(["x" * 38] * MAX_PATTERNS),
}


def steps(work: Callable[[], object]) -> int:
    """Lines of Python run, as counted by the interpreter: the same on every machine."""
    counted = 0

    def count(_frame: FrameType, event: str, _argument: object) -> Any:
        nonlocal counted
        counted += event == "line"
        return count

    before = sys.gettrace()
    sys.settrace(count)
    try:
        work()
    finally:
        sys.settrace(before)
    return counted


def evaluate(patterns: str, value: str, words: frozenset[str] = WORDS) -> int:
    """Every candidate that the patterns give, of a counter the first; how many."""
    policy = NamingPolicy(parse_patterns(patterns), forbidden_words=words)
    filled = drafts(policy.patterns, Values({"firstname": "Ann", "lastname": "Lee", "a": value}))
    return len([policy.finish(draft.numbered(1)) for draft in filled])


def seconds(work: Callable[[], object]) -> float:
    began = time.process_time()
    work()
    return time.process_time() - began


@pytest.mark.parametrize("piece", HOSTILE)
def test_work_of_parsing_grows_no_faster_than_the_text(piece: str) -> None:
    half, whole = (steps(partial(check_patterns, (piece * size)[:size])) for size in (2000, MAX_LIST_LENGTH))
    assert whole <= 2.2 * half + 100
    assert whole < 25 * MAX_LIST_LENGTH


@pytest.mark.parametrize("piece", HOSTILE)
def test_parsing_is_quick_for_hostile_text(piece: str) -> None:
    """What runs below Python counts too: searches in text, expressions."""
    assert seconds(lambda: check_patterns(piece * (MAX_LIST_LENGTH // len(piece)))) < 0.5


@pytest.mark.parametrize("pattern", ["[a].[a]", "[W1_a]-[W2_a]", "[a][#]", "x" * 30])
def test_work_of_evaluation_grows_no_faster_than_the_list(pattern: str) -> None:
    half, whole = (steps(partial(evaluate, ",".join([pattern] * size), VALUES[0])) for size in (50, 100))
    assert whole <= 2.2 * half


def test_work_of_evaluation_grows_no_faster_than_the_pattern() -> None:
    half, whole = (steps(partial(evaluate, "[a]" * size, VALUES[0])) for size in (32, 64))
    assert whole <= 2.2 * half + 100


@pytest.mark.parametrize("name", LISTS)
def test_evaluation_of_the_worst_that_can_be_typed_is_quick(name: str) -> None:
    for value in VALUES:
        assert len(value) == MAX_FIELD
        assert seconds(partial(evaluate, LISTS[name], value)) < 2


def test_work_of_advice_has_an_end() -> None:
    odd = ",".join(f"[firstnam{number}][#]" for number in range(MAX_PATTERNS))
    assert seconds(lambda: advise(parse_patterns(odd))) < 2
