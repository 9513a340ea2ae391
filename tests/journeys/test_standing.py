"""What changes at Google shows here within a minute; what Google cannot say just now throws nobody out."""

import pytest

from sandbox.google import control, marketplace, people
from sandbox.google.world import Fault
from tests.stack import ADMIN, HELPDESK, OPERATOR, SCHOOL, Stack, allow
from tests.web import Web

A_MINUTE = 60


def inside(web: Web, stack: Stack, path: str = "/accounts/new") -> bool:
    return web.get(stack.base_url + path).path == path


def hannas_session(stack: Stack) -> Web:
    """Only the product's cookie: with an account at Google the browser would pass through sign-in at once."""
    signed_in = stack.browser(HELPDESK)
    signed_in.get(f"{stack.base_url}/marketplace/launch")
    return with_cookie(stack, signed_in)


def with_cookie(stack: Stack, signed_in: Web) -> Web:
    web = stack.browser()
    web.session.cookies.set("frontdesk", signed_in.session.cookies["frontdesk"], domain="localhost.local")
    return web


@pytest.mark.parametrize("change", ["suspended", "deleted", "uninstalled", "off for her unit"])
def test_session_ends_within_a_minute_when_the_person_is(stack: Stack, change: str) -> None:
    stack.set_up(creators=HELPDESK)
    web, hanna = hannas_session(stack), stack.user(HELPDESK)
    assert inside(web, stack)
    school = stack.customer(SCHOOL).id
    {
        "suspended": lambda: people.suspend(stack.world, hanna.id),
        "deleted": lambda: people.delete_user(stack.world, hanna.id),
        "uninstalled": lambda: marketplace.delete_app(stack.world, school),
        "off for her unit": lambda: marketplace.turn_off(stack.world, school, hanna.org_unit_path),
    }[change]()
    stack.clock.advance(seconds=A_MINUTE)

    assert not inside(web, stack)


def test_demoted_administrator_loses_the_session_within_a_minute(stack: Stack) -> None:
    admin = stack.set_up(creators=HELPDESK)
    second = next(u for u in stack.world.users.values() if u.is_delegated_admin and u.primary_email.endswith(SCHOOL))
    web = stack.browser(second.primary_email)
    web.get(f"{stack.base_url}/marketplace/launch")
    assert inside(web, stack, "/manage/names")
    web = with_cookie(stack, web)
    people.set_admin(stack.world, second.id, "none")
    stack.clock.advance(seconds=A_MINUTE)

    assert not inside(web, stack, "/manage/names")
    assert inside(admin, stack, "/manage/names")


def test_session_has_an_idle_limit(stack: Stack) -> None:
    stack.set_up(creators=HELPDESK)
    web = hannas_session(stack)
    stack.clock.advance(hours=2)

    assert not inside(web, stack)


def test_session_has_an_absolute_limit_however_busy_it_is(stack: Stack) -> None:
    stack.set_up(creators=HELPDESK)
    web = hannas_session(stack)
    for _ in range(7):
        stack.clock.advance(hours=1.6, google=False)
        assert inside(web, stack)
    stack.clock.advance(hours=1, google=False)

    assert not inside(web, stack)


def test_license_api_failing_for_us_keeps_a_known_customer_in_for_a_day_and_no_longer(stack: Stack) -> None:
    stack.set_up(creators=HELPDESK)
    web = stack.browser(HELPDESK)
    web.get(f"{stack.base_url}/marketplace/launch")
    stack.world.faults.append(Fault("/appsmarket/v2/", status=403, count=-1))
    stack.clock.advance(hours=1)
    assert inside(web, stack)
    stack.clock.advance(hours=25)

    page = web.get(f"{stack.base_url}/accounts/new")

    assert page.status == 503
    assert "not licensed" not in page.text
    assert "Google does not say" in page.text


def test_unknown_domain_is_not_called_unlicensed_while_google_does_not_answer(stack: Stack) -> None:
    marketplace.install(stack.world, stack.customer(SCHOOL).id)
    stack.world.faults.append(Fault("/appsmarket/v2/", status=500, count=-1))

    page = stack.launch(ADMIN)

    assert page.status == 503
    assert "Try again" in page.text


def test_directory_down_keeps_people_in_for_a_quarter_of_an_hour(stack: Stack) -> None:
    stack.set_up(creators=HELPDESK)
    web = hannas_session(stack)
    stack.world.faults.append(Fault("/admin/directory/v1/users/", "GET", 503, count=-1))
    stack.clock.advance(minutes=5)
    assert web.get(f"{stack.base_url}/").status == 200
    stack.clock.advance(minutes=16)

    assert web.get(f"{stack.base_url}/").status == 503


