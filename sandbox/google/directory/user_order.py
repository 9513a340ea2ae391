"""A customer's people in an order, stored and computed ones merged, from any place on: the work is that of the page."""

import re
from array import array
from bisect import bisect_left, bisect_right
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from functools import lru_cache
from heapq import merge
from typing import NamedTuple, TypeVar

from sandbox.google.directory.page_tokens import Place
from sandbox.google.directory.query import EXACT, PREFIX, Clause
from sandbox.google.generated import GeneratedUsers, Word
from sandbox.google.world import Customer, Domain, User

T = TypeVar("T")

LAST = "\U0010ffff"
"""Greater than every character of an address."""

_NAME_FIELDS = frozenset({"", "name", "givenName", "familyName"})


class Row(NamedTuple):
    """One person in a listing: a stored one, or the number of a computed one."""

    place: Place
    user: User | None
    number: int = -1


class Walk(NamedTuple):
    """Where to begin (None: at the end that is first), whether with that row itself, and in which direction."""

    start: Place | None
    is_descending: bool
    repeats_start: bool


def place_of(user: User, order: str) -> Place:
    """Where a person stands in the order `email`, `familyName` or `givenName`; letter case does not matter."""
    address = user.primary_email.lower()
    if order == "email":
        return (address,)
    name = user.family_name if order == "familyName" else user.given_name
    return name.casefold(), address


def stored_rows(users: Iterable[User], order: str, walk: Walk) -> Iterator[Row]:
    """These people from a place on."""
    rows = sorted((Row(place_of(user, order), user) for user in users), key=_place)
    return (rows[at] for at in _positions(rows, _place, walk))


def rows_by_address(entries: Sequence[tuple[str, str]], users: Mapping[str, User], walk: Walk) -> Iterator[Row]:
    """The same for people who are in order already, as (lower-case address, id): looks at no more than it gives."""
    for at in _positions(entries, lambda entry: (entry[0],), walk):
        address, user_id = entries[at]
        yield Row((address,), users[user_id])


def computed_rows(people: GeneratedUsers, order: str, clauses: Sequence[Clause], walk: Walk) -> Iterator[Row]:
    """Computed people from a place on. The clauses only spare looking at people who cannot fit."""
    numbers = _numbers(people, order, clauses)

    def place(number: int) -> Place:
        return _computed_place(people, order, number)

    likely = _likely(people, clauses)
    for at in _positions(numbers, place, walk):
        if likely(numbers[at]):
            yield Row(place(numbers[at]), None, numbers[at])


def merged(left: Iterator[Row], right: Iterator[Row], *, is_descending: bool) -> Iterator[Row]:
    """Two listings in one."""
    return merge(left, right, key=_place, reverse=is_descending)


def _place(row: Row) -> Place:
    return row.place


def _positions(items: Sequence[T], place: Callable[[T], Place], walk: Walk) -> range:
    if walk.start is None:
        return range(len(items) - 1, -1, -1) if walk.is_descending else range(len(items))
    if walk.is_descending:
        cut = (bisect_right if walk.repeats_start else bisect_left)(items, walk.start, key=place)
        return range(cut - 1, -1, -1)
    cut = (bisect_left if walk.repeats_start else bisect_right)(items, walk.start, key=place)
    return range(cut, len(items))


def _computed_place(people: GeneratedUsers, order: str, number: int) -> Place:
    if order == "email":
        return (people.email(number),)
    given, family, _ = people.parts(number)
    return (family if order == "familyName" else given).shown.casefold(), people.email(number)


def _numbers(people: GeneratedUsers, order: str, clauses: Sequence[Clause]) -> Sequence[int]:
    if any(clause.field in {"isAdmin", "isDelegatedAdmin"} and clause.value.lower() == "true" for clause in clauses):
        return ()
    if order != "email":
        return _by_name(people.customer.id, people.domain, people.size, order)
    numbers = range(people.size)
    for clause in clauses:
        if clause.field == "email" and clause.operator in {EXACT, PREFIX}:
            wanted = clause.value.lower()
            low, high = people.rank(wanted), people.rank(wanted + LAST)
            numbers = range(max(numbers.start, low), min(numbers.stop, high))
    return numbers


@lru_cache(maxsize=4)
def _by_name(customer_id: str, domain: str, size: int, order: str) -> Sequence[int]:
    # The order depends on nothing but how many there are, so a customer made for it will do.
    people = GeneratedUsers(Customer(customer_id, "", [Domain(domain, is_primary=True)], generated_users=size))
    return array("I", sorted(range(size), key=lambda number: _computed_place(people, order, number)))


def _likely(people: GeneratedUsers, clauses: Sequence[Clause]) -> Callable[[int], bool]:
    """Spares most of a million looks: each run of letters in the query must be in the names or the domain."""
    runs = [(clause.field, run) for clause in clauses if clause.field in _NAME_FIELDS for run in _letters(clause.value)]
    tests = [
        (
            _spelled_with(people.given_names, run) if field != "familyName" else frozenset(),
            _spelled_with(people.family_names, run) if field != "givenName" else frozenset(),
        )
        for field, run in runs
        if field or run not in people.domain
    ]

    def likely(number: int) -> bool:
        given, family, _ = people.parts(number)
        return all(given in given_names or family in family_names for given_names, family_names in tests)

    return likely if tests else lambda _: True


def _letters(text: str) -> list[str]:
    return re.findall(r"[^\W\d_]+", text.casefold())


def _spelled_with(words: Iterable[Word], run: str) -> frozenset[Word]:
    return frozenset(word for word in words if run in f"{word.shown.casefold()} {word.local}")
