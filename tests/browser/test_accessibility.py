"""Every screen by axe-core, wide and narrow, light and dark; and what axe cannot see: the keyboard, small windows."""

from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Page

from tests.browser.people import DESKTOP, PHONE, People
from tests.browser.walks import WALKS, Walk
from tests.stack import Stack

pytestmark = pytest.mark.browser

AXE = (Path(__file__).parent / "vendor" / "axe.min.js").read_text()
TAGS = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]
ALL_RULES = {"runOnly": {"type": "tag", "values": TAGS}}
CONTRAST = {"runOnly": {"type": "rule", "values": ["color-contrast"]}}
LOOKS = ((DESKTOP, "light", ALL_RULES), (DESKTOP, "dark", CONTRAST), (PHONE, "dark", ALL_RULES))
"""Contrast is all that the light changes, and it does not depend on the width but for the menu."""
SMALLEST = {"width": 320, "height": 640}


@pytest.mark.parametrize("walk", WALKS, ids=lambda walk: walk.__name__)
def test_every_screen_is_without_violations(walk: Walk, stack: Stack, people: People) -> None:
    found = [finding for name, page in walk(stack, people) for finding in examined(name, page)]

    assert found == []


def examined(name: str, page: Page) -> list[str]:
    """What is wrong with the screen that the tab shows."""
    page.evaluate(AXE)
    found = []
    for size, scheme, rules in LOOKS:
        page.set_viewport_size(size)
        page.emulate_media(color_scheme=scheme)
        found += [f"{name}, {size['width']} {scheme}: {words}" for words in violations(page, rules)]
    page.set_viewport_size(SMALLEST)
    width = page.evaluate("document.documentElement.scrollWidth")
    if width > SMALLEST["width"]:
        found.append(f"{name}: {width} pixels wide in a window of {SMALLEST['width']}")
    page.set_viewport_size(DESKTOP)
    page.emulate_media(color_scheme="light")
    return found


def violations(page: Page, rules: dict[str, Any]) -> list[str]:
    answer = page.evaluate("rules => axe.run(document, {...rules, resultTypes: ['violations']})", rules)
    return [
        f"{one['id']}: {node['html'][:200]} ({' '.join(node.get('failureSummary', '').split())[:300]})"
        for one in answer["violations"]
        for node in one["nodes"]
    ]
