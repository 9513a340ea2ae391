"""What the tests of runtime/ stand on."""

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
