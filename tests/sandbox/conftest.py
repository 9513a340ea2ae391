"""The seeded world behind a server of its own, and a browser that begins there."""

from collections.abc import Iterator
from copy import deepcopy

import pytest

from sandbox.google import seed
from sandbox.google.grants import SigningKey
from sandbox.google.keys import new_key
from sandbox.google.server import GoogleServer
from sandbox.google.world import World
from tests.sandbox.steps import Person
from tests.web import Web


@pytest.fixture(scope="session")
def keys() -> list[SigningKey]:
    return [new_key() for _ in range(3)]


@pytest.fixture
def world(keys: list[SigningKey]) -> World:
    world = World(signing_keys=deepcopy(keys[:2]), service_account_keys=deepcopy(keys[2:]))
    seed.seed(world)
    return world


@pytest.fixture
def google(world: World) -> Iterator[GoogleServer]:
    with GoogleServer(world, seed=seed.seed) as server:
        yield server


@pytest.fixture
def web(google: GoogleServer) -> Iterator[Web]:
    with Web(google.url) as browser:
        yield browser


@pytest.fixture
def ada(web: Web) -> Person:
    """The school's administrator, signed in."""
    return Person(web, seed.ADMIN).sign_in()
