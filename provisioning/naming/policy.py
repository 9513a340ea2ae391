"""What a domain chose and what Google accepts: which candidates are repaired, skipped, or fine. Pure.

Google's rules: at most 64 characters of a-z 0-9 . _ - ', no dot at either end, no two dots in a row, abuse and
postmaster reserved (Google's help pages 33386 and 9193374).
"""

from dataclasses import dataclass, field
from enum import StrEnum
from itertools import accumulate
from typing import NamedTuple

from provisioning.naming.candidates import Origin, Part
from provisioning.naming.patterns import DEFAULT_PATTERNS, GOOGLE_RESERVED, MAX_NAME_LENGTH, Pattern
from provisioning.naming.values import SEPARATORS, Language
from runtime.problems import BadRequest

MAX_SUGGESTIONS = 10
MAX_HOLD_SECONDS = 24 * 60 * 60
"""A hold lasts a day at most; ours, so that a slip of the hand cannot block names for years."""

DEFAULT_FORBIDDEN_WORDS = frozenset(
    {"arsch", "bitch", "cock", "cunt", "dick", "fick", "fuck", "penis", "porn", "shit", "slut", "twat", "wank", "whore"}
)
"""Short, and no word of three letters: those arise in too many good names."""

_ACCEPTED = frozenset("abcdefghijklmnopqrstuvwxyz0123456789._-'")


class Why(StrEnum):
    """Why a candidate was passed over.

    DELETED: it belonged to a person who can be brought back. NUMBERS: it is the first of many with a counter that are
    in use or held.
    """

    USER = "user"
    ALIAS = "alias"
    GROUP = "group"
    GROUP_ALIAS = "group alias"
    DELETED = "deleted"
    OTHER = "other"
    HELD = "held"
    CREATED = "created"
    NOT_LEGAL = "not legal"
    RESERVED = "reserved"
    FORBIDDEN = "forbidden word"
    NUMBERS = "numbers in use"


class Verdict(NamedTuple):
    """A finished name. why: None when it may be offered; detail: for NOT_LEGAL the rule, for FORBIDDEN the word."""

    name: str
    why: Why | None = None
    detail: str = ""


@dataclass(frozen=True)
class NamingPolicy:
    """A domain's choices about names. Raises BadRequest when made with a number out of its range.

    number_of_suggestions: 1 to 10; hold_seconds: more than 0, at most a day; cached: answers come from the index
    of names in use rather than from Google; reserved_words: whole names, as the domain wrote them; forbidden_words:
    not to arise where two parts of a name meet.
    """

    patterns: tuple[Pattern, ...] = DEFAULT_PATTERNS
    number_of_suggestions: int = 3
    hold_seconds: float = 120
    cached: bool = True
    language: Language = Language.NONE
    reserved_words: frozenset[str] = frozenset()
    forbidden_words: frozenset[str] = field(default=DEFAULT_FORBIDDEN_WORDS)

    def __post_init__(self) -> None:
        check_count(self.number_of_suggestions)
        if not 0 < self.hold_seconds <= MAX_HOLD_SECONDS:
            raise BadRequest(f"A hold lasts more than 0 and at most {MAX_HOLD_SECONDS} seconds.")
        reserved = frozenset(word.strip().lower() for word in self.reserved_words)
        forbidden = frozenset(word.strip().lower() for word in self.forbidden_words)
        object.__setattr__(self, "reserved_words", reserved | GOOGLE_RESERVED)
        object.__setattr__(self, "forbidden_words", forbidden - {""})

    def check(self, name: str) -> Verdict:
        """A name that somebody typed, in lower case: legal and not reserved? Whoever types a word means it."""
        name = name.lower()
        rule = broken_rule(name)
        if rule:
            return Verdict(name, Why.NOT_LEGAL, rule)
        return Verdict(name, Why.RESERVED if name in self.reserved_words else None)

    def finish(self, parts: tuple[Part, ...]) -> Verdict:
        """The name of these parts, repaired where that is safe, and whether it may be offered."""
        name = "".join([part.text for part in parts])
        if _needs_repair(name, parts):
            parts = _repaired(_fitted(_repaired(parts)))
            name = "".join([part.text for part in parts])
        verdict = self.check(name)
        word = "" if verdict.why else self._forbidden(verdict.name, parts)
        return Verdict(verdict.name, Why.FORBIDDEN, word) if word else verdict

    def frame(self, parts: tuple[Part, ...]) -> tuple[str, str]:
        """What stands before and after the counter in the name that `finish` makes of these parts."""
        name = "".join([part.text for part in parts])
        if _needs_repair(name, parts):
            parts = _repaired(_fitted(_repaired(parts)))
        at = next(index for index, part in enumerate(parts) if part.origin is Origin.COUNTER)
        return "".join([part.text for part in parts[:at]]), "".join([part.text for part in parts[at + 1 :]])

    def _forbidden(self, name: str, parts: tuple[Part, ...]) -> str:
        """The forbidden word that arises where parts meet. One inside a part is somebody's own name."""
        occurring = [word for word in self.forbidden_words if word in name]
        if not occurring:
            return ""
        ends = list(accumulate(len(part.text) for part in parts[:-1]))
        return min((word for word in occurring if any(_crosses(name, word, end) for end in ends)), default="")


