"""Every error that the Directory API is known to answer with: status, reason, message."""

from collections.abc import Callable
from typing import Any

import pytest

from sandbox.google.directory.index import text_of
from sandbox.google.world import World
from tests.contract.google.conftest import ADMIN, HANNA, NORTHFIELD
from tests.contract.google.directory_service import Caller, Refusal, new_body, person, refused

HANNA_EMAIL = "hanna.helpdesk@northfield.example"
GROUP = "desk@northfield.example"
Request = Callable[[Any], Any]

NO_NAME: dict[str, Any] = {"name": {"givenName": "New", "familyName": ""}}
LONG: dict[str, Any] = {"name": {"givenName": "x" * 61, "familyName": "y"}}


def inserting(email: str = "new@northfield.example", **more: Any) -> Request:
    return lambda api: api.users().insert(body=new_body(email, **more))


def adding(**body: str) -> Request:
    return lambda api: api.members().insert(groupKey=GROUP, body=body)


def making(**body: str) -> Request:
    return lambda api: api.orgunits().insert(customerId="my_customer", body=body)


def wrong(what: str) -> Refusal:
    return Refusal(400, "invalid", f"Invalid Input: {what}")


def missing(what: str) -> Refusal:
    return Refusal(404, "notFound", f"Resource Not Found: {what}")


def needed(what: str) -> Refusal:
    return Refusal(400, "required", f"Missing required field: {what}")


BAD_EMAIL = Refusal(400, "invalid", "Invalid Input: primary_user_email")
BAD_PASSWORD = Refusal(400, "invalid", "Invalid Password")
BAD_QUERY = Refusal(400, "invalid", "Invalid Input: query")
TAKEN = Refusal(409, "duplicate", "Entity already exists.")
FORBIDDEN = Refusal(403, "forbidden", "Not Authorized to access this resource/api")

