"""What axe-core cannot see: the keyboard, and where the focus is. It looks at every screen in test_screens_*."""

from typing import Any

import pytest
from playwright.sync_api import Page, expect

from tests.browser import test_screens_accounts, test_screens_bulk, test_screens_doors, test_screens_settings
from tests.browser.people import People
from tests.browser.walks import WALKS
from tests.stack import ADMIN, HELPDESK, Stack

pytestmark = pytest.mark.browser

FOCUS = """() => {
  const element = document.activeElement, style = getComputedStyle(element), box = element.getBoundingClientRect();
  const seen = document.elementFromPoint(box.left + box.width / 2, box.top + box.height / 2);
  return {
    name: element.ariaLabel || element.labels?.[0]?.textContent.trim() || element.textContent.trim(),
    ring: (style.outlineStyle !== "none" && parseFloat(style.outlineWidth) >= 2) || style.boxShadow !== "none",
    covered: !(seen && (element.contains(seen) || seen.contains(element))),
  };
}"""


def test_every_screen_is_walked_past() -> None:
    examined = [*test_screens_accounts.WALKS, *test_screens_bulk.WALKS, *test_screens_doors.WALKS]
    assert {*examined, *test_screens_settings.WALKS} == {*WALKS}


def test_keyboard_goes_through_the_form_in_its_order_and_the_focus_is_seen(school: Stack, people: People) -> None:
    page = people.sign_in(school, HELPDESK, "/accounts/new")
    page.keyboard.press("Tab")
    assert page.evaluate(FOCUS)["name"] == "Skip to the content"
    page.keyboard.press("Enter")

    stops = focused_one_by_one(page, "Create account")

    assert [stop["name"] for stop in stops] == [
        *("First name", "Last name", "Domain", "Suggest usernames", "Username", "Organizational unit", "Password"),
        *("Reveal: Password", "Copy: Password", "Another", "Ask for a new password at the first sign-in"),
        "Create account",
    ]
    assert [stop["name"] for stop in stops if not stop["ring"] or stop["covered"]] == []


@pytest.mark.parametrize("path", ["/", "/marketplace/manage/", "/manage/keys"])
def test_focus_is_seen_everywhere_on_a_page(school: Stack, people: People, path: str) -> None:
    page = people.sign_in(school, ADMIN, path)

    stops = focused_one_by_one(page, "Data deletion")

    assert len(stops) > 10
    assert [stop["name"] for stop in stops if not stop["ring"] or stop["covered"]] == []


def test_menu_opens_and_closes_by_the_keyboard(school: Stack, people: People) -> None:
    page = people.sign_in(school, ADMIN)
    menu = page.locator(".account summary")
    menu.press("Enter")
    sign_out = page.get_by_role("button", name="Sign out")
    expect(sign_out).to_be_visible()
    sign_out.focus()
    page.keyboard.press("Escape")

    expect(sign_out).to_be_hidden()
    expect(menu).to_be_focused()


def focused_one_by_one(page: Page, last: str) -> list[dict[str, Any]]:
    """What has the focus after each press of Tab, up to a name."""
    stops: list[dict[str, Any]] = []
    while not stops or stops[-1]["name"] != last:
        page.keyboard.press("Tab")
        stops.append(page.evaluate(FOCUS))
        assert len(stops) < 100, f"the keyboard does not reach {last!r}"
    return stops
