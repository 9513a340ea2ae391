"""The computed people: a domain of any size, listed, found, changed and deleted like any other."""

import time
from collections.abc import Callable
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sandbox.google.generated import GeneratedUsers
from sandbox.google.passwords import password_matches
from sandbox.google.world import Customer, Domain, OrgUnit, World
from tests.contract.google.conftest import ADMIN, NORTHFIELD
from tests.contract.google.directory_service import Caller, new_body, pages, refused

SIZE = 1200
RELAY = "nextPageToken,users(id,primaryEmail,aliases,nonEditableAliases,suspended)"


def people(size: int) -> GeneratedUsers:
    return GeneratedUsers(
        Customer("C04city00", "City", [Domain("city.example", is_primary=True)], generated_users=size)
    )


@settings(deadline=None)
@given(st.integers(1, 10**7), st.data())
def test_number_address_and_id_follow_from_each_other(size: int, data: st.DataObject) -> None:
    city = people(size)
    number = data.draw(st.integers(0, size - 1))
    person = city.person(number)
    assert city.number_by_email(person.primary_email) == number
    assert city.number_by_id(person.id) == number
    assert (city.email(number), city.id(number)) == (person.primary_email, person.id)
    assert len(person.id) == 21
    if number:
        assert city.email(number - 1) < city.email(number)
        assert city.id(number - 1) != city.id(number)


@settings(deadline=None)
@given(st.integers(1, 10**6), st.text("abcdefghijklmnopqrstuvwxyz.-0123456789@", max_size=12))
def test_rank_is_where_an_address_would_stand(size: int, text: str) -> None:
    city = people(size)
    rank = city.rank(text)
    assert rank == 0 or city.email(rank - 1) < text
    assert rank == size or city.email(rank) >= text


@pytest.mark.parametrize("key", ["", "1", "x" * 21, "9" * 21, "no.body@city.example", "aaron.abbott@other.example"])
def test_nobody_has_a_wrong_key(key: str) -> None:
    city = people(1000)
    assert (city.number_by_email(key) if "@" in key else city.number_by_id(key)) is None


@pytest.fixture
def city(world: World, admin: Caller) -> Caller:
    """Northfield has 1,200 computed people beside its three."""
    world.customers[NORTHFIELD].generated_users = SIZE
    return admin


def addresses(users: list[dict[str, Any]]) -> list[str]:
    return [user["primaryEmail"] for user in users]


@pytest.mark.parametrize("question", [{}, {"sortOrder": "DESCENDING"}, {"orderBy": "familyName"}])
def test_all_pages_are_the_whole_list_once(question: dict[str, str], city: Caller) -> None:
    users = city.all_users(maxResults=97, fields=RELAY, **question)
    assert len({user["id"] for user in users}) == len(users) == SIZE + 3
    assert addresses(users) == addresses(city.all_users(maxResults=500, **question))
    if "orderBy" not in question:
        assert addresses(users) == sorted(addresses(users), reverse="sortOrder" in question)


@pytest.mark.parametrize("fields", [None, "users", "nextPageToken,users(name(fullName),etag,emails)", RELAY, "users/*"])
@pytest.mark.parametrize("view", ["admin_view", "domain_public"])
def test_a_listed_person_is_the_person_that_get_returns(fields: str | None, view: str, city: Caller) -> None:
    everybody = {user["id"]: user for user in city.all_users(maxResults=500, viewType=view)}
    masked = city.api.users().list(customer="my_customer", maxResults=40, viewType=view, fields=fields).execute()
    plain = city.api.users().list(customer="my_customer", maxResults=40, viewType=view).execute()
    for row, user in zip(masked["users"], plain["users"], strict=True):
        assert user == everybody[user["id"]]
        assert user == city.api.users().get(userKey=user["id"], viewType=view).execute()
        assert all(user[name] == value for name, value in row.items() if name != "name")
        assert row.get("name", user["name"]).items() <= user["name"].items()


def test_get_by_address_and_by_non_editable_alias(city: Caller) -> None:
    user = city.all_users(maxResults=500)[700]
    users = city.api.users()
    assert users.get(userKey=user["primaryEmail"]).execute() == user
    assert users.get(userKey=user["nonEditableAliases"][0]).execute() == user


def test_the_rest_of_the_simulation_knows_them(world: World, city: Caller) -> None:
    user = city.all_users(query="email:a*")[5]
    found = world.user_by_email(user["primaryEmail"])
    assert found is not None
    assert found.id == user["id"]
    assert world.user(user["id"]) == found
    assert password_matches(found, "sandbox-password")


def test_their_addresses_are_taken(city: Caller) -> None:
    user = city.all_users(maxResults=500)[600]
    assert refused(city.api.users().insert(body=new_body(user["primaryEmail"]))).status == 409
    assert refused(city.api.groups().insert(body={"email": user["nonEditableAliases"][0]})).status == 400
    assert refused(city.api.groups().insert(body={"email": user["primaryEmail"]})).status == 409


