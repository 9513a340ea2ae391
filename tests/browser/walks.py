"""Walks past every screen of the product, each yielding (name of the screen, tab that shows it) where there is to look.

A walk begins with a fresh stack and brings the world from state to state; the tab it yields may be looked at in any
size and light, but not be led elsewhere.
"""

from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta

from playwright.sync_api import Page, expect

from sandbox.google import marketplace, people
from tests.browser.bulk_walk import bulk
from tests.browser.directory_walk import directory
from tests.browser.erasure_walk import leaving
from tests.browser.follow_up_walk import follow_ups
from tests.browser.invitation_walk import invitations
from tests.browser.pattern_walk import patterns
from tests.browser.people import People, at_google, give
from tests.browser.rules_walk import rules
from tests.stack import ADMIN, HELPDESK, OPERATOR, SCHOOL, Stack

Screens = Iterator[tuple[str, Page]]
Walk = Callable[[Stack, People], Screens]
HARBOUR, OLD_MILL, CONSUMER = "harbour.example", "oldmill.example", "sandbox.consumer@gmail.com"


def outside(stack: Stack, visitors: People) -> Screens:
    """Nobody is signed in, or to no use."""
    page = visitors.arrive()
    for name, path in (
        ("front", "/"),
        ("front, not a domain", "/marketplace/?domain=not%20a%20domain"),
        ("not installed", f"/marketplace/login/{HARBOUR}/?from=google"),
        ("nothing there", "/nowhere"),
        ("sign-in that went wrong", "/marketplace/return?state=old&code=x"),
        *((f"legal, {name}", f"/marketplace/{name}") for name in ("support", "privacy", "terms", "data-deletion")),
    ):
        page.goto(stack.base_url + path)
        yield name, page
    at_google(page, stack, CONSUMER)
    page.goto(f"{stack.base_url}/marketplace/launch?hd=")
    consent(page, stack, CONSUMER)
    yield "no domain", page
    yield "not installed, signed in", enter(stack, visitors, ADMIN, "/")


def setting_up(stack: Stack, visitors: People) -> Screens:
    """From the installation to the first day."""
    school = stack.customer(SCHOOL).id
    marketplace.install(stack.world, school)
    yield "waiting", enter(stack, visitors, HELPDESK, "/marketplace/setup/")
    ada = enter(stack, visitors, ADMIN, "/marketplace/setup/")
    yield "setup, not begun", ada
    ada.locator("#step-license button").click()
    expect(ada.locator("#step-license")).to_contain_text("Checked")
    yield "setup, one step", ada
    marketplace.revoke_data_access(stack.world, school)
    stack.expire_tokens()
    ada.get_by_role("button", name="Check everything").click()
    ada.get_by_text("The values to enter by hand").click()
    yield "setup, no access", ada
    marketplace.grant_data_access(stack.world, school)
    ada.get_by_role("button", name="Check everything").click()
    ada.get_by_label("Who else may create accounts").fill("nobody.knows@northfield.example")
    ada.get_by_label("Letters and digits in a generated password").fill("3")
    ada.get_by_role("button", name="Save these choices").click()
    yield "setup, choices refused", ada
    ada.get_by_label("Who else may create accounts").fill(HELPDESK)
    ada.get_by_label("Letters and digits in a generated password").fill("12")
    ada.get_by_role("button", name="Save these choices").click()
    yield "setup, ready", ada
    ada.get_by_role("button", name="Enable Frontdesk").click()
    yield "home, first day", ada
    ada.goto(f"{stack.base_url}/marketplace/setup/")
    yield "setup, done", ada


