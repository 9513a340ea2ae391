"""Opening, changing, deleting and restoring accounts."""

from collections.abc import Callable
from typing import Any

import pytest
from googleapiclient.errors import HttpError

from sandbox.google.passwords import password_matches
from sandbox.google.world import User, World
from tests.contract.google.conftest import ADMIN, HANNA, NORTHFIELD, STUDENT
from tests.contract.google.directory_service import Caller, Refusal, new_body, person, refused

Call = Callable[..., Caller]
EMAIL = "new.person@northfield.example"


def test_a_new_account_has_what_was_asked_for(world: World, admin: Caller) -> None:
    body = new_body(EMAIL, orgUnitPath="/staff", recoveryEmail="me@home.example", changePasswordAtNextLogin=True)
    body["externalIds"] = [{"type": "custom", "customType": "frontdesk", "value": "job-1"}]
    created = admin.api.users().insert(body=body).execute()
    kept = admin.api.users().get(userKey=EMAIL).execute()
    assert kept == created
    assert (created["orgUnitPath"], created["recoveryEmail"]) == ("/Staff", "me@home.example")
    assert created["externalIds"] == body["externalIds"]
    assert created["changePasswordAtNextLogin"] is True
    assert created["customerId"] == NORTHFIELD
    assert created["nonEditableAliases"][0] == "new.person@northfield-school.example"
    assert password_matches(world.users[created["id"]], "a-good-password")


def test_read_only_fields_of_a_new_account_are_ignored(admin: Caller) -> None:
    body = new_body(EMAIL, aliases=["extra@northfield.example"], isAdmin=True, id="1", customerId="C0x", etag='"x"')
    created = admin.api.users().insert(body=body).execute()
    assert "aliases" not in created
    assert created["isAdmin"] is False
    assert created["id"] != "1"
    assert created["customerId"] == NORTHFIELD


@pytest.mark.parametrize(
    ("function", "digest"),
    [
        ("MD5", "5f4dcc3b5aa765d61d8327deb882cf99"),
        ("SHA-1", "5baa61e4c9b93f3f0682250b6cf8331b7ee68fd8"),
        ("crypt", "abJnggxhB/yWI"),
        ("crypt", "$1$saltsalt$qjXMvbEw8oaL.CzflDtaK/"),
        ("crypt", "$5$saltsalt$gOjOtoMpVhru2uyjeJSEc/JaLQWOXMNmlOnj6T4AtC."),
        (
            "crypt",
            "$6$rounds=5000$saltsalt$qFmFH.bQmmtXzyBY0s9v7Oicd2z4XSIecDzl"
            "B5KiA2/jctKu9YterLp8wwnSq.qc.eoxqOmSuNp2xS0ktL3nh/",
        ),
    ],
)
def test_a_hashed_password_still_lets_its_owner_in(function: str, digest: str, world: World, admin: Caller) -> None:
    body = new_body(EMAIL, password=digest, hashFunction=function)
    user = world.users[admin.api.users().insert(body=body).execute()["id"]]
    assert password_matches(user, "password")
    assert not password_matches(user, digest)
    assert not password_matches(user, "passworD")


def test_a_plain_password_that_looks_like_a_kept_hash_is_plain(world: World, admin: Caller) -> None:
    typed = "hash:MD5:5f4dcc3b5aa765d61d8327deb882cf99"
    user = world.users[admin.api.users().insert(body=new_body(EMAIL, password=typed)).execute()["id"]]
    assert password_matches(user, typed)
    assert not password_matches(user, "password")


def test_patch_changes_what_it_names_and_cannot_empty_lists(admin: Caller) -> None:
    users = admin.api.users()
    users.patch(userKey=HANNA, body={"phones": [{"value": "1"}], "recoveryPhone": "+441234567890"}).execute()
    users.patch(userKey=HANNA, body={"phones": [], "recoveryPhone": None, "name": {"givenName": "Hannah"}}).execute()
    user = users.get(userKey=HANNA).execute()
    assert user["phones"] == [{"value": "1"}]
    assert user["recoveryPhone"] == "+441234567890"
    assert user["name"]["fullName"] == "Hannah Helpdesk"


