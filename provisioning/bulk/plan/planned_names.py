"""Usernames that are not to be had any more: in use, planned for an earlier row, or asked for by any row. Pure.

A counter goes on where it stood when it was asked last, so that a thousand people of one name cost no more than a
thousand of different names.
"""

from collections.abc import Collection, Iterator
from typing import Protocol

from provisioning.bulk.plan.file_people import address_key
from provisioning.naming.lineup import one_by_one
from provisioning.naming.occupancy import Occupant


class Known(Protocol):
    """What is known of a domain's names: naming.index.Index."""

    def occupants(self, names: Collection[str]) -> dict[str, Occupant]:
        """Those of the names that are taken, and by what."""

    def free_numbers(self, before: str, after: str, start: int = 1) -> Iterator[int]:
        """The numbers from `start` upward for which before + number + after is not taken."""

    def load(self, names: Collection[str]) -> None:
        """Have what is needed of these names at hand, with one call at most."""


class PlannedNames:
    """The names of a job. Only grows."""

    def __init__(self, indexes: dict[str, Known], given: Collection[int]) -> None:
        """indexes: by domain; a domain without one has only the names of this job. given: see FilePeople.addresses."""
        self.indexes = indexes
        self._given = given
        self._planned: set[int] = set()
        self._reached: dict[tuple[str, str, str], int] = {}

    def add(self, address: str) -> None:
        """It is planned for a row."""
        self._planned.add(address_key(address))

    def occupant(self, name: str, domain: str) -> Occupant | None:
        """What has the name at Google, as far as is known."""
        index = self.indexes.get(domain)
        return index.occupants([name]).get(name) if index else None

    def is_planned(self, name: str, domain: str) -> bool:
        """Whether it is for another row of the job."""
        key = address_key(f"{name}@{domain}")
        return key in self._planned or key in self._given

    def is_planned_for_another(self, name: str, domain: str) -> bool:
        """Whether a row that was planned before gets it."""
        return address_key(f"{name}@{domain}") in self._planned

    def is_free(self, name: str, domain: str) -> bool:
        """Whether nobody has it, and no row."""
        return not self.is_planned(name, domain) and not self.occupant(name, domain)

    def free_numbers(self, domain: str, before: str, after: str, start: int) -> Iterator[int]:
        """The numbers from `start` upward for which before + number + after is free."""
        family = (domain, before, after)
        reached = self._reached.get(family, 1)
        index = self.indexes.get(domain)
        begin = max(start, reached)
        numbers = index.free_numbers(before, after, begin) if index else one_by_one(before, after, begin)
        is_reached = start <= reached
        for number in numbers:
            if self.is_planned(f"{before}{number}{after}", domain):
                continue
            if is_reached:
                self._reached[family], is_reached = number, False
            yield number
