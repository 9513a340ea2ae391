"""axe-core in a page: what it finds wrong, one line each."""

from pathlib import Path
from typing import Any

from playwright.sync_api import Page

AXE = Path(__file__).parent / "vendor/axe.min.js"
RULES = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]


def violations(page: Page) -> list[str]:
    """Of the page as it stands now. Evaluated, not added as an element: the page's policy forbids that."""
    page.evaluate(AXE.read_text())
    found: dict[str, Any] = page.evaluate("rules => axe.run(document, {runOnly: rules})", RULES)
    return [
        f"{item['id']}: {item['help']} {[node['target'] for node in item['nodes'][:3]]}" for item in found["violations"]
    ]