def test_update_clears_with_null_and_leaves_the_rest(admin: Caller) -> None:
    users = admin.api.users()
    users.update(userKey=HANNA, body={"phones": [{"value": "1"}], "notes": {"value": "x"}}).execute()
    user = users.update(userKey=HANNA, body={"phones": None}).execute()
    assert "phones" not in user
    assert user["notes"] == {"value": "x"}
    assert user["name"]["givenName"] == "Hanna"


def test_custom_fields_are_merged_by_schema(admin: Caller) -> None:
    users = admin.api.users()
    users.patch(userKey=HANNA, body={"customSchemas": {"A": {"x": "1", "y": "2"}}}).execute()
    user = users.patch(userKey=HANNA, body={"customSchemas": {"A": {"y": "3"}, "B": {"z": "4"}}}).execute()
    assert user["customSchemas"] == {"A": {"x": "1", "y": "3"}, "B": {"z": "4"}}


def test_after_a_rename_the_old_address_is_an_alias_and_memberships_follow(world: World, admin: Caller) -> None:
    admin.api.groups().insert(body={"email": "desk@northfield.example"}).execute()
    admin.api.members().insert(groupKey="desk@northfield.example", body={"id": HANNA}).execute()
    user = admin.api.users().patch(userKey=HANNA, body={"primaryEmail": "Hanna.New@northfield.example"}).execute()
    assert user["primaryEmail"] == "hanna.new@northfield.example"
    assert user["aliases"] == ["hanna.helpdesk@northfield.example"]
    members = admin.api.members().list(groupKey="desk@northfield.example").execute()["members"]
    assert [(member["email"], member["id"]) for member in members] == [("hanna.new@northfield.example", HANNA)]
    assert list(next(iter(world.groups.values())).members) == ["hanna.new@northfield.example"]
    back = admin.api.users().patch(userKey=HANNA, body={"primaryEmail": "hanna.helpdesk@northfield.example"}).execute()
    assert back["aliases"] == ["hanna.new@northfield.example"]


def test_a_deleted_account_frees_its_addresses_and_leaves_its_groups(world: World, admin: Caller) -> None:
    admin.api.groups().insert(body={"email": "desk@northfield.example"}).execute()
    admin.api.members().insert(groupKey="desk@northfield.example", body={"id": HANNA}).execute()
    assert admin.api.users().delete(userKey=HANNA).execute() == ""
    assert admin.wire.answers[-1].status == 204
    assert "members" not in admin.api.members().list(groupKey="desk@northfield.example").execute()
    assert refused(admin.api.users().get(userKey=HANNA)).status == 404
    assert admin.api.users().insert(body=new_body("hanna.helpdesk@northfield.example")).execute()["id"] != HANNA


def test_undelete_needs_the_id_and_gives_everything_back(world: World, admin: Caller) -> None:
    world.users[HANNA].aliases.append("desk@northfield.example")
    users = admin.api.users()
    users.delete(userKey=HANNA).execute()
    by_address = users.undelete(userKey="hanna.helpdesk@northfield.example", body={"orgUnitPath": "/"})
    assert refused(by_address).status == 404
    assert refused(users.undelete(userKey=HANNA, body={"orgUnitPath": "/Nowhere"})).status == 400
    users.undelete(userKey=HANNA, body={"orgUnitPath": "/Students"}).execute()
    user = users.get(userKey="desk@northfield.example").execute()
    assert (user["id"], user["orgUnitPath"]) == (HANNA, "/Students")
    assert refused(users.undelete(userKey=HANNA, body={})).status == 404


def test_undelete_fails_when_the_name_was_taken_meanwhile(admin: Caller) -> None:
    users = admin.api.users()
    users.delete(userKey=HANNA).execute()
    users.insert(body=new_body("hanna.helpdesk@northfield.example")).execute()
    assert refused(users.undelete(userKey=HANNA, body={"orgUnitPath": "/"})) == Refusal(
        409, "duplicate", "Entity already exists."
    )


def test_undelete_leaves_out_aliases_that_were_taken_meanwhile(world: World, admin: Caller) -> None:
    world.users[HANNA].aliases += ["desk@northfield.example", "help@northfield.example"]
    users = admin.api.users()
    users.delete(userKey=HANNA).execute()
    admin.api.groups().insert(body={"email": "desk@northfield.example"}).execute()
    users.undelete(userKey=HANNA, body={"orgUnitPath": "/"}).execute()
    assert users.get(userKey=HANNA).execute()["aliases"] == ["help@northfield.example"]


