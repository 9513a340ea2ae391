"""What the cells of a row say."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from provisioning.bulk.file.values import several, split_family_first, split_name, truth, values_of

FULL, FAMILY_FIRST = {"full_name": 0}, {"full_name_family_first": 0}


def test_values_are_trimmed_and_what_is_empty_is_left_out() -> None:
    mapping = {"first_name": 0, "last_name": 1, "title": 2, "department": 3, "class": 4, "region": 9}
    cells = ["  Anna\u00a0", "Smith\n", "", " \t ", "5A"]
    assert values_of(cells, mapping) == {"first_name": "Anna", "last_name": "Smith", "class": "5A"}


@pytest.mark.parametrize(("cell", "kept"), [("****", {}), (" **** ", {}), ("*****", {"password": "*****"})])
def test_googles_four_stars_are_no_password(cell: str, kept: dict[str, str]) -> None:
    assert values_of([cell], {"password": 0}) == kept


@pytest.mark.parametrize(
    ("cell", "said"),
    [("TRUE", True), ("Ja", True), ("SÍ", True), ("1", True), ("false", False), ("Nee", False), ("Không", False)],
)
def test_truths_are_understood_in_many_languages(cell: str, said: bool) -> None:
    assert truth(cell) is said
    assert values_of([cell], {"change_password": 0}) == {"change_password": "TRUE" if said else "FALSE"}


def test_what_is_no_truth_is_left_for_somebody_to_see() -> None:
    assert truth("perhaps") is None
    assert truth("") is None
    assert values_of(["perhaps"], {"change_password": 0}) == {"change_password": "perhaps"}


@pytest.mark.parametrize(
    ("username", "email", "expected"),
    [
        ("anna", "", {"username": "anna"}),
        ("anna@example.org", "", {"email": "anna@example.org"}),
        ("", "anna", {"username": "anna"}),
        ("anna", "anna@example.org", {"username": "anna", "email": "anna@example.org"}),
        ("a@example.org", "b@example.org", {"username": "a@example.org", "email": "b@example.org"}),
    ],
)
def test_a_username_and_an_address_are_told_apart(username: str, email: str, expected: dict[str, str]) -> None:
    assert values_of([username, email], {"username": 0, "email": 1}) == expected


@pytest.mark.parametrize(
    ("name", "first", "last"),
    [
        ("Anna Smith", "Anna", "Smith"),
        ("Anna  Maria\tSmith", "Anna Maria", "Smith"),
        ("Smith, Anna Maria", "Anna Maria", "Smith"),
        ("van der Berg, Jan", "Jan", "van der Berg"),
        ("Jan van der Berg", "Jan", "van der Berg"),
        ("Ludwig van Beethoven", "Ludwig", "van Beethoven"),
        ("anna maria smith", "anna maria", "smith"),
        ("Madonna", "", "Madonna"),
        ("Madonna,", "", "Madonna"),
        ("de la Cruz", "de la", "Cruz"),
    ],
)
def test_a_whole_name_is_split(name: str, first: str, last: str) -> None:
    assert split_name(name) == (first, last)
    expected = {"first_name": first, "last_name": last} if first else {"last_name": last}
    assert values_of([name], FULL) == expected


@pytest.mark.parametrize(
    ("name", "first", "last"),
    [("Nguyễn Văn  Ấn", "Văn Ấn", "Nguyễn"), ("Smith, Anna", "Anna", "Smith"), ("Madonna", "", "Madonna")],
)
def test_a_whole_name_may_begin_with_the_familys(name: str, first: str, last: str) -> None:
    assert split_family_first(name) == (first, last)
    expected = {"first_name": first, "last_name": last} if first else {"last_name": last}
    assert values_of([name], FAMILY_FIRST) == expected


def test_names_of_their_own_columns_come_before_the_whole_name() -> None:
    mapping = {"full_name": 0, "last_name": 1}
    assert values_of(["Anna Smith", "Jones"], mapping) == {"first_name": "Anna", "last_name": "Jones"}
    assert values_of(["Anna Smith", ""], mapping) == {"first_name": "Anna", "last_name": "Smith"}


@given(st.text(max_size=40))
def test_a_split_name_loses_no_word(name: str) -> None:
    for split in (split_name, split_family_first):
        first, last = split(name)
        assert sorted(f"{first} {last}".split()) == sorted(name.replace(",", " ", 1).split())


@pytest.mark.parametrize(
    ("cell", "entries"),
    [("a@x.org, b@x.org;c@x.org\nd", ["a@x.org", "b@x.org", "c@x.org", "d"]), (" , a,,a ", ["a"]), ("", [])],
)
def test_several_entries_stand_in_one_cell(cell: str, entries: list[str]) -> None:
    assert several(cell) == entries
