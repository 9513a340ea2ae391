"""users.list and users.get: what comes, in which order, and what is left out."""

import re
from collections.abc import Callable
from datetime import timedelta

import pytest

from sandbox.google.directory.index import text_of
from sandbox.google.world import World
from tests.contract.google.conftest import ADMIN, HANNA, HARBOUR, HUGO, NORTHFIELD, STUDENT
from tests.contract.google.directory_service import Caller, person, refused, status

Call = Callable[..., Caller]


def emails(users: list[dict[str, object]]) -> list[object]:
    return [user["primaryEmail"] for user in users]


def test_the_customers_people_come_by_address_and_nobody_elses(admin: Caller) -> None:
    answer = admin.api.users().list(customer="my_customer").execute()
    assert emails(answer["users"]) == [
        "ada.admin@northfield.example",
        "hanna.helpdesk@northfield.example",
        "sam.student@students.northfield.example",
    ]
    assert answer["kind"] == "admin#directory#users"
    assert answer["etag"].startswith('"')
    assert "nextPageToken" not in answer
    assert admin.api.users().list(customer=NORTHFIELD).execute()["users"] == answer["users"]


def test_order_ignores_letter_case(world: World, admin: Caller) -> None:
    northfield = world.customers[NORTHFIELD]
    for local in ("Zed", "aaron", "Mid"):
        person(world, northfield, f"{local}@northfield.example")
    locals_ = [str(email).partition("@")[0] for email in emails(admin.all_users())]
    assert locals_ == ["aaron", "ada.admin", "hanna.helpdesk", "Mid", "sam.student", "Zed"]
    backwards = admin.all_users(orderBy="email", sortOrder="DESCENDING", maxResults=2)
    assert [str(email).partition("@")[0] for email in emails(backwards)] == locals_[::-1]


@pytest.mark.parametrize(("order", "first"), [("givenName", "Ada"), ("familyName", "Ada")])
def test_order_by_a_name(order: str, first: str, admin: Caller) -> None:
    assert admin.all_users(orderBy=order)[0]["name"]["givenName"] == first
    down = admin.all_users(orderBy=order, sortOrder="DESCENDING", maxResults=1)
    assert emails(down) == emails(admin.all_users(orderBy=order))[::-1]


def test_a_domain_alone(admin: Caller) -> None:
    answer = admin.api.users().list(domain="students.northfield.example").execute()
    assert emails(answer["users"]) == ["sam.student@students.northfield.example"]


def test_no_people_is_no_key(admin: Caller) -> None:
    answer = admin.api.users().list(customer="my_customer", query="email=nobody@northfield.example").execute()
    assert set(answer) == {"kind", "etag"}


def test_pages_are_a_hundred_by_default_and_five_hundred_at_most(world: World, admin: Caller) -> None:
    for number in range(600):
        person(world, world.customers[NORTHFIELD], f"p{number:04d}@northfield.example")
    assert len(admin.api.users().list(customer="my_customer").execute()["users"]) == 100
    assert len(admin.api.users().list(customer="my_customer", maxResults=500).execute()["users"]) == 500
    # The client checks its own maximum, so what lies beyond is asked for by hand.
    request = admin.api.users().list(customer="my_customer", maxResults=500)
    request.uri = request.uri.replace("maxResults=500", "maxResults=501")
    assert len(request.execute()["users"]) == 500
    world.knobs.clamp_max_results = False
    assert refused(request).reason == "invalidParameter"


def test_one_persons_fields(world: World, admin: Caller) -> None:
    world.users[ADMIN].aliases.append("head@northfield.example")
    user = admin.api.users().get(userKey="head@northfield.example").execute()
    assert re.fullmatch(r"\d{21}", user["id"])
    assert re.fullmatch(r'".+"', user["etag"])
    assert user["name"] == {"givenName": "Ada", "familyName": "Admin", "fullName": "Ada Admin"}
    assert (user["isAdmin"], user["isDelegatedAdmin"], user["suspended"]) == (True, False, False)
    assert user["aliases"] == ["head@northfield.example"]
    assert user["nonEditableAliases"] == [
        "ada.admin@northfield-school.example",
        "ada.admin@northfield.example.test-google-a.com",
        "head@northfield-school.example",
        "head@northfield.example.test-google-a.com",
    ]
    assert user["customerId"] == NORTHFIELD
    assert "password" not in user


def test_absent_lists_are_absent(admin: Caller) -> None:
    user = admin.api.users().get(userKey=HANNA).execute()
    assert "aliases" not in user
    assert "phones" not in user


@pytest.mark.parametrize(
    "key",
    [
        HANNA,
        "hanna.helpdesk@northfield.example",
        "Hanna.Helpdesk@Northfield.Example",
        "hanna.helpdesk@northfield-school.example",
        "hanna.helpdesk@northfield.example.test-google-a.com",
    ],
)
def test_a_person_is_found_by(key: str, admin: Caller) -> None:
    assert admin.api.users().get(userKey=key).execute()["id"] == HANNA