ROWS: list[tuple[str, Request, Refusal]] = [
    *[
        (f"address {email}", inserting(email), BAD_EMAIL)
        for email in (
            "nobody",
            ".dot@northfield.example",
            "dot.@northfield.example",
            "a..b@northfield.example",
            "a+b@northfield.example",
            "a&b@northfield.example",
            "é@northfield.example",
            "x" * 65 + "@northfield.example",
            "postmaster@northfield.example",
            "abuse@northfield.example",
            "new@northfield-school.example",
        )
    ],
    ("no family name", inserting(**NO_NAME), Refusal(400, "invalid", "Invalid Given/Family Name: FamilyName")),
    ("long given name", inserting(**LONG), Refusal(400, "invalid", "Invalid Given/Family Name: GivenName")),
    (
        "markup in a name",
        inserting(name={"givenName": "<b>", "familyName": "x"}),
        Refusal(400, "invalid", "Invalid Given/Family Name: GivenName"),
    ),
    ("short password", inserting(password="7chars!"), BAD_PASSWORD),
    ("long password", inserting(password="x" * 101), BAD_PASSWORD),
    ("password with a space at its end", inserting(password="12345678 "), BAD_PASSWORD),
    ("password that is not ASCII", inserting(password="pässword1"), BAD_PASSWORD),
    ("unknown hash", inserting(hashFunction="SHA-512"), BAD_PASSWORD),
    ("no such digest", inserting(hashFunction="MD5"), BAD_PASSWORD),
    ("rounds", inserting(hashFunction="crypt", password="$6$rounds=10001$salt$" + "a" * 86), BAD_PASSWORD),
    ("unit", inserting(orgUnitPath="/Nowhere"), Refusal(400, "invalid", "Invalid Input: INVALID_OU_ID")),
    ("phone", inserting(recoveryPhone="0123"), Refusal(400, "invalid", "Invalid Input: recovery_phone")),
    ("size", inserting(externalIds=[{"value": "x" * 3000}]), Refusal(400, "invalid", "Invalid Input: externalIds")),
    ("taken by a person", inserting(HANNA_EMAIL), TAKEN),
    ("taken by a group", inserting(GROUP), TAKEN),
    ("nobody's domain", inserting("x@nowhere.example"), Refusal(404, "notFound", "Domain not found.")),
    ("somebody's domain", inserting("x@harbour.example"), FORBIDDEN),
    ("neither customer nor domain", lambda api: api.users().list(), Refusal(400, "badRequest", "Bad Request")),
    ("no customer id", lambda api: api.users().list(customer="x"), Refusal(400, "invalid", "Invalid Input")),
    ("other customer", lambda api: api.users().list(customer="C02harbou"), FORBIDDEN),
    (
        "unknown domain",
        lambda api: api.users().list(domain="nowhere.example"),
        Refusal(404, "notFound", "Resource Not Found: domain"),
    ),
    *[
        (
            f"query {query}",
            lambda api, query=query: api.users().list(customer="my_customer", query=query),
            BAD_QUERY,
        )
        for query in ("nofield=x", "phone:1", "isAdmin=maybe", "name='open", "email>3", "orgUnitPath:/Staff")
    ],
    (
        "page token",
        lambda api: api.users().list(customer="my_customer", pageToken="nonsense"),
        Refusal(400, "invalid", "Invalid Input"),
    ),
    (
        "empty page token",
        lambda api: api.users().list(customer="my_customer", pageToken=""),
        Refusal(400, "invalid", "Invalid Input"),
    ),
    ("nobody", lambda api: api.users().get(userKey="no@northfield.example"), missing("userKey")),
    ("group as a person", lambda api: api.users().get(userKey=GROUP), missing("userKey")),
    ("no such group", lambda api: api.groups().get(groupKey="no@northfield.example"), missing("groupKey")),
    ("custom fields", lambda api: api.users().get(userKey=HANNA, projection="custom"), wrong("custom_schema")),
    (
        "no such unit",
        lambda api: api.orgunits().get(customerId="my_customer", orgUnitPath="No"),
        Refusal(404, "notFound", "Org unit not found"),
    ),
    ("member without a key", adding(role="MEMBER"), needed("memberKey")),
    ("member nobody", adding(email="no@northfield.example"), missing("memberKey")),
    ("member twice", adding(email=HANNA_EMAIL), Refusal(409, "duplicate", "Member already exists.")),
    ("member of itself", adding(email=GROUP), Refusal(412, "conditionNotMet", "Cyclic memberships not allowed.")),
    ("outsider", lambda api: api.members().hasMember(groupKey=GROUP, memberKey="x@gmail.com"), wrong("memberKey")),
    ("alias of nothing", lambda api: api.users().aliases().insert(userKey=HANNA, body={}), needed("alias")),
    ("alias taken", lambda api: api.users().aliases().insert(userKey=ADMIN, body={"alias": HANNA_EMAIL}), TAKEN),
    ("group taken", lambda api: api.groups().insert(body={"email": HANNA_EMAIL}), TAKEN),
    ("group without address", lambda api: api.groups().insert(body={"name": "x"}), needed("email")),
    ("unit without name", making(parentOrgUnitPath="/"), needed("name")),
    ("unit without parent", making(name="x"), needed("parentOrgUnitPath")),
    ("unit twice", making(name="staff", parentOrgUnitPath="/"), Refusal(400, "invalid", "Invalid Ou Id")),
    (
        "no such domain",
        lambda api: api.domains().get(customer="my_customer", domainName="no.example"),
        Refusal(404, "notFound", "Domain not found."),
    ),
]


def test_each_known_error(world: World, admin: Caller) -> None:
    world.knobs.enforce_quota = False
    admin.api.groups().insert(body={"email": GROUP}).execute()
    admin.api.members().insert(groupKey=GROUP, body={"email": HANNA_EMAIL}).execute()
    before = world.version
    found = [(row, refused(request(admin.api))) for row, request, _ in ROWS]
    assert found == [(row, expected) for row, _, expected in ROWS]
    assert world.version == before


