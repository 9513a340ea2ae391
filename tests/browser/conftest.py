"""One Chromium for the run, a profile of its own for each person; some things may never happen in any."""

import os
from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, Page, StorageState

from tests.browser import chromium
from tests.browser.people import People
from tests.stack import HELPDESK, Stack
from tests.stack_fixtures import school, stack

__all__ = ["school", "stack"]


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


@pytest.fixture(scope="module")
def signed_in(browser: Browser, school: Stack) -> StorageState:
    """The cookies of Hanna, who signed in once."""
    people = People(browser)
    state = people.sign_in(school, HELPDESK).context.storage_state()
    people.close()
    return state


@pytest.fixture
def page(school: Stack, people: People, signed_in: StorageState) -> Page:
    """Hanna at the empty form."""
    page = people.arrive(storage_state=signed_in)
    page.goto(f"{school.base_url}/accounts/new")
    return page
