"""The words of letters: placeholders are replaced, nothing else, and mistakes are found before anything is printed."""

import pytest

from provisioning.accounts.letter import DEFAULT_LETTER, LONGEST_LETTER, PLACEHOLDERS, letter_fault, letter_for


def test_the_letter_of_the_house_says_everything() -> None:
    values = {name: f"<{name}>" for name in PLACEHOLDERS}
    text = letter_for(DEFAULT_LETTER, values)
    assert letter_fault(DEFAULT_LETTER) == ""
    assert all(value in text for value in values.values())
    assert "{" not in text


def test_what_is_filled_in_is_not_read_again() -> None:
    values = {"name": "{password}", "address": "a@x.example", "password": "{name}"}
    assert letter_for("{name} {address} {password}", values) == "{password} a@x.example {name}"


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("Hello {name}", "{address}"),
        ("Hello {address}", "{password}"),
        ("{address} {password} {user}", "Braces"),
        ("{address} {password} {", "Braces"),
        ("{address} {password} {{name}}", "Braces"),
        ("{address} {password} {name.__class__}", "Braces"),
        ("{address} {password}" + "x" * LONGEST_LETTER, "at most 4000"),
    ],
)
def test_mistakes_are_named(text: str, words: str) -> None:
    assert words in letter_fault(text)
