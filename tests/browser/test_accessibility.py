"""Every screen by axe-core, wide and narrow, light and dark; and what axe cannot see: the keyboard, small windows."""

from collections.abc import Iterable, Sequence
from typing import Any, Literal

import pytest
from playwright.sync_api import Page, ViewportSize, expect

from tests.browser.accessibility import violations
from tests.browser.people import DESKTOP, PHONE, People
from tests.browser.walks import WALKS, Walk
from tests.stack import ADMIN, HELPDESK, Stack

pytestmark = pytest.mark.browser

Scheme = Literal["light", "dark"]

LOOKS: Sequence[Sequence[tuple[ViewportSize, Scheme]]] = (
    ((DESKTOP, "light"), (PHONE, "dark")),
    ((DESKTOP, "dark"), (PHONE, "light")),
)
"""Screens take turns: what they have in common is seen in every look, and what they have not is checked twice."""
SMALLEST: ViewportSize = {"width": 320, "height": 640}
FOCUS = """() => {
  const element = document.activeElement, style = getComputedStyle(element), box = element.getBoundingClientRect();
  const seen = document.elementFromPoint(box.left + box.width / 2, box.top + box.height / 2);
  return {
    name: element.ariaLabel || element.labels?.[0]?.textContent.trim() || element.textContent.trim(),
    ring: (style.outlineStyle !== "none" && parseFloat(style.outlineWidth) >= 2) || style.boxShadow !== "none",
    covered: !(seen && (element.contains(seen) || seen.contains(element))),
  };
}"""


@pytest.mark.spread
@pytest.mark.parametrize("walk", WALKS, ids=lambda walk: walk.__name__)
def test_every_screen_is_without_violations(walk: Walk, stack: Stack, people: People) -> None:
    found = [
        finding
        for turn, (name, page) in enumerate(walk(stack, people))
        for finding in examined(name, page, LOOKS[turn % len(LOOKS)])
    ]

    assert found == []


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


def examined(name: str, page: Page, looks: Iterable[tuple[ViewportSize, Scheme]]) -> list[str]:
    """What is wrong with the screen that the tab shows."""
    found = []
    for size, scheme in looks:
        page.set_viewport_size(size)
        page.emulate_media(color_scheme=scheme)
        found += [f"{name}, {size['width']} {scheme}: {words}" for words in violations(page)]
    page.set_viewport_size(SMALLEST)
    width = page.evaluate("document.documentElement.scrollWidth")
    if width > SMALLEST["width"]:
        found.append(f"{name}: {width} pixels wide in a window of {SMALLEST['width']}")
    page.set_viewport_size(DESKTOP)
    page.emulate_media(color_scheme="light")
    return found


def focused_one_by_one(page: Page, last: str) -> list[dict[str, Any]]:
    """What has the focus after each press of Tab, up to a name."""
    stops: list[dict[str, Any]] = []
    while not stops or stops[-1]["name"] != last:
        page.keyboard.press("Tab")
        stops.append(page.evaluate(FOCUS))
        assert len(stops) < 100, f"the keyboard does not reach {last!r}"
    return stops
