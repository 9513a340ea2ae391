"""What a person sees and does on the page of a new account."""

import re
import time

from playwright.sync_api import Locator, Page, Route

from tests.browser.people import PATIENCE

SUGGESTIONS = "**/accounts/suggestions"
CHECK, RENEW = f"{SUGGESTIONS}/check", f"{SUGGESTIONS}/renew"
STILL_KEPT = re.compile(r"kept for you for (2:00|1:5\d)")
"""What stands below the names when they have just been offered or renewed."""
ANSWERED = "fetch('/healthz').then(answer => answer.text())"
"""An answer that comes after those to requests sent before it."""


def write_name(page: Page, first: str, last: str) -> None:
    """Key by key."""
    page.get_by_label("First name").press_sequentially(first)
    page.get_by_label("Last name").press_sequentially(last)


def stop_time(page: Page) -> None:
    """Load the page anew; its time passes when the test says so."""
    page.clock.install(time=0)
    page.reload()
    page.clock.pause_at(60)


class HeldBack:
    """Requests to an address, from now on; the test sends them on."""

    def __init__(self, page: Page, address: str) -> None:
        self._page = page
        self._routes: list[Route] = []
        page.route(address, self._hold)

    def wait(self, number: int) -> list[Route]:
        """All of them, once there are so many. Chromium may hand over one with a body after a request sent later."""
        deadline = time.monotonic() + PATIENCE / 1000
        self._page.evaluate(ANSWERED)
        while len(self._routes) < number:
            assert time.monotonic() < deadline, f"{len(self._routes)} of {number} requests"
            self._page.evaluate(ANSWERED)
        return list(self._routes)

    def _hold(self, route: Route) -> None:
        self._routes.append(route)


def press_create(page: Page) -> None:
    """The button below the form."""
    page.get_by_role("button", name="Create account").click()


def username(page: Page) -> Locator:
    """The field."""
    return page.get_by_role("combobox", name="Username")


def status(page: Page) -> Locator:
    """What is said about the username."""
    return page.locator("#username-status")


def left(page: Page) -> Locator:
    """How long the names are still kept."""
    return page.locator("#hold-left")


def keep_again(page: Page) -> Locator:
    """The button for names that are no longer kept."""
    return page.get_by_role("button", name="Keep them again")


def options(page: Page) -> list[str]:
    """The suggested names, as the list shows them to whoever opens it and closes it again."""
    username(page).press("ArrowDown")
    names = page.get_by_role("listbox").get_by_role("option").all_text_contents()
    username(page).press("Escape")
    return names


def token(page: Page) -> str:
    """By which the server knows whose the names are."""
    return page.locator("[name=holder]").input_value()


def asked(questions: HeldBack, number: int) -> list[str]:
    """The last names in the requests that were held back, once there are so many."""
    return [last_name(question.request.post_data or "") for question in questions.wait(number)]


def last_name(body: str) -> str:
    """From a form as browsers send it, of either kind."""
    found = re.search(r'name="lastname"\r\n\r\n(.*?)\r\n|(?:^|&)lastname=([^&]*)', body)
    assert found, body
    return found[1] or found[2]
