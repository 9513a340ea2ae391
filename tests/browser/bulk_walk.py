"""The walk past the pages of many accounts, in each of their states."""

from collections.abc import Iterator

from playwright.sync_api import Page, expect

from sandbox.google import people as workspace
from tests.browser.people import People
from tests.stack import ADMIN, SCHOOL, Stack

BULK = "/bulk"
PUPILS = """First name;Last name;Klasse;Groups;Recovery email
Maya;Okonkwo-Lindqvist;7a;;maya.okonkwo@home.example
Jonas;Åkesson;8b;teachers@northfield.example;
;Nameless;9c;nobody@northfield.example;
Hanna;Helpdesk;9c;;
Lê;Nguyễn Văn;10a;;not an address
Kwame;Mensah;10a;;
Solo;;11a;;
"""


def bulk(stack: Stack, visitors: People) -> Iterator[tuple[str, Page]]:
    """A list from the upload to letters and undoing; files that cannot be read; a job that Google stops."""
    stack.set_up()
    ada = visitors.sign_in(stack, ADMIN, BULK)
    yield "bulk, empty", ada
    ada.get_by_text("What a file may hold").click()
    ada.get_by_text("For all rows").click()
    upload(ada, "class.xlsx", b"PK\x03\x04[Content_Types].xml xl/workbook.xml")
    expect(ada.get_by_role("alert")).to_be_visible()
    yield "bulk, refused file", ada
    paste(ada, PUPILS)
    expect(ada.get_by_role("heading", name="What do the columns hold?")).to_be_visible()
    yield "bulk, columns", ada
    klasse = ada.get_by_role("row", name="Klasse")
    expect(klasse.get_by_text("Not recognised", exact=True)).to_be_visible()
    klasse.get_by_role("combobox").select_option("Leave this column out")
    expect(klasse.get_by_text("Not recognised", exact=True)).to_be_hidden()
    expect(klasse.get_by_text("Left out", exact=True)).to_be_visible()
    ada.get_by_role("button", name="Go on to the preview").click()
    expect(ada.get_by_role("heading", name="Planning")).to_be_visible()
    yield "bulk, planning", ada
    stack.run_tasks()
    expect(ada.get_by_role("heading", name="What will happen")).to_be_visible()
    ada.get_by_label("Correct line 4").click()
    yield "bulk, preview of problems", ada
    ada.locator("#f-4-first_name").fill("Nils")
    ada.locator("#f-4-groups").fill("")
    ada.get_by_role("button", name="Save line 4").click()
    expect(ada.get_by_text("Line 4 was corrected")).to_be_visible()
    ada.get_by_role("link", name="All").click()
    yield "bulk, preview of all", ada
    stack.customer(SCHOOL).user_limit = used(stack) + 3
    ada.get_by_role("button", name="Create 6 accounts").click()
    ada.locator("#bulk-cancel summary").click()
    yield "bulk, running", ada
    stack.run_tasks()
    ada.reload()
    expect(ada.get_by_role("heading", name="Paused")).to_be_visible()
    yield "bulk, paused by Google", ada
    stack.customer(SCHOOL).user_limit = 0
    ada.get_by_role("button", name="Resume").click()
    stack.run_tasks()
    expect(ada.get_by_role("heading", name="Done")).to_be_visible()
    yield "bulk, done", ada
    yield from handed_over(stack, ada)
    yield from undone(stack, ada)
    yield from refused(stack, ada)


def handed_over(stack: Stack, ada: Page) -> Iterator[tuple[str, Page]]:
    """Passwords after a sign-in, and letters in a tab of their own."""
    ada.get_by_role("link", name="Sign in again").click()
    ada.locator(f"[id='account-{stack.user(ADMIN).id}'] button").click()
    expect(ada.get_by_role("button", name="Letters to print")).to_be_visible()
    yield "bulk, passwords", ada
    with ada.expect_popup() as opened:
        ada.get_by_role("button", name="Letters to print").click()
    expect(opened.value.get_by_role("article")).to_have_count(6)
    yield "bulk, letters", opened.value
    expect(ada.get_by_text("They can be had until")).to_be_visible()
    expect(ada.get_by_text("took the letters at")).to_be_visible()
    expect(ada.locator("#live")).to_have_text("The passwords are deleted 15 minutes after they were first taken.")


def undone(stack: Stack, ada: Page) -> Iterator[tuple[str, Page]]:
    """Somebody was moved meanwhile, and stays."""
    kwame = next(one for one in stack.world.users.values() if one.family_name == "Mensah")
    workspace.move_user(stack.world, kwame.id, org_unit="/Staff")
    ada.get_by_role("button", name="See what can be undone").click()
    expect(ada.get_by_text("Looking who has used their account")).to_be_visible()
    yield "bulk, looking who used it", ada
    stack.run_tasks()
    expect(ada.get_by_text("would be left, because")).to_be_visible()
    ada.get_by_role("link", name="Which are left, and why").click()
    ada.locator("#bulk-undo summary").click()
    yield "bulk, about to undo", ada
    ada.locator("#bulk-undo form button").first.click()
    stack.run_tasks()
    expect(ada.get_by_role("heading", name="Undone")).to_be_visible()
    yield "bulk, undone", ada


def refused(stack: Stack, ada: Page) -> Iterator[tuple[str, Page]]:
    """A file that ends within a cell, one of more than a hundred people, and the list of them all."""
    ada.goto(stack.base_url + BULK)
    paste(ada, 'First name,Last name\nAda,Byron\n"Grace,Hopper\n')
    stack.run_tasks()
    expect(ada.get_by_role("heading", name="The file cannot be read")).to_be_visible()
    yield "bulk, cannot be read", ada
    ada.goto(stack.base_url + BULK)
    paste(ada, "First name,Last name\n,Nameless\n" + "".join(f"Pupil{number},Example\n" for number in range(101)))
    stack.run_tasks()
    ada.get_by_label("Type the number").fill("11")
    ada.get_by_role("button", name="Create 101 accounts").click()
    expect(ada.get_by_role("alert")).to_contain_text("That is another number")
    yield "bulk, wrong number", ada
    ada.goto(stack.base_url + BULK)
    yield "bulk, lists so far", ada


def paste(page: Page, text: str) -> None:
    """Rows into the field for them."""
    area = page.get_by_label("Rows, with the names of the columns in the first")
    if not area.is_visible():
        page.get_by_text("Or paste rows from a spreadsheet").click()
    area.fill(text)
    page.get_by_role("button", name="Upload and look").click()


def upload(page: Page, name: str, content: bytes) -> None:
    """A file, chosen."""
    page.get_by_label("A file with one row for each person").set_input_files(
        [{"name": name, "mimeType": "application/octet-stream", "buffer": content}]
    )
    page.get_by_role("button", name="Upload and look").click()


def used(stack: Stack) -> int:
    """How many people the school has."""
    school = stack.customer(SCHOOL).id
    return sum(one.customer_id == school and not one.deletion_time for one in stack.world.users.values())