def test_revoked_data_access_has_a_page_of_its_own_and_a_way_back(stack: Stack) -> None:
    admin = stack.set_up(creators=HELPDESK)
    member = stack.browser(HELPDESK)
    member.get(f"{stack.base_url}/marketplace/launch")
    school = stack.customer(SCHOOL).id
    marketplace.revoke_data_access(stack.world, school)
    stack.expire_tokens()
    stack.clock.advance(seconds=A_MINUTE)

    page = member.get(f"{stack.base_url}/accounts/new")
    assert page.status in {403, 409}
    assert "unauthorized_client" not in page.text
    page = admin.get(f"{stack.base_url}/marketplace/manage/")
    assert page.heading == f"Frontdesk has no access to the accounts of {SCHOOL}"
    page = page.click("Setup page, for administrators").form("/setup/checks").submit()
    assert "Not granted" in page.text
    assert stack.world.project.service_account_client_id in page.text

    marketplace.grant_data_access(stack.world, school)
    page = page.form("/setup/checks").submit()
    assert "Not granted" not in page.text
    assert inside(stack.browser(HELPDESK), stack)


def test_fault_of_our_own_project_sends_no_administrator_to_grant_access(stack: Stack) -> None:
    admin = stack.set_up()
    control.set_project(stack.world, token_creator=False)

    page = admin.get(f"{stack.base_url}/marketplace/setup/").form("/setup/checks").submit()

    assert "Frontdesk itself is not set up correctly" in page.text
    assert "Request id: " in page.text
    assert "Grant access" not in page.text


def test_delegation_typed_with_the_e_mail_address_does_not_count(stack: Stack) -> None:
    world, school = stack.world, stack.customer(SCHOOL)
    marketplace.install(world, school.id)
    marketplace.revoke_data_access(world, school.id)
    marketplace.set_delegation(world, school.id, world.project.service_account_email, world.project.listed_scopes)

    page = allow(stack.browser(ADMIN).get(f"{stack.base_url}/marketplace/setup/")).form("/setup/checks").submit()

    assert "Not granted" in page.text


def test_partial_grant_names_the_scopes_that_are_missing(stack: Stack) -> None:
    world, school = stack.world, stack.customer(SCHOOL)
    marketplace.install(world, school.id)
    with world.changing():
        kept = [scope for scope in school.installation.granted_scopes if "group.readonly" not in scope]
        school.installation.granted_scopes = kept

    page = stack.browser(ADMIN).get(f"{stack.base_url}/marketplace/setup/").form("/setup/checks").submit()

    missing = [
        row["id"] for row in page.document.all("li") if row["id"].startswith("step-") and "Not granted" in row.text
    ]
    assert missing == ["step-delegation-groups", "step-groups-readable"]


def test_domain_sold_on_is_quarantined_and_never_merged(stack: Stack) -> None:
    web = stack.set_up(creators=HELPDESK)
    new_id = people.lapse_domain(stack.world, stack.customer(SCHOOL).id)
    marketplace.install(stack.world, new_id)
    stack.clock.advance(seconds=A_MINUTE)

    page = stack.launch(ADMIN)

    assert page.status == 403
    assert page.heading == stack.launch(ADMIN).heading, "the first visit is told as much as the second"
    assert "another" in page.text
    assert not inside(with_cookie(stack, web), stack)

    operator = stack.browser(OPERATOR)
    page = allow(operator.get(f"{stack.base_url}/operators/"))
    page.form(f"/operators/domains/{SCHOOL}/release").submit()
    stack.clock.advance(seconds=A_MINUTE)
    page = stack.launch(ADMIN)
    assert f"Set up {SCHOOL}" in page.heading
    assert HELPDESK not in page.text


def test_suspended_delegated_administrator_is_replaced_by_the_next_one_who_checks(stack: Stack) -> None:
    stack.set_up(creators=HELPDESK)
    second = next(u for u in stack.world.users.values() if u.is_delegated_admin and u.primary_email.endswith(SCHOOL))
    people.suspend(stack.world, stack.user(ADMIN).id)
    stack.expire_tokens()

    web = stack.browser(second.primary_email)
    page = web.get(f"{stack.base_url}/marketplace/manage/")
    assert page.status == 200
    page.form("/manage/take-over").submit()

    assert second.primary_email in web.get(f"{stack.base_url}/marketplace/manage/").text
    web.get(f"{stack.base_url}/accounts/new").form("new-account").submit(
        "Suggest usernames", firstname="Carlos", lastname="Alvarez"
    )
    assert "carlosalvarez" in web.page.text if web.page else False


def test_turned_off_by_its_administrator_and_on_again(stack: Stack) -> None:
    web = stack.set_up(creators=HELPDESK)
    web.get("/marketplace/manage/").form("/manage/turn-off").submit()

    assert stack.launch(HELPDESK).heading == f"Frontdesk is turned off for {SCHOOL}"
    web.get("/marketplace/setup/").form("/setup/enable").submit()
    assert stack.launch(HELPDESK).path == "/"
