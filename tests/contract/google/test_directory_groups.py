"""Groups, their members and aliases."""

import pytest

from sandbox.google.directory.index import text_of
from sandbox.google.world import World
from tests.contract.google.conftest import ADMIN, HANNA, NORTHFIELD, STUDENT
from tests.contract.google.directory_service import Caller, Refusal, pages, person, refused

DESK, ALL, OTHER = "desk@northfield.example", "all@northfield.example", "other@northfield.example"
OUTSIDER = "helper@elsewhere.example"


@pytest.fixture
def groups(world: World, admin: Caller) -> Caller:
    """`all` contains `desk` and Ada; `desk` contains Hanna and an outsider; `other` is empty."""
    for email in (DESK, ALL, OTHER):
        admin.api.groups().insert(body={"email": email}).execute()
    for group, member in ((DESK, HANNA), (DESK, OUTSIDER), (ALL, DESK), (ALL, ADMIN)):
        body = {"email" if "@" in member else "id": member, "role": "OWNER" if member == ADMIN else "MEMBER"}
        admin.api.members().insert(groupKey=group, body=body).execute()
    return admin


def test_a_group_as_it_is_shown(groups: Caller) -> None:
    body = {"email": "maths@northfield.example", "name": "Mathematics", "description": "Numbers"}
    made = groups.api.groups().insert(body=body).execute()
    group = groups.api.groups().get(groupKey=made["id"]).execute()
    assert group == made
    assert group["kind"] == "admin#directory#group"
    assert {name: group[name] for name in body} == body
    assert (group["directMembersCount"], group["adminCreated"]) == ("0", True)
    assert "aliases" not in group
    assert group["nonEditableAliases"] == [
        "maths@northfield-school.example",
        "maths@northfield.example.test-google-a.com",
    ]
    assert groups.api.groups().get(groupKey=ALL).execute()["directMembersCount"] == "2"


def test_groups_come_by_address_in_pages(groups: Caller) -> None:
    listing = groups.api.groups()
    assert [g["email"] for g in pages(listing, "groups", customer="my_customer", maxResults=1)] == [ALL, DESK, OTHER]
    down = pages(listing, "groups", customer="my_customer", maxResults=2, orderBy="email", sortOrder="DESCENDING")
    assert [g["email"] for g in down] == [OTHER, DESK, ALL]
    assert "groups" not in listing.list(domain="students.northfield.example").execute()


def test_the_groups_of_a_person(groups: Caller) -> None:
    listing = groups.api.groups()
    assert [g["email"] for g in listing.list(userKey=HANNA).execute()["groups"]] == [DESK]
    both = listing.list(userKey="ada.admin@northfield.example", domain="northfield.example").execute()
    assert [g["email"] for g in both["groups"]] == [ALL]
    assert refused(listing.list(userKey=HANNA, customer="my_customer")).status == 400
    assert refused(listing.list()).message == "Bad Request"


def test_members_as_they_are_shown(world: World, groups: Caller) -> None:
    world.users[HANNA].suspended = True
    members = groups.api.members().list(groupKey=DESK).execute()["members"]
    assert [(m["email"], m["type"], m["role"], m["status"]) for m in members] == [
        ("hanna.helpdesk@northfield.example", "USER", "MEMBER", "SUSPENDED"),
        (OUTSIDER, "USER", "MEMBER", "ACTIVE"),
    ]
    assert members[0]["id"] == HANNA
    inside = groups.api.members().get(groupKey=ALL, memberKey=DESK).execute()
    assert inside["type"] == "GROUP"
    assert groups.api.members().get(groupKey=DESK, memberKey=members[1]["id"]).execute()["email"] == OUTSIDER


def test_members_with_a_role_and_those_inside(groups: Caller) -> None:
    members = groups.api.members()
    owners = members.list(groupKey=ALL, roles="OWNER,MANAGER").execute()["members"]
    assert [member["id"] for member in owners] == [ADMIN]
    every = pages(members, "members", groupKey=ALL, includeDerivedMembership=True, maxResults=1)
    assert [member["email"] for member in every] == [
        "ada.admin@northfield.example",
        DESK,
        "hanna.helpdesk@northfield.example",
        OUTSIDER,
    ]
    assert "members" not in members.list(groupKey=OTHER).execute()


def test_pages_of_members_are_good_for_an_hour(world: World, groups: Caller) -> None:
    token = groups.api.members().list(groupKey=DESK, maxResults=1).execute()["nextPageToken"]
    following = groups.api.members().list(groupKey=DESK, maxResults=1, pageToken=token)
    world.knobs.clock_offset = 3590
    assert following.execute()["members"][0]["email"] == OUTSIDER
    assert refused(groups.api.members().list(groupKey=ALL, maxResults=1, pageToken=token)).status == 400


def test_the_whole_customer_as_a_member(groups: Caller) -> None:
    made = groups.api.members().insert(groupKey=OTHER, body={"id": NORTHFIELD}).execute()
    assert made["type"] == "CUSTOMER"
    assert "email" not in made
    assert groups.api.members().get(groupKey=OTHER, memberKey=NORTHFIELD).execute() == made


