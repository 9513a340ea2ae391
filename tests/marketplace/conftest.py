"""What the tests of marketplace/ stand on."""

import pytest

from runtime.google_api import GoogleTransport
from runtime.settings import Settings
from sandbox.google.world import World
from tests.marketplace.house import House, build_house
from tests.simulated import (
    datastore,
    google,
    google_server,
    in_datastore,
    open_transport,
    settings,
    transport,
    world,
)

__all__ = [
    "datastore",
    "google",
    "google_server",
    "in_datastore",
    "open_transport",
    "settings",
    "transport",
    "world",
]


@pytest.fixture
def house(world: World, settings: Settings, transport: GoogleTransport, in_datastore: None) -> House:
    """The services; nothing is installed anywhere."""
    return build_house(world, settings, transport)
