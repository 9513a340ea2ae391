"""The Datastores that the suite runs on, and clients for them."""

import contextlib
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from google.auth.credentials import AnonymousCredentials
from google.cloud import ndb

from sandbox.datastore.server import DatastoreServer
from tests.contract.datastore import google_emulators
from tests.contract.datastore.wire import Wire, connected

EMBEDDED = ("embedded-file", "embedded-memory")
OPTIMISTIC = ("ds", "dsfs")
"""fsds locks what a transaction reads and lets commits wait for it, for seconds: it is not asked about contention."""


@dataclass(frozen=True)
class Backend:
    """A running Datastore. Every test takes a project of its own, so nothing needs to be emptied."""

    name: str
    address: str

    def says(self, usual: Any, **differs: Any) -> Any:
        """The expected answer: the usual one, or what the emulator of that name is known to answer instead."""
        return differs.get(self.name, usual)


def _emulators(*names: str) -> list[Any]:
    return [pytest.param(name, marks=pytest.mark.emulator) for name in names]


@pytest.fixture(scope="session")
def servers(tmp_path_factory: pytest.TempPathFactory) -> Iterator["Servers"]:
    """Each Datastore, started when it is first asked for and ended with the session."""
    with contextlib.ExitStack() as stack:
        yield Servers(stack, tmp_path_factory.mktemp("datastore"))


class Servers:
    """Starts each Datastore once."""

    def __init__(self, stack: contextlib.ExitStack, folder: Path) -> None:
        """stack: ends them; folder: for files and logs."""
        self._stack = stack
        self._folder = folder
        self._running: dict[str, Backend] = {}

    def find(self, name: str) -> Backend:
        """The Datastore of that name; skips the test where it is not installed."""
        if name not in self._running:
            self._running[name] = Backend(name, self._start(name))
        return self._running[name]

    def _start(self, name: str) -> str:
        if name in EMBEDDED:
            path = self._folder / "contract.sqlite" if name == "embedded-file" else None
            return self._stack.enter_context(DatastoreServer(path)).address
        if not google_emulators.is_installed(name):
            pytest.skip(f"Google's emulator {name} is not installed here")
        return self._stack.enter_context(google_emulators.running(name, self._folder / f"{name}.log"))


@pytest.fixture(params=[*EMBEDDED, *_emulators(*google_emulators.NAMES)])
def backend(request: pytest.FixtureRequest, servers: Servers) -> Backend:
    """Every Datastore in turn."""
    return servers.find(request.param)


@pytest.fixture(params=[*EMBEDDED, *_emulators(*OPTIMISTIC)])
def optimistic(request: pytest.FixtureRequest, servers: Servers) -> Backend:
    """Every Datastore whose transactions are optimistic."""
    return servers.find(request.param)


@pytest.fixture
def embedded(servers: Servers) -> Backend:
    """The embedded one, on a file."""
    return servers.find("embedded-file")


@pytest.fixture
def wire(backend: Backend) -> Iterator[Wire]:
    """A raw client with an empty project."""
    with connected(backend.address) as wire:
        yield wire


@pytest.fixture
def client(backend: Backend, monkeypatch: pytest.MonkeyPatch) -> Iterator[Any]:
    """An ndb client with an empty project, unmodified but for its environment."""
    yield from ndb_client(backend, monkeypatch)


@pytest.fixture
def optimistic_client(optimistic: Backend, monkeypatch: pytest.MonkeyPatch) -> Iterator[Any]:
    """The same for a Datastore with optimistic transactions."""
    yield from ndb_client(optimistic, monkeypatch)


def ndb_client(backend: Backend, monkeypatch: pytest.MonkeyPatch) -> Iterator[Any]:
    """An ndb client, closed afterwards."""
    monkeypatch.setenv("DATASTORE_EMULATOR_HOST", backend.address)
    with connected(backend.address) as wire:
        client = ndb.Client(project=wire.project, credentials=AnonymousCredentials())
        yield client
        client.stub.close()
