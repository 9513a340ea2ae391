"""What the simulated Google of this process is asked for accounts: when each users.insert came, and what it said."""

import threading
import time
from bisect import bisect_left
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field

from flask import Flask, Response, request, request_finished, request_started

_PATH = "/admin/directory/v1/users"
_CAME = "bench.came"


@dataclass(frozen=True)
class Insert:
    """One that was answered. at: when it came, in seconds of the monotonic clock."""

    at: float
    domain: str
    status: int


@dataclass
class Inserts:
    """All of them since the recording began."""

    answered: list[Insert] = field(default_factory=list)
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def of(self, domain: str) -> list[Insert]:
        """In the order in which they came."""
        with self._lock:
            return sorted((one for one in self.answered if one.domain == domain), key=lambda one: one.at)

    def clear(self) -> None:
        """Begin anew."""
        with self._lock:
            self.answered.clear()

    def note(self, _sender: Flask, response: Response) -> None:
        """A request was answered."""
        if (request.method, request.path) == ("POST", _PATH):
            domain = str(request.get_json(force=True)["primaryEmail"]).partition("@")[2]
            with self._lock:
                self.answered.append(Insert(request.environ[_CAME], domain, response.status_code))


@contextmanager
def recorded() -> Iterator[Inserts]:
    """Of every Flask app of this process, of which the simulated Google is the only one."""
    inserts = Inserts()

    def came(_sender: Flask) -> None:
        request.environ[_CAME] = time.monotonic()

    with request_started.connected_to(came), request_finished.connected_to(inserts.note):
        yield inserts


def created(found: Sequence[Insert]) -> list[float]:
    """When those came by which an account was made."""
    return [one.at for one in found if one.status < 300]


def a_second(moments: Sequence[float]) -> float:
    """How many came in a second, from the first to the last."""
    return (len(moments) - 1) / (moments[-1] - moments[0])


def most_in_a_second(found: Sequence[Insert]) -> int:
    """The most that came in any second, wherever it begins; the refused ones too."""
    moments = [one.at for one in found]
    return max((bisect_left(moments, at + 1) - number for number, at in enumerate(moments)), default=0)
