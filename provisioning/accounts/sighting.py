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
"""Seconds between the first two looks; each pause is as much longer, for the sake of what Google lets us ask."""


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

    def look(self, subject: str, address: str, mark: str, *, groups: bool = True) -> Sighting:
        """What the address shows now. Raises GoogleProblem when Google does not say.

        groups: whether groups are of interest, too; an account of ours is found without.
        """
        asked = self._directory.occupant if groups else self._directory.person_at
        occupant = asked(subject, address)
        if occupant is None:
            return _NOTHING
        person = occupant.person
        if person is None:
            return Sighting(other=occupant)
        if mark in person.marks:
            return Sighting(ours=person)
        # An account can be seen before its name is (terraform-provider-gsuite #76); its mark may be missing too.
        return _NOTHING if not (person.given_name or person.family_name) else Sighting(other=occupant)

    def look_patiently(self, subject: str, address: str, mark: str, *, groups: bool = True) -> Sighting:
        """The same; refusals that follow a create for a while count as nothing yet."""
        try:
            return self.look(subject, address, mark, groups=groups)
        except (NotReadyYet, AccessRefused):
            return _NOTHING

    def wait(self, subject: str, address: str, mark: str, *, groups: bool = True) -> Sighting:
        """Look patiently until it is clear, at most WAIT."""
        end, pause = self._clock() + WAIT, 0.0
        while True:
            seen = self.look_patiently(subject, address, mark, groups=groups)
            if seen.is_clear or self._clock() >= end:
                return seen
            pause += PAUSE
            self._sleep(pause)
