"""An invitation on a phone: the link is tapped, and a minute later there is an account."""

import pytest
from playwright.sync_api import Page, Request, expect

from sandbox.google.passwords import password_matches
from tests.browser.accessibility import violations
from tests.browser.people import PHONE, People
from tests.stack import ADMIN, SCHOOL, Stack

pytestmark = pytest.mark.browser
ADDRESS = f"idamaximiliane.wellsworthington@{SCHOOL}"
"""Wider than a phone."""


@pytest.fixture
def link(school: Stack, people: People) -> str:
    """Made on the administrator's phone."""
    ada = people.sign_in(school, ADMIN, "/manage/invitations/new", viewport=PHONE)
    ada.get_by_label("What it is for").fill("Class 7b")
    ada.get_by_label("Organizational unit").select_option("/Students")
    ada.get_by_role("button", name="Make the invitation").click()
    return ada.get_by_label("Link", exact=True).input_value()


@pytest.fixture
def phone(people: People) -> Page:
    return people.arrive(viewport=PHONE, has_touch=True, is_mobile=True)


def heading(page: Page, words: str) -> None:
    """The page is there, fits the phone, and has nothing that axe minds."""
    expect(page.get_by_role("heading", level=1)).to_have_text(words)
    assert page.evaluate("document.documentElement.scrollWidth") <= PHONE["width"]
    assert violations(page) == []


def test_account_is_opened_on_a_phone(school: Stack, phone: Page, link: str) -> None:
    asked: list[str] = []

    def note(request: Request) -> None:
        asked.append(f"{request.url.partition('#')[0]} {request.headers.get('referer', '')}")

    phone.on("request", note)
    phone.goto(link)
    heading(phone, "Open your account")
    phone.go_back()
    assert "fdi_" not in phone.url, "the browser's history does not hold the link"
    phone.go_forward()
    phone.get_by_label("First name").fill("Idamaximiliane")
    phone.get_by_label("Last name").fill("Wellsworthington")
    phone.get_by_role("button", name="Continue").tap()
    heading(phone, "Username and password")
    choice = phone.get_by_label(ADDRESS)
    choice.check()
    assert phone.locator("label", has=choice).evaluate("label => label.scrollWidth <= label.clientWidth")
    password = phone.get_by_label("Password", exact=True)
    expect(password).to_have_attribute("type", "password")
    password.fill("correct horse")
    phone.get_by_role("button", name="Reveal").tap()
    expect(password).to_have_attribute("type", "text")
    phone.get_by_role("button", name="Open my account").tap()
    heading(phone, "Your account is open")
    shown = phone.get_by_role("textbox", name="Your address")
    expect(shown).to_have_value(ADDRESS)
    assert shown.evaluate("field => field.scrollWidth <= field.clientWidth"), "it is written down from here"
    account = school.user(ADDRESS)
    assert password_matches(account, "correct horse")
    assert account.org_unit_path == "/Students"

    assert len(asked) > 5
    assert not any(link.rpartition("_")[2] in words for words in asked), "it travels in the body of one request only"


def test_the_whole_way_goes_by_the_keyboard_alone(school: Stack, people: People, link: str) -> None:
    page = people.arrive()
    page.goto(link.partition("#")[0])
    for heading_now, texts in (
        ("Your invitation", [link]),
        ("Open your account", ["Rosa", "Parks"]),
        ("Username and password", ["", "", "correct horse"]),  # the first of the suggestions is chosen already
    ):
        expect(page.get_by_role("heading", level=1)).to_have_text(heading_now)
        page.keyboard.press("Tab")
        page.keyboard.press("Enter")  # to the content
        for text in texts:
            page.keyboard.press("Tab")
            page.keyboard.type(text)
        page.keyboard.press("Enter")
    expect(page.get_by_role("heading", level=1)).to_have_text("Your account is open")
    assert school.user(f"rosaparks@{SCHOOL}")
