"""Home, launcher and Marketplace: installing the app and finding it."""

import pytest

from sandbox.google import seed
from sandbox.google.world import World
from tests.sandbox.steps import Person
from tests.web import Web


def test_home_tells_the_story_and_the_password(web: Web) -> None:
    page = web.get("/")
    assert page.status == 200
    assert seed.PASSWORD in page.text
    assert page.link("Sign in as Ada").url.endswith("email=ada.admin%40northfield.example")
    assert "Done" not in page.text


def test_home_ticks_off_what_is_done(ada: Person) -> None:
    ada.install()
    page = ada.web.get("/")
    assert page.text.count("Done") == 2


def test_launcher_asks_who_it_is_and_comes_back(web: Web) -> None:
    page = web.get("/launcher")
    assert page.path == "/accounts/signin"
    page = page.press("Sign in", email=seed.HELPDESK, password=seed.PASSWORD)
    assert page.path == "/launcher"
    assert "Hanna" in page.heading


def test_launcher_has_no_tile_before_the_install(ada: Person, world: World) -> None:
    page = ada.web.get("/launcher")
    assert world.project.launch_url not in [link.url for link in page.links]
    assert "Install it from the Marketplace" in page.text


def test_install_for_everyone_puts_the_tile_into_every_launcher(ada: Person, web: Web, world: World) -> None:
    page = ada.install()
    assert page.path == "/marketplace/installed"
    assert page.notices == ["Frontdesk is installed for Northfield School."]
    assert page.link("Set up Frontdesk").url == world.project.setup_url
    Person(web, seed.HELPDESK).sign_in()
    tile = web.get("/launcher").link("Frontdesk")
    assert (tile.url, tile.element["target"], tile.element["rel"]) == (world.project.launch_url, "_blank", "noopener")


def test_install_grants_the_listed_scopes_to_both_clients(ada: Person, world: World) -> None:
    ada.install()
    installation = world.customers[seed.NORTHFIELD].installation
    assert installation.data_access == "granted"
    assert installation.granted_scopes == seed.LISTED_SCOPES
    assert set(installation.granted_client_ids) == {
        world.project.oauth_client_id,
        world.project.service_account_client_id,
    }


def test_install_for_a_unit_leaves_the_others_without_it(ada: Person, web: Web) -> None:
    web.get("/marketplace").form("/marketplace/install").submit(target="units", org_unit=["/Students"], agree=True)
    assert "Frontdesk is not here" in web.get("/launcher").text
    Person(web, "amelia.obrien@students.northfield.example").sign_in()
    assert web.get("/launcher").link("Frontdesk")


@pytest.mark.parametrize("fields", [{"agree": False}, {"agree": True, "target": "units"}])
def test_install_needs_consent_and_a_target(ada: Person, world: World, fields: dict[str, str | bool]) -> None:
    page = ada.web.get("/marketplace").form("/marketplace/install").submit(**fields)
    assert page.notices[0].startswith("Nothing was installed")
    assert not world.customers[seed.NORTHFIELD].installation.installed


def test_install_of_a_unit_that_does_not_exist_is_not_done(ada: Person, world: World) -> None:
    page = ada.web.post("/marketplace/install", {"agree": "yes", "target": "units", "org_unit": "/Elsewhere"})
    assert page.notices[0].startswith("Nothing was installed")
    assert not world.customers[seed.NORTHFIELD].installation.installed


def test_an_ordinary_user_can_install_for_themselves_only(web: Web, world: World) -> None:
    hanna = Person(web, seed.HELPDESK).sign_in()
    assert web.post("/marketplace/install", {"agree": "yes"}).status == 403
    page = web.get("/marketplace").press("Install just for me")
    assert page.notices == ["Frontdesk is installed for you alone."]
    assert not world.customers[seed.NORTHFIELD].installation.installed
    assert web.get("/launcher").link("Frontdesk")
    Person(web, "siobhan.obrien@northfield.example").sign_in()
    assert "Frontdesk is not here" in web.get("/launcher").text
    assert hanna.email in _individuals(world)


def test_a_personal_account_cannot_install(web: Web) -> None:
    Person(web, "sandbox.consumer@gmail.com").sign_in()
    assert "is a personal account" in web.get("/marketplace").text
    assert web.post("/marketplace/install-for-me").status == 403
    assert web.get("/admin").heading == "This account has no organization"


def test_turning_off_takes_the_tile_away_and_on_brings_it_back(ada: Person, web: Web) -> None:
    ada.install()
    page = web.get("/marketplace").press("Turn off for everyone")
    assert page.notices == ["Frontdesk is off for everyone."]
    assert "Frontdesk is not here" in web.get("/launcher").text
    web.get("/admin/app").press("Turn on for everyone")
    assert web.get("/launcher").link("Frontdesk")


def test_turning_off_a_unit_leaves_the_rest(ada: Person, web: Web) -> None:
    ada.install()
    page = web.get("/admin/app").press("Turn off for /Students/2030")
    assert page.path == "/admin/app"
    on = {row[0]: row[1] for row in page.rows if row[0].startswith("/")}
    assert (on["/Students/2030"], on["/Students/2031"]) == ("Off", "On")


def test_turning_off_an_unknown_unit_answers_404(ada: Person, web: Web) -> None:
    ada.install()
    assert web.post("/marketplace/turn-off", {"org_unit": "/Nowhere"}).status == 404


def test_revoke_and_grant_change_data_access_and_not_the_install(ada: Person, world: World) -> None:
    ada.install()
    installation = world.customers[seed.NORTHFIELD].installation
    page = ada.web.get("/marketplace").press("Revoke data access")
    assert (installation.installed, installation.data_access) == (True, "revoked")
    assert "Revoked" in page.text
    page.press("Grant access")
    assert installation.data_access == "granted"


def test_delete_removes_the_install_but_not_from_individuals(ada: Person, world: World) -> None:
    world.customers[seed.NORTHFIELD].installation.individuals.append(seed.account_id(seed.HELPDESK))
    ada.install()
    page = ada.web.get("/marketplace").press("Delete Frontdesk for Northfield School")
    assert page.notices == ["Frontdesk was deleted from Northfield School."]
    assert not world.customers[seed.NORTHFIELD].installation.installed
    assert _individuals(world) == [seed.HELPDESK]


def test_listing_is_found_by_application_id(web: Web, world: World) -> None:
    assert web.get(f"/marketplace/app/frontdesk/{world.project.number}").heading == "Frontdesk"
    assert web.get("/marketplace/app/frontdesk/1").status == 404


def test_switching_between_accounts_of_one_browser(ada: Person, web: Web) -> None:
    Person(web, seed.HELPDESK).sign_in()
    page = web.get("/launcher").press(f"Switch to {seed.ADMIN}")
    assert page.path == "/launcher"
    assert page.notices == [f"You are {seed.ADMIN} now."]
    assert web.get("/launcher").notices == []


def test_switching_to_somebody_who_is_not_signed_in_answers_404(ada: Person, web: Web) -> None:
    assert web.post("/switch", {"user": seed.account_id(seed.OPERATOR)}).status == 404


def test_switching_never_leaves_the_simulation(ada: Person, web: Web) -> None:
    page = web.post("/switch", {"user": seed.account_id(seed.ADMIN), "next": "//evil.example/"})
    assert page.path == "/"


def _individuals(world: World) -> list[str]:
    ids = world.customers[seed.NORTHFIELD].installation.individuals
    return [world.users[user_id].primary_email for user_id in ids]
