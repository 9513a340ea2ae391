"""One Datastore for the run; a fresh project in it, a fresh world and a fresh app for each journey."""

from collections.abc import Iterator

import pytest

from sandbox.datastore.server import DatastoreServer
from tests.stack import Stack, running_stack


@pytest.fixture(scope="session")
def datastore_server() -> Iterator[DatastoreServer]:
    with DatastoreServer(None) as server:
        yield server


@pytest.fixture
def stack(datastore_server: DatastoreServer, monkeypatch: pytest.MonkeyPatch) -> Iterator[Stack]:
    with running_stack(datastore_server, monkeypatch) as running:
        yield running
