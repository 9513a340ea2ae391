"""The twelve defects of the original that reading it brought to light, by their number; none of them is here."""

import contextlib

import pytest
from google.cloud import ndb

import main
from marketplace.records import AppsDomain
from sandbox.google import marketplace
from tests.stack import ADMIN, HELPDESK, OPERATOR, SCHOOL, Stack, allow

HARBOUR = "harbour.example"


@contextlib.contextmanager
def records(stack: Stack):
    host: main.Host = stack.app.extensions["frontdesk"]
    with host.datastore.context():
        yield


def admin_of(stack: Stack, domain: str) -> str:
    return next(
        user.primary_email
        for user in stack.world.users.values()
        if user.is_admin and user.primary_email.endswith("@" + domain)
    )


def test_1_a_domain_first_seen_unlicensed_opens_by_itself_once_it_is_installed(stack: Stack) -> None:
    page = stack.launch(ADMIN)
    page = allow(page)
    assert page.status == 403
    assert "not installed" in page.heading
    stack.clock.advance(seconds=11)

    web = stack.set_up(creators=HELPDESK)

    assert web.get("/").status == 200
    assert stack.launch(HELPDESK).path == "/"


def test_2_strangers_leave_no_rows_and_lock_nobody_out(stack: Stack) -> None:
    stranger = stack.browser()
    for domain in ("never-seen.example", SCHOOL, "another.example"):
        assert stranger.get(f"{stack.base_url}/marketplace/login/{domain}/?from=google").status == 403
    with records(stack):
        assert AppsDomain.query().count() == 0

    stack.clock.advance(seconds=11)
    assert stack.set_up().get("/").status == 200


def test_3_signing_in_for_one_domain_as_a_user_of_another_gives_no_rights_in_it(stack: Stack) -> None:
    stack.set_up(creators=HELPDESK)
    marketplace.install(stack.world, stack.customer(HARBOUR).id)
    web = stack.browser(admin_of(stack, HARBOUR))

    page = web.get(f"{stack.base_url}/marketplace/login/{SCHOOL}/?from=google")
    page = choose(page, admin_of(stack, HARBOUR))

    assert "northfield" not in page.heading
    assert web.get(f"{stack.base_url}/manage/names").path == "/marketplace/setup/", "of a domain that is not set up"
    assert SCHOOL not in web.get(f"{stack.base_url}/marketplace/setup/{SCHOOL}/").heading
    assert HARBOUR in web.get(f"{stack.base_url}/marketplace/setup/{SCHOOL}/").heading


def test_4_the_domain_in_the_address_of_setup_does_not_matter(stack: Stack) -> None:
    stack.set_up(creators=HELPDESK)
    marketplace.install(stack.world, stack.customer(HARBOUR).id)
    web = stack.browser(admin_of(stack, HARBOUR))

    page = web.get(f"{stack.base_url}/marketplace/setup/{SCHOOL}/")
    page.form("/setup/checks").submit()

    with records(stack):
        row = AppsDomain.get_by_id(SCHOOL)
        assert row.delegated_admin_email == ADMIN
        assert AppsDomain.get_by_id(HARBOUR).customer_id == stack.customer(HARBOUR).id


@pytest.mark.parametrize("target", ["//evil.example", "/\\evil.example", "https:evil.example", "%2F%2Fevil.example"])
def test_5_no_open_redirects(stack: Stack, target: str) -> None:
    web = stack.set_up()

    for path in ("/marketplace/login/", "/marketplace/launch"):
        assert web.get(f"{stack.base_url}{path}?next={target}&callback={target}").url == f"{stack.base_url}/"
    form = web.get("/").form("Sign out")
    page = form.page.web.post(form.action, {**form.values, "next": target})
    assert page.url.startswith(stack.base_url)


def test_6_an_uninstalled_domain_is_out_within_a_minute(stack: Stack) -> None:
    web = stack.set_up()
    marketplace.delete_app(stack.world, stack.customer(SCHOOL).id)
    stack.clock.advance(seconds=60)

    page = web.get("/accounts/new")

    assert page.path != "/accounts/new"
    assert "New account" not in page.heading


