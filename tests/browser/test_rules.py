"""Rules for new accounts by keyboard alone: rows are added and moved in place, the focus stays with what was moved."""

import pytest
from playwright.sync_api import expect

from tests.browser.people import People
from tests.browser.rules_walk import RULES, save
from tests.stack import ADMIN, Stack

pytestmark = pytest.mark.browser


def test_rows_are_added_and_moved_by_keyboard_and_nothing_typed_is_lost(stack: Stack, people: People) -> None:
    stack.set_up()
    page = people.sign_in(stack, ADMIN, RULES)
    page.get_by_label("Licenses that you have").fill("40")
    page.get_by_role("button", name="Add a rule").focus()
    page.keyboard.press("Enter")
    when = page.get_by_role("group", name="Rule 1").get_by_label("When")
    expect(when).to_be_focused()
    page.keyboard.press("Tab")
    page.keyboard.type("role")
    page.keyboard.press("Tab")
    page.keyboard.type("teacher")
    page.keyboard.press("Tab")
    page.keyboard.type("/Staff")
    page.get_by_role("button", name="Add a rule").focus()
    page.keyboard.press("Enter")
    second = page.get_by_role("group", name="Rule 2")
    expect(second.get_by_label("When")).to_be_focused()
    page.keyboard.type("Always")
    expect(second.get_by_label("Column")).to_be_hidden()
    page.keyboard.press("Tab")
    page.keyboard.type("/Students")

    page.get_by_role("button", name="Move up: Rule 2").focus()
    page.keyboard.press("Enter")

    expect(page.locator("#live")).to_have_text("Rule 2 is now number 1.")
    expect(page.get_by_role("button", name="Move down: Rule 1")).to_be_focused()
    expect(page.get_by_label("Goes to").first).to_have_value("/Students")
    expect(page.get_by_label("Licenses that you have")).to_have_value("40")
    page.get_by_label("Goes to").first.press("Enter")  # the default button saves, and moves nothing
    expect(page.get_by_text("Saved. It applies to the next account.")).to_be_visible()
    expect(page.get_by_label("Goes to").first).to_have_value("/Students")
    page.get_by_role("button", name="Remove: Rule 1").click()
    page.get_by_role("button", name="Remove: Rule 1").click()
    expect(page.get_by_text("No rules yet: every account goes to the unit below.")).to_be_visible()
    save(page)
    expect(page.get_by_text("No rules yet: every account goes to the unit below.")).to_be_visible()