def test_has_member_looks_into_nested_groups(groups: Caller) -> None:
    members = groups.api.members()
    assert members.hasMember(groupKey=ALL, memberKey=HANNA).execute() == {"isMember": True}
    assert members.hasMember(groupKey=ALL, memberKey=STUDENT).execute() == {"isMember": False}
    members.insert(groupKey=OTHER, body={"email": ALL}).execute()
    assert members.hasMember(groupKey=OTHER, memberKey=HANNA).execute() == {"isMember": True}
    assert refused(members.insert(groupKey=DESK, body={"email": OTHER})).status == 412
    assert refused(members.hasMember(groupKey=ALL, memberKey=OUTSIDER)).message == "Invalid Input: memberKey"
    assert refused(members.hasMember(groupKey=ALL, memberKey="no@northfield.example")).status == 404


def test_a_circle_of_groups_is_refused(groups: Caller) -> None:
    circle = groups.api.members().insert(groupKey=DESK, body={"email": ALL})
    assert refused(circle) == Refusal(412, "conditionNotMet", "Cyclic memberships not allowed.")


def test_a_role_changes_and_a_member_leaves(groups: Caller) -> None:
    members = groups.api.members()
    assert members.patch(groupKey=DESK, memberKey=HANNA, body={"role": "MANAGER"}).execute()["role"] == "MANAGER"
    assert refused(members.patch(groupKey=DESK, memberKey=HANNA, body={"role": "BOSS"})).status == 400
    members.delete(groupKey=DESK, memberKey="hanna.helpdesk@northfield.example").execute()
    assert refused(members.get(groupKey=DESK, memberKey=HANNA)).message == "Resource Not Found: memberKey"


def test_an_alias_names_the_same_member(world: World, groups: Caller) -> None:
    groups.api.users().aliases().insert(userKey=HANNA, body={"alias": "h@northfield.example"}).execute()
    assert groups.api.members().get(groupKey=DESK, memberKey="h@northfield.example").execute()["id"] == HANNA
    again = groups.api.members().insert(groupKey=DESK, body={"email": "h@northfield.example"})
    assert refused(again).message == "Member already exists."


def test_a_new_groups_members_come_later(world: World, groups: Caller) -> None:
    world.knobs.group_lag = 60
    world.groups[groups.api.groups().get(groupKey=OTHER).execute()["id"]].creation_time = text_of(world.now())
    add = groups.api.members().insert(groupKey=OTHER, body={"id": HANNA})
    assert refused(add) == Refusal(404, "notFound", "Resource Not Found: groupKey")
    world.knobs.clock_offset = 61
    assert add.execute()["id"] == HANNA


def test_a_renamed_group_keeps_its_old_address_and_its_places(groups: Caller) -> None:
    changed = groups.api.groups().patch(groupKey=DESK, body={"email": "front@northfield.example"}).execute()
    assert changed["aliases"] == [DESK]
    groups.api.groups().aliases().delete(groupKey="front@northfield.example", alias=DESK).execute()
    inside = groups.api.members().list(groupKey=ALL).execute()["members"]
    assert "front@northfield.example" in {member["email"] for member in inside}
    updated = (
        groups.api.groups()
        .update(groupKey="front@northfield.example", body={"name": "Front", "description": "x"})
        .execute()
    )
    assert (updated["name"], updated["description"], updated["email"]) == ("Front", "x", "front@northfield.example")


def test_a_deleted_group_frees_its_address(groups: Caller) -> None:
    assert groups.api.groups().delete(groupKey=DESK).execute() == ""
    members = groups.api.members().list(groupKey=ALL).execute()["members"]
    assert [member["id"] for member in members] == [ADMIN]
    groups.api.groups().insert(body={"email": DESK}).execute()


@pytest.mark.parametrize("kind", ["users", "groups"])
def test_aliases_come_and_go(kind: str, groups: Caller) -> None:
    resource = getattr(groups.api, kind)().aliases()
    key = {"userKey": HANNA} if kind == "users" else {"groupKey": DESK}
    assert set(resource.list(**key).execute()) == {"kind", "etag"}
    made = resource.insert(**key, body={"alias": "Extra@northfield.example"}).execute()
    assert (made["alias"], made["kind"]) == ("extra@northfield.example", "admin#directory#alias")
    assert resource.list(**key).execute()["aliases"] == [made]
    assert refused(groups.api.groups().insert(body={"email": "extra@northfield.example"})).status == 409
    resource.delete(**key, alias="extra@northfield.example").execute()
    assert refused(resource.delete(**key, alias="extra@northfield.example")).message == "Resource Not Found: alias"
    groups.api.groups().insert(body={"email": "extra@northfield.example"}).execute()


def test_thirty_aliases_are_the_most(world: World, groups: Caller) -> None:
    world.users[HANNA].aliases = [f"a{number}@northfield.example" for number in range(30)]
    one_more = groups.api.users().aliases().insert(userKey=HANNA, body={"alias": "a30@northfield.example"})
    assert refused(one_more).status == 412


def test_groups_may_be_called_postmaster(groups: Caller) -> None:
    assert groups.api.groups().insert(body={"email": "postmaster@northfield.example"}).execute()["name"] == "postmaster"


def test_many_members_come_two_hundred_at_a_time(world: World, groups: Caller) -> None:
    group = next(group for group in world.groups.values() if group.email == OTHER)
    for number in range(201):
        person(world, world.customers[NORTHFIELD], f"m{number}@northfield.example")
        group.members[f"m{number}@northfield.example"] = "MEMBER"
    assert len(groups.api.members().list(groupKey=OTHER).execute()["members"]) == 200
    assert len(pages(groups.api.members(), "members", groupKey=OTHER)) == 201
