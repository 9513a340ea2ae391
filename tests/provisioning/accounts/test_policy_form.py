"""The policy as typed: what is read, and what is wrong with it."""

import pytest

from provisioning.accounts.domain_policy import DomainPolicy
from provisioning.accounts.policy_form import PolicyForm, typed_from

UNITS = ["/", "/Staff", "/Students"]


def read(**typed: str) -> PolicyForm:
    form = PolicyForm({**typed_from(DomainPolicy()), **typed}, DomainPolicy())
    return form.read_names().read_index().read_places(UNITS).read_passwords()


def test_what_the_form_shows_is_what_it_reads() -> None:
    assert read().errors == {}
    assert read().policy == DomainPolicy()


def test_everything_typed_is_read() -> None:
    form = read(
        patterns=" [lastname] ,\r\n [firstname] ", number_of_suggestions="5", hold_seconds="60", language="de",
        cached_usernames="no", cache_expiration_hours="720", shrink_limit="100",
        reserved_words="Boss, chief boss", forbidden_words="ass", default_org_unit="/Staff",
        allowed_org_units="/Staff\r\n\r\n /Students ", password_length="16", change_password="",
    )  # fmt: skip
    assert form.errors == {}
    assert form.policy == DomainPolicy(
        patterns="[lastname] , [firstname]", number_of_suggestions=5, hold_seconds=60, language="de",
        cached_usernames=False, cache_expiration_hours=720, shrink_limit=100,
        reserved_words=("boss", "chief"), forbidden_words=("ass",), default_org_unit="/Staff",
        allowed_org_units=("/Staff", "/Students"), password_length=16, change_password=False,
    )  # fmt: skip


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("patterns", "[first-name]"),
        ("patterns", "[firstname"),
        ("number_of_suggestions", "0"),
        ("number_of_suggestions", "11"),
        ("number_of_suggestions", "three"),
        ("number_of_suggestions", "٣"),
        ("hold_seconds", "0"),
        ("hold_seconds", "-5"),
        ("hold_seconds", "9" * 5000),
        ("cached_usernames", ""),
        ("cached_usernames", "perhaps"),
        ("cache_expiration_hours", "0"),
        ("cache_expiration_hours", "721"),
        ("cache_expiration_hours", "1.5"),
        ("shrink_limit", "0"),
        ("shrink_limit", "101"),
        ("language", "klingon"),
        ("reserved_words", "müller"),
        ("forbidden_words", "x" * 65),
        ("default_org_unit", "/Nowhere"),
        ("allowed_org_units", "/Staff\n/Nowhere"),
        ("password_length", "7"),
        ("password_length", "65"),
    ],
)
def test_each_bad_value_is_named(name: str, value: str) -> None:
    assert list(read(**{name: value}).errors) == [name]


def test_nothing_sent_at_all_is_named_field_by_field() -> None:
    form = PolicyForm({}, DomainPolicy()).read_names().read_index().read_places(UNITS).read_passwords()
    assert {"number_of_suggestions", "hold_seconds", "shrink_limit", "default_org_unit", "password_length"} <= set(
        form.errors
    )


def test_a_bad_pattern_is_shown_with_its_place() -> None:
    assert "“[x]y]”, character 5" in read(patterns="[firstname], [x]y]").errors["patterns"]
