"""Who holds which address, and the people and groups of a customer in order: derived from the world, kept in step.

Every module may change the world; what is kept here is rebuilt when somebody else did, and patched by
`Index.changing()` when the Directory itself did.
"""

from bisect import bisect_left, insort
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import NamedTuple

from sandbox.google.generated import GeneratedUsers
from sandbox.google.world import Customer, Domain, Group, User, World

TEST_SUFFIX = ".test-google-a.com"
UNDELETE_DAYS = 20


class DomainOwner(NamedTuple):
    """Whose domain it is, and the domain that it stands for (itself, unless it is an alias domain)."""

    customer: Customer
    domain: Domain
    is_alias: bool


@dataclass
class _Derived:
    stamp: tuple[int, int, int, int] = (-1, 0, 0, 0)
    domains: dict[str, DomainOwner] = field(default_factory=dict)
    holders: dict[str, User | Group] = field(default_factory=dict)  # by canonical address
    held: dict[str, list[str]] = field(default_factory=dict)  # by id of the holder
    live: dict[str, list[tuple[str, str]]] = field(default_factory=dict)  # by customer: (address, user id) in order


class Index:
    """Look-ups over a world. Use it under `world.lock`."""

    def __init__(self, world: World) -> None:
        """Nothing is read before the first look-up."""
        self.world = world
        self._kept = _Derived()

    def owner_of_domain(self, name: str) -> DomainOwner | None:
        """Whose domain or alias domain this is; `<domain>.test-google-a.com` belongs to the domain."""
        return self._fresh().domains.get(name.lower().removesuffix(TEST_SUFFIX))

    def canonical(self, address: str) -> str:
        """Lower case, with an alias domain replaced by the domain that it stands for."""
        local, _, name = address.lower().rpartition("@")
        owner = self.owner_of_domain(name)
        return f"{local}@{owner.domain.name.lower()}" if owner else address.lower()

    def holder(self, address: str) -> User | Group | None:
        """Who receives mail at this address: its user or group, by primary address, alias or non-editable alias."""
        canonical = self.canonical(address)
        return self._fresh().holders.get(canonical) or self._computed(canonical)

    def user(self, user_id: str) -> User | None:
        """An account of any customer by id, deleted ones included."""
        found = self.world.users.get(user_id)
        if found:
            return found
        for customer in self._with_computed():
            people = GeneratedUsers(customer)
            number = people.number_by_id(user_id)
            if number is not None:
                return people.person(number)
        return None

    def stored(self, customer: Customer) -> list[tuple[str, str]]:
        """The customer's stored people who are not deleted: (lower-case primary address, id), in order."""
        return self._fresh().live.get(customer.id, [])

    def deleted(self, customer: Customer, now: datetime) -> list[User]:
        """Who can still be undeleted."""
        since = text_of(now - timedelta(days=UNDELETE_DAYS))
        return [u for u in self.world.users.values() if u.customer_id == customer.id and u.deletion_time > since]

    def hidden(self, customer: Customer, people: GeneratedUsers) -> int:
        """How many of the computed people were changed or deleted since, and live on in `World.users`."""
        mine = (user.id for user in self.world.users.values() if user.customer_id == customer.id)
        return sum(people.number_by_id(user_id) is not None for user_id in mine)

    def groups(self, customer: Customer) -> list[Group]:
        """The customer's groups by address."""
        mine = (group for group in self.world.groups.values() if group.customer_id == customer.id)
        return sorted(mine, key=lambda group: group.email.lower())

    @contextmanager
    def changing(self, *changed: User | Group) -> Iterator[World]:
        """Change these and nothing else; new ones are put into the world inside, deleted ones stay or are taken out."""
        with self.world.changing() as world:
            kept = self._fresh()
            yield world
            for holder in changed:
                self._patch(kept, holder)
            kept.stamp = self._stamp(world.version + 1)

    def _patch(self, kept: _Derived, holder: User | Group) -> None:
        addresses = kept.held.pop(holder.id, [])
        for address in addresses:
            if kept.holders.get(address) is holder:
                del kept.holders[address]
        if addresses and isinstance(holder, User):
            live = kept.live[holder.customer_id]
            del live[bisect_left(live, (addresses[0], holder.id))]
        if isinstance(holder, User) or holder.id in self.world.groups:
            self._add(kept, holder)

    def _fresh(self) -> _Derived:
        stamp = self._stamp(self.world.version)
        if self._kept.stamp != stamp:
            self._kept = self._derive(stamp)
        return self._kept

    def _stamp(self, version: int) -> tuple[int, int, int, int]:
        # The sizes catch a world that somebody filled without `changing()`, as tests do before they begin.
        world = self.world
        return version, len(world.users), len(world.groups), len(world.customers)

    def _derive(self, stamp: tuple[int, int, int, int]) -> _Derived:
        kept = self._kept = _Derived(stamp)
        for customer in self.world.customers.values():
            for domain in customer.domains:
                kept.domains[domain.name.lower()] = DomainOwner(customer, domain, False)
                kept.domains.update({alias.lower(): DomainOwner(customer, domain, True) for alias in domain.aliases})
        holders: list[User | Group] = [*self.world.users.values(), *self.world.groups.values()]
        for holder in holders:
            self._add(kept, holder)
        return kept

    def _add(self, kept: _Derived, holder: User | Group) -> None:
        if not holder.customer_id or (isinstance(holder, User) and holder.deletion_time):
            return
        primary = holder.primary_email if isinstance(holder, User) else holder.email
        kept.held[holder.id] = [self.canonical(address) for address in (primary, *holder.aliases)]
        for address in kept.held[holder.id]:
            kept.holders.setdefault(address, holder)
        if isinstance(holder, User):
            insort(kept.live.setdefault(holder.customer_id, []), (kept.held[holder.id][0], holder.id))

    def _computed(self, canonical: str) -> User | None:
        owner = self.owner_of_domain(canonical.rpartition("@")[2])
        if owner is None or not owner.customer.generated_users:
            return None
        people = GeneratedUsers(owner.customer)
        number = people.number_by_email(canonical)
        if number is None or people.id(number) in self.world.users:
            return None
        return people.person(number)

    def _with_computed(self) -> list[Customer]:
        return [customer for customer in self.world.customers.values() if customer.generated_users]


def text_of(moment: datetime) -> str:
    """As the API writes times: 2026-01-01T00:00:00.000Z."""
    return moment.strftime("%Y-%m-%dT%H:%M:%S.") + f"{moment.microsecond // 1000:03d}Z"


def seconds_since(text: str, now: datetime) -> float:
    """Seconds from such a text to now."""
    return (now - datetime.fromisoformat(text)).total_seconds()


def non_editable_aliases(domain: Domain, addresses: list[str]) -> list[str]:
    """For each address on this domain, the same at its alias domains and at Google's test domain for it."""
    locals_ = [
        address.partition("@")[0] for address in addresses if address.lower().endswith(f"@{domain.name.lower()}")
    ]
    names = [*domain.aliases, domain.name + TEST_SUFFIX]
    return [f"{local}@{name}" for local in locals_ for name in names]
