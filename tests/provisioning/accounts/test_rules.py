"""Rules of a domain: where an account is placed, which groups it joins, and what follows in which order."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from provisioning.accounts.domain_policy import DomainPolicy
from provisioning.accounts.rules import (
    GroupRule,
    OrgUnitRule,
    columns_of,
    groups_for,
    is_under,
    place,
    steps_for,
)

PLACES = (
    OrgUnitRule("/Staff/Teachers", "equals", "role", "Teacher"),
    OrgUnitRule("/Students/Juniors", "begins", "class", "5"),
    OrgUnitRule("/Students/[class]", "equals", "role", "student"),
    OrgUnitRule("/Boarders/[house]"),
)
GROUPS = (
    GroupRule("Everybody@school.example"),
    GroupRule("teachers@school.example", "equals", "role", "teacher"),
    GroupRule("students@school.example", "under", "", "/Students"),
    GroupRule("class-[class]@school.example", "under", "", "/Students"),
    GroupRule("everybody@school.example", "begins", "class", "5"),
)


@pytest.mark.parametrize(
    ("values", "path"),
    [
        ({"role": "teacher", "class": "5a"}, "/Staff/Teachers"),  # the first that applies
        ({"Role": " TEACHER "}, "/Staff/Teachers"),  # in any letter case, spaces aside
        ({"role": "teachers"}, "/New"),  # equal, not alike
        ({"role": "student", "class": "5a"}, "/Students/Juniors"),
        ({"role": "student", "class": "6B"}, "/Students/6B"),
        ({"role": "student", "class": " "}, "/New"),  # no path without its column
        ({"role": "student", "house": "North"}, "/Boarders/North"),  # nor does it end there
        ({"class": ""}, "/New"),
        ({}, "/New"),
    ],
)
def test_an_account_is_placed_by_the_first_rule_that_applies(values: dict[str, str], path: str) -> None:
    assert place(PLACES, "/New", values) == path


def test_an_account_joins_the_groups_of_all_rules_that_apply_each_once() -> None:
    assert groups_for(GROUPS, {"role": "Teacher"}, "/Staff") == ("everybody@school.example", "teachers@school.example")
    assert groups_for(GROUPS, {"class": "5A"}, "/Students/Juniors") == (
        "everybody@school.example", "students@school.example", "class-5a@school.example",
    )  # fmt: skip
    assert groups_for(GROUPS, {}, "/Students")[1:] == ("students@school.example",)


@pytest.mark.parametrize(
    ("path", "above", "answer"),
    [
        ("/Students", "/Students", True),
        ("/students/5a", "/Students/", True),
        ("/Students2", "/Students", False),
        ("/", "/Students", False),
        ("/Staff", "/", True),
        ("/", "/", True),
    ],
)
def test_a_unit_is_under_itself_and_what_is_above_it(path: str, above: str, answer: bool) -> None:
    assert is_under(path, above) is answer


def test_what_follows_comes_in_its_order() -> None:
    policy = DomainPolicy(group_rules=GROUPS, license="Google-Apps/1010020020", welcome=True)
    steps = steps_for(
        policy,
        {"role": "teacher"},
        "/Staff",
        groups=["Chess@school.example ", "teachers@school.example", ""],
        aliases=["Z.Quill@school.example", "z.quill@school.example"],
        details={"manager_email": "head@school.example"},
    )
    assert [(step.kind, step.target) for step in steps] == [
        ("details", ""),
        ("alias", "z.quill@school.example"),
        ("group", "everybody@school.example"),
        ("group", "teachers@school.example"),
        ("group", "chess@school.example"),
        ("license", "Google-Apps/1010020020"),
        ("welcome", ""),
    ]
    assert steps[0].values == {"manager_email": "head@school.example"}
    assert [step.state for step in steps] == ["open"] * 6 + ["waiting"]
    assert steps[-1].code == "no_mail"


def test_nothing_follows_where_nobody_decided() -> None:
    assert steps_for(DomainPolicy(), {}, "/") == []


def test_a_persons_license_comes_before_the_domains() -> None:
    [step] = steps_for(DomainPolicy(license="a/b"), {"license": " c/d "}, "/")
    assert step.target == "c/d"


def test_the_columns_of_rules_are_named_once() -> None:
    assert columns_of((*PLACES, *GROUPS)) == ("role", "class", "house")
    assert columns_of([OrgUnitRule("/[Class]/[class]"), GroupRule("[x]@y.example", "equals", "CLASS", "1")]) == (
        "Class", "x",
    )  # fmt: skip


@given(st.dictionaries(st.sampled_from(["role", "class", "house"]), st.text(max_size=8)), st.text(max_size=8))
def test_a_value_is_never_read_as_a_rule(values: dict[str, str], text: str) -> None:
    """Neither brackets nor backslashes in a value mean anything."""
    values["house"] = f"x[role]\\1{text}y"
    path = place((OrgUnitRule("/Boarders/[house]"),), "/New", values)
    assert path == f"/Boarders/{values['house']}"
