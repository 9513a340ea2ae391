"""A walk past the screens of invitations: those of administrators, and those of visitors."""

from collections.abc import Iterator

from playwright.sync_api import Page, expect

from sandbox.google.world import Fault
from tests.browser.people import People
from tests.stack import ADMIN, Stack

USERS = "/admin/directory/v1/users"


def invitations(stack: Stack, visitors: People) -> Iterator[tuple[str, Page]]:
    """From the first invitation to an account."""
    stack.set_up()
    ada = visitors.sign_in(stack, ADMIN, "/manage/invitations")
    ada.get_by_role("link", name="New invitation").click()
    ada.get_by_label("What it is for").fill("Class 7b")
    ada.get_by_label("Accounts").fill("0")
    ada.get_by_label("Groups").fill("nobody.knows@northfield.example")
    ada.get_by_label("Permitted people").fill("Zoë Quill")
    ada.get_by_role("button", name="Make the invitation").click()
    yield "new invitation, refused", ada
    ada.get_by_label("Accounts").fill("30")
    ada.get_by_label("Groups").fill("")
    ada.get_by_label("Permitted people").fill("")
    ada.get_by_role("button", name="Make the invitation").click()
    link = ada.get_by_label("Link", exact=True).input_value()
    yield "invitation made", ada
    yield from _visit(stack, visitors, link)
    ada.get_by_role("link", name="I have copied it").click()
    yield "invitations", ada
    ada.get_by_role("link", name="Class 7b").click()
    ada.locator("summary", has_text="Close").click()
    yield "invitation, used", ada
    ada.goto(f"{stack.base_url}/manage/invitations/new")
    ada.get_by_label("What it is for").fill("Clubs")
    ada.get_by_label("Who can open").select_option("members")
    ada.get_by_role("button", name="Make the invitation").click()
    ada.goto(ada.get_by_label("Address", exact=True).input_value())
    yield "invitation for members", ada


def _visit(stack: Stack, visitors: People, link: str) -> Iterator[tuple[str, Page]]:
    zoe = visitors.arrive()
    zoe.goto(link.partition("#")[0])
    yield "link", zoe
    zoe.get_by_label("Paste the whole link").fill(link)
    zoe.get_by_role("button", name="Continue").click()
    zoe.get_by_label("Last name").fill("Quill")
    zoe.get_by_role("button", name="Continue").click()
    yield "name, missing", zoe
    zoe.get_by_label("First name").fill("Zoë")
    zoe.get_by_role("button", name="Continue").click()
    zoe.get_by_label("Or another username").fill("ada.admin")
    zoe.get_by_label("Password", exact=True).fill("correct horse")
    zoe.get_by_role("button", name="Open my account").click()
    expect(zoe.get_by_role("alert")).to_contain_text("cannot be had")
    yield "username, refused", zoe
    zoe.get_by_label("Password", exact=True).fill("correct horse")
    stack.world.faults += [Fault(USERS, "POST", 503), Fault(f"{USERS}/", "GET", 404), Fault(f"{USERS}/", "GET", 400)]
    zoe.get_by_role("button", name="Open my account").click()
    expect(zoe.get_by_role("heading", level=1)).to_have_text("Almost there")
    yield "undecided", zoe
    zoe.get_by_label("Password", exact=True).fill("correct horse")
    zoe.get_by_role("button", name="Find out").click()
    expect(zoe.get_by_role("heading", level=1)).to_have_text("Your account is open")
    yield "account open", zoe
    late = visitors.arrive()
    late.goto(f"{stack.base_url}/join/account")
    yield "no visit", late
