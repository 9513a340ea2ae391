"""The story: from the Marketplace to an account that its owner can sign in with. One test for each paragraph."""

import pytest

from tests.stack import ADMIN, HELPDESK, SCHOOL, Stack
from tests.web import Page, Web

EVERY_CHECK = 16
"""License, six scopes, administrator, customer, four readings, an optional scope, the choices; all are counted."""


def test_administrator_installs_from_the_marketplace_and_is_led_to_setup(stack: Stack) -> None:
    web = stack.browser(ADMIN)
    page = web.get(f"{stack.google.url}/marketplace")

    page = page.form("Install for Northfield School").submit(target="everyone", agree=True)

    assert stack.customer(SCHOOL).installation.installed
    page = page.link("Set up Frontdesk").follow()
    assert page.url == f"{stack.base_url}/marketplace/setup/"
    assert "Set up northfield.example" in page.heading
    assert not any("signin" in hop for hop in page.hops)


def test_setup_turns_every_check_green_and_enables_the_domain(stack: Stack) -> None:
    web, page = at_setup(stack)
    assert "Not checked yet" in page.text

    page = page.form("/setup/checks").submit()
    failed = [row for row in page.document.all("li") if row["id"].startswith("step-") and "Failed" in row.text]
    assert failed == []
    assert page.document.all("a", where=lambda link: link["class"] == "fix") == [], "nothing is to be mended"
    assert stack.world.project.service_account_client_id not in page.text, "nothing is to be granted by hand"
    page = page.form("/setup/choices/defaults").submit(creators=HELPDESK)
    assert "Your choices are saved." in page.text
    assert "Everything is ready" in page.text

    page = page.form("/setup/enable").submit()
    assert page.path == "/"
    assert "Frontdesk is on for northfield.example" in " ".join(page.notices)
    assert "Frontdesk is on for" not in " ".join(web.get("/").notices)  # said once
    assert "northfield-school.example (alias of northfield.example)" in web.get("/marketplace/manage/").text


def test_checks_can_be_repeated_one_by_one(stack: Stack) -> None:
    _, page = at_setup(stack)

    page = page.form("/setup/checks/license").submit()

    assert "Google says that the license is active." in page.text
    assert page.text.count("Not checked yet") >= EVERY_CHECK - 4


def test_ordinary_user_launches_without_a_second_sign_in(stack: Stack) -> None:
    stack.set_up(creators=HELPDESK)
    web = stack.browser(HELPDESK)

    page = web.get(f"{stack.google.url}/launcher").link("Frontdesk").follow()

    assert page.url == f"{stack.base_url}/"
    assert "Hanna" in page.text or HELPDESK in page.text
    pages_of_google = [hop for hop in page.hops if hop.startswith(stack.google.url)]
    assert len(pages_of_google) == 1, "Google's authorization address, passed without a stop"
    assert "/o/oauth2/v2/auth?" in pages_of_google[0]


def test_suggested_name_becomes_an_account_that_signs_in_with_the_password_shown(stack: Stack) -> None:
    stack.set_up(creators=HELPDESK)
    page = stack.launch(HELPDESK)

    page = page.link("New account").follow()
    page = page.form("new-account").submit("Suggest usernames", firstname="Carlos", lastname="Álvarez")
    suggested = [option["value"] for option in page.document.all("input", where=lambda e: e["name"] == "choice")]
    assert suggested == ["carlosalvarez", "carlos.alvarez", "carlos_alvarez"]
    page = page.form("new-account").submit("Create account", choice="carlos.alvarez")

    assert page.heading == "Account created"
    password = shown_password(page)
    console = stack.browser(ADMIN).get(f"{stack.google.url}/admin/users?q=carlos.alvarez")
    assert "carlos.alvarez@northfield.example" in console.text
    newcomer = stack.browser()
    signed_in = (
        newcomer.get(f"{stack.google.url}/accounts/signin")
        .form("signin")
        .submit(email="carlos.alvarez@northfield.example", password=password)
    )
    assert "Choose a new password" in signed_in.heading


def test_member_who_may_not_create_is_told_whom_to_ask(stack: Stack) -> None:
    stack.set_up(creators=HELPDESK)
    teacher = next(
        user.primary_email
        for user in stack.world.users.values()
        if user.org_unit_path == "/Staff/Teachers" and not user.suspended and not user.is_delegated_admin
    )

    web = stack.browser(teacher)
    home = web.get(f"{stack.base_url}/marketplace/launch")
    refused = web.get(f"{stack.base_url}/accounts/new")

    assert ADMIN in home.text
    assert [link.text for link in home.links if link.url.endswith("/accounts/new")] == []
    assert refused.status == 403
    assert ADMIN in refused.text


@pytest.mark.parametrize("path", ["/marketplace/setup/", "/marketplace/setup/northfield.example/"])
def test_member_before_setup_sees_another_page_than_the_administrator(stack: Stack, path: str) -> None:
    at_setup(stack)
    member = stack.browser(HELPDESK).get(stack.base_url + path)

    assert "not ready" in member.heading
    assert "Check everything" not in member.text


def at_setup(stack: Stack) -> tuple[Web, Page]:
    from sandbox.google import marketplace  # noqa: PLC0415

    marketplace.install(stack.world, stack.customer(SCHOOL).id)
    web = stack.browser(ADMIN)
    return web, web.get(f"{stack.base_url}/marketplace/setup/")


def shown_password(page: Page) -> str:
    """The one-time secret of the result card."""
    return next(e["value"] for e in page.document.all("input") if "password" in e["id"])
