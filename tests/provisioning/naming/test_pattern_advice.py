"""What is odd about patterns that can be used."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from provisioning.naming.pattern_advice import advise
from provisioning.naming.patterns import DEFAULT_PATTERNS, MAX_PATTERNS, parse_patterns

README_EXAMPLE = (
    "[firstname].[lastname], [C1_firstname].[lastname], [firstname][lastname]_[region], [firstname][lastname]_[group], "
    "[lastname]_nyc, [firstname][lastname][#]"
)


def remarks(text: str) -> list[tuple[str, str]]:
    return [(advice.pattern, advice.remark) for advice in advise(parse_patterns(text))]


@pytest.mark.parametrize(
    "text",
    [
        README_EXAMPLE,
        "[firstname].[lastname], [firstname][lastname], [C1_firstname].[lastname]_[secondLastname]",
        "[nickname], [school1][#], [school2][#], [middlename].[surname]",
        "[nickname][#], [firstname].[lastname]",  # who has no nickname comes to the second
        "[C1_lastname][#]",
        "",
    ],
)
def test_good_lists_are_left_alone(text: str) -> None:
    assert remarks(text) == []


def test_standard_patterns_are_left_alone() -> None:
    assert advise(DEFAULT_PATTERNS) == ()


@pytest.mark.parametrize(
    ("written", "meant"),
    [
        ("firstnam", "firstname"),
        ("Firstname", "firstname"),
        ("FIRSTNAME", "firstname"),
        ("first_name", "firstname"),
        ("lastName", "lastname"),
        ("lastnme", "lastname"),
        ("C1_lastnames", "lastname"),
        ("W2_Lastname", "lastname"),
        ("C_firstname", "C1_firstname"),
        ("c1_firstname", "C1_firstname"),
        ("w2_lastname", "W2_lastname"),
        ("H_lastname", "H0_lastname"),
        ("h5_nickname", "H0_nickname"),
        ("c00_nickname", "C1_nickname"),
    ],
)
def test_a_field_that_looks_like_a_slip_of_the_hand_is_asked_about(written: str, meant: str) -> None:
    [(pattern, remark)] = remarks(f"[{written}]x")
    assert pattern == f"[{written}]x"
    assert remark.endswith(f"did you mean [{meant}]?")
    assert advise(parse_patterns(f"[{meant}]x")) == ()


def test_what_comes_after_a_counter_is_never_reached() -> None:
    found = remarks("[firstname][#], [lastname], [nickname].[lastname], [lastname][#]")
    assert [pattern for pattern, _ in found] == ["[lastname]", "[nickname].[lastname]", "[lastname][#]"]
    assert {remark for _, remark in found} == {
        "it is never reached, because “[firstname][#]” before it counts for ever"
    }


def test_what_needs_the_same_field_as_a_counter_is_never_reached_either() -> None:
    found = remarks("[nickname][#], [nickname].[lastname], [firstname]")
    assert [pattern for pattern, _ in found] == ["[nickname].[lastname]"]


@pytest.mark.parametrize(
    ("text", "remark"),
    [
        ("[lastname], [firstname], [lastname]", "it stands in the list twice"),
        ("[lastname]_nyc, [lastname]_NYC", "it differs from “[lastname]_nyc” in capitals only"),
        ("[C1_lastname], [C01_lastname]", "it gives the same names as “[C1_lastname]”"),
        ("[firstname][#], [firstname][#]", "it stands in the list twice"),
    ],
)
def test_a_pattern_that_gives_nothing_new_is_told(text: str, remark: str) -> None:
    [(pattern, found)] = remarks(text)
    assert pattern == text.rsplit(", ", maxsplit=1)[-1]
    assert found.startswith(remark)


def test_a_pattern_that_fits_one_person_only_is_told() -> None:
    [(pattern, remark)] = remarks("[firstname], teacher")
    assert pattern == "teacher"
    assert "one person can have this name" in remark


@given(st.lists(st.text("abAB", min_size=1, max_size=4).map(lambda name: f"[{name}]"), max_size=MAX_PATTERNS))
def test_every_repetition_is_told_once_in_the_order_of_the_list(texts: list[str]) -> None:
    repeated = [text for at, text in enumerate(texts) if text in texts[:at]]
    found = advise(parse_patterns(",".join(texts)))
    assert [advice.pattern for advice in found if "twice" in advice.remark] == repeated
