"""People who are computed and not stored, so that a domain of a million costs nothing until it is read.

Person number i has the i-th e-mail address in alphabetical order; number, address and id follow from each other without
a table. Whoever is changed or deleted is copied into `World.users` first and hides the computed original.
"""

import hashlib
from bisect import bisect_left
from collections.abc import Iterable
from functools import cached_property, lru_cache
from pathlib import Path
from typing import NamedTuple

from sandbox.google.world import Customer, User, World

PASSWORD = "sandbox-password"
MOST = 10**8

# Multiplying by a number without a factor in common with 10**8 scatters the ids and can be undone.
_SCATTER = 54_018_521
_GATHER = pow(_SCATTER, -1, MOST)
_SUSPENDED_EVERY, _SUSPENDED_AT = 97, 5


class Word(NamedTuple):
    """A name as it is shown and as the address spells it."""

    shown: str
    local: str


class GeneratedUsers:
    """The computed people of one customer, in the order of their addresses."""

    def __init__(self, customer: Customer) -> None:
        """customer.generated_users of them, on the customer's primary domain."""
        self.customer = customer
        self.domain = customer.primary_domain
        self.size = customer.generated_users
        self.given_names, self.family_names = _words()
        pairs = len(self.given_names) * len(self.family_names)
        self._suffixes = _suffixes(-(-self.size // pairs) or 1)
        self._places = pairs * len(self._suffixes)
        self._id_prefix = f"1{int(hashlib.sha256(customer.id.encode()).hexdigest(), 16) % 10**12:012d}"

    def person(self, number: int) -> User:
        """A new object each time; `number` is below `size`."""
        given, family, suffix = self.parts(number)
        user_id = self.id(number)
        return User(
            user_id,
            f"{given.local}.{family.local}{suffix}@{self.domain}",
            given.shown,
            family.shown,
            PASSWORD,
            self.customer.id,
            self.org_unit_path(number),
            suspended=self.is_suspended(number),
            creation_time=self.customer.creation_time,
            etag=etag(user_id),
        )

    def parts(self, number: int) -> tuple[Word, Word, str]:
        """Given name, family name and the figure that tells people of the same name apart ("" for one of them)."""
        rest, suffix = divmod(number * self._places // self.size, len(self._suffixes))
        given, family = divmod(rest, len(self.family_names))
        return self.given_names[given], self.family_names[family], self._suffixes[suffix]

    def email(self, number: int) -> str:
        """The primary address."""
        given, family, suffix = self.parts(number)
        return f"{given.local}.{family.local}{suffix}@{self.domain}"

    def id(self, number: int) -> str:
        """The 21-digit id."""
        return f"{self._id_prefix}{(number * _SCATTER + 1) % MOST:08d}"

    @staticmethod
    def is_suspended(number: int) -> bool:
        """About one in a hundred is."""
        return number % _SUSPENDED_EVERY == _SUSPENDED_AT

    def org_unit_path(self, number: int) -> str:
        """Where this person is."""
        return self.org_unit_paths[number % len(self.org_unit_paths)]

    @cached_property
    def org_unit_paths(self) -> list[str]:
        """The paths of `generated_org_unit_ids` in turn."""
        paths = {unit.id: unit.path for unit in self.customer.org_units}
        return [paths.get(unit_id, "/") for unit_id in self.customer.generated_org_unit_ids] or ["/"]

    def number_by_id(self, user_id: str) -> int | None:
        """Whose id it is; None when nobody's."""
        tail = user_id.removeprefix(self._id_prefix)
        if len(user_id) != 21 or len(tail) != 8 or not tail.isdecimal():
            return None
        number = (int(tail) - 1) * _GATHER % MOST
        return number if number < self.size and self.id(number) == user_id else None

    def number_by_email(self, email: str) -> int | None:
        """Whose primary address it is, in lower case; None when nobody's."""
        number = self.rank(email)
        return number if number < self.size and self.email(number) == email else None

    def rank(self, email: str) -> int:
        """How many addresses come before this one."""
        return bisect_left(range(self.size), email, key=self.email)


def etag(user_id: str) -> str:
    """The etag of a computed person, unchanged as long as nobody changes them."""
    return f'"computed/{user_id}"'


def computed_person(world: World, key: str) -> User | None:
    """A computed person by id or lower-case primary address, also one whom a stored one hides."""
    for customer in world.customers.values():
        if not customer.generated_users:
            continue
        people = GeneratedUsers(customer)
        number = people.number_by_email(key) if "@" in key else people.number_by_id(key)
        if number is not None:
            return people.person(number)
    return None


@lru_cache(maxsize=1)
def _words() -> tuple[list[Word], list[Word]]:
    lines = (Path(__file__).parent / "generated_names.txt").read_text(encoding="utf-8").splitlines()
    given, family = (line.split() for line in lines if line and not line.startswith("#"))
    # The character that follows in the address decides the order where one name begins with another.
    return _ordered(given, "."), _ordered(family, "@")


def _ordered(words: Iterable[str], following: str) -> list[Word]:
    spelled = {}
    for word in words:
        shown, _, local = word.partition(":")
        spelled[local or shown.lower()] = shown
    return [Word(spelled[local], local) for local in sorted(spelled, key=lambda local: local + following)]


def _suffixes(count: int) -> list[str]:
    return sorted(["", *(str(number) for number in range(2, count + 1))], key=lambda suffix: suffix + "@")