def test_too_many_people_for_the_licences_deleted_ones_included(world: World, admin: Caller) -> None:
    world.customers[NORTHFIELD].user_limit = 4
    admin.api.users().insert(body=new_body("one@northfield.example")).execute()
    over = Refusal(412, "limitExceeded", "Domain user limit reached.")
    assert refused(admin.api.users().insert(body=new_body("two@northfield.example"))) == over
    admin.api.users().delete(userKey="one@northfield.example").execute()
    assert refused(admin.api.users().insert(body=new_body("two@northfield.example"))) == over


def test_too_many_archived_people(world: World, admin: Caller) -> None:
    world.customers[NORTHFIELD].archive_limit = 1
    admin.api.users().patch(userKey=HANNA, body={"archived": True}).execute()
    student = person(world, world.customers[NORTHFIELD], "other@northfield.example")
    assert refused(admin.api.users().patch(userKey=student.id, body={"archived": True})) == Refusal(
        412, "limitExceeded", "Insufficient archived user licenses"
    )


def test_somebody_suspended_for_abuse_stays_suspended(world: World, admin: Caller) -> None:
    world.users[HANNA].suspended, world.users[HANNA].more["suspendedForAbuse"] = True, True
    assert refused(admin.api.users().patch(userKey=HANNA, body={"suspended": False})) == Refusal(
        412, "conditionNotMet", "Cannot restore a user suspended for abuse."
    )


def test_changes_wait_until_a_creation_is_complete(world: World, admin: Caller) -> None:
    world.knobs.creation_window = 30
    new = person(world, world.customers[NORTHFIELD], "new@northfield.example", creation_time=text_of(world.now()))
    unfinished = Refusal(412, "conditionNotMet", "User creation is not complete.")
    users = admin.api.users()
    changes = [
        users.patch(userKey=new.id, body={"suspended": True}),
        users.delete(userKey=new.id),
        users.makeAdmin(userKey=new.id, body={"status": True}),
        users.aliases().insert(userKey=new.id, body={"alias": "n@northfield.example"}),
    ]
    assert [refused(change) for change in changes] == [unfinished] * 4
    world.knobs.clock_offset = 31
    assert users.patch(userKey=new.id, body={"suspended": True}).execute()["suspended"] is True


def test_a_second_change_right_after_a_rename_is_a_conflict(world: World, admin: Caller) -> None:
    world.knobs.rename_window = 60
    admin.api.users().patch(userKey=HANNA, body={"primaryEmail": "h@northfield.example"}).execute()
    again = admin.api.users().patch(userKey=HANNA, body={"suspended": True})
    assert refused(again).reason == "conflict"
    world.knobs.clock_offset = 61
    assert again.execute()["suspended"] is True


@pytest.mark.parametrize(
    ("body", "message"),
    [
        ('{"primaryMail": "x"}', 'Invalid JSON payload received. Unknown name "primaryMail": Cannot find field.'),
        ('{"suspended": "yes"}', "Invalid value at 'suspended'"),
        ("{not json", "Parse Error"),
        ("[1]", "Parse Error"),
    ],
)
def test_a_body_that_cannot_be_read(body: str, message: str, admin: Caller) -> None:
    request = admin.api.users().patch(userKey=HANNA, body={})
    request.body, request.body_size = body, len(body)
    assert refused(request).message == message


@pytest.mark.parametrize(
    ("old", "new"),
    [("maxResults=5", "maxResults=0"), ("maxResults=5", "maxResults=many"), ("orderBy=email", "orderBy=age")],
)
def test_a_parameter_out_of_range(old: str, new: str, admin: Caller) -> None:
    request = admin.api.users().list(customer="my_customer", maxResults=5, orderBy="email")
    request.uri = request.uri.replace(old, new)
    assert refused(request).reason == "invalidParameter"


def test_a_method_that_is_not_simulated_says_so(call_as: Callable[..., Caller]) -> None:
    scope = "https://www.googleapis.com/auth/admin.directory.rolemanagement"
    admin = call_as(ADMIN, (scope,))
    assert refused(admin.api.roles().list(customer="my_customer")).status == 501
