"""What the tests of runtime/ stand on."""

from tests.simulated import (
    datastore,
    datastore_server,
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
    "datastore_server",
    "google",
    "google_server",
    "in_datastore",
    "open_transport",
    "settings",
    "transport",
    "world",
]
