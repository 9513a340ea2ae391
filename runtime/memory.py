"""What was read a moment ago, kept in this process for a few seconds: bounded, and safe between threads."""

import threading
from collections.abc import Callable
from typing import Generic, TypeVar

from cachetools import TTLCache

from runtime.clock import Clock

K = TypeVar("K")
V = TypeVar("V")


class Memory(Generic[K, V]):
    """Answers by key. What another process changes is seen once the answer is too old; a `forget` here at once."""

    def __init__(self, clock: Clock, seconds: float, size: int) -> None:
        """seconds: how old an answer may be; size: how many are kept."""
        self._kept: TTLCache[K, V] = TTLCache(size, seconds, timer=lambda: clock().timestamp())
        self._lock = threading.Lock()
        self._forgotten = 0

    def get(self, key: K, ask: Callable[[], V]) -> V:
        """The kept answer, or else what `ask` says, which is kept; what it raises is not."""
        with self._lock:
            if key in self._kept:
                return self._kept[key]
            forgotten = self._forgotten
        answer = ask()
        with self._lock:
            if forgotten == self._forgotten:  # else the answer may be from before a change that was made meanwhile
                self._kept[key] = answer
        return answer

    def forget(self, key: K) -> None:
        """It was changed: ask anew."""
        with self._lock:
            self._forgotten += 1
            self._kept.pop(key, None)