def test_etag_changes_with_the_person_and_not_without(world: World, admin: Caller) -> None:
    before = admin.api.users().get(userKey=HANNA).execute()["etag"]
    assert admin.api.users().get(userKey=HANNA).execute()["etag"] == before
    admin.api.users().patch(userKey=HANNA, body={"suspended": True}).execute()
    assert admin.api.users().get(userKey=HANNA).execute()["etag"] != before


def test_custom_fields_come_with_the_projection_that_asks_for_them(world: World, admin: Caller) -> None:
    schemas = {"School": {"house": "Oak"}, "Other": {"x": "1"}}
    world.users[HANNA].more["customSchemas"] = schemas
    users = admin.api.users()
    assert "customSchemas" not in users.get(userKey=HANNA).execute()
    assert users.get(userKey=HANNA, projection="full").execute()["customSchemas"] == schemas
    some = users.get(userKey=HANNA, projection="custom", customFieldMask="School").execute()
    assert some["customSchemas"] == {"School": {"house": "Oak"}}


def test_deleted_people_are_listed_apart_for_twenty_days(world: World, admin: Caller) -> None:
    admin.api.users().delete(userKey=HANNA).execute()
    assert HANNA not in {user["id"] for user in admin.all_users()}
    deleted = admin.all_users(showDeleted="true")
    assert [user["id"] for user in deleted] == [HANNA]
    assert deleted[0]["deletionTime"] == text_of(world.now())[:10] + deleted[0]["deletionTime"][10:]
    world.knobs.clock_offset += timedelta(days=20, seconds=1).total_seconds()
    assert admin_again(world, admin).all_users(showDeleted="true") == []


def admin_again(world: World, admin: Caller) -> Caller:
    """Tokens last an hour of the simulation's time; this one goes on."""
    token = world.tokens[admin.wire.token]
    world.tokens[token.value] = type(token)(
        token.value, token.kind, token.subject_user_id, token.client, token.scopes, world.now() + timedelta(hours=1)
    )
    return admin


def test_a_member_sees_the_public_view_only(world: World, call_as: Call) -> None:
    hanna = call_as(HANNA)
    assert refused(hanna.api.users().get(userKey=HANNA)).status == 403
    assert refused(hanna.api.users().list(customer="my_customer")).status == 403
    me = hanna.api.users().get(userKey=HANNA, viewType="domain_public").execute()
    assert me["primaryEmail"] == "hanna.helpdesk@northfield.example"
    assert me["name"]["fullName"] == "Hanna Helpdesk"
    assert not {"isAdmin", "suspended", "orgUnitPath", "recoveryEmail", "lastLoginTime"} & me.keys()


def test_the_public_view_hides_who_is_suspended_or_not_listed(world: World, call_as: Call) -> None:
    world.users[STUDENT].suspended = True
    world.users[ADMIN].more["includeInGlobalAddressList"] = False
    hanna = call_as(HANNA)
    assert [user["id"] for user in hanna.all_users(viewType="domain_public")] == [HANNA]
    assert refused(hanna.api.users().get(userKey=STUDENT, viewType="domain_public")).status == 404


def test_a_new_person_is_seen_by_key_in_lists_and_in_searches_at_different_times(world: World, admin: Caller) -> None:
    knobs = world.knobs
    knobs.get_lag, knobs.list_lag, knobs.search_lag, knobs.creation_window, knobs.mailbox_lag = 10, 20, 40, 30, 50
    new = person(world, world.customers[NORTHFIELD], "new@northfield.example", creation_time=text_of(world.now()))

    def seen() -> tuple[bool, bool, bool]:
        listed = any(user["id"] == new.id for user in admin.all_users())
        found = admin.all_users(query="email:new*")
        return status(admin.api.users().get(userKey=new.id)) == 200, listed, bool(found)

    steps = []
    for _ in range(5):
        steps.append(seen())
        knobs.clock_offset += 11
    assert steps == [
        (False, False, False),
        (True, False, False),
        (True, True, False),
        (True, True, False),
        (True, True, True),
    ]


def test_whether_an_ordered_list_waits_for_the_search_is_a_knob(world: World, admin: Caller) -> None:
    world.knobs.search_lag = 60
    person(world, world.customers[NORTHFIELD], "new@northfield.example", creation_time=text_of(world.now()))
    assert len(admin.all_users(orderBy="email")) == 4
    world.knobs.order_by_uses_search = True
    assert len(admin.all_users(orderBy="email")) == 3
    assert len(admin.all_users()) == 4


def test_the_mailbox_of_a_new_person_comes_later(world: World, admin: Caller) -> None:
    world.knobs.mailbox_lag = 60
    new = person(world, world.customers[NORTHFIELD], "new@northfield.example", creation_time=text_of(world.now()))
    assert admin.api.users().get(userKey=new.id).execute()["isMailboxSetup"] is False
    world.knobs.clock_offset = 61
    assert admin.api.users().get(userKey=new.id).execute()["isMailboxSetup"] is True


def test_a_customer_of_somebody_else_is_not_readable(admin: Caller) -> None:
    users = admin.api.users()
    assert refused(users.list(customer=HARBOUR)).status == 403
    assert refused(users.list(domain="harbour.example")).status == 403
    assert refused(users.get(userKey="hugo.admin@harbour.example")).status == 403
    assert refused(users.get(userKey=HUGO)).status == 404