def test_a_changed_one_is_listed_once_and_changed(world: World, city: Caller) -> None:
    user = city.all_users(maxResults=500)[600]
    changed = city.api.users().patch(userKey=user["id"], body={"name": {"givenName": "Zz"}}).execute()
    assert changed["etag"] != user["etag"]
    listed = [row for row in city.all_users(maxResults=500) if row["id"] == user["id"]]
    assert [row["name"]["givenName"] for row in listed] == ["Zz"]
    assert len(world.users) == 6


def test_a_renamed_one_stands_elsewhere_and_keeps_the_old_address(city: Caller) -> None:
    user = city.all_users(maxResults=500)[600]
    city.api.users().patch(userKey=user["id"], body={"primaryEmail": "aaa@northfield.example"}).execute()
    users = city.all_users(maxResults=500)
    assert (users[0]["id"], len(users)) == (user["id"], SIZE + 3)
    assert city.api.users().get(userKey=user["primaryEmail"]).execute()["primaryEmail"] == "aaa@northfield.example"


def test_a_deleted_one_is_gone_and_its_address_free(city: Caller) -> None:
    user = city.all_users(maxResults=500)[600]
    city.api.users().delete(userKey=user["id"]).execute()
    assert len(city.all_users(maxResults=500)) == SIZE + 2
    assert addresses(city.all_users(showDeleted="true")) == [user["primaryEmail"]]
    assert refused(city.api.users().get(userKey=user["primaryEmail"])).status == 404
    city.api.users().undelete(userKey=user["id"], body={"orgUnitPath": "/"}).execute()
    assert city.api.users().get(userKey=user["primaryEmail"]).execute()["id"] == user["id"]
    city.api.users().delete(userKey=user["id"]).execute()
    city.api.users().insert(body=new_body(user["primaryEmail"])).execute()
    assert addresses(city.all_users(maxResults=500)).count(user["primaryEmail"]) == 1


@pytest.mark.parametrize(
    ("query", "fits"),
    [
        ("email:an*", lambda user: user["primaryEmail"].startswith("an")),
        ("givenName=Anna", lambda user: user["name"]["givenName"] == "Anna"),
        ("familyName:O*", lambda user: user["name"]["familyName"].startswith("O")),
        ("isSuspended=true", lambda user: user["suspended"]),
        ("isAdmin=true", lambda user: user["id"] == ADMIN),
        ("anna", lambda user: "anna" in user["primaryEmail"].partition("@")[0].replace("-", ".").split(".")),
        ("northfield", lambda _: True),
        ("name:'Anna B'", lambda _: False),
    ],
)
def test_questions_find_them(query: str, fits: Callable[[dict[str, Any]], bool], city: Caller) -> None:
    everybody = city.all_users(maxResults=500)
    assert addresses(city.all_users(query=query, maxResults=33)) == addresses(list(filter(fits, everybody)))


def test_they_live_in_units_that_may_be_renamed(world: World, city: Caller) -> None:
    world.customers[NORTHFIELD].org_units.append(OrgUnit("id:x", "/100% Town", "100% Town"))
    world.customers[NORTHFIELD].generated_org_unit_ids = ["id:x", "id:03students"]
    assert len(city.all_users(query="orgUnitPath='/100% Town'")) == SIZE // 2
    city.api.orgunits().patch(customerId="my_customer", orgUnitPath="100% Town", body={"name": "City"}).execute()
    assert len(city.all_users(query="orgUnitPath=/City")) == SIZE // 2
    world.knobs.enforce_quota = False
    assert refused(city.api.orgunits().delete(customerId="my_customer", orgUnitPath="City")).status == 412


def test_they_need_licences(world: World, city: Caller) -> None:
    world.customers[NORTHFIELD].user_limit = SIZE + 3
    assert refused(city.api.users().insert(body=new_body("one@northfield.example"))).status == 412
    world.customers[NORTHFIELD].user_limit = SIZE + 4
    city.api.users().insert(body=new_body("one@northfield.example")).execute()


def test_they_can_be_in_groups(city: Caller) -> None:
    user = city.all_users(query="email:an*")[0]
    city.api.groups().insert(body={"email": "desk@northfield.example"}).execute()
    city.api.members().insert(groupKey="desk@northfield.example", body={"email": user["primaryEmail"]}).execute()
    members = pages(city.api.members(), "members", groupKey="desk@northfield.example")
    assert [member["id"] for member in members] == [user["id"]]
    assert city.api.groups().list(userKey=user["id"]).execute()["groups"][0]["email"] == "desk@northfield.example"


def test_a_page_of_a_million_costs_what_a_page_costs(world: World, admin: Caller) -> None:
    world.customers[NORTHFIELD].generated_users = 1_000_000
    request = admin.api.users().list(customer="my_customer", maxResults=500, fields=RELAY)
    request.execute()
    began = time.process_time()
    for _ in range(10):
        answer = request.execute()
        request = admin.api.users().list_next(request, answer)
        assert len(answer["users"]) == 500
    # Client and server together, with room for a slow machine; computing the million would take many times as long.
    assert time.process_time() - began < 4.0
