"""A Datastore, a clock that the test moves, and a domain whose addresses the test knows."""

import uuid
from collections.abc import Callable, Iterable, Iterator
from datetime import UTC, datetime, timedelta

import pytest
from google.auth.credentials import AnonymousCredentials

from provisioning.naming.holds import Holds
from provisioning.naming.occupancy import Occupant
from provisioning.naming.suggestions import Suggestions
from provisioning.naming.taken import TakenNames
from runtime.datastore import Datastore
from runtime.limits import Limits
from runtime.problems import Unavailable
from sandbox.datastore.server import DatastoreServer


class MovableClock:
    """A clock that stands still until it is moved."""

    def __init__(self) -> None:
        self.now = datetime(2026, 11, 21, 12, tzinfo=UTC)

    def __call__(self) -> datetime:
        return self.now

    def move(self, seconds: float) -> None:
        self.now += timedelta(seconds=seconds)


class School:
    """What is in use in every domain, and what was asked. When it is down, it cannot tell."""

    def __init__(self) -> None:
        self.taken: dict[str, Occupant] = {}
        self.rule: Callable[[str], bool] = frozenset[str]().__contains__
        self.asked: list[str] = []
        self.steps = 0
        self.down_after = 1_000_000

    def occupants(self, tenant: str, domain: str, names: Iterable[str]) -> dict[str, Occupant]:
        self.steps += 1
        return {name: occupant for name in names if (occupant := self._occupant(name))}

    def _occupant(self, name: str) -> Occupant | None:
        self.asked.append(name)
        if len(self.asked) > self.down_after:
            raise Unavailable("Google does not answer.")
        return self.taken.get(name) or (Occupant("user") if self.rule(name) else None)


@pytest.fixture
def in_datastore(datastore_server: DatastoreServer, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Inside an ndb context of a project of the test's own."""
    monkeypatch.setenv("DATASTORE_EMULATOR_HOST", datastore_server.address)
    datastore = Datastore(f"test-{uuid.uuid4().hex}", AnonymousCredentials())
    with datastore.context():
        yield
    datastore.close()


@pytest.fixture
def clock() -> MovableClock:
    return MovableClock()


@pytest.fixture
def school() -> School:
    return School()


@pytest.fixture
def holds(in_datastore: None, clock: MovableClock) -> Holds:
    return Holds(clock)


@pytest.fixture
def suggestions(holds: Holds, school: School, clock: MovableClock) -> Suggestions:
    """Without an index: Google is asked."""
    return Suggestions(holds, TakenNames(clock), school, Limits(clock))
