"""The page of a new account with its script: what is asked when, what is kept, what is said, what is left behind."""

import threading
from http import HTTPStatus

import pytest
from flask import Response, request, request_finished
from playwright.sync_api import Page, expect

from tests.browser.new_account import (
    ANSWERED,
    STILL_KEPT,
    SUGGESTIONS,
    HeldBack,
    asked,
    left,
    press_create,
    status,
    stop_time,
    username,
    write_name,
)
from tests.browser.people import PATIENCE, People
from tests.stack import ADMIN, HELPDESK, Stack

pytestmark = pytest.mark.browser


def test_typing_asks_once_it_pauses_and_never_twice_at_a_time(page: Page) -> None:
    stop_time(page)
    questions = HeldBack(page, SUGGESTIONS)
    write_name(page, "Ada", "Lovelace")
    page.clock.run_for(240)
    assert asked(questions, 0) == []
    page.clock.run_for(20)
    assert asked(questions, 1) == ["Lovelace"]

    page.get_by_label("Last name").press_sequentially(" King")
    page.clock.run_for(1_000)
    assert asked(questions, 1) == ["Lovelace"], "the first question is not answered yet"
    questions.wait(1)[0].continue_()
    assert asked(questions, 2) == ["Lovelace", "Lovelace King"]
    expect(username(page)).to_have_value("")  # the first answer is out of date, and dropped
    questions.wait(2)[1].continue_()

    expect(username(page)).to_have_value("adalovelaceking")


def test_typed_username_stays_when_suggestions_arrive(page: Page) -> None:
    username(page).press_sequentially("the.poet")
    expect(status(page)).to_have_text("the.poet@northfield.example is free just now.")
    with page.expect_response(SUGGESTIONS):
        write_name(page, "Wisława", "Szymborska")

    expect(left(page)).to_have_text(STILL_KEPT)
    expect(username(page)).to_have_value("the.poet")


def test_combobox_follows_the_keyboard_and_the_mouse(page: Page) -> None:
    write_name(page, "Toni", "Morrison")
    field, options = username(page), page.get_by_role("listbox", name="Username").get_by_role("option")
    expect(field).to_have_value("tonimorrison")

    field.press("ArrowUp")
    expect(options.last).to_have_attribute("aria-selected", "true")
    assert field.get_attribute("aria-activedescendant") == options.last.get_attribute("id")
    field.press("ArrowDown")
    expect(options.first).to_have_attribute("aria-selected", "true")  # around the end
    field.press("Escape")
    expect(options.first).to_be_hidden()
    expect(field).to_have_value("tonimorrison")
    field.fill("toni.")
    expect(options).to_have_text(["toni.morrison"])
    options.first.click()
    expect(field).to_have_value("toni.morrison")
    expect(field).to_be_focused()


def test_pressing_create_twice_sends_once(page: Page) -> None:
    write_name(page, "Double", "Click")
    expect(username(page)).to_have_value("doubleclick")
    sent: list[str] = []
    page.on("request", lambda request: sent.append(request.method))
    page.route("**/accounts/new", lambda route: route.fulfill(status=HTTPStatus.NO_CONTENT))  # the page stays
    button = page.get_by_role("button", name="Create account")
    with page.expect_response("**/accounts/new"):
        button.click()
    expect(button).to_have_attribute("aria-busy", "true")

    button.press("Enter")
    button.press(" ")
    page.evaluate(ANSWERED)

    assert sent == ["POST", "GET"]


def test_name_lost_while_thinking_is_replaced_by_the_next_one(page: Page, school: Stack, people: People) -> None:
    write_name(page, "Late", "Decision")
    expect(username(page)).to_have_value("latedecision")
    school.clock.advance(minutes=3)
    rival = people.sign_in(school, ADMIN, "/accounts/new")
    write_name(rival, "Late", "Decision")
    expect(username(rival)).to_have_value("latedecision")
    press_create(rival)
    expect(rival.get_by_role("heading", level=1)).to_have_text("Account created")

    press_create(page)

    expect(page.get_by_role("alert")).to_contain_text("latedecision")
    expect(page.get_by_role("alert")).to_be_focused()
    expect(username(page)).to_have_value("late.decision")
    expect(left(page)).to_have_text(STILL_KEPT)
    press_create(page)
    expect(page.get_by_label("Address", exact=True)).to_have_value("late.decision@northfield.example")


