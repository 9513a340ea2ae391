"""A list of people in Chromium: dropped or chosen, and from the upload to undoing by the keyboard alone."""

from http import HTTPStatus

import pytest
from playwright.sync_api import Page, expect

from tests.browser.people import People
from tests.stack import ADMIN, Stack

pytestmark = pytest.mark.browser

ROWS = "First name,Last name,Groups\nMaya,Lund,teachers@northfield.example\nNils,Berg,\nIda,Moe,\n"
DROP = """([name, size, text]) => {
  const carried = new DataTransfer();
  carried.items.add(new File([text, new Uint8Array(size)], name, { type: "text/csv" }));
  for (const kind of ["dragover", "drop"]) {
    document.body.dispatchEvent(new DragEvent(kind, { bubbles: true, cancelable: true, dataTransfer: carried }));
  }
}"""
NEXT_LOOK = """() => new Promise((tell) => {
  const note = (event) => setTimeout(() => tell(event.defaultPrevented));
  document.addEventListener("htmx:beforeRequest", note, { once: true });
})"""
"""Whether the page is kept from looking again by itself, the next time it wants to."""


def test_file_is_dropped_and_looked_at_before_it_travels(school: Stack, people: People) -> None:
    ada = people.sign_in(school, ADMIN, "/bulk")
    ada.evaluate(DROP, ["all.csv", 31 * 1024 * 1024, ROWS])
    expect(ada.get_by_text("all.csv is larger than 30 MB.")).to_be_visible()
    ada.get_by_role("button", name="Upload and look").click()
    expect(ada.get_by_label("A file with one row for each person")).to_be_focused()
    expect(ada).to_have_url(f"{school.base_url}/bulk")

    ada.evaluate(DROP, ["class.csv", 0, ROWS])
    expect(ada.get_by_text("class.csv is chosen.")).to_be_visible()
    ada.get_by_role("button", name="Upload and look").click()
    expect(ada.get_by_role("heading", level=1)).to_have_text("class.csv")


def test_from_upload_to_undoing_by_the_keyboard(stack: Stack, people: People) -> None:
    stack.set_up()
    ada = people.sign_in(stack, ADMIN, "/bulk")
    choose_file(ada)
    with ada.expect_response(lambda answer: answer.status == HTTPStatus.NOT_MODIFIED):
        press(ada, "Upload and look")
    expect(ada.get_by_role("heading", name="Planning")).to_be_visible()
    here = ada.evaluate("window.here = Math.random()")
    stack.run_tasks()
    comes(ada, "What will happen", "The preview is ready.")
    assert ada.evaluate("window.here") == here, "the page was not loaded again"

    press(ada, "Create 3 accounts")
    press(ada, "Pause")
    expect(ada.get_by_role("heading", name="Paused")).to_be_visible()
    stack.run_tasks()
    expect(ada.get_by_text("0 of 3")).to_be_visible()
    press(ada, "Resume")
    press(ada, "Stop for good")
    stack.run_tasks()
    assert ada.evaluate(NEXT_LOOK), "nothing is drawn anew while somebody decides"
    expect(ada.get_by_text("Begin nothing more of this list?")).to_be_visible()
    ada.keyboard.press("Escape")
    comes(ada, "Done", "Done.")
    expect(ada.get_by_text("3 accounts were created")).to_be_visible()
    press(ada, "See what can be undone")
    expect(ada.get_by_text("Nothing is deleted yet.")).to_be_visible()
    stack.run_tasks()
    press(ada, "Delete 3 accounts")
    press(ada, "Delete 3 accounts")
    expect(ada.get_by_role("heading", name="Deleting accounts")).to_be_visible()
    stack.run_tasks()
    comes(ada, "Undone", "Done.")
    expect(ada.get_by_text("3 deleted again")).to_be_visible()


def choose_file(page: Page) -> None:
    """The space bar opens the system's own window, where the file is picked."""
    tab_to(page, "A file with one row for each person")
    with page.expect_file_chooser() as chooser:
        page.keyboard.press("Space")
    chooser.value.set_files([{"name": "class.csv", "mimeType": "text/csv", "buffer": ROWS.encode()}])


def press(page: Page, name: str) -> None:
    """Tab to a button, and press it."""
    expect(page.get_by_text(name, exact=True).filter(visible=True).last).to_be_visible()
    tab_to(page, name)
    page.keyboard.press("Enter")


def comes(page: Page, heading: str, spoken: str) -> None:
    """The page shows by itself how the work went on, and says so."""
    expect(page.get_by_role("heading", name=heading)).to_be_visible()
    expect(page.locator("#live")).to_have_text(spoken)


NAME = """() => {
  const element = document.activeElement;
  return (element.ariaLabel || element.labels?.[0]?.textContent || element.textContent || "").trim();
}"""


def tab_to(page: Page, name: str) -> None:
    """Press Tab until the focus is on what is called so."""
    for _ in range(80):
        page.keyboard.press("Tab")
        if page.evaluate(NAME) == name:
            return
    raise AssertionError(f"the keyboard does not reach {name!r}")
