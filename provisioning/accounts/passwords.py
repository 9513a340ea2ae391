"""Passwords: made ones that can be read aloud, and what Google accepts of typed ones (8 to 100 ASCII characters)."""

import secrets
from collections.abc import Callable

SHORTEST, LONGEST = 8, 100
"""Google's limits, in characters."""
GENERATED_SHORTEST, GENERATED_LONGEST, GENERATED_DEFAULT = 8, 64, 12
"""Letters and digits of a made password, 5 bits each; the hyphens between them come on top."""
_ALPHABET = "abcdefghijkmnpqrstuvwxyz23456789"
"""No l, o, 0 or 1, which are mistaken for one another on paper."""
_GROUP = 4


def generate(length: int = GENERATED_DEFAULT, choose: Callable[[str], str] = secrets.choice) -> str:
    """A password of `length` letters and digits in groups of four, at least one of each kind.

    choose: draws one of the characters; a secure source in production.
    """
    while True:
        drawn = [choose(_ALPHABET) for _ in range(length)]
        if any(mark.isdigit() for mark in drawn) and any(mark.isalpha() for mark in drawn):
            return _grouped("".join(drawn))


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