def test_accents_in_addresses_are_a_knob(world: World, admin: Caller) -> None:
    world.knobs.accents_in_local_parts = True
    created = admin.api.users().insert(body=new_body("zoé@northfield.example")).execute()
    assert created["primaryEmail"] == "zoé@northfield.example"


def test_a_deleted_name_is_refused_where_the_knob_says_so(world: World, admin: Caller) -> None:
    admin.api.users().delete(userKey=HANNA).execute()
    world.knobs.deleted_name_blocks = True
    assert refused(admin.api.users().insert(body=new_body("hanna.helpdesk@northfield.example"))).status == 409


def test_deleting_answers_200_where_the_knob_says_so(world: World, admin: Caller) -> None:
    world.knobs.delete_status = 200
    assert not admin.api.users().delete(userKey=HANNA).execute()
    assert admin.wire.answers[-1].status == 200


def test_make_admin_gives_and_takes(world: World, admin: Caller) -> None:
    users = admin.api.users()
    users.makeAdmin(userKey=HANNA, body={"status": True}).execute()
    assert users.get(userKey=HANNA).execute()["isAdmin"] is True
    users.makeAdmin(userKey=HANNA, body={"status": False}).execute()
    assert world.users[HANNA].is_admin is False


@pytest.mark.parametrize("body", [{"suspended": True}, None])
def test_the_last_administrator_is_protected(body: dict[str, Any] | None, admin: Caller) -> None:
    users = admin.api.users()
    change = users.patch(userKey=ADMIN, body=body) if body else users.delete(userKey=ADMIN)
    assert refused(change).status == 403
    assert refused(users.makeAdmin(userKey=ADMIN, body={"status": False})).status == 403


def test_a_delegated_administrator_reads_and_changes_but_opens_nothing(world: World, call_as: Call) -> None:
    world.users[HANNA].is_delegated_admin = True
    hanna = call_as(HANNA).api.users()
    assert len(hanna.list(customer="my_customer").execute()["users"]) == 3
    hanna.patch(userKey=STUDENT, body={"suspended": True}).execute()
    assert world.users[STUDENT].suspended
    assert refused(hanna.patch(userKey=ADMIN, body={"suspended": True})).status == 403
    assert refused(hanna.insert(body=new_body(EMAIL))).status == 403
    assert refused(hanna.makeAdmin(userKey=STUDENT, body={"status": True})).status == 403


@pytest.mark.parametrize(("option", "status"), [("replace", 200), ("invite", 202), ("keep", 409)])
def test_somebodys_own_google_account_is_settled_as_the_console_says(
    option: Any, status: int, world: World, admin: Caller
) -> None:
    world.users["9"] = User("9", EMAIL, "Own", "Account", "x", "")
    world.knobs.conflict_account = option
    try:
        answer = admin.api.users().insert(body=new_body(EMAIL), resolveConflictAccount=True).execute()
    except HttpError as error:
        answer = {"status": error.resp.status}
    assert admin.wire.answers[-1].status == status
    assert ("id" in answer) is (status == 200)
    assert (world.users["9"].primary_email == EMAIL) is (status != 200)


def test_somebodys_own_google_account_may_be_in_the_way_where_nothing_is_resolved(world: World, admin: Caller) -> None:
    world.users["9"] = User("9", EMAIL, "Own", "Account", "x", "")
    world.knobs.unmanaged_blocks = True
    assert refused(admin.api.users().insert(body=new_body(EMAIL))).reason == "duplicate"
    world.knobs.unmanaged_blocks = False
    assert admin.api.users().insert(body=new_body(EMAIL)).execute()["primaryEmail"] == EMAIL
    assert world.users["9"].primary_email.endswith("@gtempaccount.com")


def test_an_account_of_the_same_name_elsewhere_is_not_in_the_way(world: World, admin: Caller) -> None:
    person(world, world.customers["C02harbou"], "new.person@harbour.example")
    assert admin.api.users().insert(body=new_body(EMAIL)).execute()["primaryEmail"] == EMAIL
