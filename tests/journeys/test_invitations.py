"""A student with an invitation opens an account without scripts; an administrator sees it, and closes invitations."""

import io
import logging
import re
from collections.abc import Iterator

import pytest

from runtime.logs import JsonLines
from sandbox.datastore.server import DatastoreServer
from sandbox.google.passwords import password_matches
from sandbox.google.world import Fault
from tests.stack import SCHOOL, Stack, running_stack
from tests.stored import stored
from tests.web import Page, Web

PASSWORD = "Canary-Password-9Kq2"
USERS = "/admin/directory/v1/users"


class House:
    """The school, its administrator's browser, and visitors."""

    def __init__(self, stack: Stack) -> None:
        self.stack, self.admin = stack, stack.set_up()
        self.group = next(g.email for g in stack.world.groups.values() if g.email.endswith(SCHOOL))

    def manage(self, path: str = "") -> Page:
        return self.admin.get(f"{self.stack.base_url}/manage/invitations{path}")

    def invite(self, label: str, **fields: str) -> str:
        """By the page; the link that it shows."""
        page = self.manage("/new").form("/manage/invitations/new").submit(
            label=label, **{"quota": "1", "org_unit": "/Students", **fields}
        )  # fmt: skip
        assert page.heading == "Invitation made", page.text
        return next(area.raw_text for area in page.document.all("textarea") if "#fdi_" in area.raw_text)

    def open(self, link: str, web: Web | None = None) -> Page:
        """A visitor pastes the link."""
        page = (web or self.stack.browser()).get(link.partition("#")[0])
        return page.form("invitation-link").submit(link=link)

    def named(self, link: str, first: str, last: str) -> Page:
        """A visitor at the second page."""
        return self.open(link).press("Continue", firstname=first, lastname=last)


@pytest.fixture(scope="module")
def house(datastore_server: DatastoreServer) -> Iterator[House]:
    """Shared: each test invites people of its own."""
    with pytest.MonkeyPatch.context() as environ, running_stack(datastore_server, environ) as running:
        yield House(running)


def test_story_from_the_invitation_to_the_account(house: House) -> None:
    link = house.invite("Class 7b", groups=house.group)
    page = house.named(link, "Zoë", "Quill")
    assert page.heading == "Username and password"
    page = page.press("Open my account", username="ada.admin", password=PASSWORD)
    assert page.status == 409
    assert "“ada.admin” cannot be had. Choose one of the list" in page.text
    assert not re.search(r"taken|in use|exists", page.text)
    page = page.press("Change my name").press("Continue", firstname="Zora")
    page = page.press("Open my account", choice="zora.quill", password=PASSWORD)
    assert (page.heading, page.path) == ("Your account is open", "/join/account")
    assert "zora.quill@northfield.example" in page.html
    assert PASSWORD not in page.html
    account = house.stack.user(f"zora.quill@{SCHOOL}")
    assert password_matches(account, PASSWORD)
    assert account.org_unit_path == "/Students"
    house.stack.run_tasks()
    group = next(g for g in house.stack.world.groups.values() if g.email == house.group)
    assert account.primary_email in group.members

    seen = house.manage().click("Class 7b")
    assert "1 of 1 opened" in seen.text
    assert seen.rows[1][:2] == ["zora.quill@northfield.example", "Zora Quill"]
    audit = house.admin.get(f"{house.stack.base_url}/manage/audit")
    assert "Class 7b (invitation)" in audit.text
    assert "Class 7b" in [row[3] for row in audit.rows if "Invitation made" in row[2]], "and not its id"


def test_refresh_back_and_the_link_once_more_lead_to_the_account_that_is_there(house: House) -> None:
    link = house.invite("Class 7c", quota="9")
    form = house.named(link, "Max", "Meyer").form("Open my account")
    page = form.submit("Open my account", password=PASSWORD)
    web = page.web
    for again in (
        lambda: web.get(page.url),
        lambda: form.submit("Open my account", password=PASSWORD),
        lambda: form.submit("Open my account", username="max.meyer.too", password="another password"),
        lambda: house.open(link, web),
    ):
        assert again().heading == "Your account is open"
    assert house.stack.world.user_by_email(f"max.meyer.too@{SCHOOL}") is None
    page = web.get(page.url).press("Finish here")
    assert page.heading == "Your invitation"
    assert web.get(f"{house.stack.base_url}/join/account").heading == "Open your link again"
    assert house.open(link, web).heading == "Open your account", "somebody else's turn"


