"""From patterns and values to candidates, in order and on demand. Pure.

A draft is a pattern with its values filled in. With a counter it stands for a whole family of names, one for each
number, so that a search can look at any of them without looking at those before.
"""

from collections.abc import Iterable, Iterator
from enum import StrEnum
from typing import NamedTuple

from provisioning.naming.patterns import Field, Literal, Pattern, Token, parse_pattern
from provisioning.naming.values import MANDATORY, Values

LAST_RESORT = parse_pattern("[C9_firstname][C9_lastname][#]")
"""What is tried when the patterns run out."""


class Origin(StrEnum):
    """Where a part of a name comes from; only a value may be cut."""

    LITERAL = "literal"
    VALUE = "value"
    COUNTER = "counter"


class Part(NamedTuple):
    """A piece of a name. (A tuple, as here and in Draft, is made in half the time of a frozen dataclass.)"""

    text: str
    origin: Origin


_COUNTER = Part("", Origin.COUNTER)


class Draft(NamedTuple):
    """A pattern filled in for a person. The counter's part, if there is one, is still empty."""

    pattern: Pattern
    parts: tuple[Part, ...]

    @property
    def counts(self) -> bool:
        """Whether it is a family of numbered names rather than one name."""
        return self.pattern.counts

    def numbered(self, number: int) -> tuple[Part, ...]:
        """The parts with this number for the counter."""
        filled = Part(str(number), Origin.COUNTER)
        return tuple([filled if part.origin is Origin.COUNTER else part for part in self.parts])


def drafts(patterns: Iterable[Pattern], values: Values) -> Iterator[Draft]:
    """The drafts of the patterns that the values can fill, in order, and of the last resort at the end."""
    for pattern in patterns:
        draft = _fill(pattern, pattern.tokens, values)
        if draft:
            yield draft
    yield _last_resort(values)


def _last_resort(values: Values) -> Draft:
    """A name that leaves nothing when made safe is left out; Values sees to it that one of the two is there."""
    empty = {name for name in MANDATORY if not values.whole(name)}
    tokens = tuple([t for t in LAST_RESORT.tokens if not (isinstance(t, Field) and t.name in empty)])
    draft = _fill(LAST_RESORT, tokens, values)
    if not draft:
        raise AssertionError("values without a first and a last name")
    return draft


def _fill(pattern: Pattern, tokens: tuple[Token, ...], values: Values) -> Draft | None:
    parts = []
    for token in tokens:
        part = _part(token, values)
        if not part.text and part.origin is Origin.VALUE:
            return None
        parts.append(part)
    return Draft(pattern, tuple(parts))


def _part(token: Token, values: Values) -> Part:
    if isinstance(token, Field):
        return Part(values.text(token), Origin.VALUE)
    return Part(token.text, Origin.LITERAL) if isinstance(token, Literal) else _COUNTER