def accounts(stack: Stack, visitors: People) -> Screens:
    """What creators and other members see."""
    stack.set_up(creators=HELPDESK)
    hanna = enter(stack, visitors, HELPDESK, "/")
    yield "home, creator", hanna
    hanna.goto(f"{stack.base_url}/accounts/new")
    yield "new account, empty", hanna
    hanna.get_by_label("First name").fill("Maya")
    hanna.get_by_label("Last name").fill("Okonkwo-Lindqvist")
    expect(hanna.locator("#hold-left")).to_be_visible()
    hanna.locator("#username").press("ArrowDown")
    yield "new account, suggestions", hanna
    hanna.locator("#username").press("Escape")
    hanna.clock.set_fixed_time(datetime.now(UTC) + timedelta(minutes=10))  # for the page; the server's time goes on
    expect(hanna.get_by_role("button", name="Keep them again")).to_be_visible()
    yield "new account, no longer kept", hanna
    hanna.locator("#username").fill("hanna.helpdesk")
    expect(hanna.locator("#username")).to_have_attribute("aria-invalid", "true")
    yield "new account, taken", hanna
    hanna.get_by_label("First name").clear()
    hanna.locator("#username").clear()
    hanna.get_by_role("button", name="Create account").click()
    yield "new account, refused", hanna
    hanna.get_by_label("First name").fill("Maya")
    school = stack.customer(SCHOOL)
    school.user_limit = 1
    hanna.locator("#username").fill("maya.okonkwo")
    hanna.get_by_role("button", name="Create account").click()
    yield "new account, no license left", hanna
    school.user_limit = 0
    hanna.get_by_role("button", name="Create account").click()
    expect(hanna.get_by_role("heading", name="Account created")).to_be_visible()
    yield "account created", hanna
    hanna.goto(f"{stack.base_url}/marketplace/login/{HARBOUR}/?from=google")
    yield "switch", hanna
    member = enter(stack, visitors, teacher(stack), "/")
    yield "home, member", member
    member.goto(f"{stack.base_url}/accounts/new")
    yield "not allowed", member
    hanna.goto(stack.base_url)
    hanna.locator(".account summary").click()
    yield "account menu", hanna
    hanna.get_by_role("button", name="Sign out").click()
    yield "signed out", hanna


def settings(stack: Stack, visitors: People) -> Screens:
    """What administrators of a domain see."""
    stack.set_up(creators=HELPDESK)
    ada = enter(stack, visitors, ADMIN, "/")
    yield "home, administrator", ada
    ada.goto(f"{stack.base_url}/manage/keys")
    yield "keys, none", ada
    ada.get_by_label("What it is for").fill("Timetable program")
    ada.get_by_role("button", name="Make a key").click()
    yield "key, shown once", ada
    ada.goto(f"{stack.base_url}/manage/keys")
    ada.locator(".confirmation summary").click()
    yield "keys, about to revoke", ada
    ada.goto(f"{stack.base_url}/manage/compatibility")
    yield "compatibility, off", ada
    ada.get_by_label("Let keys stand in addresses").check()
    ada.get_by_label("Origins of the pages").fill("*.school.example")
    ada.get_by_role("button", name="Save").click()
    yield "compatibility, refused", ada
    ada.get_by_label("Origins of the pages").fill("https://school.example null")
    ada.get_by_role("button", name="Save").click()
    ada.get_by_label("What it is for").fill("Lobby")
    ada.get_by_role("button", name="Make a key").click()
    yield "compatibility, address shown once", ada
    ada.goto(f"{stack.base_url}/manage/compatibility")
    ada.locator(".confirmation summary").click()
    yield "compatibility, on", ada
    for path, label, bad in (
        ("names", "Patterns", "[nonsense"),
        ("creators", "Addresses", "nobody.knows@northfield.example"),
    ):
        ada.goto(f"{stack.base_url}/manage/{path}")
        yield path, ada
        ada.get_by_label(label).fill(bad)
        ada.get_by_role("button", name="Save").click()
        yield f"{path}, refused", ada
    yield from rules(ada, stack)
    yield from follow_ups(ada, stack)
    ada.goto(f"{stack.base_url}/manage/audit")
    ada.locator("td details summary").first.click()
    yield "audit", ada
    ada.goto(f"{stack.base_url}/marketplace/manage/")
    ada.locator("#turn-off summary").click()
    yield "domain, about to turn off", ada
    ada.get_by_role("button", name="Turn off Frontdesk", exact=True).click()
    yield "domain, turned off", ada
    yield "turned off, member", enter(stack, visitors, HELPDESK, "/")