def test_a_lost_answer_is_found_out_with_the_same_password(house: House) -> None:
    page = house.named(house.invite("Class 7d"), "Ann", "Lost")
    house.stack.world.faults += [
        Fault(USERS, "POST", 503),
        Fault(f"{USERS}/", "GET", 404, count=1),  # before the account is asked for
        Fault(f"{USERS}/", "GET", 400, count=1),  # and after
    ]
    page = page.press("Open my account", password=PASSWORD)
    assert (page.status, page.heading) == (503, "Almost there")
    assert page.web.get(page.url).heading == "Almost there"
    page = page.web.get(page.url).press("Find out and go on", password="another password")
    assert "not the password that you typed first" in page.text
    assert page.press("Find out and go on", password=PASSWORD).heading == "Your account is open"
    assert house.stack.user(f"annlost@{SCHOOL}")


def test_the_page_of_all_links_is_the_same_for_everybody_and_holds_nothing(house: House) -> None:
    address = f"{house.stack.base_url}/join"
    stranger, admin = house.stack.browser().get(address), house.admin.get(address)
    assert stranger.html == admin.html
    assert "ada.admin" not in admin.html
    for page in (stranger, admin):
        assert page.headers["Cache-Control"] == "public, max-age=300"
        assert "Set-Cookie" not in page.headers


def test_the_visits_cookie_goes_to_its_pages_only_and_is_out_of_reach_of_scripts(house: House) -> None:
    web = house.stack.browser()
    page = web.get(f"{house.stack.base_url}/join")
    house.open(house.invite("Class 7e"), web)
    [cookie] = [cookie for cookie in web.session.cookies if cookie.name == "frontdesk-visit"]
    assert (cookie.path, cookie.has_nonstandard_attr("HttpOnly")) == ("/join", True)
    assert cookie.get_nonstandard_attr("SameSite") == "Lax"
    assert page.path == "/join"


def test_forms_without_the_visits_own_token_change_nothing(house: House) -> None:
    link = house.invite("Class 7f", quota="2")
    one, other = house.open(link), house.open(link)
    fields = {
        "step": "create",
        "firstname": "Eve",
        "lastname": "Forged",
        "username": "eve.forged",
        "password": PASSWORD,
    }
    for token in ("", other.form("Continue").values["csrf_token"]):
        page = one.web.post("/join/account", {**fields, "csrf_token": token})
        assert (page.status, page.heading) == (403, "This request did not come from a page of Frontdesk")
    own = one.form("Continue").values["csrf_token"]
    assert one.web.post("/join/account", {**fields, "csrf_token": own}, Origin="https://evil.example").status == 403
    assert house.stack.world.user_by_email(f"eve.forged@{SCHOOL}") is None


def test_closing_ends_a_visit_under_way_at_once(house: House) -> None:
    link = house.invite("Class 7g", quota="5")
    page = house.named(link, "Tom", "Late")
    closed = house.manage().click("Class 7g").press("Close this invitation")
    assert "From now on the link opens nothing" in closed.text
    ended = page.press("Open my account", password=PASSWORD)
    assert (ended.status, ended.heading) == (403, "This invitation cannot be used")
    assert "has closed it" in ended.text
    assert house.open(link).status == 403
    assert house.stack.world.user_by_email(f"tomlate@{SCHOOL}") is None


