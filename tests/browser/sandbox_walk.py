"""The walk past the screens of the simulated Workspace."""

from playwright.sync_api import Page

from sandbox.google import marketplace, seed
from tests.browser.people import People, at_google
from tests.browser.walks import Screens
from tests.stack import ADMIN, HELPDESK, SCHOOL, Stack


def sandbox(stack: Stack, visitors: People) -> Screens:
    """As the administrator, as an ordinary person, and as somebody who breaks things."""
    google = stack.google.url
    ada = visitors.arrive()
    ada.goto(google)
    yield "home", ada
    ada.get_by_role("link", name="Sign in as Ada", exact=True).click()
    ada.locator("#password").fill("wrong")
    ada.locator("#signin button").click()
    yield "sign-in refused", ada
    ada.locator("#password").fill(seed.PASSWORD)
    ada.locator("#signin button").click()
    yield "marketplace", ada
    ada.get_by_label("I agree to").check()
    ada.get_by_role("button", name="Install for Northfield School").click()
    yield "installed", ada
    ada.goto(f"{google}/marketplace")
    ada.get_by_text("On and off by organizational unit").click()
    yield "marketplace, installed", ada
    for name, path in (
        ("launcher", "launcher"),
        ("console", "admin"),
        ("users", "admin/users"),
        ("users, none found", "admin/users?q=zzzz"),
        ("user", f"admin/users/{stack.user(HELPDESK).id}"),
        ("groups", "admin/groups"),
        ("units", "admin/orgunits"),
        ("domains", "admin/domains"),
        ("app", "admin/app"),
        ("delegation", "ac/owl/domainwidedelegation?clientIdToAdd=108234567890123456789&clientScopeToAdd=openid"),
        ("panel", "panel"),
        ("log", "panel/log"),
    ):
        ada.goto(f"{google}/{path}")
        yield name, ada
    ada.locator(".account summary").click()
    yield "account menu", ada
    yield from _others(stack, visitors)


def _others(stack: Stack, visitors: People) -> Screens:
    google = stack.google.url
    hanna = visitors.arrive()
    at_google(hanna, stack, HELPDESK)
    hanna.goto(f"{google}/admin")
    yield "console, refused", hanna
    marketplace.turn_off(stack.world, stack.customer(SCHOOL).id)
    hanna.goto(f"{google}/launcher")
    yield "launcher, app is off", hanna
    hanna.goto(f"{stack.base_url}/marketplace/launch")
    yield "consent", hanna
    at_google(hanna, stack, ADMIN)
    hanna.goto(f"{stack.base_url}/marketplace/login/?prompt=select_account")
    yield "chooser", hanna
    yield "new password", _newcomer(stack, visitors)


def _newcomer(stack: Stack, visitors: People) -> Page:
    """Somebody who has to choose a password."""
    with stack.world.changing():
        stack.user(HELPDESK).change_password_at_next_login = True
    page = visitors.arrive()
    at_google(page, stack, HELPDESK)
    return page