def trouble(stack: Stack, visitors: People) -> Screens:
    """The door was open, and is no longer."""
    stack.set_up(creators=HELPDESK)
    ada, hanna = enter(stack, visitors, ADMIN, "/"), enter(stack, visitors, HELPDESK, "/")
    marketplace.revoke_data_access(stack.world, stack.customer(SCHOOL).id)
    stack.expire_tokens()
    for name, page in (("access lost, administrator", ada), ("access lost, member", hanna)):
        page.goto(f"{stack.base_url}/accounts/new")
        yield name, page
    stack.clock.advance(minutes=2)
    ada.goto(f"{stack.base_url}/marketplace/manage/")
    yield "domain, access lost", ada
    marketplace.grant_data_access(stack.world, stack.customer(SCHOOL).id)
    people.suspend(stack.world, stack.user(ADMIN).id)
    stack.clock.advance(minutes=2)
    second = next(u for u in stack.world.users.values() if u.is_delegated_admin and u.primary_email.endswith(SCHOOL))
    page = enter(stack, visitors, second.primary_email, "/accounts/new")
    yield "administrator gone", page
    people.suspend(stack.world, stack.user(ADMIN).id, suspended=False)
    new_owner = people.lapse_domain(stack.world, stack.customer(SCHOOL).id)
    marketplace.install(stack.world, new_owner)
    stack.clock.advance(minutes=2)
    owner = enter(stack, visitors, ADMIN, "/")  # of the same address; whoever comes first is merely refused
    owner.goto(f"{stack.base_url}/marketplace/launch")
    expect(owner.get_by_role("heading", level=1)).to_have_text(f"{SCHOOL} seems to belong to somebody else now")
    yield "quarantined", owner


def operators(stack: Stack, visitors: People) -> Screens:
    """What the people who run the deployment see, and whom they deal with."""
    olivia = enter(stack, visitors, OPERATOR, "/operators/")
    yield "operators, no domains", olivia
    olivia.get_by_role("textbox", name="Domain").fill("not a domain")
    olivia.get_by_role("button", name="Add the domain").click()
    yield "operators, not a domain", olivia
    olivia.get_by_role("textbox", name="Domain").fill(OLD_MILL)
    olivia.get_by_role("button", name="Add the domain").click()
    expect(olivia.get_by_text("is now managed by hand")).to_be_visible()
    stack.set_up(creators=HELPDESK)
    olivia.get_by_role("button", name="Issue setup link").click()
    yield "setup link, shown once", olivia
    link = olivia.locator("#setup-link").input_value().removeprefix(stack.base_url)
    hanna = enter(stack, visitors, HELPDESK, link)
    yield "setup link, of another domain", hanna
    miller = enter(stack, visitors, admin_of(stack, OLD_MILL), link)
    yield "setup link", miller
    miller.get_by_role("button", name="Begin setup").click()
    yield "setup, by hand", miller
    olivia.goto(f"{stack.base_url}/marketplace/configuration")
    yield "listing", olivia
    olivia.goto(f"{stack.base_url}/operators/?q=north")
    olivia.locator(".confirmation summary").first.click()
    yield "operators, about to disable", olivia
    olivia.get_by_label("Reason").fill("The bill of March is open.")
    olivia.get_by_role("button", name="Disable northfield.example").click()
    yield "operators, disabled", olivia
    stack.clock.advance(minutes=2)
    yield "disabled, administrator", enter(stack, visitors, ADMIN, "/")
    hanna.goto(f"{stack.base_url}/")
    yield "disabled, member", hanna


WALKS: tuple[Walk, ...] = (
    *(outside, setting_up, accounts, settings, patterns, directory, bulk, invitations, trouble, operators, leaving),
)


def enter(stack: Stack, visitors: People, email: str, path: str) -> Page:
    """Somebody signs in and opens a page; who has not the app by their administrator is asked for consent."""
    page = visitors.sign_in(stack, email)
    consent(page, stack, email)
    if path != "/":
        page.goto(stack.base_url + path)
    return page


def consent(page: Page, stack: Stack, email: str) -> None:
    """Go through the pages of Google that are shown to those for whom nobody installed the app."""
    if page.locator("#signin").count():
        give(page, email)
    if page.url.startswith(stack.google.url):
        page.get_by_role("button", name="Allow").click()


def teacher(stack: Stack) -> str:
    """Somebody who may sign in and nothing else."""
    return next(
        user.primary_email
        for user in stack.world.users.values()
        if user.org_unit_path == "/Staff/Teachers" and not user.suspended and not user.is_delegated_admin
    )


def admin_of(stack: Stack, domain: str) -> str:
    """The administrator of a customer."""
    users = stack.world.users.values()
    return next(user.primary_email for user in users if user.is_admin and user.primary_email.endswith(f"@{domain}"))
