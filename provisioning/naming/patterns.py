"""The pattern grammar: a comma-separated list becomes typed patterns, or a PatternError says where it is wrong.

    [field]      the field's made-safe value         [Cn_field]  its first n characters
    [#]          a counter from 1 upward             [Wn_field]  its first n words
    other text   itself, in lower case               [H0_field]  the value without its hyphens

Everything is checked here, when a pattern is saved: what parses can be evaluated. One pass, linear in the text.
"""

import re
from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum

from runtime.problems import BadRequest

MAX_LIST_LENGTH = 4000
"""Characters in a list of patterns; ours, so that evaluation stays short."""

MAX_PATTERNS = 100
"""Patterns in a list; ours, for the same reason."""

MAX_FIELD_NAME = 60
"""Characters in the name of a field; ours, so that it can be shown."""

MAX_NAME_LENGTH = 64
"""Characters of a local part at Google."""

GOOGLE_RESERVED = frozenset({"abuse", "postmaster"})
"""Local parts that Google keeps for itself in every domain."""

_MAX_COUNT_DIGITS = 9
_LITERAL_CHARACTERS = frozenset("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789._-'")
_FIELD_NAME = re.compile(r"[A-Za-z][A-Za-z0-9_]*")
_PREFIXED = re.compile(r"([CWH])([0-9]+)_(.*)", re.DOTALL)


class PatternError(BadRequest):
    """A pattern that cannot be used. position: 1-based, in the pattern as it is named."""

    title = "A pattern cannot be used"
    code = "pattern"
    default_advice = "Correct the pattern at the place that is named, and save again. Nothing was changed."

    def __init__(self, pattern: str, position: int, reason: str) -> None:
        """pattern: without the spaces around it; reason: part of a sentence, without the full stop."""
        super().__init__(f"“{pattern[:80]}”, character {position}: {reason}.")
        self.pattern = pattern
        self.position = position
        self.reason = reason


class Take(StrEnum):
    """How much of a field's value a token takes."""

    ALL = ""
    CHARACTERS = "C"
    WORDS = "W"
    WITHOUT_HYPHENS = "H"


@dataclass(frozen=True, slots=True)
class Literal:
    """Text that stands for itself; lower case."""

    text: str


@dataclass(frozen=True, slots=True)
class Field:
    """The value of a field, or a part of it. count: how many characters or words, from 1; 0 for all."""

    name: str
    take: Take = Take.ALL
    count: int = 0


@dataclass(frozen=True, slots=True)
class Counter:
    """A number from 1 upward."""


Token = Literal | Field | Counter


@dataclass(frozen=True, slots=True)
class Pattern:
    """One pattern: as it was written, without the spaces around it, and what it means."""

    text: str
    tokens: tuple[Token, ...]

    @property
    def counts(self) -> bool:
        """Whether it holds a counter, and so never runs out of names."""
        return any(isinstance(token, Counter) for token in self.tokens)


def parse_patterns(text: str) -> tuple[Pattern, ...]:
    """The patterns of a comma-separated list, in order; empty entries are dropped. Raises the first PatternError."""
    patterns, errors = check_patterns(text)
    if errors:
        raise errors[0]
    return patterns


def check_patterns(text: str) -> tuple[tuple[Pattern, ...], tuple[PatternError, ...]]:
    """The patterns of a list that can be used, and for each other one what is wrong with it first, in order."""
    if len(text) > MAX_LIST_LENGTH:
        reason = f"a list has at most {MAX_LIST_LENGTH} characters"
        return (), (PatternError(text[:40] + "…", MAX_LIST_LENGTH + 1, reason),)
    entries = split_patterns(text)
    if len(entries) > MAX_PATTERNS:
        return (), (PatternError(entries[MAX_PATTERNS], 1, f"a list has at most {MAX_PATTERNS} patterns"),)
    patterns: list[Pattern] = []
    errors: list[PatternError] = []
    for entry in entries:
        try:
            patterns.append(parse_pattern(entry))
        except PatternError as error:
            errors.append(error)
    return tuple(patterns), tuple(errors)


def split_patterns(text: str) -> list[str]:
    """The entries of a list as they are written, without the spaces around them and without empty ones."""
    return [stripped for entry in text.split(",") if (stripped := entry.strip())]


