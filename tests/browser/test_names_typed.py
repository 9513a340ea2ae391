"""A typed username is looked up while it is typed: its reason, its answers in order, and when it cannot be told."""

import pytest
from playwright.sync_api import Page, expect

from sandbox.google.world import Fault
from tests.browser.new_account import (
    CHECK,
    STILL_KEPT,
    HeldBack,
    left,
    press_create,
    status,
    stop_time,
    username,
    write_name,
)
from tests.stack import Stack

pytestmark = pytest.mark.browser


REASONS = {
    "hanna.helpdesk": "a person has this address",
    "it-helpdesk": "a group has this address",
    "helpdesk": "it is another address of a group",
    "front.desk": "it is another address of a person",
    "postmaster": "it is reserved",
    "a..b": "two dots stand in a row",
}


def test_typed_username_is_looked_up_and_its_reason_given(page: Page) -> None:
    for typed, why in REASONS.items():
        username(page).clear()
        expect(username(page)).not_to_have_attribute("aria-invalid", "true")
        username(page).press_sequentially(typed)

        expect(status(page)).to_have_text(f"{typed}@northfield.example cannot be had: {why}.")
        expect(username(page)).to_have_attribute("aria-invalid", "true")


def test_an_answer_about_what_no_longer_stands_there_is_dropped(page: Page) -> None:
    stop_time(page)
    questions = HeldBack(page, CHECK)
    username(page).fill("hanna.helpdesk")
    page.clock.run_for(649)
    expect(page.locator(".combobox-frame")).not_to_have_attribute("data-busy", "")
    page.clock.run_for(2)
    expect(page.locator(".combobox-frame")).to_have_attribute("data-busy", "")
    expect(status(page)).to_have_text("Looking up hanna.helpdesk…")

    username(page).fill("hanna.helper")
    page.clock.run_for(251)
    questions.wait(1)[0].continue_()
    (_, later) = questions.wait(2)
    expect(username(page)).not_to_have_attribute("aria-invalid", "true")
    later.continue_()

    expect(status(page)).to_have_text("hanna.helper@northfield.example is free just now.")
    expect(page.locator(".combobox-frame")).not_to_have_attribute("data-busy", "")


def test_what_google_does_not_tell_is_never_called_free(page: Page, school: Stack) -> None:
    with school.world.changing():
        school.world.faults.append(Fault("/admin/directory/v1", "GET", 400, count=-1))  # not tried again
    username(page).press_sequentially("un.known")
    expect(status(page)).to_contain_text("Cannot tell now whether un.known is free.")
    expect(username(page)).not_to_have_attribute("aria-invalid", "true")
    with school.world.changing():
        school.world.faults.clear()
    username(page).press("Backspace")

    expect(status(page)).to_have_text("un.know@northfield.example is free just now.")


def test_from_the_empty_form_to_the_account_by_the_keyboard_alone(page: Page) -> None:
    keys = page.keyboard
    for key in ("Tab", "Enter", "Tab"):  # past the menus
        keys.press(key)
    keys.type("Ada")
    keys.press("Tab")
    keys.type("Keys")
    expect(left(page)).to_have_text(STILL_KEPT)
    for key in ("Tab", "Tab", "Tab", "ArrowDown", "ArrowDown"):
        keys.press(key)
    expect(page.get_by_role("option", name="ada.keys", selected=True)).to_be_visible()
    keys.press("Enter")
    expect(status(page)).to_have_text("ada.keys is chosen, and kept for you.")
    while page.evaluate("document.activeElement.textContent.trim()") != "Create account":
        keys.press("Tab")
    keys.press("Enter")

    expect(page.get_by_role("heading", level=1)).to_have_text("Account created")
    expect(page.get_by_label("Address", exact=True)).to_have_value("ada.keys@northfield.example")


def test_an_account_just_made_is_the_reason_on_another_page(page: Page) -> None:
    write_name(page, "Just", "Made")
    expect(username(page)).to_have_value("justmade")
    press_create(page)
    expect(page.get_by_role("heading", level=1)).to_have_text("Account created")
    page.get_by_role("link", name="Create another").click()
    username(page).fill("justmade")

    expect(status(page)).to_contain_text("an account of this name has just been made")


def test_the_list_does_not_lie_over_the_reason(page: Page) -> None:
    write_name(page, "Siobhan", "O'Brien-Smith")
    expect(left(page)).to_have_text(STILL_KEPT)
    username(page).fill("siobhan.obrien")  # which is also how a kept name begins

    expect(status(page)).to_contain_text("siobhan.obrien@northfield.example cannot be had")
    expect(page.get_by_role("listbox", name="Username")).to_be_hidden()
    username(page).press("ArrowDown")
    expect(page.get_by_role("option", name="siobhan.obrien-smith")).to_be_visible()
