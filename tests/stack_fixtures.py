"""Fixtures of the whole stack, for journeys and Chromium: a fresh project of the Datastore for each."""

from collections.abc import Iterator

import pytest

from sandbox.datastore.server import DatastoreServer
from tests.stack import HELPDESK, Stack, running_stack


@pytest.fixture
def stack(datastore_server: DatastoreServer, monkeypatch: pytest.MonkeyPatch) -> Iterator[Stack]:
    """A fresh world, a fresh project, a fresh app; nothing is installed."""
    with running_stack(datastore_server, monkeypatch) as running:
        yield running


@pytest.fixture(scope="module")
def school(datastore_server: DatastoreServer) -> Iterator[Stack]:
    """The school, set up, with Hanna among those who may create accounts. Shared: leave it as it was."""
    with pytest.MonkeyPatch.context() as environ, running_stack(datastore_server, environ) as running:
        running.set_up(creators=HELPDESK)
        yield running