def test_switching_all_off_ends_all_within_ten_seconds(house: House) -> None:
    link = house.invite("Class 7h")
    page = house.manage().form("/manage/invitations").submit(is_on=False, a_day="7")
    assert "All invitations of your domain are switched off" in page.text
    house.stack.clock.advance(seconds=10)
    assert house.open(link).heading == "This invitation cannot be used"
    page = page.form("/manage/invitations").submit(is_on=True, a_day="many")
    assert (page.status, "how many accounts a day: 0 to 5000." in page.text) == (400, True)
    page.form("/manage/invitations").submit(is_on=True, a_day="500")
    house.stack.clock.advance(seconds=10)
    assert house.open(link).heading == "Open your account"


@pytest.mark.parametrize(
    ("fields", "said"),
    [
        ({"groups": "nobody.knows@northfield.example"}, "is not a group of your domain"),
        ({"groups": "ada.admin@northfield.example"}, "is not a group of your domain"),
        ({"groups": "crew@harbour.example"}, "is not a group of your domain"),
        ({"quota": "0"}, "how many accounts it opens: 1 to 500."),
        ({"people": "Zoë"}, "Line 1"),
    ],
)
def test_an_invitation_that_cannot_be_is_explained_and_not_made(
    house: House, fields: dict[str, str], said: str
) -> None:
    page = house.manage("/new").form("/manage/invitations/new").submit(label="Never made", **fields)
    assert page.status == 400
    assert said in page.text
    assert "Never made" not in house.manage().text


def test_neither_link_nor_password_is_in_a_log_an_address_or_the_database(house: House) -> None:
    log, root = io.StringIO(), logging.getLogger()
    handler = logging.StreamHandler(log)
    handler.setFormatter(JsonLines())
    root.addHandler(handler)
    try:
        link = house.invite("Class 7i", quota="2", people="Lea, Listed, 20417\nMax, Listed, 20418")
        page = house.open(link).press("Continue", firstname="Lea", lastname="Listed", code="20417")
        page = page.press("Open my account", password=PASSWORD)
        house.open(link + "x")
    finally:
        root.removeHandler(handler)
    assert page.heading == "Your account is open"
    cookie = str(page.web.session.cookies["frontdesk-visit"])
    secrets = {"link": link.rpartition("_")[2], "cookie": cookie.split(".")[1], "password": PASSWORD, "code": "20417"}
    kept = str(stored(house.stack))
    for name, secret in secrets.items():
        assert secret not in log.getvalue(), name
        assert secret not in kept, name
        assert secret not in " ".join(page.hops), name
        assert name == "link" or secret not in page.html


def test_members_sign_in_instead_of_having_a_link_and_each_opens_one_account(house: House) -> None:
    page = house.manage("/new").form("/manage/invitations/new").submit(
        label="Clubs", audience="members", quota="9", org_unit="/Students"
    )  # fmt: skip
    address = next(area.raw_text for area in page.document.all("textarea") if "/join/members/" in area.raw_text)
    assert "fdi_" not in page.html
    assert "/marketplace/login/" in house.stack.browser().get(address).hops[1], "strangers are asked to sign in"
    member = house.stack.launch("nora.head@northfield.example").web
    page = member.get(address).press("Continue").press("Continue", firstname="Chess", lastname="Club")
    page = page.press("Open my account", password=PASSWORD)
    assert page.heading == "Your account is open"
    assert member.get(address).press("Continue").heading == "Your account is open", "the same visit"
    page = house.stack.launch("nora.head@northfield.example").web.get(address).press("Continue")
    assert (page.status, page.heading) == (403, "This invitation cannot be used")
    assert "You have opened an account with this invitation" in page.text
    audit = house.admin.get(f"{house.stack.base_url}/manage/audit").text
    assert "Clubs, nora.head@northfield.example (invitation)" in audit
    hugo = house.stack.set_up("harbour.example", "hugo.admin@harbour.example")
    for path in (address, f"{house.stack.base_url}/manage/invitations/{address.rpartition('/')[2]}"):
        assert hugo.get(path).status == 404, "it is another customer's"


def test_schedule_looks_after_what_visitors_left(house: House) -> None:
    assert house.stack.cron("/cron/invitations") == 204
    assert house.stack.cron("/cron/visits") == 204
