"""The query language: which people and groups a question finds."""

import pytest

from sandbox.google.world import World
from tests.contract.google.conftest import ADMIN, HANNA, NORTHFIELD, STUDENT
from tests.contract.google.directory_service import Caller, person, refused

JANE = "100000000000000000009"


@pytest.fixture
def people(world: World) -> World:
    hanna, student = world.users[HANNA], world.users[STUDENT]
    hanna.aliases = ["front.desk@northfield.example"]
    hanna.more |= {
        "externalIds": [{"type": "organization", "value": "E-7"}],
        "phones": [{"value": "+44 1"}],
        "ims": [{"im": "hanna on call"}],
        "addresses": [{"locality": "Much Wenlock", "countryCode": "GB", "country": "England"}],
        "organizations": [{"title": "Help Desk Lead", "department": "IT"}],
        "relations": [{"type": "manager", "value": "ada.admin@northfield.example"}],
        "customSchemas": {
            "School": {"house": "Oak", "started": "2021-09-01", "points": 12, "duties": [{"value": "IT"}]}
        },
    }
    student.more["relations"] = [{"type": "manager", "value": "front.desk@northfield.example"}]
    student.given_name, student.family_name, student.suspended = "Sam Jane", "O'Brien", True
    person(world, world.customers[NORTHFIELD], "jane@northfield.example", JANE, org_unit_path="/Staff", archived=True)
    return world


CASES = [
    ("email=front.desk@northfield.example", {HANNA}),
    ("email:front*", {HANNA}),
    ("email:hanna.h*", {HANNA}),
    ("email:helpdesk", {HANNA}),
    ("email=HANNA.HELPDESK@northfield.example", {HANNA}),
    ("givenName=Sam", set()),
    ("givenName:Sam", {STUDENT}),
    ("givenName='sam jane'", {STUDENT}),
    ("givenName:'Jane Sam'", set()),
    ("givenName:Sa*", {STUDENT}),
    (r"familyName='O\'Brien'", {STUDENT}),
    ("name:'Ada Admin'", {ADMIN}),
    ("name='Ada Admin' isAdmin=true", {ADMIN}),
    ("isAdmin=false isSuspended=false", {HANNA, JANE}),
    ("isSuspended=true", {STUDENT}),
    ("isArchived=true", {JANE}),
    ("isGuest=true", set()),
    ("isEnrolledIn2Sv=false isAdmin=true", {ADMIN}),
    ("externalId=E-7", {HANNA}),
    ("phone='+44 1'", {HANNA}),
    ("im:'on call'", {HANNA}),
    ("im=hanna", set()),
    ("addressLocality:Wenlock", {HANNA}),
    ("addressCountry=england", {HANNA}),
    ("orgTitle:'Help Desk'", {HANNA}),
    ("orgDepartment=IT", {HANNA}),
    ("directManager=ada.admin@northfield.example", {HANNA}),
    ("manager=ada.admin@northfield.example", {HANNA, STUDENT}),
    (f"directManagerId={HANNA}", {STUDENT}),
    ("orgUnitPath=/Staff", {ADMIN, HANNA, JANE}),
    ("orgUnitPath='/staff'", {ADMIN, HANNA, JANE}),
    ("orgUnitPath=/", {ADMIN, HANNA, STUDENT, JANE}),
    ("orgUnitPath=/Sta", set()),
    ("School.house=oak", {HANNA}),
    ("School.points>=12", {HANNA}),
    ("School.points>12", set()),
    ("School.points:[5,12]", set()),
    ("School.points:[12,13]", {HANNA}),
    ("School.started<2022-01-01", {HANNA}),
    ("School.duties:IT", {HANNA}),
    ("Other.field=x", set()),
    ("jane", {STUDENT, JANE}),
    ("hanna", {HANNA}),
    ("front", {HANNA}),
    ("ha*", {HANNA}),
    ("", {ADMIN, HANNA, STUDENT, JANE}),
]


def test_each_question_finds_its_people(people: World, admin: Caller) -> None:
    found = [(query, {user["id"] for user in admin.all_users(query=query)}) for query, _ in CASES]
    assert found == CASES


def test_units_below_are_found_too(people: World, admin: Caller) -> None:
    people.users[HANNA].org_unit_path = "/Staff/Office"
    people.users[STUDENT].org_unit_path = "/Staffroom"
    found = {user["id"] for user in admin.all_users(query="orgUnitPath=/Staff")}
    assert HANNA in found
    assert STUDENT not in found


def test_the_public_view_knows_no_units(people: World, admin: Caller) -> None:
    request = admin.api.users().list(customer="my_customer", query="orgUnitPath=/", viewType="domain_public")
    assert refused(request).message == "Invalid Input: query"


@pytest.mark.parametrize(
    ("query", "expected"),
    [
        ("email:ma*", ["makers", "maths"]),
        ("name:'the makers'", ["makers"]),
        ("name=Mathematics", ["maths"]),
        ("email=numbers@northfield.example", ["maths"]),
        (f"memberKey={HANNA}", ["maths"]),
        ("memberKey=hanna.helpdesk@northfield.example email:mak*", []),
        ("", ["makers", "maths"]),
    ],
)
def test_groups_are_found(query: str, expected: list[str], admin: Caller) -> None:
    admin.api.groups().insert(body={"email": "maths@northfield.example", "name": "Mathematics"}).execute()
    admin.api.groups().insert(body={"email": "makers@northfield.example", "name": "The Makers"}).execute()
    aliases = admin.api.groups().aliases()
    aliases.insert(groupKey="maths@northfield.example", body={"alias": "numbers@northfield.example"}).execute()
    admin.api.members().insert(groupKey="maths@northfield.example", body={"id": HANNA}).execute()
    groups = admin.api.groups().list(customer="my_customer", query=query).execute().get("groups", [])
    assert [group["email"].partition("@")[0] for group in groups] == expected
