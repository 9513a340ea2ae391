"""The Directory is read while an administrator looks on: progress, trouble and the end come by themselves."""

from datetime import datetime, timedelta

import pytest
from playwright.sync_api import expect

from tests.browser.directory_walk import DIRECTORY, STATE, delete_people, recover, stumble
from tests.browser.new_account import status, username
from tests.browser.people import People
from tests.stack import ADMIN, Stack

pytestmark = pytest.mark.browser


def test_reading_everybody_is_followed_from_setup_to_the_list_in_use(stack: Stack, people: People) -> None:
    stack.set_up()
    ada = people.sign_in(stack, ADMIN, DIRECTORY)
    expect(ada.get_by_role("progressbar")).to_be_visible()
    ada.locator("#directory-look-again").focus()
    stumble(stack)
    expect(ada.locator(STATE)).to_contain_text("Reading groups")
    expect(ada.get_by_text("Waiting. Google does not answer")).to_be_visible()
    expect(ada.locator("#directory-look-again")).to_be_focused()

    recover(stack)

    expect(ada.get_by_role("heading", name="In use now")).to_be_visible()
    expect(ada.locator(STATE)).to_contain_text("300 people")
    expect(ada.locator("#live")).to_have_text("The Directory was read.")
    expect(ada.get_by_role("progressbar")).to_have_count(0)
    expect(ada.locator("main")).to_be_focused()  # what had the focus is gone


def test_a_list_that_shrank_is_held_back_until_somebody_decides(stack: Stack, people: People) -> None:
    stack.set_up()
    stack.run_tasks()
    ada = people.sign_in(stack, ADMIN, DIRECTORY)
    leaver = delete_people(stack, 60)
    ada.get_by_role("button", name="Refresh now").press("Enter")
    expect(ada.get_by_role("heading", name="Reading the Directory")).to_be_visible()
    expect(ada.locator(STATE)).to_contain_text("300 people")
    stack.run_tasks()

    expect(ada.get_by_role("heading", name="The new list is held back")).to_be_visible()
    expect(ada.locator(STATE)).to_contain_text("There were 300 people, and now there are 240.")
    expect(ada.locator("#live")).to_have_text("The new list is held back.")
    expect(ada.get_by_role("heading", name="In use now")).to_be_visible()
    ada.get_by_role("button", name="Take over 240 people instead of 300").click()
    stack.run_tasks()
    expect(ada.locator(STATE)).to_contain_text("240 people")
    expect(ada.get_by_role("heading", name="The new list is held back")).to_have_count(0)

    ada.get_by_role("link", name="New account").first.click()
    name, _, domain = leaver.primary_email.partition("@")
    ada.get_by_role("combobox", name="Domain").select_option(domain)
    username(ada).fill(name)
    last = datetime.fromisoformat(leaver.deletion_time) + timedelta(days=20)
    expect(status(ada)).to_contain_text("it belonged to a person deleted on ")
    expect(status(ada)).to_contain_text(f"it is kept free until {last.day} {last:%B %Y}")
