"""Looking an address up to see whether the account there is the one that an operation of ours made."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta

from provisioning.directory.port import AddressOccupant, Directory, Person
from runtime.clock import Clock
from runtime.google_problems import AccessRefused, NotReadyYet

WAIT = timedelta(seconds=6)
"""How long a request waits for an account that was just made to show up. Google's reads lag for seconds to minutes."""
PAUSE = 0.5
"""Seconds between two looks."""


@dataclass(frozen=True)
class Sighting:
    """What an address shows: our own account, another occupant, or (both None) nothing that can be read yet."""

    ours: Person | None = None
    other: AddressOccupant | None = None

    @property
    def is_clear(self) -> bool:
        """Whether it says who has the address."""
        return self.ours is not None or self.other is not None


_NOTHING = Sighting()


class Lookout:
    """Looks, once or until something shows."""

    def __init__(self, directory: Directory, clock: Clock, sleep: Callable[[float], None]) -> None:
        """sleep: waits so many seconds."""
        self._directory = directory
        self._clock = clock
        self._sleep = sleep

    def look(self, subject: str, address: str, mark: str) -> Sighting:
        """What the address shows now. Raises GoogleProblem when Google does not say."""
        occupant = self._directory.occupant(subject, address)
        if occupant is None:
            return _NOTHING
        person = occupant.person
        if person is None:
            return Sighting(other=occupant)
        if mark in person.marks:
            return Sighting(ours=person)
        # An account can be seen before its name is (terraform-provider-gsuite #76); its mark may be missing too.
        return _NOTHING if not (person.given_name or person.family_name) else Sighting(other=occupant)

    def wait(self, subject: str, address: str, mark: str) -> Sighting:
        """Look until it is clear, at most WAIT. Refusals that follow a create for a while count as nothing yet."""
        end = self._clock() + WAIT
        while True:
            seen = self._look_patiently(subject, address, mark)
            if seen.is_clear or self._clock() >= end:
                return seen
            self._sleep(PAUSE)

    def _look_patiently(self, subject: str, address: str, mark: str) -> Sighting:
        try:
            return self.look(subject, address, mark)
        except (NotReadyYet, AccessRefused):
            return _NOTHING
