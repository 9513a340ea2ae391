"""The story of an account in a browser that runs no scripts: the same pages, a few more presses."""

import pytest
from playwright.sync_api import Page, expect

from tests.browser.people import People, at_google
from tests.stack import ADMIN, HELPDESK, SCHOOL, Stack

pytestmark = pytest.mark.browser


def test_setup_works_without_scripts(stack: Stack, people: People) -> None:
    ada = people.arrive(java_script_enabled=False)
    at_google(ada, stack, ADMIN)
    ada.goto(f"{stack.google.url}/marketplace")
    ada.get_by_label("I agree to").check()
    ada.get_by_role("button", name="Install for Northfield School").click()
    ada.goto(f"{stack.base_url}/marketplace/setup/")
    ada.locator("#step-license button").click()
    expect(ada.locator("#step-license")).to_contain_text("Google says that the license is active.")

    ada.get_by_role("button", name="Check everything").click()
    ada.get_by_label("Who else may create accounts").fill(HELPDESK)
    ada.get_by_role("button", name="Save these choices").click()
    ada.get_by_role("button", name=f"Enable Frontdesk for {SCHOOL}").click()

    expect(ada.get_by_text(f"Frontdesk is on for {SCHOOL}")).to_be_visible()


def test_account_is_made_without_scripts(school: Stack, people: People) -> None:
    page = people.sign_in(school, HELPDESK, "/accounts/new", java_script_enabled=False)
    page.get_by_label("First name").fill("Grace")
    page.get_by_label("Last name").fill("Hopper")
    page.get_by_role("button", name="Suggest usernames").click()
    offered = page.get_by_role("group", name="Free, and kept for you").get_by_role("radio")
    expect(offered).to_have_count(3)
    expect(offered.first).to_be_checked()
    page.get_by_label("grace.hopper@northfield.example").check()
    before = page.get_by_label("Password", exact=True).input_value()
    page.get_by_role("button", name="Another").click()
    expect(page.get_by_label("grace.hopper@northfield.example")).to_be_checked()
    password = page.get_by_label("Password", exact=True).input_value()
    assert password != before
    page.get_by_role("button", name="Create account").click()

    expect(page.get_by_label("Address", exact=True)).to_have_value("grace.hopper@northfield.example")
    shown = page.get_by_label("Password", exact=True)
    expect(shown).to_have_attribute("type", "text")
    expect(shown).to_have_value(password)
    expect_no_dead_buttons(page)


def test_taken_username_is_explained_without_scripts(school: Stack, people: People) -> None:
    page = people.sign_in(school, HELPDESK, "/accounts/new", java_script_enabled=False)
    page.get_by_label("First name").fill("Hanna")
    page.get_by_label("Last name").fill("Helpdesk")
    page.get_by_role("combobox", name="Username").fill("hanna.helpdesk")
    page.get_by_role("button", name="Create account").click()

    expect(page.get_by_role("alert")).to_contain_text("hanna.helpdesk@northfield.example")
    page.get_by_text("Names that are not offered, and why").click()
    expect(page.get_by_text("hanna.helpdesk: a person has this address")).to_be_visible()
    page.get_by_role("button", name="Create account").click()
    expect(page.get_by_label("Address", exact=True)).to_have_value("hannahelpdesk@northfield.example")


def test_menus_and_confirmations_open_without_scripts(school: Stack, people: People) -> None:
    ada = people.sign_in(school, ADMIN, "/marketplace/manage/", java_script_enabled=False)
    ada.locator("#turn-off summary").click()
    expect(ada.get_by_role("button", name="Turn off Frontdesk", exact=True)).to_be_visible()
    expect_no_dead_buttons(ada)
    ada.locator(".account summary").click()
    ada.get_by_role("button", name="Sign out").click()

    expect(ada.get_by_role("heading", level=1)).to_have_text("You are signed out of Frontdesk")


def expect_no_dead_buttons(page: Page) -> None:
    """Every button that is seen sends a form."""
    for button in page.locator("button:not([type=submit])").all():
        expect(button).to_be_hidden()
