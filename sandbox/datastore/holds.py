"""A soft lock on keys that open transactions of this process have read.

It never decides who is right: that is done at commit, by versions. It only makes a reader wait a moment while another
transaction is about to change the same entity, because a client that has been ABORTED sleeps about a second before it
tries again. Waiting ends after `PATIENCE`, so nothing can block for good.
"""

import threading
from collections.abc import Iterable

from sandbox.datastore.records import Address

PATIENCE = 0.25
MOST_WAITING = 32
"""More readers than this do not wait: they would occupy the threads that the commits need."""


class Holds:
    """Which transaction holds which key; safe to use from several threads."""

    def __init__(self) -> None:
        """Nothing is held."""
        self._holders: dict[Address, bytes] = {}
        self._held: dict[bytes, list[Address]] = {}
        self._waiting = 0
        self._released = threading.Condition()

    def acquire(self, holder: bytes, addresses: Iterable[Address]) -> bool:
        """Waits until the keys are free or patience ends, takes those that are free; whether it had to wait."""
        wanted = list(addresses)
        with self._released:
            waited = not self._are_free(wanted, holder) and self._waiting < MOST_WAITING
            if waited:
                self._waiting += 1
                self._released.wait_for(lambda: self._are_free(wanted, holder), PATIENCE)
                self._waiting -= 1
            mine = [address for address in wanted if self._holders.setdefault(address, holder) == holder]
            self._held.setdefault(holder, []).extend(mine)
        return waited

    def _are_free(self, addresses: list[Address], holder: bytes) -> bool:
        return all(self._holders.get(address, holder) == holder for address in addresses)

    def release(self, holder: bytes) -> None:
        """Frees all that it holds."""
        with self._released:
            for address in self._held.pop(holder, ()):
                self._holders.pop(address, None)
            self._released.notify_all()
