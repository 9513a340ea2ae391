"""The seeded world behind a server, and a browser that begins there."""

from collections.abc import Iterator

import pytest

from sandbox.google import control, seed
from sandbox.google.server import GoogleServer
from sandbox.google.world import World
from tests.sandbox.steps import Person
from tests.web import Web
from tests.worlds import new_world


@pytest.fixture(scope="session")
def google() -> Iterator[GoogleServer]:
    """One server for all tests, because its start and its templates cost more than most of them."""
    with GoogleServer(new_world(), seed=seed.seed) as server:
        yield server


@pytest.fixture
def world(google: GoogleServer) -> World:
    """As it is at the beginning, whatever the test before did to it."""
    control.empty(google.world)
    seed.seed(google.world)
    return google.world


@pytest.fixture
def web(google: GoogleServer, world: World) -> Iterator[Web]:
    with Web(google.url) as browser:
        yield browser


@pytest.fixture
def ada(web: Web) -> Person:
    """The school's administrator, signed in."""
    return Person(web, seed.ADMIN).sign_in()