def parse_pattern(text: str) -> Pattern:
    """One pattern. Raises PatternError."""
    tokens: list[Token] = []
    position = 0
    while position < len(text):
        token, position = _next_token(text, position)
        if isinstance(token, Counter) and token in tokens:
            raise PatternError(text, position - 2, "a pattern has at most one [#]")
        tokens.append(token)
    _check_whole(text, tokens)
    return Pattern(text, tuple(tokens))


def format_patterns(patterns: Iterable[Pattern]) -> str:
    """The list as text, as `parse_patterns` reads it."""
    return ", ".join(pattern.text for pattern in patterns)


def _next_token(text: str, start: int) -> tuple[Token, int]:
    """The token that begins at `start` (0-based), and where the next one begins."""
    if text[start] != "[":
        end = _literal_end(text, start)
        return Literal(_checked_literal(text, start, end)), end
    end = text.find("]", start)
    if end < 0:
        raise PatternError(text, start + 1, "this bracket is never closed")
    return _bracket(text, start, text[start + 1 : end]), end + 1


def _literal_end(text: str, start: int) -> int:
    end = text.find("[", start)
    return len(text) if end < 0 else end


def _checked_literal(text: str, start: int, end: int) -> str:
    for index in range(start, end):
        character = text[index]
        if character == "]":
            raise PatternError(text, index + 1, "this bracket was never opened")
        if character not in _LITERAL_CHARACTERS:
            reason = f"Google does not accept {_shown(character)} in an address"
            raise PatternError(text, index + 1, reason)
        if character == "." and text[index - 1 : index] == ".":
            raise PatternError(text, index + 1, "Google does not accept two dots in a row")
    return text[start:end].lower()


def _shown(character: str) -> str:
    if character.isspace():
        return "a space"
    return f"“{character}”" if character.isprintable() else f"U+{ord(character):04X}"


def _bracket(text: str, start: int, inside: str) -> Token:
    """The token between a bracket at `start` and its closing one."""
    if inside == "#":
        return Counter()
    prefixed = _PREFIXED.fullmatch(inside)
    if not prefixed:
        return Field(_checked_field(text, start, inside))
    letter, digits, name = prefixed.groups()
    count = _checked_count(text, start, letter, digits)
    return Field(_checked_field(text, start, name), Take(letter), count)


def _checked_field(text: str, start: int, name: str) -> str:
    if not _FIELD_NAME.fullmatch(name):
        reason = "these brackets hold no field name (a letter, then letters, digits or _), and not #"
        raise PatternError(text, start + 1, reason)
    if len(name) > MAX_FIELD_NAME:
        raise PatternError(text, start + 1, f"the name of a field has at most {MAX_FIELD_NAME} characters")
    return name


def _checked_count(text: str, start: int, letter: str, digits: str) -> int:
    if len(digits.lstrip("0")) > _MAX_COUNT_DIGITS:
        raise PatternError(text, start + 2, "the number is too large")
    count = int(digits[-_MAX_COUNT_DIGITS:])
    if letter == Take.WITHOUT_HYPHENS and count:
        raise PatternError(text, start + 2, "H is followed by 0, as in [H0_lastname]")
    if letter != Take.WITHOUT_HYPHENS and not count:
        raise PatternError(text, start + 2, f"the number after {letter} starts at 1")
    return count


def _check_whole(text: str, tokens: list[Token]) -> None:
    """What can be said only of a whole pattern: dots at the ends, room, reserved words."""
    if text.startswith("."):
        raise PatternError(text, 1, "Google does not accept a dot at the beginning")
    if text.endswith("."):
        raise PatternError(text, len(text), "Google does not accept a dot at the end")
    literals = "".join(token.text for token in tokens if isinstance(token, Literal))
    values = sum(not isinstance(token, Literal) for token in tokens)
    if len(literals) + values > MAX_NAME_LENGTH:
        raise PatternError(text, 1, f"it leaves no room: a name has at most {MAX_NAME_LENGTH} characters")
    if not values and literals in GOOGLE_RESERVED:
        raise PatternError(text, 1, "Google keeps this name for itself")


DEFAULT_PATTERNS = parse_patterns(
    "[firstname][lastname], [firstname].[lastname], [firstname]_[lastname], "
    "[C1_firstname][lastname], [firstname][C1_lastname]"
)
"""What a domain has that chose nothing."""
