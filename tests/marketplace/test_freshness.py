"""Whether a person was asked lately who it is."""

from datetime import UTC, datetime, timedelta

from hypothesis import given
from hypothesis import strategies as some

from marketplace.freshness import FRESH, is_fresh, signed_in_at

NOW = datetime(2026, 3, 1, 12)  # noqa: DTZ001 - naive UTC, as sessions keep it
LONG_AGO = int((NOW - timedelta(hours=3)).replace(tzinfo=UTC).timestamp())


def test_what_google_says_counts_more_than_a_click_on_its_page() -> None:
    assert signed_in_at(LONG_AGO, NOW, asked=True) == NOW - timedelta(hours=3)


def test_passing_by_a_cookie_is_no_sign_of_a_person() -> None:
    assert signed_in_at(0, NOW, asked=False) is None
    assert signed_in_at(0, NOW, asked=True) == NOW


@given(some.integers(1, 2**40), some.booleans())
def test_no_sign_in_is_later_than_now(auth_time: int, asked: bool) -> None:
    signed_in = signed_in_at(auth_time, NOW, asked=asked)
    assert signed_in is not None
    assert signed_in <= NOW


@given(some.timedeltas(timedelta(0), timedelta(days=1)))
def test_five_minutes_are_fresh(age: timedelta) -> None:
    assert is_fresh(NOW - age, NOW) is (age < FRESH)
    assert not is_fresh(None, NOW)
