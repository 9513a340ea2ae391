"""The walk past the pattern editor in each of its states."""

from collections.abc import Iterator

from playwright.sync_api import Page, expect

from tests.browser.people import People
from tests.stack import ADMIN, Stack

EDITOR = "/manage/names/patterns"


def patterns(stack: Stack, visitors: People) -> Iterator[tuple[str, Page]]:
    """An administrator tries patterns, makes mistakes, saves, is too late, and goes back."""
    stack.set_up()
    ada = visitors.sign_in(stack, ADMIN, EDITOR)
    yield "patterns, first time", ada
    ada.get_by_text("What can stand in a pattern").first.click()
    write(ada, "[firstname].[lastname], [first-name], [lastnam], [C1_firstname][nickname][#], [lastname], x y")
    expect(ada.locator("#preview-status")).to_contain_text("2 patterns cannot be used.")
    yield "patterns, errors and remarks", ada
    stack.run_tasks()
    ada.goto(stack.base_url + EDITOR)
    write(ada, "[nickname].[lastname], [firstname].[lastname], [C1_firstname][lastname], [lastname][#]")
    ada.get_by_label("First name").fill("Hanna")
    ada.get_by_label("Last name").fill("Helpdesk")
    ada.get_by_label("nickname").fill("Han")
    expect(ada.locator("#preview")).to_contain_text("han.helpdesk")
    yield "patterns, a person typed", ada
    ada.get_by_role("button", name="Save", exact=True).click()
    expect(ada.get_by_text("Saved as version 2")).to_be_visible()
    ada.locator("#version-1 summary").click()
    yield "patterns, about to bring back", ada
    late = ada.context.new_page()
    late.goto(stack.base_url + EDITOR)
    ada.get_by_role("button", name="Bring back version 1").click()
    late.get_by_label("Patterns, separated by commas").fill("[lastname].[firstname]")
    late.get_by_role("button", name="Save", exact=True).click()
    expect(late.get_by_text("Somebody else has saved version 3")).to_be_visible()
    yield "patterns, too late", late
    late.get_by_label("Patterns, separated by commas").fill("[first+name]")
    late.get_by_role("button", name="Save", exact=True).click()
    expect(late.get_by_role("alert")).to_contain_text("1 of the patterns cannot be used")
    yield "patterns, refused", late


def write(page: Page, patterns: str) -> None:
    """As somebody types, all at once."""
    page.get_by_label("Patterns, separated by commas").fill(patterns)
