"""A domain managed by hand: no Marketplace, no license; a setup link, delegation typed in the console, consent once."""

import pytest

from sandbox.google import marketplace
from sandbox.google.world import Fault
from tests.stack import OPERATOR, SCHOOL, Stack, allow
from tests.stored import rows_of, stored
from tests.web import Page, Web

OLD_MILL = "oldmill.example"
ORLA = "orla.admin@oldmill.example"
CHECKS = (
    "license", "delegation-users", "delegation-groups", "delegation-members", "delegation-orgunits",
    "delegation-domains", "delegation-customer", "administrator", "customer", "users-readable", "groups-readable",
    "org-units-readable", "domains-readable", "optional-licenses",
)  # fmt: skip


def test_from_the_operator_to_the_first_member(stack: Stack) -> None:
    never_asked = [
        Fault(f"/appsmarket/v2/customerLicense/{stack.world.project.number}/{OLD_MILL}", status=500, count=99),
        Fault("/appsmarket/v2/userLicense/", status=500, count=99),
    ]
    stack.world.faults.extend(never_asked)
    operator = operator_browser(stack)
    admin, page = begun_setup(stack, operator)
    assert page.path == "/marketplace/setup/"
    assert stack.world.project.service_account_client_id in page.text
    for scope in stack.world.project.listed_scopes[3:]:
        assert scope in page.text
    assert stored(stack)[f"/AppsDomain/{OLD_MILL}"]["customer_id"] == ""

    authorize(page)
    for step in CHECKS:
        page = admin.get(f"{stack.base_url}/marketplace/setup/")
        page = page.form(f"/setup/checks/{step}").submit()
        assert is_done(page, step), row_of(page, step)
    kept = stored(stack)[f"/AppsDomain/{OLD_MILL}"]
    assert kept["customer_id"] == stack.customer(OLD_MILL).id
    assert kept["delegated_admin_email"] == ORLA

    page = admin.get(f"{stack.base_url}/marketplace/setup/").form("/setup/choices/defaults").submit()
    page = page.form("/setup/enable").submit()
    assert page.path == "/"
    assert member_comes_in_with_one_consent(stack)
    assert [fault.count for fault in never_asked] == [99, 99]


def member_comes_in_with_one_consent(stack: Stack) -> bool:
    """Google asks the person once and never again, in no browser."""
    email = member_of(stack)
    web = stack.browser(email)
    asked = web.get(f"{stack.base_url}/marketplace/launch")
    assert [form.element["id"] for form in asked.forms if form.element["id"]] == ["consent"]
    home = asked.form("consent").submit("Allow")
    assert home.url == f"{stack.base_url}/"
    home.form("Sign out").submit()
    assert web.get(f"{stack.base_url}/marketplace/launch").path == "/"
    return stack.launch(email).path == "/"


def test_checks_before_the_grant_say_what_is_missing_and_keep_nothing(stack: Stack) -> None:
    _, page = begun_setup(stack, operator_browser(stack))
    before = rows_of(stack, OLD_MILL)

    page = page.form("/setup/checks").submit()

    assert is_done(page, "license")
    missing = [step for step in CHECKS if "Grant access in the Admin console" in row_of(page, step)]
    assert missing == [step for step in CHECKS if step.startswith("delegation-")]
    assert not any("/setup/enable" in form.action for form in page.forms)
    after = rows_of(stack, OLD_MILL)
    assert {name: row for name, row in after.items() if "/Session/" not in name} == {
        name: row for name, row in before.items() if "/Session/" not in name
    }


def test_delegation_for_the_e_mail_address_does_not_work(stack: Stack) -> None:
    """The console takes what is typed; only the numeric client id has an effect."""
    admin, page = begun_setup(stack, operator_browser(stack))
    authorize(page, client_id=stack.world.project.service_account_email)
    assert stack.world.project.service_account_email in stack.customer(OLD_MILL).delegations

    page = admin.get(f"{stack.base_url}/marketplace/setup/").form("/setup/checks").submit()
    assert not any(is_done(page, step) for step in CHECKS if step not in {"license", "optional-licenses"})
    assert "The number, not an e-mail address" in page.text

    authorize(page)
    page = admin.get(f"{stack.base_url}/marketplace/setup/").form("/setup/checks").submit()
    assert all(is_done(page, step) for step in CHECKS)


def test_disabled_by_the_operator_with_a_reason_and_lifted(stack: Stack) -> None:
    operator = operator_browser(stack)
    admin, page = begun_setup(stack, operator)
    set_up(stack, admin, page)
    page = operator.get(f"{stack.base_url}/operators/").form(f"/operators/domains/{OLD_MILL}/disable")
    page = page.submit(reason="The contract ended in May.")
    assert "The contract ended in May." in page.text
    stack.clock.advance(seconds=60)

    for_admin = admin.get(f"{stack.base_url}/accounts/new")
    assert for_admin.status == 403
    assert "The contract ended in May." in for_admin.text
    for_member = allow(stack.launch(member_of(stack)))
    assert for_member.status == 403
    assert "have disabled it" in for_member.text
    assert "The contract ended in May." not in for_member.text

    operator.get(f"{stack.base_url}/operators/").form("Lift the disable").submit()
    assert admin.get(f"{stack.base_url}/accounts/new").heading == "New account"
    assert allow(stack.launch(member_of(stack))).path == "/"


