"""The Admin console: people, groups, domains, delegation; only for administrators, only about their own customer."""

from urllib.parse import quote

import pytest

from sandbox.google import seed
from sandbox.google.world import Customer, World
from tests.sandbox.steps import Person
from tests.web import Web

HANNA = seed.account_id(seed.HELPDESK)
HUGO = seed.account_id("hugo.admin@harbour.example")
SCOPES = seed.LISTED_SCOPES[3:]


@pytest.mark.parametrize(
    "path", ["", "/users", "/groups", "/orgunits", "/domains", "/app", "/delegation", f"/users/{HANNA}"]
)
def test_ordinary_users_are_refused_in_plain_words(web: Web, path: str) -> None:
    Person(web, seed.HELPDESK).sign_in()
    page = web.get(f"/admin{path}")
    assert page.status == 403
    assert page.heading == "You are not an administrator"


@pytest.mark.parametrize("action", ["suspend", "make-admin", "delete", "password", "rename"])
def test_ordinary_users_cannot_act(web: Web, world: World, action: str) -> None:
    Person(web, seed.HELPDESK).sign_in()
    before = vars(world.users[HANNA]).copy()
    assert web.post(f"/admin/users/{HANNA}/{action}", {"email": "x@northfield.example"}).status == 403
    assert vars(world.users[HANNA]) == before


def test_strangers_are_asked_to_sign_in_first(web: Web) -> None:
    assert web.get("/admin/users").path == "/accounts/signin"


def test_overview_counts(ada: Person) -> None:
    text = ada.web.get("/admin").text
    assert "300 users" in text
    assert "14 groups" in text
    assert seed.NORTHFIELD in text


@pytest.mark.parametrize("search", ["ærø", "SOREN.AERO@northfield.example", "soeren.aeroe", "aero søren"])
def test_search_finds_names_addresses_and_aliases(ada: Person, search: str) -> None:
    page = ada.web.get(f"/admin/users?q={quote(search)}")
    assert "soren.aero@northfield.example" in [row[1] for row in page.rows]


def test_search_that_finds_nobody_says_so(ada: Person) -> None:
    assert "Nobody fits “zzz”" in ada.web.get("/admin/users?q=zzz").text


def test_pages_show_everybody_once(ada: Person, world: World) -> None:
    page, seen = ada.web.get("/admin/users"), []
    while True:
        seen += [row[1] for row in page.rows[1:]]
        if not any(link.text == "Next" for link in page.links):
            break
        page = page.click("Next")
    assert seen == sorted(user.primary_email for user in world.users.values() if user.customer_id == seed.NORTHFIELD)


@pytest.mark.parametrize("number", ["0", "999999", "x", "-1"])
def test_page_numbers_that_do_not_exist_show_one_that_does(ada: Person, number: str) -> None:
    assert len(ada.web.get(f"/admin/users?page={number}").rows) > 1


def test_suspended_people_cannot_sign_in_until_it_ends(ada: Person, web: Web) -> None:
    ada.user(seed.HELPDESK).press("Suspend")
    page = web.get("/accounts/signin").press("Sign in", email=seed.HELPDESK, password=seed.PASSWORD)
    assert page.status == 401
    assert "suspended" in page.notices[0]
    ada.user(seed.HELPDESK).press("End the suspension")
    page = web.get("/accounts/signin").press("Sign in", email=seed.HELPDESK, password=seed.PASSWORD)
    assert page.status == 200


def test_roles_are_given_and_taken(ada: Person, world: World) -> None:
    page = ada.user(seed.HELPDESK).press("Make delegated administrator")
    assert world.users[HANNA].is_delegated_admin
    page = page.press("Make an ordinary user").press("Make super administrator")
    assert page.notices == ["Hanna Helpdesk is a super administrator."]
    assert (world.users[HANNA].is_admin, world.users[HANNA].is_delegated_admin) == (True, False)


