"""The pattern editor as people use it: it answers while they type, by keyboard alone, and without scripts."""

from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, Locator, Page, StorageState, expect

from sandbox.datastore.server import DatastoreServer
from tests.browser.accessibility import violations
from tests.browser.new_account import ANSWERED, HeldBack
from tests.browser.pattern_walk import EDITOR, write
from tests.browser.people import People
from tests.stack import ADMIN, Stack, running_stack

pytestmark = pytest.mark.browser


@pytest.fixture(scope="module")
def known(datastore_server: DatastoreServer) -> Iterator[Stack]:
    """A school whose names in use are known."""
    with pytest.MonkeyPatch.context() as environ, running_stack(datastore_server, environ) as stack:
        stack.set_up()
        stack.run_tasks()
        yield stack


@pytest.fixture(scope="module")
def ada(browser: Browser, known: Stack) -> StorageState:
    """The cookies of the administrator, who signed in once."""
    people = People(browser)
    state = people.sign_in(known, ADMIN).context.storage_state()
    people.close()
    return state


def row(page: Page, person: str) -> Locator:
    return page.locator("#preview tbody tr").filter(has=page.get_by_role("rowheader", name=person))


def test_preview_follows_the_keyboard_and_says_so(known: Stack, ada: StorageState, people: People) -> None:
    page = people.arrive(storage_state=ada)
    page.goto(known.base_url + EDITOR)
    field = page.get_by_label("Patterns, separated by commas")
    field.focus()
    page.keyboard.press("ControlOrMeta+a")
    page.keyboard.type("[nickname].[lastname], [firstname].[lastname], [lastname")
    expect(page.locator("#preview-status")).to_contain_text("1 pattern cannot be used.")
    expect(page.locator("#findings mark")).to_have_text("[")
    page.keyboard.type("][#]")
    expect(page.locator("#preview-status")).to_have_text("24 usernames for 8 people.")
    expect(page.locator("#findings mark")).to_have_count(0)
    expect(field).to_be_focused()

    page.keyboard.press("Tab")  # the help
    for _ in range(3):  # the language, the link, Save
        page.keyboard.press("Tab")
    page.keyboard.press("Tab")
    expect(page.get_by_label("First name")).to_be_focused()
    page.keyboard.type("Hanna")
    page.keyboard.press("Tab")
    page.keyboard.type("Helpdesk")
    page.get_by_label("nickname").fill("Hanna")
    typed = row(page, "Hanna Helpdesk")
    expect(typed).to_contain_text("hanna.helpdesk a person has this address")
    expect(typed.get_by_role("cell").first).to_contain_text("helpdesk1")
    assert violations(page) == []

    field.press("Enter")  # a new line; saved by the button
    page.get_by_role("button", name="Save", exact=True).press("Enter")
    expect(page.get_by_text("Saved as version 2")).to_be_visible()


def test_preview_shows_the_last_word_and_says_when_there_is_no_answer(
    known: Stack, ada: StorageState, people: People
) -> None:
    page = people.arrive(storage_state=ada)
    page.goto(known.base_url + EDITOR)
    waiting = HeldBack(page, "**/preview")
    write(page, "[firstname]")
    expect(page.locator("#preview")).to_have_attribute("aria-busy", "true")
    waiting.wait(1)
    write(page, "[lastname]")
    overtaken, last = waiting.wait(2)
    last.continue_()
    expect(row(page, "Maya Stone").get_by_role("cell").first).to_contain_text("stone [lastname]")
    expect(page.locator("#preview")).not_to_have_attribute("aria-busy", "true")
    overtaken.continue_()
    page.evaluate(ANSWERED)
    expect(row(page, "Maya Stone").get_by_role("cell").first).to_contain_text("stone [lastname]")

    page.unroute("**/preview")
    page.route("**/preview", lambda route: route.abort())
    write(page, "[lastname].[nickname]")
    expect(page.locator("#toast")).to_contain_text("No answer.")
    expect(page.get_by_label("Patterns, separated by commas")).to_have_value("[lastname].[nickname]")

    asked: list[str] = []
    page.on("dialog", lambda dialog: (asked.append(dialog.type), dialog.accept()))
    page.get_by_role("link", name="Names", exact=True).first.click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Names")
    assert asked == ["beforeunload"]  # what was typed is not left by accident


def test_preview_without_scripts(known: Stack, ada: StorageState, people: People) -> None:
    page = people.arrive(storage_state=ada, java_script_enabled=False)
    page.goto(known.base_url + EDITOR)
    write(page, "[nickname][#], [lastname")
    page.get_by_role("button", name="Preview").click()
    expect(page.locator("#findings")).to_contain_text("this bracket is never closed")
    page.get_by_label("First name").fill("Ada")
    page.get_by_label("Last name").fill("Admin")
    page.get_by_label("nickname").fill("Countess")
    page.get_by_role("button", name="Preview").click()
    expect(row(page, "Ada Admin").get_by_role("cell").first).to_contain_text("countess1")