def test_7_no_window_of_events_to_miss_the_license_is_asked_for(stack: Stack) -> None:
    web = stack.set_up()
    marketplace.delete_app(stack.world, stack.customer(SCHOOL).id)
    stack.clock.advance(minutes=50)  # longer, and google-auth's own clock would be too far behind
    assert web.get("/accounts/new").path != "/accounts/new"
    marketplace.install(stack.world, stack.customer(SCHOOL).id)
    stack.clock.advance(seconds=60)

    assert stack.launch(ADMIN).path == "/"


def test_8_no_secret_of_an_administrator_is_kept_and_setup_links_burn(stack: Stack) -> None:
    web = stack.browser(OPERATOR)
    page = web.get(f"{stack.base_url}/operators/")
    page = allow(page)
    page = page.form("/operators/independent").submit(domain="oldmill.example")
    page = page.form("Issue setup link").submit()
    link = next(e["value"] for e in page.document.all("input") if "/setup-link/" in e["value"])
    token = link.rsplit("/", 1)[1]
    assert len(token) >= 43
    with records(stack):
        assert not any(
            token in str(entity) for kind in ("InstallLink", "AppsDomain") for entity in ndb.Query(kind=kind)
        )

    holder = stack.browser(admin_of(stack, "oldmill.example"))
    page = allow(holder.get(link))
    page.form("Begin setup").submit()
    again = holder.get(link)

    assert again.status == 404
    assert "used already" in again.text


def test_9_a_setup_link_for_nothing_is_a_page_not_an_error(stack: Stack) -> None:
    web = stack.set_up()

    page = web.get("/marketplace/setup-link/nothing-of-the-kind")

    assert page.status == 404
    assert "Request id" in page.text


def test_10_a_disable_is_enforced_and_its_reason_is_shown_to_the_customer(stack: Stack) -> None:
    web = stack.set_up()
    operator = stack.browser(OPERATOR)
    page = allow(operator.get(f"{stack.base_url}/operators/"))
    page.form(f"/operators/domains/{SCHOOL}/disable").submit(reason="The invoice of May is open.")
    stack.clock.advance(seconds=60)

    assert web.get("/accounts/new").path != "/accounts/new"
    page = stack.launch(ADMIN)
    assert page.status == 403
    assert "The invoice of May is open." in page.text
    operator.get(f"{stack.base_url}/operators/").form("Lift the disable").submit()
    assert stack.launch(ADMIN).path == "/"


def test_11_sign_out_is_a_form_and_sign_in_makes_a_new_session(stack: Stack) -> None:
    web = stack.set_up()
    before = web.session.cookies["frontdesk"]

    assert web.get("/marketplace/logout").status == 405
    web.get("/").form("Sign out").submit()
    web.get(f"{stack.base_url}/marketplace/launch")

    assert web.session.cookies["frontdesk"] != before


def test_12_a_renamed_user_stays_who_they_were(stack: Stack) -> None:
    stack.set_up(creators=HELPDESK)
    user = stack.user(HELPDESK)
    from sandbox.google import people  # noqa: PLC0415

    people.rename_user(stack.world, user.id, "hanna.desk@northfield.example")
    web = stack.browser("hanna.desk@northfield.example")
    web.get(f"{stack.base_url}/marketplace/launch")

    assert web.get(f"{stack.base_url}/accounts/new").heading == "New account"


def choose(page, email: str):
    """At Google's chooser or sign-in form, go on as this person."""
    from sandbox.google import seed  # noqa: PLC0415

    while "/o/oauth2/" in page.url or "/accounts/signin" in page.url:
        if any(form.element["id"] == "signin" for form in page.forms):
            page = page.form("signin").submit(email=email, password=seed.PASSWORD)
        else:
            page = page.form("consent").submit("Allow")
    return page