def check_count(number: int) -> int:
    """The number of suggestions, if it is one that can be asked for. Raises BadRequest."""
    if not 1 <= number <= MAX_SUGGESTIONS:
        raise BadRequest(f"The number of suggestions is from 1 to {MAX_SUGGESTIONS}.")
    return number


def broken_rule(name: str) -> str:
    """The first of Google's rules that a local part in lower case breaks, in words; "" if it is legal."""
    if not name:
        return "it is empty"
    if len(name) > MAX_NAME_LENGTH:
        return f"it has more than {MAX_NAME_LENGTH} characters"
    if not _ACCEPTED.issuperset(name):
        return "it holds other characters than a-z 0-9 . _ - '"
    if name[0] == "." or name[-1] == ".":
        return "a dot stands at an end"
    return "two dots stand in a row" if ".." in name else ""


def _crosses(name: str, word: str, boundary: int) -> bool:
    """Whether the word occurs in the name with a letter on both sides of the boundary."""
    return word in name[max(0, boundary - len(word) + 1) : boundary + len(word) - 1]


def _needs_repair(name: str, parts: tuple[Part, ...]) -> bool:
    """Whether `_repaired` or `_fitted` would change anything. For nearly all candidates they would not."""
    dangles = parts and parts[-1].origin is Origin.VALUE and parts[-1].text[-1:] in SEPARATORS
    return bool(dangles) or len(name) > MAX_NAME_LENGTH or ".." in name


def _repaired(parts: tuple[Part, ...]) -> tuple[Part, ...]:
    """Without a second dot in a row, and without separators that a value leaves at the end of the name."""
    squeezed: list[Part] = []
    previous = ""
    for part in parts:
        kept = ""
        for character in part.text:
            if character != "." or previous != ".":
                kept += character
            previous = character
        squeezed.append(Part(kept, part.origin))
    if squeezed and squeezed[-1].origin is Origin.VALUE:
        squeezed[-1] = Part(squeezed[-1].text.rstrip(SEPARATORS), Origin.VALUE)
    return tuple(squeezed)


def _fitted(parts: tuple[Part, ...]) -> tuple[Part, ...]:
    """At most 64 characters: the longest value is cut first, of equal ones the last; never below one character."""
    excess = sum(len(part.text) for part in parts) - MAX_NAME_LENGTH
    if excess <= 0:
        return parts
    lengths = [len(part.text) if part.origin is Origin.VALUE else 0 for part in parts]
    level = _level(lengths, sum(lengths) - excess)
    spare = sum(lengths) - excess - sum(min(length, level) for length in lengths)
    fitted = []
    for part, length in zip(parts, lengths, strict=True):
        keep = min(length, level)
        if length > level and spare > 0:
            keep, spare = keep + 1, spare - 1
        cut = part.text[:keep].rstrip(SEPARATORS) if keep < length else part.text
        fitted.append(Part(cut, part.origin))
    return tuple(fitted)


def _level(lengths: list[int], room: int) -> int:
    """The length, at least 1, to which values are cut so that together they take no more than the room."""
    fits = (level for level in range(MAX_NAME_LENGTH, 1, -1) if sum(min(n, level) for n in lengths) <= room)
    return next(fits, 1)