def test_errors_keep_what_was_typed(page: Page) -> None:
    write_name(page, "Señora", "O'Neill-Smith")
    expect(status(page)).to_contain_text("free and kept")
    username(page).fill("postmaster")
    page.get_by_label("Organizational unit").select_option("/Staff/Office")
    page.get_by_label("Password", exact=True).fill("short")
    page.get_by_label("Ask for a new password").uncheck()
    press_create(page)

    summary = page.get_by_role("alert").filter(has_text="another look")
    expect(summary).to_be_focused()
    expect(page.get_by_label("First name")).to_have_value("Señora")
    expect(page.get_by_label("Last name")).to_have_value("O'Neill-Smith")
    expect(username(page)).to_have_value("postmaster")
    expect(page.get_by_label("Organizational unit")).to_have_value("/Staff/Office")
    expect(page.get_by_label("Password", exact=True)).to_have_value("short")
    expect(page.get_by_label("Ask for a new password")).not_to_be_checked()
    summary.get_by_role("link").first.click()
    assert page.evaluate("document.activeElement.matches('#f-password, #f-username, #username')")


def test_error_goes_when_its_field_changes(page: Page) -> None:
    press_create(page)
    expect(page.get_by_text("A username is needed.")).to_have_count(2)  # above the form, and at the field
    write_name(page, "Second", "Attempt")

    expect(username(page)).to_have_value("secondattempt")
    expect(page.locator(".field-error, [aria-invalid]")).to_have_count(0)


def test_losing_the_network_is_said_and_keeps_what_was_typed(page: Page) -> None:
    page.context.set_offline(True)
    write_name(page, "Off", "Line")

    expect(status(page)).to_contain_text("Look whether you are online")
    expect(page.get_by_label("First name")).to_have_value("Off")
    page.context.set_offline(False)
    page.get_by_role("button", name="Suggest usernames").click()
    expect(username(page)).to_have_value("offline")


def test_signing_out_in_another_tab_is_said(school: Stack, people: People) -> None:
    page = people.sign_in(school, HELPDESK, "/accounts/new")
    other = page.context.new_page()
    other.goto(school.base_url)
    other.locator(".account summary").click()
    other.get_by_role("button", name="Sign out").click()
    expect(other.get_by_role("heading", level=1)).to_have_text("You are signed out of Frontdesk")

    write_name(page, "Gone", "Session")

    expect(status(page)).to_contain_text("Reload the page")


def test_clipboard_that_refuses_leaves_the_text_selected(school: Stack, people: People) -> None:
    page = people.sign_in(school, HELPDESK, "/accounts/new", permissions=["geolocation"])
    field = page.get_by_label("Password", exact=True)
    page.get_by_role("button", name="Copy: Password").click()

    expect(page.locator("#toast")).to_contain_text("The text is selected.")
    expect(field).to_be_focused()
    expect(field).to_have_attribute("type", "text")
    assert page.evaluate("getSelection().toString()") == field.input_value()


def test_leaving_the_page_gives_the_names_back(page: Page, school: Stack, people: People) -> None:
    write_name(page, "Short", "Visit")
    expect(username(page)).to_have_value("shortvisit")
    released = threading.Event()
    with request_finished.connected_to(lambda _, response: note_release(released, response), school.app):
        page.get_by_role("link", name="Home").first.click()
        assert released.wait(PATIENCE / 1000)

    other = people.sign_in(school, ADMIN, "/accounts/new")
    write_name(other, "Short", "Visit")

    expect(username(other)).to_have_value("shortvisit")


def test_result_prints_without_the_frame_and_with_the_password(created: Page) -> None:
    password = created.get_by_label("Password", exact=True).input_value()
    created.emulate_media(media="print")

    expect(created.locator(".secret-print")).to_have_text(password)
    expect(created.locator(".secret-print")).to_be_visible()
    for gone in (".top", ".side", ".bottom", "button", ".actions"):
        assert not any(found.is_visible() for found in created.locator(gone).all()), gone


def test_password_is_not_there_when_one_comes_back(created: Page) -> None:
    password = created.get_by_label("Password", exact=True).input_value()
    created.get_by_role("link", name="Create another").click()
    expect(created.get_by_role("heading", level=1)).to_have_text("New account")

    seen = []
    for step in ("history.back()", "history.back()"):
        with created.expect_navigation(wait_until="commit"):
            created.evaluate(step)
        created.wait_for_load_state()
        seen.append(created.content())

    assert [password in page for page in seen] == [False, False]


@pytest.fixture
def created(page: Page) -> Page:
    """The result of a new account."""
    write_name(page, "Nova", "Newcomer")
    expect(status(page)).to_contain_text("free and kept")
    press_create(page)
    expect(page.get_by_role("heading", level=1)).to_have_text("Account created")
    return page


def note_release(released: threading.Event, response: Response) -> None:
    if request.endpoint == "accounts.release" and response.status_code == HTTPStatus.NO_CONTENT:
        released.set()
