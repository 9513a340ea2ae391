"""The walk past the page of rules for new accounts, and past what they change on the page of a new account."""

from collections.abc import Iterator

from playwright.sync_api import Page, expect

from tests.stack import Stack

RULES = "/manage/names/rules"


def rules(page: Page, stack: Stack) -> Iterator[tuple[str, Page]]:
    """An administrator's tab is led through it."""
    page.goto(stack.base_url + RULES)
    yield "rules, none", page
    for at, (match, column, value, path) in enumerate(
        (
            ("Column is", "role", "teacher", "/Staff/Teachers"),
            ("Column begins with", "class", "5", "/Students/Nowhere"),
            ("Always", "", "", "/Students/[class]"),
        )
    ):
        page.get_by_role("button", name="Add a rule").click()
        rule = page.get_by_role("group", name=f"Rule {at + 1}", exact=True)
        rule.get_by_label("When").select_option(label=match)
        if column:
            rule.get_by_label("Column").fill(column)
            rule.get_by_label("Value").fill(value)
        rule.get_by_label("Goes to").fill(path)
    page.get_by_role("button", name="Add a group rule").click()
    group = page.get_by_role("group", name="Group rule 1")
    group.get_by_label("When").select_option(label="Placed at or below")
    group.get_by_label("Value").fill("/Staff")
    group.get_by_label("Joins").fill("teachers")
    save(page)
    expect(page.get_by_text("2 entries need another look")).to_be_visible()
    yield "rules, refused", page
    page.get_by_label("Goes to").nth(1).fill("/Students")
    group.get_by_label("Joins").fill("teachers@northfield.example")
    page.get_by_role("radio", name="Words").check()
    save(page)
    expect(page.get_by_text("Saved. It applies to the next account.")).to_be_visible()
    page.get_by_role("button", name="See how it looks").click()
    expect(page.get_by_role("article")).to_contain_text("Dear Zoë Quill")
    expect(page.locator("#live")).to_have_text("The letter is shown.")
    yield "rules", page
    page.goto(f"{stack.base_url}/accounts/new")
    page.get_by_label("role").fill("Teacher")
    expect(page.locator("#follows")).to_contain_text("teachers@northfield.example")
    yield "new account, by rules", page


def save(page: Page) -> None:
    """By the button at the end."""
    page.get_by_role("button", name="Save", exact=True).last.click()
