"""The policy as typed: what is read, and what is wrong with it."""

from dataclasses import fields

import pytest

from provisioning.accounts.domain_policy import DomainPolicy
from provisioning.accounts.policy_form import NAME_FIELDS, RULE_FIELDS, PolicyForm, adopted, typed_from
from provisioning.accounts.rules import GroupRule, OrgUnitRule

UNITS = ["/", "/Staff", "/Students"]


def read(**typed: str) -> PolicyForm:
    sent = {name.replace("__", "-"): value for name, value in typed.items()}
    form = PolicyForm({**typed_from(DomainPolicy()), **sent}, DomainPolicy())
    form.read_names().read_index().read_places(UNITS).read_rules(UNITS).read_passwords()
    return form.read_license().read_letter()


def test_what_the_form_shows_is_what_it_reads() -> None:
    assert read().errors == {}
    assert read().policy == DomainPolicy()


def test_everything_typed_is_read() -> None:
    form = read(
        patterns=" [lastname] ,\r\n [firstname] ", number_of_suggestions="5", hold_seconds="60", language="de",
        cached_usernames="no", cache_expiration_hours="720", shrink_limit="100",
        reserved_words="Boss, chief boss", forbidden_words="ass", default_org_unit="/Staff",
        allowed_org_units="/Staff\r\n\r\n /Students ", password_length="16", change_password="",
        password_kind="words", password_words="8", license=" Google-Apps/1010020027 ", seats="250",
        letter="{address}\r\n{password}\r\n", unit__0__match="begins", unit__0__column="cost center",
        unit__0__value=" 5 ", unit__0__target="/Students/[class]", group__0__match="under", group__0__column="x",
        group__0__value="/Staff", group__0__target="Staff@northfield.example",
    )  # fmt: skip
    assert form.errors == {}
    assert form.policy == DomainPolicy(
        patterns="[lastname] , [firstname]", number_of_suggestions=5, hold_seconds=60, language="de",
        cached_usernames=False, cache_expiration_hours=720, shrink_limit=100,
        reserved_words=("boss", "chief"), forbidden_words=("ass",), default_org_unit="/Staff",
        allowed_org_units=("/Staff", "/Students"), password_length=16, change_password=False,
        password_kind="words", password_words=8, license="Google-Apps/1010020027", seats=250,
        letter="{address}\n{password}",
        org_unit_rules=(OrgUnitRule("/Students/[class]", "begins", "cost_center", "5"),),
        group_rules=(GroupRule("staff@northfield.example", "under", "", "/Staff"),),
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
        ("password_kind", "runes"),
        ("password_words", "3"),
        ("password_words", "9"),
        ("license", "1010020027"),
        ("license", "a/b/c"),
        ("license", "a/" + "b" * 100),
        ("seats", "-1"),
        ("seats", "many"),
        ("seats", "10000001"),
        ("letter", "Hello {name}"),
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


def test_no_letter_is_the_letter_of_the_house_and_no_license_is_none() -> None:
    form = read(letter="  ", license=" ", seats="")
    assert form.errors == {}
    assert form.policy == DomainPolicy()


def test_each_page_decides_about_its_own_values() -> None:
    everything = {item.name for item in fields(DomainPolicy)}
    elsewhere = {"patterns_version", "creators", "welcome", "invitations_off", "invitations_a_day"}
    assert set(NAME_FIELDS) | set(RULE_FIELDS) == everything - elsewhere
    assert not set(NAME_FIELDS) & set(RULE_FIELDS)
    decided = DomainPolicy(patterns="x", seats=7)
    assert adopted(DomainPolicy(hold_seconds=60), decided, RULE_FIELDS) == DomainPolicy(hold_seconds=60, seats=7)