def test_setup_link_is_for_its_own_domain_only_and_looking_does_not_use_it_up(stack: Stack) -> None:
    link = issued_link(operator_browser(stack))
    marketplace.install(stack.world, stack.customer(SCHOOL).id)
    foreign = stack.browser("ada.admin@northfield.example")

    page = foreign.get(link)
    assert f"This link is for {OLD_MILL}" in page.heading
    token = foreign.get(f"{stack.base_url}/marketplace/setup/").form("Sign out").values["csrf_token"]
    assert foreign.post(link, {"csrf_token": token}).status == 403
    assert "northfield" not in str(stored(stack)[f"/AppsDomain/{OLD_MILL}"])

    assert allow(stack.browser(ORLA).get(link)).form("Begin setup").submit().path == "/marketplace/setup/"


def test_member_with_the_link_gets_no_further_than_the_instructions(stack: Stack) -> None:
    link = issued_link(operator_browser(stack))
    member = stack.browser(member_of(stack))
    page = allow(member.get(link)).form("Begin setup").submit()
    scopes = stack.world.project.listed_scopes[3:]
    marketplace.set_delegation(
        stack.world, stack.customer(OLD_MILL).id, stack.world.project.service_account_client_id, scopes
    )
    before = stored(stack)[f"/AppsDomain/{OLD_MILL}"]

    page = page.form("/setup/checks").submit()
    assert "is not an administrator" in row_of(page, "administrator")
    token = page.form("Sign out").values["csrf_token"]
    assert member.post("/marketplace/setup/enable", {"csrf_token": token}).status == 403

    assert stored(stack)[f"/AppsDomain/{OLD_MILL}"] == before


def test_setup_link_ends_after_a_week(stack: Stack) -> None:
    link = issued_link(operator_browser(stack))
    admin = stack.browser(ORLA)
    assert "Begin to set up" in allow(admin.get(link)).heading
    stack.clock.advance(days=7)

    page = admin.get(link)

    assert page.status == 404
    assert "Ask support for a new link" in page.text


def test_delegation_taken_away_after_setup_can_be_given_back_without_another_link(stack: Stack) -> None:
    admin, page = begun_setup(stack, operator_browser(stack))
    set_up(stack, admin, page)
    with stack.world.changing():
        stack.customer(OLD_MILL).delegations.clear()
    stack.expire_tokens()

    page = stack.browser(ORLA).get(f"{stack.base_url}/marketplace/setup/")
    authorize(page.form("/setup/checks").submit())
    page = page.web.get(f"{stack.base_url}/marketplace/setup/").form("/setup/checks").submit()

    assert is_done(page, "administrator")
    assert "Not granted" not in page.text


@pytest.mark.parametrize("domain", [OLD_MILL, SCHOOL, "never-seen.example"])
def test_nobody_of_a_domain_that_is_not_added_gets_a_link(stack: Stack, domain: str) -> None:
    operator = operator_browser(stack)
    token = operator.get(f"{stack.base_url}/operators/").form("Sign out").values["csrf_token"]

    page = operator.post(f"{stack.base_url}/operators/domains/{domain}/setup-link", {"csrf_token": token})

    assert page.status == 404
    assert "Add it as an independent domain first" in page.text


def operator_browser(stack: Stack) -> Web:
    """An operator's, signed in."""
    web = stack.browser(OPERATOR)
    allow(web.get(f"{stack.base_url}/operators/"))
    return web


def issued_link(operator: Web) -> str:
    """Add the domain and issue its link, on the operators' page."""
    page = operator.get(f"{operator.start}/operators/").form("/operators/independent").submit(domain=OLD_MILL)
    page = page.form("Issue setup link").submit()
    return next(e["value"] for e in page.document.all("input") if "/setup-link/" in e["value"])


def begun_setup(stack: Stack, operator: Web) -> tuple[Web, Page]:
    """The administrator opens the link, consents at Google, and begins; the setup page."""
    admin = stack.browser(ORLA)
    page = admin.get(issued_link(operator))
    assert page.url.startswith(stack.google.url), "Google's consent, as nobody has installed the app"
    return admin, allow(page).form("Begin setup").submit()


def authorize(page: Page, **typed: str) -> None:
    """Follow the filled-in link to the Admin console, and press Authorize there; typed: what is typed over."""
    console = page.click("Open domain-wide delegation, filled in")
    assert console.path == "/admin/delegation"
    console.form("/admin/delegation/add").submit("Authorize", **typed)


def set_up(stack: Stack, admin: Web, page: Page) -> None:
    authorize(page)
    page = admin.get(f"{stack.base_url}/marketplace/setup/").form("/setup/checks").submit()
    page = page.form("/setup/choices/defaults").submit()
    assert page.form("/setup/enable").submit().path == "/"


def row_of(page: Page, step: str) -> str:
    return next(row.text for row in page.document.all("li") if row["id"] == f"step-{step}")


def is_done(page: Page, step: str) -> bool:
    return next("ok" in row["class"].split() for row in page.document.all("li") if row["id"] == f"step-{step}")


def member_of(stack: Stack) -> str:
    """Somebody of the domain without any role."""
    people = stack.world.users.values()
    return next(u.primary_email for u in people if u.primary_email.endswith(f"@{OLD_MILL}") and not u.is_admin)