def test_rename_keeps_the_id_and_the_old_address(ada: Person, world: World) -> None:
    page = ada.user(seed.HELPDESK).press("Rename", email="hanna.desk@students.northfield.example")
    assert page.path == f"/admin/users/{HANNA}"
    assert world.users[HANNA].primary_email == "hanna.desk@students.northfield.example"
    assert seed.HELPDESK in world.users[HANNA].aliases


@pytest.mark.parametrize(
    ("email", "why"),
    [
        ("hanna@harbour.example", "must be in one of these domains"),
        ("@northfield.example", "must be in one of these domains"),
        (seed.ADMIN, "is taken by ada.admin@northfield.example"),
        ("head@northfield.example", "is taken by nora.head@northfield.example"),
        ("teaching@northfield.example", "is taken by teachers@northfield.example"),
        (seed.HELPDESK, "is the primary address already"),
    ],
)
def test_rename_to_an_address_that_is_not_free_changes_nothing(ada: Person, world: World, email: str, why: str) -> None:
    page = ada.user(seed.HELPDESK).press("Rename", email=email)
    assert why in page.notices[0]
    assert world.users[HANNA].primary_email == seed.HELPDESK


def test_new_password_is_shown_and_must_be_changed(ada: Person, web: Web) -> None:
    page = ada.user(seed.HELPDESK).press("Reset the password", password="")
    password = page.notices[0].rpartition(" ")[2]
    page = web.get("/accounts/signin").press("Sign in", email=seed.HELPDESK, password=password)
    assert page.heading == "Choose a new password"


def test_new_password_that_google_refuses_is_refused(ada: Person) -> None:
    assert "8 to 100" in ada.user(seed.HELPDESK).press("Reset the password", password="short").notices[0]


def test_deleted_people_are_listed_and_can_come_back(ada: Person, world: World) -> None:
    page = ada.user(seed.HELPDESK).press("Delete Hanna Helpdesk")
    assert page.path == "/admin/users"
    assert "299 in Northfield School" in page.text
    page.click("Hanna Helpdesk").press("Restore")
    assert not world.users[HANNA].deletion_time


@pytest.mark.parametrize("action", ["suspend", "revoke-admin", "delete"])
def test_administrators_cannot_lock_themselves_out(ada: Person, world: World, action: str) -> None:
    me = seed.account_id(seed.ADMIN)
    assert ada.web.post(f"/admin/users/{me}/{action}").status == 409
    assert (world.users[me].suspended, world.users[me].is_admin, world.users[me].deletion_time) == (False, True, "")


def test_people_and_groups_of_another_customer_do_not_exist(ada: Person, world: World) -> None:
    assert ada.web.get(f"/admin/users/{HUGO}").status == 404
    assert ada.web.post(f"/admin/users/{HUGO}/suspend").status == 404
    Person(ada.web, "hugo.admin@harbour.example").sign_in()
    group = next(iter(world.groups))
    assert ada.web.get(f"/admin/groups/{group}").status == 404


def test_group_page_links_people_groups_and_names_outsiders(ada: Person) -> None:
    page = ada.web.get("/admin/groups").click("The whole school")
    assert page.click("all-staff@northfield.example").heading == "All staff"
    rows = ada.web.get("/admin/groups").click("Governors").rows
    assert ["chair@governors.example", "Outside", "Member"] in [row[:3] for row in rows]


def test_group_members_are_added_and_removed(ada: Person, world: World) -> None:
    page = ada.web.get("/admin/groups").click("Library").form("/members/add").submit(email=seed.HELPDESK)
    assert page.notices == [f"{seed.HELPDESK} is a member."]
    group = next(group for group in world.groups.values() if group.name == "Library")
    assert group.members[seed.HELPDESK] == "MEMBER"
    page.web.post(f"/admin/groups/{group.id}/members/remove", {"email": seed.HELPDESK})
    assert seed.HELPDESK not in group.members


@pytest.mark.parametrize("email", ["", "nobody", "a@b@c", "@x", "library@northfield.example"])
def test_group_members_need_an_address(ada: Person, email: str) -> None:
    page = ada.web.get("/admin/groups").click("Library").form("/members/add").submit(email=email)
    assert page.notices[0].startswith("Type the e-mail address")


