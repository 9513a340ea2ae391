"""The license rule, and what a domain's standing is."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from itertools import product

import pytest
from hypothesis import given
from hypothesis import strategies as st

from marketplace.rules import GRACE, DomainState, Standing, is_active, license_in_grace, user_may

NOW = datetime(2026, 11, 21, 12, tzinfo=UTC)
STATES = ["ACTIVE", "UNLICENSED", "EXPIRED", "PENDING", "active", ""]


@pytest.mark.parametrize(("enabled", "independent", "state"), list(product([True, False], [True, False], STATES)))
def test_rule_is_the_sources(enabled: bool, independent: bool, state: str) -> None:
    expected = {
        (True, True): True,
        (True, False): state == "ACTIVE",
        (False, True): False,
        (False, False): False,
    }[enabled, independent]
    assert is_active(is_enabled=enabled, is_independent=independent, license_state=state) is expected


@pytest.mark.parametrize(
    ("enabled", "independent", "state", "disabled", "quarantined", "set_up"),
    list(
        product([True, False], [True, False], ["ACTIVE", "UNLICENSED", ""], ["", "unpaid"], [True, False], [NOW, None])
    ),
)
def test_standing_is_active_exactly_when_the_rule_holds_and_nobody_has_closed_it(
    enabled: bool, independent: bool, state: str, disabled: str, quarantined: bool, set_up: datetime | None
) -> None:
    domain = DomainState(
        "x.example", True, enabled, independent, state, disabled_by_operator=disabled, quarantined=quarantined,
        set_up_at=set_up,
    )  # fmt: skip
    rule = is_active(is_enabled=enabled, is_independent=independent, license_state=state)
    assert (domain.standing is Standing.ACTIVE) is (rule and not disabled and not quarantined)


def test_weightiest_reason_is_named_first() -> None:
    domain = DomainState("x.example", True, license_state="", disabled_by_operator="unpaid", quarantined=True)
    steps = [
        ({}, Standing.QUARANTINED),
        ({"quarantined": False}, Standing.DISABLED),
        ({"disabled_by_operator": ""}, Standing.CANNOT_TELL),
        ({"license_state": "UNLICENSED"}, Standing.UNLICENSED),
        ({"license_state": "ACTIVE"}, Standing.NOT_SET_UP),
        ({"set_up_at": NOW}, Standing.TURNED_OFF),
        ({"is_enabled": True}, Standing.ACTIVE),
    ]
    for change, standing in steps:
        domain = replace(domain, **change)  # type: ignore[arg-type]  # names and values of the table
        assert domain.standing is standing


def test_independent_domain_needs_no_license() -> None:
    domain = DomainState("x.example", True, True, True, "UNLICENSED")
    assert domain.standing is Standing.ACTIVE
    assert domain.is_licensed


def test_stranger_is_never_active() -> None:
    assert DomainState("x.example", license_state="ACTIVE").standing is Standing.NOT_SET_UP
    assert DomainState("x.example", license_state="UNLICENSED").standing is Standing.UNLICENSED
    assert DomainState("x.example").standing is Standing.CANNOT_TELL


@pytest.mark.parametrize(
    ("last", "ago", "held"),
    [
        ("ACTIVE", timedelta(), "ACTIVE"),
        ("ACTIVE", GRACE - timedelta(seconds=1), "ACTIVE"),
        ("ACTIVE", GRACE, ""),
        ("ACTIVE", GRACE + timedelta(days=300), ""),
        ("ACTIVE", None, ""),
        ("UNLICENSED", timedelta(), ""),
        ("UNLICENSED", None, ""),
        ("", timedelta(), ""),
        ("EXPIRED", timedelta(), ""),
        ("ACTIVE", timedelta(hours=-1), "ACTIVE"),  # another instance's clock is a little ahead
    ],
)
def test_grace_is_bounded(last: str, ago: timedelta | None, held: str) -> None:
    assert timedelta(hours=24) == GRACE
    seen = NOW - ago if ago is not None else None
    assert license_in_grace(last, seen, NOW) == held


@pytest.mark.parametrize(
    ("enabled", "state", "may"),
    [
        (True, "ACTIVE", True),
        (False, "ACTIVE", False),  # installed for another organizational unit
        (False, "UNLICENSED", False),
        (True, "UNLICENSED", False),
        (True, "EXPIRED", False),
        (True, "ACTIVE_TRIAL", False),
        (True, "active", False),
        (True, None, False),
        (None, "ACTIVE", False),
        ("true", "ACTIVE", False),
        (1, "ACTIVE", False),
        (None, None, False),
    ],
)
def test_user_needs_both(enabled: object, state: object, may: bool) -> None:
    assert user_may(enabled=enabled, state=state) is may


@given(st.text() | st.none() | st.booleans() | st.integers(), st.text())
def test_nothing_but_the_documented_answer_permits(enabled: object, state: str) -> None:
    assert user_may(enabled=enabled, state=state) is (enabled is True and state == "ACTIVE")
