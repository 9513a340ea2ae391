"""What callers of one process want at the same moment, so that they do not lose races to each other. Thread-safe.

A hint and nothing more: Datastore decides who gets a name. Names that another thread is just taking are passed over,
and callers that count for the same names begin at different numbers instead of all at the first one.
"""

import threading
import time
from collections.abc import Callable, Mapping, Sequence
from itertools import count, islice
from math import inf

from cachetools import LRUCache, TTLCache

from provisioning.naming.holder import Holder

REMEMBERED = 20_000
"""Names and counters that are remembered at most."""
LIFETIME = 2.0
"""Seconds after which a counter that nobody used is searched from its beginning again."""

_STRIPES = 64


class Contention:
    """One for the process. Names of two domains never meet."""

    def __init__(self, timer: Callable[[], float] = time.monotonic) -> None:
        """timer: seconds."""
        self._lock = threading.Lock()
        self._ticks = count(1)
        self._taken: LRUCache[tuple[str, str, str], float] = LRUCache(REMEMBERED)
        self._next: TTLCache[tuple[str, str, str], int] = TTLCache(REMEMBERED, LIFETIME, timer)
        self._found: TTLCache[tuple[str, str, str], tuple[int, int]] = TTLCache(REMEMBERED, LIFETIME, timer)
        self._stripes = [threading.Lock() for _ in range(_STRIPES)]

    def now(self) -> int:
        """A point in time, for `choose`; to be asked before names are looked up."""
        with self._lock:
            return next(self._ticks)

    def choose(self, holder: Holder, looked: Mapping[str, int], wanted: int) -> list[str]:
        """The first `wanted` names that no other thread is taking, or took after they were looked up. Tell `done`.

        looked: the names, to the points in time.
        """
        with self._lock:
            free = (name for name, at in looked.items() if self._taken.get(_key(holder, name), 0) < at)
            chosen = list(islice(free, wanted))
            self._taken.update({_key(holder, name): inf for name in chosen})
        return chosen

    def done(self, holder: Holder, names: Sequence[str], *, won: bool) -> None:
        """These names are held now, or were not to be had."""
        with self._lock:
            tick = next(self._ticks)
            for name in names:
                if won:
                    self._taken[_key(holder, name)] = tick
                else:
                    self._taken.pop(_key(holder, name), None)

    def hinted(self, holder: Holder, counter: str) -> int:
        """The number that others of this process have come to within the last seconds; 0 if none had to search."""
        with self._lock:
            return self._next.get(_key(holder, counter), 0)

    def reserve(self, holder: Holder, counter: str, at_least: int, numbers: int) -> int:
        """A number to go on with that no other caller is told of: `at_least`, or a later one."""
        with self._lock:
            start = max(at_least, self._next.get(_key(holder, counter), 0))
            self._next[_key(holder, counter)] = start + numbers
        return start

    def search(self, holder: Holder, counter: str, look: Callable[[], int]) -> int:
        """What `look` finds, which takes several calls to Datastore: one caller looks for all who ask meanwhile."""
        key = _key(holder, counter)
        asked = self.now()
        with self._stripes[hash(key) % len(self._stripes)]:
            with self._lock:
                at, found = self._found.get(key, (0, 0))
            if at < asked:
                found = look()
                at = self.now()
                with self._lock:
                    self._found[key] = at, found
        return found


def _key(holder: Holder, name: str) -> tuple[str, str, str]:
    return holder.tenant, holder.domain, name
