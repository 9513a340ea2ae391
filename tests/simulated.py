"""Fixtures for tests below the journeys: one simulated Google and one Datastore, each test with data of its own."""

import secrets
from collections.abc import Callable, Iterator

import pytest
from google.auth.credentials import AnonymousCredentials

from runtime.datastore import Datastore
from runtime.google_api import GoogleTransport
from runtime.settings import Settings
from sandbox.datastore.server import DatastoreServer
from sandbox.google import control, seed
from sandbox.google.server import GoogleServer
from sandbox.google.world import World
from sandbox.runner import product_environment
from tests.stack import settings_from
from tests.worlds import new_world

BASE_URL = "http://localhost:8080"
OpenTransport = Callable[[Settings], GoogleTransport]


@pytest.fixture
def datastore(datastore_server: DatastoreServer, monkeypatch: pytest.MonkeyPatch) -> Iterator[Datastore]:
    """A project of the test's own. Threads enter `datastore.context()`."""
    monkeypatch.setenv("DATASTORE_EMULATOR_HOST", datastore_server.address)
    opened = Datastore(f"test-{secrets.token_hex(6)}", AnonymousCredentials())
    yield opened
    opened.close()


@pytest.fixture
def in_datastore(datastore: Datastore) -> Iterator[None]:
    """Inside an ndb context."""
    with datastore.context():
        yield


@pytest.fixture(scope="session")
def google_server() -> Iterator[GoogleServer]:
    with GoogleServer(new_world()) as server:
        yield server


@pytest.fixture
def google(google_server: GoogleServer) -> GoogleServer:
    """The simulated Google with the seeded world as it begins."""
    control.empty(google_server.world)
    seed.seed(google_server.world, BASE_URL)
    return google_server


@pytest.fixture
def world(google: GoogleServer) -> World:
    return google.world


@pytest.fixture
def settings(google: GoogleServer) -> Settings:
    """The product's, leading to the simulated Google."""
    environment = product_environment(
        base_url=BASE_URL, google_url=google.url, datastore_address="", world=google.world
    )
    return settings_from({name: value for name, value in environment.items() if value})


@pytest.fixture
def open_transport() -> Iterator[OpenTransport]:
    """Makes transports, impatient ones, and closes them."""
    opened: list[GoogleTransport] = []

    def open_one(settings: Settings) -> GoogleTransport:
        opened.append(GoogleTransport(settings, read_patience=0.5))
        return opened[-1]

    yield open_one
    for transport in opened:
        transport.close()


@pytest.fixture
def transport(settings: Settings, open_transport: OpenTransport) -> GoogleTransport:
    return open_transport(settings)
