"""What is odd about patterns that can be used: warnings, never errors. Pure."""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from difflib import get_close_matches

from provisioning.naming.patterns import Field, Pattern, Token
from provisioning.naming.values import MANDATORY

ALIKE = 0.8
"""How much a field must look like firstname or lastname, from 0 to 1, for a slip of the hand to be supposed;
secondLastname has 0.73, surname 0.67."""
_FAILED_PREFIX = re.compile(r"([CWHcwh])([0-9]*)_(.+)")


@dataclass(frozen=True, slots=True)
class Advice:
    """A pattern as it is written, and what is odd about it: a sentence without the full stop."""

    pattern: str
    remark: str


def advise(patterns: Sequence[Pattern]) -> tuple[Advice, ...]:
    """What to look at again, in the order of the patterns."""
    found: list[Advice] = []
    first_of: dict[tuple[Token, ...], Pattern] = {}
    endless: list[Pattern] = []
    for pattern in patterns:
        remarks = [*_about_fields(pattern), *_about_place(pattern, first_of.get(pattern.tokens), endless)]
        found.extend(Advice(pattern.text, remark) for remark in remarks)
        first_of.setdefault(pattern.tokens, pattern)
        if pattern.counts:
            endless.append(pattern)
    return tuple(found)


def _about_fields(pattern: Pattern) -> Iterator[str]:
    names = dict.fromkeys(token.name for token in pattern.tokens if isinstance(token, Field))
    if not names and not pattern.counts:
        yield "it has no field and no number, so one person can have this name, and nobody else"
    for name in names:
        meant = _meant(name)
        if meant:
            yield f"[{name}] is a field of its own; did you mean [{meant}]?"


def _meant(name: str) -> str:
    """What the field was probably to be; "" where it seems right. One that is sent by this name is right anyway."""
    prefixed = _FAILED_PREFIX.fullmatch(name)
    if prefixed:
        letter, digits, rest = prefixed.groups()
        count = "0" if letter in "Hh" else digits.lstrip("0") or "1"
        return f"{letter.upper()}{count}_{rest}"
    if name in MANDATORY:
        return ""
    return next(iter(get_close_matches(name.lower(), MANDATORY, 1, ALIKE)), "")


def _about_place(pattern: Pattern, same: Pattern | None, endless: Sequence[Pattern]) -> Iterator[str]:
    """same: an earlier one that gives the same names; endless: earlier ones that count."""
    if same:
        yield "it stands in the list twice" if same.text == pattern.text else _same(pattern.text, same.text)
        return
    before = next((counting for counting in endless if _fields(counting) <= _fields(pattern) | set(MANDATORY)), None)
    if before:
        yield f"it is never reached, because “{before.text}” before it counts for ever"


def _same(text: str, earlier: str) -> str:
    if text.lower() == earlier.lower():
        return f"it differs from “{earlier}” in capitals only, and addresses are in lower case"
    return f"it gives the same names as “{earlier}”"


def _fields(pattern: Pattern) -> set[str]:
    return {token.name for token in pattern.tokens if isinstance(token, Field)}
