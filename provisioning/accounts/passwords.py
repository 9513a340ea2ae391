"""Passwords: made ones that can be read aloud, and what Google accepts of typed ones (8 to 100 ASCII characters)."""

import math
import secrets
from collections.abc import Callable, Sequence
from functools import cache
from importlib.resources import files
from typing import Literal, Protocol

from provisioning.naming.policy import DEFAULT_FORBIDDEN_WORDS

SHORTEST, LONGEST = 8, 100
"""Google's limits, in characters."""
GENERATED_SHORTEST, GENERATED_LONGEST, GENERATED_DEFAULT = 8, 64, 12
"""Letters and digits of a made password, 5 bits each; the hyphens between them come on top."""
FEWEST_WORDS, MOST_WORDS, WORDS_DEFAULT = 4, 8, 4
"""Words of a made password, a little more than 10 bits each; a digit of 3 bits comes on top, so that 4 make 44."""
PasswordKind = Literal["characters", "words"]
_ALPHABET = "abcdefghijkmnpqrstuvwxyz23456789"
"""No l, o, 0 or 1, which are mistaken for one another on paper."""
_DIGITS = "23456789"
_GROUP = 4
Draw = Callable[[Sequence[str]], str]
"""Takes one of several, each with the same chance; a secure source in production."""


class PasswordChoices(Protocol):
    """What a domain decided; DomainPolicy has it."""

    @property
    def password_kind(self) -> PasswordKind:
        """Letters and digits, or words."""

    @property
    def password_length(self) -> int:
        """Letters and digits, GENERATED_SHORTEST to GENERATED_LONGEST."""

    @property
    def password_words(self) -> int:
        """Words, FEWEST_WORDS to MOST_WORDS."""


def generate(choices: PasswordChoices, draw: Draw = secrets.choice) -> str:
    """A password of the domain's kind, within Google's limits."""
    if choices.password_kind == "words":  # noqa: S105 - no password
        return of_words(choices.password_words, draw)
    return of_characters(choices.password_length, draw)


def of_characters(length: int, draw: Draw = secrets.choice) -> str:
    """`length` letters and digits in groups of four, at least one of each kind."""
    while True:
        drawn = [draw(_ALPHABET) for _ in range(length)]
        if any(mark.isdigit() for mark in drawn) and any(mark.isalpha() for mark in drawn):
            return _grouped("".join(drawn))


def of_words(number: int, draw: Draw = secrets.choice) -> str:
    """`number` words of the list and a digit, with hyphens between, such as plaza-koala-ivory-stew-7."""
    listed = words()
    return "-".join([*(draw(listed) for _ in range(number)), draw(_DIGITS)])


@cache
def words() -> tuple[str, ...]:
    """The words of the list (words.txt says whose it is), without those in which a forbidden word stands."""
    lines = files("provisioning.accounts").joinpath("words.txt").read_text("ascii").splitlines()
    listed = (line for line in lines if line and not line.startswith("#"))
    return tuple(word for word in listed if not any(bad in word for bad in DEFAULT_FORBIDDEN_WORDS))


def word_bits(number: int) -> float:
    """How many bits a password of so many words holds, for somebody who knows the list."""
    return number * math.log2(len(words())) + math.log2(len(_DIGITS))


def fault(password: str) -> str:
    """What is wrong with a typed password, as a sentence; empty when Google takes it."""
    if not SHORTEST <= len(password) <= LONGEST:
        return f"A password has {SHORTEST} to {LONGEST} characters."
    if not all(" " <= character <= "~" for character in password):
        return "A password has only letters without accents, digits and the signs of an English keyboard."
    if password != password.strip():
        return "A password does not begin or end with a space."
    return ""


def _grouped(text: str) -> str:
    return "-".join(text[start : start + _GROUP] for start in range(0, len(text), _GROUP))
