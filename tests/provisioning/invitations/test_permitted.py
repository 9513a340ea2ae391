"""Lists of permitted people, and who is the same person."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from provisioning.invitations.permitted import MOST_PEOPLE, PermittedPerson, read_people

NAMES = st.text(st.characters(categories=["Lu", "Ll"]), min_size=1, max_size=20)


def identity(name: tuple[str, str]) -> str:
    return PermittedPerson(*name).identity


@pytest.mark.parametrize(
    ("given_name", "family_name"),
    [("zoe", "QUILL"), ("Zoë", "Quill"), (" Zoe\u0308", "Qu-ill "), ("Zoë\u200b", "Qu'ill")],
)
def test_a_name_is_recognised_however_it_is_written(given_name: str, family_name: str) -> None:
    assert PermittedPerson(given_name, family_name).identity == PermittedPerson("Zoë", "Quill").identity


def test_names_and_codes_do_not_flow_into_each_other() -> None:
    people = [("Ann", "Marie", ""), ("Annmarie", "", ""), ("Ann", "", "Marie"), ("Marie", "Ann", "")]
    assert len({PermittedPerson(*person).identity for person in people}) == len(people)


@given(st.lists(st.tuples(NAMES, NAMES), max_size=20, unique_by=identity))
def test_every_list_is_read_as_it_was_written(names: list[tuple[str, str]]) -> None:
    for separator in (", ", ";", "\t"):
        people, wrong = read_people("\n".join(separator.join(name) for name in names))
        assert not wrong
        assert [(person.given_name, person.family_name) for person in people] == names


def test_codes_are_read_and_empty_lines_left_out() -> None:
    people, wrong = read_people("Zoë, Quill, 20417\r\n\r\n  Max ;Meyer; 20418 \n")
    assert not wrong
    assert people == (PermittedPerson("Zoë", "Quill", "20417"), PermittedPerson("Max", "Meyer", "20418"))


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("Zoë Quill", "Line 1: Write"),
        ("Zoë, Quill, 1, 2", "Line 1: Write"),
        ("Max, Meyer\nZoë,", "Line 2: A last name is needed"),
        ("Zoë, Quill\nMax, Meyer\nZOE, quill", "Line 3 is the same person as line 1"),
        ("Zoë, Quill, 1\nMax, Meyer", "to all of them, or to nobody"),
        (f"Zoë, Quill, {'1' * 61}", "at most 60"),
        ("\n".join(f"Zoë, Quill{n}" for n in range(MOST_PEOPLE + 1)), "At most 500"),
    ],
)
def test_what_is_wrong_is_said_with_its_line(text: str, said: str) -> None:
    people, wrong = read_people(text)
    assert people == ()
    assert said in wrong
