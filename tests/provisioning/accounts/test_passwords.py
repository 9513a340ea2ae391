"""Generated passwords are readable and accepted; typed ones are judged as Google would."""

import random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from provisioning.accounts import passwords
from provisioning.accounts.domain_policy import DomainPolicy
from provisioning.naming.policy import DEFAULT_FORBIDDEN_WORDS


@given(st.integers(passwords.GENERATED_SHORTEST, passwords.GENERATED_LONGEST), st.integers())
def test_generated_passwords_are_readable_and_accepted(length: int, seed: int) -> None:
    text = passwords.of_characters(length, random.Random(seed).choice)  # noqa: S311 - a repeatable draw
    assert passwords.fault(text) == ""
    marks = text.replace("-", "")
    assert len(marks) == length
    assert not set(marks) & set("lo01IO")
    assert any(mark.isdigit() for mark in marks)
    assert any(mark.isalpha() for mark in marks)
    assert all(len(group) <= 4 for group in text.split("-"))


@given(st.integers(passwords.FEWEST_WORDS, passwords.MOST_WORDS), st.integers())
def test_passwords_of_words_are_words_of_the_list_and_a_digit(number: int, seed: int) -> None:
    text = passwords.of_words(number, random.Random(seed).choice)  # noqa: S311 - a repeatable draw
    *drawn, digit = text.split("-")
    assert passwords.fault(text) == ""
    assert len(drawn) == number
    assert set(drawn) <= set(passwords.words())
    assert digit in "23456789"


def test_the_fewest_words_are_hard_to_guess() -> None:
    assert passwords.word_bits(passwords.FEWEST_WORDS) >= 44
    assert passwords.WORDS_DEFAULT >= passwords.FEWEST_WORDS


def test_the_words_can_be_told_apart_and_be_shown_to_anybody() -> None:
    words = passwords.words()
    assert len(set(words)) == len(words)
    assert all(word.isascii() and word.isalpha() and word.islower() and 3 <= len(word) <= 5 for word in words)
    assert not [word for word in words if any(bad in word for bad in DEFAULT_FORBIDDEN_WORDS)]


@pytest.mark.parametrize(
    ("policy", "groups"), [(DomainPolicy(password_length=16), 4), (DomainPolicy(password_kind="words"), 5)]
)
def test_a_domain_has_its_kind_of_passwords(policy: DomainPolicy, groups: int) -> None:
    made = {passwords.generate(policy) for _ in range(200)}
    assert len(made) == 200
    assert all(len(text.split("-")) == groups for text in made)


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
