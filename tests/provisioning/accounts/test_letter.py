"""The words of letters: placeholders are replaced, nothing else, and mistakes are found before anything is printed."""

import pytest

from provisioning.accounts.letter import (
    DEFAULT_LETTER,
    LONGEST_LETTER,
    PLACEHOLDERS,
    letter_columns,
    letter_fault,
    letter_for,
    sample_letter,
)


def test_the_letter_of_the_house_says_everything() -> None:
    values = {name: f"<{name}>" for name in PLACEHOLDERS}
    text = letter_for(DEFAULT_LETTER, values, {})
    assert letter_fault(DEFAULT_LETTER) == ""
    assert all(value in text for value in values.values())
    assert "{" not in text


def test_what_is_filled_in_is_not_read_again() -> None:
    values = {"name": "{password}", "address": "a@x.example", "password": "{name}"}
    assert letter_for("{name} {address} {password}", values, {}) == "{password} a@x.example {name}"
    assert letter_for("[class] {name}", {"name": "[class]"}, {"class": "{name}"}) == "{name} [class]"


def test_columns_of_the_file_stand_in_brackets_in_any_letter_case() -> None:
    columns = {"Class": "7a", "room": ""}
    assert letter_for("Class [class], room [Room][floor].", {}, columns) == "Class 7a, room ."
    assert letter_columns("[class] [House] [Class] {name}") == ("class", "House")


def test_the_example_shows_where_columns_stand() -> None:
    text = sample_letter("[class]: {name}, {address}, {password}", "x.example", "https://sign.example")
    assert text == "«class»: Zoë Quill, zoe.quill@x.example, plaza-koala-ivory-stew-7"


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("Hello {name}", "{address}"),
        ("Hello {address}", "{password}"),
        ("{address} {password} {user}", "Braces"),
        ("{address} {password} {", "Braces"),
        ("{address} {password} {{name}}", "Braces"),
        ("{address} {password} {name.__class__}", "Braces"),
        ("{address} {password} [first name]", "Brackets"),
        ("{address} {password} [", "Brackets"),
        ("{address} {password} [{name}]", "Brackets"),
        ("{address} {password}" + "x" * LONGEST_LETTER, "at most 4000"),
    ],
)
def test_mistakes_are_named(text: str, words: str) -> None:
    assert words in letter_fault(text)
