"""One Chromium for the run, a profile of its own for each person; some things may never happen in any."""

import os
from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser

from sandbox.datastore.server import DatastoreServer
from tests.browser import chromium
from tests.browser.people import People
from tests.stack import HELPDESK, Stack, running_stack


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    """Skipped where there is no Chromium, but not where changes are judged."""
    program = chromium.installed()
    if program is None:
        (pytest.fail if os.environ.get("CI") else pytest.skip)(chromium.MISSING)
    with chromium.started(program) as running:
        yield running


@pytest.fixture(scope="session")
def datastore_server() -> Iterator[DatastoreServer]:
    with DatastoreServer(None) as server:
        yield server


@pytest.fixture
def stack(datastore_server: DatastoreServer, monkeypatch: pytest.MonkeyPatch) -> Iterator[Stack]:
    """A fresh world, a fresh project, a fresh app; nothing is installed."""
    with running_stack(datastore_server, monkeypatch) as running:
        yield running


@pytest.fixture(scope="module")
def school(datastore_server: DatastoreServer) -> Iterator[Stack]:
    """The school, set up, with Hanna among those who may create accounts."""
    with pytest.MonkeyPatch.context() as environ, running_stack(datastore_server, environ) as running:
        running.set_up(creators=HELPDESK)
        yield running


@pytest.fixture
def people(browser: Browser) -> Iterator[People]:
    """Opens profiles; afterwards looks whether any page broke a rule that holds for all."""
    opened = People(browser)
    yield opened
    opened.close()
    assert opened.offences == []
