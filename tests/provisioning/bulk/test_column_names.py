"""What a file calls its columns."""

import pytest
from hypothesis import given
from hypothesis import strategies as some

from provisioning.bulk.file.column_names import SHOWN, ColumnNames, column_letter, column_words

NAMES = ColumnNames(
    ["Vorname", "First Name [Required]", " ", "Name", "Login", "E-Mail"],
    {"title": 0, "first_name": 1, "org_unit": 2, "full_name": 3, "username": 4, "email": 5, "groups": 9, "Vorname": 0},
)


@pytest.mark.parametrize(
    ("field", "words", "short"),
    [
        ("title", "Vorname (column A, Title)", "Vorname"),
        ("first_name", "First Name [Required] (column B)", "First Name [Required]"),
        ("org_unit", "Column C (Organizational unit)", "Column C"),
        ("last_name", "Name (column D, Last name)", "Name"),
        ("groups", "Groups", "Groups"),
        ("manager_email", "Manager's email", "Manager's email"),
        ("Vorname", "Vorname (column A)", "Vorname"),
        ("house", "house", "house"),
    ],
)
def test_column_is_named_as_in_the_file_and_our_word_where_it_differs(field: str, words: str, short: str) -> None:
    assert (NAMES.of(field), NAMES.short(field)) == (words, short)


def test_of_columns_that_may_hold_the_value_the_one_with_text_is_named() -> None:
    row = ["", "", "", "", "zoe@northfield.example", ""]
    assert NAMES.of("email", row) == "Login (column E, Email address)"
    assert NAMES.of("email", [*row[:5], "z@northfield.example"]) == "E-Mail (column F, Email address)"
    assert NAMES.of("email", [""] * 6) == "E-Mail (column F, Email address)"
    assert NAMES.of("first_name", ["", "", "", "Zoë", "", ""]) == "Name (column D, First name)"


def test_long_names_and_line_breaks_do_not_fill_the_page() -> None:
    assert column_words(0, ["Erster\n Name"]) == "Erster Name (column A)"
    long = column_words(1, ["", "x" * 5000])
    assert long == f"{'x' * (SHOWN - 1)}… (column B)"
    assert column_words(7, []) == "Column H"


def test_what_nobody_sees_in_a_header_neither_turns_a_sentence_around_nor_passes_for_a_name() -> None:
    header = ["\u202eemaN\u2066", "\u200b\u200b"]
    assert [column_words(at, header) for at in range(2)] == ["emaN (column A)", "Column B"]


@given(some.integers(0, 20_000))
def test_letters_are_those_of_spreadsheets(at: int) -> None:
    number = 0
    for letter in column_letter(at):
        number = number * 26 + ord(letter) - ord("A") + 1
    assert number == at + 1
    assert [column_letter(at) for at in (0, 25, 26, 99, 701, 702)] == ["A", "Z", "AA", "CV", "ZZ", "AAA"]
