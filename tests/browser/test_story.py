"""The whole story in Chromium, by nothing but what the screens offer."""

from http import HTTPStatus

import pytest
from playwright.sync_api import Page, Response, expect

from sandbox.google import seed
from tests.browser.people import People, at_google
from tests.stack import ADMIN, HELPDESK, Stack

pytestmark = pytest.mark.browser


def test_the_whole_story(stack: Stack, people: People) -> None:
    ada = people.arrive()
    setup = install(ada, stack)
    check_until_everything_is_green(setup)
    choose_and_enable(setup)

    hanna = people.arrive(permissions=["clipboard-read", "clipboard-write"])
    desk = launch(hanna, stack)
    create(desk)
    address, password = read_result(desk)
    assert address == "carlos.alvarez@northfield.example"

    find_in_admin_console(ada, address)
    newcomer = people.arrive()
    at_google(newcomer, stack, address, password)
    expect(newcomer.get_by_role("heading", name="Choose a new password")).to_be_visible()


def install(ada: Page, stack: Stack) -> Page:
    """From the sandbox's first page to the product's setup page, which opens in a tab of its own."""
    ada.goto(stack.google.url)
    ada.get_by_role("link", name="Sign in as Ada", exact=True).click()
    expect(ada.locator("#email")).to_have_value(ADMIN)
    ada.locator("#password").fill(seed.PASSWORD)
    ada.get_by_role("button", name="Sign in", exact=True).click()
    ada.get_by_label("I agree to Frontdesk's terms").check()
    ada.get_by_role("button", name="Install for Northfield School").click()
    with ada.expect_popup() as opened:
        ada.get_by_role("link", name="Set up Frontdesk").click()
    expect(opened.value.get_by_role("heading", level=1)).to_have_text("Set up northfield.example")
    return opened.value


def check_until_everything_is_green(setup: Page) -> None:
    """One check alone changes its row and nothing else; then all of them."""
    waiting = setup.get_by_text("Not checked yet", exact=True)
    before = waiting.count()
    here = setup.evaluate("window.here = Math.random()")
    row = setup.get_by_role("listitem").filter(has_text="Frontdesk is installed for your domain")
    row.get_by_role("button").press("Enter")
    expect(row).to_contain_text("Google says that the license is active.")
    expect(setup.locator("#live")).to_contain_text("Done")
    expect(row.get_by_role("button")).to_be_focused()
    expect(setup.locator("#setup-summary")).to_contain_text("1 of ")
    assert waiting.count() == before - 1
    assert setup.evaluate("window.here") == here, "the page was not loaded again"

    setup.get_by_role("button", name="Check everything").click()
    expect(setup.locator(".check.bad, .check.warn")).to_have_count(0)
    expect(setup.locator(".check.off")).to_have_count(1)  # the choices
    expect(setup.get_by_role("heading", name="Almost there")).to_be_visible()


def choose_and_enable(setup: Page) -> None:
    """Hanna is put on the list of those who may create accounts."""
    setup.get_by_label("Who else may create accounts").fill(HELPDESK)
    setup.get_by_role("button", name="Save these choices").click()
    expect(setup.get_by_text("Your choices are saved.")).to_be_visible()
    expect(setup.locator(".check:not(.ok)")).to_have_count(0)
    setup.get_by_role("button", name="Enable Frontdesk for northfield.example").click()
    expect(setup.get_by_text("Frontdesk is on for northfield.example")).to_be_visible()


def launch(hanna: Page, stack: Stack) -> Page:
    """One sign-in, at Google; the launcher opens the product in another tab, and Google shows no page on the way."""
    hanna.goto(stack.google.url)
    hanna.get_by_role("link", name="Sign in as Hanna", exact=True).click()
    hanna.locator("#password").fill(seed.PASSWORD)
    hanna.get_by_role("button", name="Sign in", exact=True).click()
    link, shown = hanna.get_by_role("link", name="Frontdesk", exact=True), pages_shown(hanna)
    with hanna.expect_popup() as opened:
        link.click()
    desk = opened.value
    expect(desk.get_by_role("heading", level=1)).to_have_text("Welcome, Hanna Helpdesk")
    assert shown == [f"{stack.base_url}/"]
    return desk


def pages_shown(anybody: Page) -> list[str]:
    """The addresses of pages that are shown from now on in any tab; redirects show nothing."""
    shown: list[str] = []

    def note(response: Response) -> None:
        if response.request.is_navigation_request() and response.status == HTTPStatus.OK:
            shown.append(response.url)

    anybody.context.on("response", note)
    return shown


def create(desk: Page) -> None:
    """Only the keyboard: names appear while typing, the second of them is picked from the list."""
    desk.get_by_role("link", name="Create an account").press("Enter")
    desk.get_by_label("First name").focus()
    desk.keyboard.type("Carlos", delay=15)
    desk.keyboard.press("Tab")
    desk.keyboard.type("Álvarez", delay=15)
    username = desk.get_by_role("combobox", name="Username")
    expect(username).to_have_value("carlosalvarez")
    expect(desk.get_by_text("3 usernames are free and kept for you.")).to_be_visible()
    expect(desk.locator("#hold-left")).to_contain_text("kept for you for ")
    tab_to(desk, "username")
    for _ in range(2):
        desk.keyboard.press("ArrowDown")
    offered = desk.get_by_role("listbox", name="Username").get_by_role("option")
    expect(offered).to_have_text(["carlosalvarez", "carlos.alvarez", "carlos_alvarez"])
    expect(offered.nth(1)).to_have_attribute("aria-selected", "true")
    desk.keyboard.press("Enter")
    expect(username).to_have_value("carlos.alvarez")
    expect(desk.get_by_role("listbox")).to_be_hidden()
    desk.get_by_role("button", name="Create account").focus()
    desk.keyboard.press("Enter")
    expect(desk.get_by_role("heading", level=1)).to_have_text("Account created")


def read_result(desk: Page) -> tuple[str, str]:
    """The address and the password, which is masked until it is asked for, and copied when that is asked for."""
    password = desk.get_by_label("Password", exact=True)
    expect(password).to_have_attribute("type", "password")
    desk.get_by_role("button", name="Reveal: Password").click()
    expect(password).to_have_attribute("type", "text")
    desk.get_by_role("button", name="Copy: Password").click()
    expect(desk.get_by_text("Copied", exact=True)).to_be_visible()
    assert desk.evaluate("navigator.clipboard.readText()") == password.input_value()
    return desk.get_by_label("Address", exact=True).input_value(), password.input_value()


def find_in_admin_console(ada: Page, address: str) -> None:
    """The simulated Google knows the new person."""
    ada.get_by_role("link", name="Admin console").click()
    ada.get_by_role("navigation").get_by_role("link", name="Users").click()
    ada.get_by_role("searchbox").fill("carlos.alvarez")
    ada.keyboard.press("Enter")
    expect(ada.get_by_role("row", name=address)).to_be_visible()


def tab_to(page: Page, identifier: str) -> None:
    """Press Tab until the element has the focus."""
    for _ in range(40):
        if page.evaluate("document.activeElement.id") == identifier:
            return
        page.keyboard.press("Tab")
    raise AssertionError(f"the keyboard does not reach #{identifier}")
