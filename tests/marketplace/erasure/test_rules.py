"""When a customer may be erased, and when a look that found nothing is believed."""

from datetime import UTC, datetime, timedelta

import pytest

from marketplace.erasure.rules import SETTLING, WAITING, due, has_license, is_over, may_be_at_once, names_domain
from marketplace.rules import DomainState, Standing

ASKED = datetime(2026, 5, 4, 9, 30, tzinfo=UTC)
A_SECOND = timedelta(seconds=1)


@pytest.mark.parametrize(
    ("typed", "fits"),
    [
        ("northfield.example", True),
        (" Northfield.EXAMPLE. ", True),
        ("", False),
        ("northfield", False),
        ("students.northfield.example", False),
        ("northfield.example northfield.example", False),
    ],
)
def test_the_name_is_typed_in_whatever_case(typed: str, fits: bool) -> None:
    assert names_domain(typed, "northfield.example") is fits


@pytest.mark.parametrize(
    ("state", "licensed", "at_once"),
    [
        (DomainState("a.example", license_state="UNLICENSED"), True, True),
        (DomainState("a.example", license_state="ACTIVE"), True, False),
        (DomainState("a.example", license_state="ACTIVE", stale=True), True, False),
        (DomainState("a.example", license_state=""), True, False),
        (DomainState("a.example", license_state="UNLICENSED", is_independent=True), False, False),
        (DomainState("a.example", license_state="UNLICENSED", quarantined=True), False, False),
    ],
)
def test_waiting_is_left_out_only_where_google_says_that_the_app_is_gone(
    state: DomainState, licensed: bool, at_once: bool
) -> None:
    assert (has_license(state), may_be_at_once(state)) == (licensed, at_once)


def test_waiting() -> None:
    assert due(ASKED, at_once=False) == ASKED + WAITING == ASKED + timedelta(days=7)
    assert due(ASKED, at_once=True) == ASKED


@pytest.mark.parametrize(
    ("found", "after", "over"),
    [
        (0, SETTLING, True),
        (0, WAITING, True),
        (0, SETTLING - A_SECOND, False),
        (1, WAITING, False),
        (1, SETTLING, False),
    ],
)
def test_it_is_over_when_a_look_finds_nothing_that_began_when_nobody_was_at_work_any_more(
    found: int, after: timedelta, over: bool
) -> None:
    assert is_over(found, ASKED + after, ASKED) is over


@pytest.mark.parametrize(
    ("changes", "standing"),
    [
        ({}, Standing.LEAVING),
        ({"erasing": True}, Standing.ERASING),
        ({"license_state": "UNLICENSED"}, Standing.LEAVING),
        ({"disabled_by_operator": "The bill."}, Standing.LEAVING),
        ({"quarantined": True}, Standing.QUARANTINED),
        ({"erase_at": None}, Standing.ACTIVE),
    ],
)
def test_who_leaves_is_closed_whatever_else_holds(changes: dict[str, object], standing: Standing) -> None:
    state = {"domain": "a.example", "is_enabled": True, "license_state": "ACTIVE", "erase_at": ASKED} | changes
    assert DomainState(**state).standing is standing  # type: ignore[arg-type]
