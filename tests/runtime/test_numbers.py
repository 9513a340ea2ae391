"""Numbers in forms: digits, and nothing that Python takes for some besides."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from runtime.numbers import LARGEST, whole_number


@given(st.integers(0, LARGEST), st.integers(0, LARGEST))
def test_number_is_taken_up_to_the_most(number: int, most: int) -> None:
    assert whole_number(str(number), most) == (number if number <= most else None)


@pytest.mark.parametrize("text", ["", " 1", "1 ", "+1", "-1", "1_0", "1.0", "²", "٣", "one", "1" * 10, "0" * 10_000])
def test_anything_else_is_none(text: str) -> None:
    assert whole_number(text) is None


def test_zeros_in_front_change_nothing() -> None:
    assert whole_number("007") == 7
