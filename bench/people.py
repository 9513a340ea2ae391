"""People and addresses for the benchmarks, as many as are wanted and the same every time."""

import random
from collections.abc import Iterator
from functools import cache
from itertools import product


def _words(text: str) -> tuple[str, ...]:
    return tuple(text.split())


_GIVEN_STARTS = _words("a be ca da e fi ge ha i jo ka li ma ni o pe ro sa")
_GIVEN_ENDS = _words("anna bert cia drea lena lian mie nah ria rlos than ther tricia ven")
_STARTS = _words("al bar ber car der el fer gar har jan kar lam mar nor pet ross sand tor ull wal")
_MIDDLES = ("", "be", "de", "ga", "ke", "li", "mo", "ne", "ri", "sa", "te")
_ENDS = _words("berg dez field gren ham ier ini ley man nen os ovic sen smith son ton well wick")
_MARKS = {"a": "á", "e": "é", "o": "ö"}


@cache
def given_names() -> tuple[str, ...]:
    """252 of them."""
    return tuple("".join(parts) for parts in product(_GIVEN_STARTS, _GIVEN_ENDS))


@cache
def family_names() -> tuple[str, ...]:
    """3,960 of them."""
    return tuple("".join(parts) for parts in product(_STARTS, _MIDDLES, _ENDS))


def person(rng: random.Random) -> dict[str, str]:
    """The fields of somebody. One in ten writes a letter that is not ASCII."""
    first, last = rng.choice(given_names()), rng.choice(family_names())
    if rng.random() < 0.1:
        letter = rng.choice(tuple(_MARKS))
        last = last.replace(letter, _MARKS[letter])
    return {"firstname": first.capitalize(), "lastname": last.capitalize()}


def local_parts(count: int) -> Iterator[str]:
    """So many distinct local parts of such people, in no order: given.family, givenfamily and gfamily, with numbers
    where a name is had already. In a million, one person in three finds the name of their first pattern taken."""
    rng = random.Random(count)  # noqa: S311 - the same addresses every time
    had: dict[str, int] = {}
    for _ in range(count):
        first, last = rng.choice(given_names()), rng.choice(family_names())
        (plain,) = rng.choices((f"{first}.{last}", f"{first}{last}", f"{first[0]}{last}"), (5, 4, 1))
        number = had[plain] = had.get(plain, -1) + 1
        yield f"{plain}{number}" if number else plain
