"""The users of a customer for the Admin console: search, pages, counts; also where people are computed, not stored."""

from bisect import bisect_left
from collections import Counter
from dataclasses import dataclass

from sandbox.google.generated import GeneratedUsers
from sandbox.google.world import Customer, User, World

PAGE = 50
_AFTER_ALL = "\U0010ffff"


@dataclass(frozen=True)
class UserPage:
    """Some of the users that were looked for. `number` counts from 1."""

    users: list[User]
    number: int
    total: int

    @property
    def last(self) -> int:
        """The number of the last page."""
        return max(1, -(-self.total // PAGE))


class UserList:
    """Looks users up by what an administrator types."""

    def __init__(self, world: World) -> None:
        self._world = world

    def count(self, customer: Customer) -> int:
        """How many users the customer has."""
        return _Merged(self._stored(customer), GeneratedUsers(customer), "").total

    def count_by_org_unit(self, customer: Customer) -> Counter[str]:
        """How many stored users are directly in each organizational unit."""
        return Counter(user.org_unit_path for user in self._stored(customer) if not user.deletion_time)

    def deleted(self, customer: Customer) -> list[User]:
        """Those that can still be restored, the last one first."""
        found = [user for user in self._stored(customer) if user.deletion_time]
        return sorted(found, key=lambda user: user.deletion_time, reverse=True)

    def page(self, customer: Customer, search: str, number: int) -> UserPage:
        """A page of the users that fit, in order of their addresses.

        Every word of the search must be in a name, an address or the id. Computed people are found by the beginning of
        their address or by their whole id.
        """
        found = _Merged(self._stored(customer), GeneratedUsers(customer), search.casefold())
        last = max(1, -(-found.total // PAGE))
        number = min(max(number, 1), last)
        start = (number - 1) * PAGE
        users = [found[place] for place in range(start, min(start + PAGE, found.total))]
        return UserPage(users, number, found.total)

    def _stored(self, customer: Customer) -> list[User]:
        with self._world.lock:
            return [user for user in self._world.users.values() if user.customer_id == customer.id]


class _Merged:
    """Stored people that fit, and computed ones that fit and are hidden by no stored one, in order of address."""

    def __init__(self, stored: list[User], people: GeneratedUsers, search: str) -> None:
        self._people = people
        self._window = _window(people, search)
        numbers = (people.number_by_id(user.id) for user in stored)
        self._hidden = sorted(number for number in numbers if number is not None and number in self._window)
        words = search.split()
        shown = sorted(
            (u for u in stored if not u.deletion_time and _fits(u, words)), key=lambda user: user.primary_email
        )
        places = (index + self._computed_before(user.primary_email) for index, user in enumerate(shown))
        self._shown = dict(zip(places, shown, strict=True))
        self._places = sorted(self._shown)
        self.total = len(shown) + len(self._window) - len(self._hidden)

    def __getitem__(self, place: int) -> User:
        return self._shown.get(place) or self._computed(place - bisect_left(self._places, place))

    def _computed_before(self, email: str) -> int:
        rank = min(max(self._people.rank(email), self._window.start), self._window.stop)
        return rank - self._window.start - bisect_left(self._hidden, rank)

    def _computed(self, index: int) -> User:
        number = self._window.start + index
        for hidden in self._hidden:
            number += hidden <= number
        return self._people.person(number)


def _window(people: GeneratedUsers, search: str) -> range:
    by_id = people.number_by_id(search)
    if by_id is not None:
        return range(by_id, by_id + 1)
    beginning = ".".join(search.split())
    return range(people.rank(beginning), people.rank(beginning + _AFTER_ALL))


def _fits(user: User, words: list[str]) -> bool:
    text = " ".join((user.given_name, user.family_name, user.primary_email, *user.aliases, user.id)).casefold()
    return all(word in text for word in words)
