"""Generated passwords are readable and accepted; typed ones are judged as Google would."""

import random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from provisioning.accounts import passwords


@given(st.integers(passwords.GENERATED_SHORTEST, passwords.GENERATED_LONGEST), st.integers())
def test_generated_passwords_are_readable_and_accepted(length: int, seed: int) -> None:
    text = passwords.generate(length, random.Random(seed).choice)  # noqa: S311 - a repeatable draw
    assert passwords.fault(text) == ""
    marks = text.replace("-", "")
    assert len(marks) == length
    assert not set(marks) & set("lo01IO")
    assert any(mark.isdigit() for mark in marks)
    assert any(mark.isalpha() for mark in marks)
    assert all(len(group) <= 4 for group in text.split("-"))


def test_generated_passwords_differ() -> None:
    assert len({passwords.generate() for _ in range(200)}) == 200


@pytest.mark.parametrize("text", ["12345678", "x" * 100, "correct horse", "!\"#$%&'()*+,-./:;<=>?@[]^_`{|}~"])
def test_passwords_that_google_takes(text: str) -> None:
    assert passwords.fault(text) == ""


@pytest.mark.parametrize(
    ("text", "word"),
    [
        ("", "8 to 100"),
        ("1234567", "8 to 100"),
        ("x" * 101, "8 to 100"),
        ("pässword1", "accents"),
        ("tab\tinside", "keyboard"),
        (" begins with", "space"),
        ("ends with ", "space"),
    ],
)
def test_passwords_that_google_refuses(text: str, word: str) -> None:
    assert word in passwords.fault(text)
