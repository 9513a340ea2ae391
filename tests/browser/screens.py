"""Every screen by axe-core, wide and narrow, light and dark, and in the smallest window."""

from collections.abc import Iterable, Sequence
from typing import Literal

from playwright.sync_api import Page, ViewportSize
from playwright.sync_api import TimeoutError as StillNot

from tests.browser.accessibility import violations
from tests.browser.people import DESKTOP, PHONE, People
from tests.browser.walks import Walk
from tests.stack import Stack

Scheme = Literal["light", "dark"]

LOOKS: Sequence[Sequence[tuple[ViewportSize, Scheme]]] = (
    ((DESKTOP, "light"), (PHONE, "dark")),
    ((DESKTOP, "dark"), (PHONE, "light")),
)
"""Screens take turns: what they have in common is seen in every look, and what they have not is checked twice."""
SMALLEST: ViewportSize = {"width": 320, "height": 640}


def require_no_violations(walk: Walk, stack: Stack, people: People) -> None:
    """Look at every screen of a walk."""
    found = [
        finding
        for turn, (name, page) in enumerate(walk(stack, people))
        for finding in examined(name, page, LOOKS[turn % len(LOOKS)])
    ]
    assert found == []


def examined(name: str, page: Page, looks: Iterable[tuple[ViewportSize, Scheme]]) -> list[str]:
    """What is wrong with the screen that the tab shows, once it is there as a whole."""
    found = []
    page.wait_for_load_state()
    for size, scheme in looks:
        page.set_viewport_size(size)
        page.emulate_media(color_scheme=scheme)
        found += [f"{name}, {size['width']} {scheme}: {words}" for words in violations(page)]
    page.set_viewport_size(SMALLEST)
    try:  # what was just swapped in has its final width once times are in the reader's own words
        page.wait_for_function(f"document.documentElement.scrollWidth <= {SMALLEST['width']}")
    except StillNot:
        width = page.evaluate("document.documentElement.scrollWidth")
        found.append(f"{name}: {width} pixels wide in a window of {SMALLEST['width']}")
    page.set_viewport_size(DESKTOP)
    page.emulate_media(color_scheme="light")
    return found
