"""Organizational units, domains, domain aliases, the customer."""

import pytest

from sandbox.google.world import World
from tests.contract.google.conftest import HANNA, NORTHFIELD
from tests.contract.google.directory_service import Caller, refused

MINE = {"customerId": "my_customer"}


def paths(answer: dict[str, list[dict[str, str]]]) -> list[str]:
    return [unit["orgUnitPath"] for unit in answer.get("organizationUnits", [])]


@pytest.fixture
def units(world: World, admin: Caller) -> Caller:
    """/Staff, /Students and /Staff/Office below it."""
    world.knobs.enforce_quota = False
    admin.api.orgunits().insert(**MINE, body={"name": "Office", "parentOrgUnitPath": "/Staff"}).execute()
    return admin


def test_a_unit_as_it_is_shown(units: Caller) -> None:
    unit = units.api.orgunits().get(**MINE, orgUnitPath="Staff/Office").execute()
    assert (unit["name"], unit["orgUnitPath"], unit["parentOrgUnitPath"]) == ("Office", "/Staff/Office", "/Staff")
    assert unit["parentOrgUnitId"] == "id:03staff"
    assert unit["orgUnitId"].startswith("id:03")
    assert units.api.orgunits().get(**MINE, orgUnitPath=unit["orgUnitId"]).execute() == unit


def test_children_all_and_all_with_the_parent(units: Caller) -> None:
    listing = units.api.orgunits()
    assert paths(listing.list(**MINE).execute()) == ["/Staff", "/Students"]
    assert paths(listing.list(**MINE, type="all").execute()) == ["/Staff", "/Staff/Office", "/Students"]
    below = listing.list(**MINE, type="allIncludingParent", orgUnitPath="/Staff").execute()
    assert paths(below) == ["/Staff", "/Staff/Office"]
    top = listing.list(**MINE, type="allIncludingParent").execute()["organizationUnits"][0]
    assert top["orgUnitPath"] == "/"
    assert "parentOrgUnitPath" not in top


def test_no_children_is_no_key(units: Caller) -> None:
    answer = units.api.orgunits().list(**MINE, orgUnitPath="/Students").execute()
    assert set(answer) == {"kind", "etag"}


def test_a_moved_unit_takes_its_people_and_units_along(world: World, units: Caller) -> None:
    world.users[HANNA].org_unit_path = "/Staff/Office"
    body = {"name": "Team", "parentOrgUnitPath": "/Students", "description": "moved"}
    moved = units.api.orgunits().patch(**MINE, orgUnitPath="Staff", body=body).execute()
    assert (moved["orgUnitPath"], moved["description"]) == ("/Students/Team", "moved")
    assert world.users[HANNA].org_unit_path == "/Students/Team/Office"
    assert paths(units.api.orgunits().list(**MINE, type="all").execute()) == [
        "/Students",
        "/Students/Team",
        "/Students/Team/Office",
    ]
    inside_itself = units.api.orgunits().patch(
        **MINE, orgUnitPath="Students", body={"parentOrgUnitPath": "/Students/Team"}
    )
    assert refused(inside_itself).message == "Invalid Ou Id"


def test_only_empty_units_go(world: World, units: Caller) -> None:
    delete = units.api.orgunits().delete
    assert refused(delete(**MINE, orgUnitPath="Staff")).status == 412
    delete(**MINE, orgUnitPath="Staff/Office").execute()
    assert refused(delete(**MINE, orgUnitPath="Staff")).status == 412
    for user in world.users.values():
        user.org_unit_path = "/"
    delete(**MINE, orgUnitPath="Staff").execute()
    assert paths(units.api.orgunits().list(**MINE, type="all").execute()) == ["/Students"]


def test_thirty_five_levels_are_the_most(units: Caller) -> None:
    path = "/Students"
    for _ in range(34):
        body = {"name": "x", "parentOrgUnitPath": path}
        path = units.api.orgunits().insert(**MINE, body=body).execute()["orgUnitPath"]
    assert path.count("/") == 35
    assert refused(units.api.orgunits().insert(**MINE, body={"name": "x", "parentOrgUnitPath": path})).status == 400


def test_domains_with_their_aliases(admin: Caller) -> None:
    domains = admin.api.domains().list(customer="my_customer").execute()["domains"]
    assert [(d["domainName"], d["isPrimary"], d["verified"]) for d in domains] == [
        ("northfield.example", True, True),
        ("students.northfield.example", False, True),
    ]
    assert [alias["domainAliasName"] for alias in domains[0]["domainAliases"]] == ["northfield-school.example"]
    assert "domainAliases" not in domains[1]
    assert domains[0]["creationTime"].isdecimal()
    assert admin.api.domains().get(customer=NORTHFIELD, domainName="northfield.example").execute() == domains[0]


def test_domain_aliases(admin: Caller) -> None:
    aliases = admin.api.domainAliases()
    listed = aliases.list(customer="my_customer").execute()["domainAliases"]
    assert [(a["domainAliasName"], a["parentDomainName"]) for a in listed] == [
        ("northfield-school.example", "northfield.example")
    ]
    none = aliases.list(customer="my_customer", parentDomainName="students.northfield.example").execute()
    assert "domainAliases" not in none
    one = aliases.get(customer="my_customer", domainAliasName="northfield-school.example").execute()
    assert one == listed[0]
    assert refused(aliases.get(customer="my_customer", domainAliasName="northfield.example")).status == 404
    assert refused(aliases.list(customer="my_customer", parentDomainName="no.example")).status == 404


def test_the_customer(admin: Caller) -> None:
    customer = admin.api.customers().get(customerKey="my_customer").execute()
    assert (customer["id"], customer["customerDomain"]) == (NORTHFIELD, "northfield.example")
    assert refused(admin.api.customers().get(customerKey="C02harbou")).status == 403
