"""axe-core in a page: what it finds wrong, one line each."""

from pathlib import Path

from playwright.sync_api import Page

AXE = (Path(__file__).parent / "vendor" / "axe.min.js").read_text()
OPTIONS = {
    "runOnly": ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"],
    "resultTypes": ["violations"],
    "selectors": False,  # the elements themselves are shown
    "preload": False,  # nothing here plays by itself, and the style sheets are our own
}


def violations(page: Page) -> list[str]:
    """Of the page as it stands now. Evaluated, not added as an element: the page's policy forbids that."""
    if page.evaluate("!window.axe"):
        page.evaluate(AXE)
    answer = page.evaluate("options => axe.run(document, options)", OPTIONS)
    return [
        f"{one['id']}: {node['html'][:200]} ({' '.join(node.get('failureSummary', '').split())[:300]})"
        for one in answer["violations"]
        for node in one["nodes"]
    ]
