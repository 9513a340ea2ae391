"""One Chromium for the run, a profile of its own for each person; some things may never happen in any."""

import os
from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser

from tests.browser import chromium
from tests.browser.people import People
from tests.stack_fixtures import datastore_server, school, stack

__all__ = ["datastore_server", "school", "stack"]


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    """Skipped where there is no Chromium, but not where changes are judged."""
    program = chromium.installed()
    if program is None:
        (pytest.fail if os.environ.get("CI") else pytest.skip)(chromium.MISSING)
    with chromium.started(program) as running:
        yield running


@pytest.fixture
def people(browser: Browser) -> Iterator[People]:
    """Opens profiles; afterwards looks whether any page broke a rule that holds for all."""
    opened = People(browser)
    yield opened
    opened.close()
    assert opened.offences == []
