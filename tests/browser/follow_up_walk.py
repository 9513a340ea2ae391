"""The walk past what follows after an account was made: announced, done by itself, refused."""

from collections.abc import Iterator

from playwright.sync_api import Page, expect

from tests.browser.rules_walk import RULES, save
from tests.stack import Stack

LIST = "/accounts/follow-ups"


def follow_ups(page: Page, stack: Stack) -> Iterator[tuple[str, Page]]:
    """An administrator's tab is led through it, after the walk past the rules: new staff join the teachers."""
    page.goto(stack.base_url + LIST)
    yield "follow-ups, none", page
    page.goto(stack.base_url + RULES)
    page.get_by_label("License for every new account").fill("101031/1010310009")
    save(page)
    expect(page.get_by_text("Saved. It applies to the next account.")).to_be_visible()
    page.goto(f"{stack.base_url}/accounts/new")
    page.get_by_label("First name").fill("Zoë")
    page.get_by_label("Last name").fill("Quill")
    page.get_by_label("role").fill("Teacher")
    page.get_by_role("button", name="Suggest usernames").click()
    page.get_by_role("combobox", name="Username").fill("zoe.quill")
    page.get_by_role("button", name="Create account").click()
    expect(page.get_by_role("heading", name="What follows")).to_be_visible()
    yield "account created, with follow-ups", page
    page.goto(stack.base_url + LIST)
    expect(page.get_by_text("Being tried")).to_be_visible()
    yield "follow-ups, being tried", page
    stack.run_tasks()
    page.reload()
    expect(page.get_by_text("Needs you")).to_be_visible()
    page.locator("summary", has_text="Leave it so").click()
    yield "follow-ups, refused", page
