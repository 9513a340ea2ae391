"""Naming's question whether addresses are in use, answered by the Directory, live and about all of them at once."""

import threading
from collections.abc import Callable, Iterable
from concurrent.futures import Future, ThreadPoolExecutor

from cachetools import TTLCache

from provisioning.directory.port import AddressOccupant, Directory
from provisioning.naming.occupancy import Occupant
from runtime.clock import Clock
from runtime.limits import Limits
from runtime.memory import Memory

AT_ONCE = 16
"""Requests of one process that Google answers at the same time; ours. Others wait for their turn."""
A_MINUTE = 900
"""Addresses of one tenant in a minute: at two requests each three quarters of the 2,400 that Google gives a customer by
default, so that whoever asks for names on and on, without an index, leaves some for making accounts."""
TAKEN_KEPT = 10
"""Seconds for which it is remembered that an address is in use, so that many who want one person's names do not all
ask about the same ones. That one is free is never remembered."""
ADMINISTRATOR_KEPT = 30
"""Seconds for which it is remembered in whose name Google is asked."""


class DirectoryOccupancy:
    """Implements provisioning.naming.occupancy.Occupancy. One for the process."""

    def __init__(self, directory: Directory, administrator: Callable[[str], str], limits: Limits, clock: Clock) -> None:
        """administrator: tenant to the e-mail of the administrator in whose name Google is asked."""
        self._directory = directory
        self._administrator = administrator
        self._limits = limits
        self._remembered: Memory[str, str] = Memory(clock, ADMINISTRATOR_KEPT, 1000)
        self._taken: TTLCache[tuple[str, str], Occupant] = TTLCache(
            10_000, TAKEN_KEPT, timer=lambda: clock().timestamp()
        )
        self._lock = threading.Lock()
        self._threads = ThreadPoolExecutor(AT_ONCE, "occupancy")  # which starts a thread only when it needs one

    def occupants(self, tenant: str, domain: str, names: Iterable[str]) -> dict[str, Occupant]:
        """See Occupancy. As a person and as a group at once, about every name at once.

        Raises GoogleProblem, TooManyRequests. Called inside an ndb context.
        """
        addresses = {name: f"{name}@{domain}" for name in names}
        with self._lock:
            known = {name: self._taken.get((tenant, address)) for name, address in addresses.items()}
        asked = {name: address for name, address in addresses.items() if known[name] is None}
        taken = self._answers(tenant, asked)
        with self._lock:
            self._taken.update({(tenant, addresses[name]): occupant for name, occupant in taken.items()})
        return {name: occupant for name, was in known.items() if (occupant := taken.get(name, was))}

    def _answers(self, tenant: str, addresses: dict[str, str]) -> dict[str, Occupant]:
        """What Google says just now, by name; names that are free are left out."""
        subject = self._remembered.get(tenant, lambda: self._administrator(tenant))
        self._limits.spend(tenant, "addresses", len(addresses), most=A_MINUTE, window_seconds=60, block=A_MINUTE // 20)
        asked = {name: self._ask(subject, address) for name, address in addresses.items()}
        answers = {name: _first(people_and_groups) for name, people_and_groups in asked.items()}
        return {name: Occupant(found.use) for name, found in answers.items() if found}

    def _ask(self, subject: str, address: str) -> list[Future[AddressOccupant | None]]:
        directory = self._directory
        return [self._threads.submit(ask, subject, address) for ask in (directory.person_at, directory.group_at)]


def _first(answers: list[Future[AddressOccupant | None]]) -> AddressOccupant | None:
    """Who has the address, as soon as one answer says so; None only if all of them say that nobody has."""
    return next((found for answer in answers if (found := answer.result())), None)