def test_domains_and_units_are_listed(ada: Person) -> None:
    domains = {row[0]: row[1] for row in ada.web.get("/admin/domains").rows}
    assert domains["northfield.example"] == "Primary"
    assert domains[seed.STUDENTS] == "Secondary"
    assert domains["northfield-school.example"] == "Alias of northfield.example"
    assert ["2030 /Students/2030", "60"] in ada.web.get("/admin/orgunits").rows


def test_delegation_link_of_the_real_console_fills_in_the_form(ada: Person, world: World) -> None:
    client = world.project.service_account_client_id
    page = ada.web.get(
        f"/ac/owl/domainwidedelegation?clientIdToAdd={client}&clientScopeToAdd={quote(','.join(SCOPES))}"
        "&overwriteClientId=true&dn=northfield.example&authuser=ada.admin@northfield.example"
    )
    assert page.path == "/admin/delegation"
    page = page.press("Authorize")
    assert _northfield(world).delegations == {client: SCOPES}
    page.press("Remove")
    assert _northfield(world).delegations == {}


def test_delegation_link_asks_strangers_to_sign_in_and_keeps_its_parameters(web: Web) -> None:
    page = web.get("/ac/owl/domainwidedelegation?clientIdToAdd=123&clientScopeToAdd=openid")
    page = page.press("Sign in", email=seed.ADMIN, password=seed.PASSWORD)
    assert page.form("Authorize").values["client_id"] == "123"


def test_delegation_of_a_listed_client_needs_overwrite(ada: Person, world: World) -> None:
    form = ada.web.get("/admin/delegation").form("Authorize")
    form.submit(client_id="123", scopes="openid, email")
    assert form.submit(client_id="123", scopes="profile").notices[0].startswith("123 is on the list already")
    form.submit(client_id="123", scopes="profile", overwrite=True)
    assert _northfield(world).delegations == {"123": ["profile"]}


def test_delegation_stores_an_e_mail_address_as_typed(ada: Person, world: World) -> None:
    """As the real console does; the token endpoint then refuses it, which its own tests prove."""
    email = world.project.service_account_email
    ada.web.get("/admin/delegation").form("Authorize").submit(client_id=email, scopes="openid\nemail")
    assert _northfield(world).delegations == {email: ["openid", "email"]}


@pytest.mark.parametrize("typed", [{"client_id": "", "scopes": "openid"}, {"client_id": "1", "scopes": " , "}])
def test_delegation_without_client_or_scopes_is_refused(ada: Person, world: World, typed: dict[str, str]) -> None:
    assert ada.web.get("/admin/delegation").form("Authorize").submit(**typed).notices[0].startswith("Type a client id")
    assert not _northfield(world).delegations


def test_app_details_link_of_the_real_console(ada: Person, world: World) -> None:
    ada.install()
    page = ada.web.get(f"/ac/apps/gmail/marketplace/appdetails/{world.project.number}")
    assert page.path == "/admin/app"
    assert {row[2] for row in page.rows if len(row) == 3 and row[1].startswith("https:")} == {"Granted"}
    assert ada.web.get("/ac/apps/gmail/marketplace/appdetails/1").status == 404
    assert ada.web.get("/ac/apps/gmail/marketplace/apps").path == "/admin/app"


def test_app_page_shows_a_partial_grant(ada: Person, world: World) -> None:
    ada.install()
    _northfield(world).installation.data_access = "partial"
    assert "Partially granted" in ada.web.get("/admin/app").text


def test_million_people_are_paged_searched_and_changed(web: Web, world: World) -> None:
    mira = Person(web, "mira.admin@metropolis.example").sign_in()
    page = web.get("/admin/users?page=20001")
    assert "1,000,001 in Metropolis University" in page.text
    email = page.rows[1][1]
    page = mira.user(email)
    page.press("Suspend")
    assert "1,000,001" in web.get("/admin/users").text
    row = next(row for row in web.get(f"/admin/users?q={email}").rows if row[1] == email)
    assert row[3] == "Suspended"


def _northfield(world: World) -> Customer:
    return world.customers[seed.NORTHFIELD]
