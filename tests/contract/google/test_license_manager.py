"""The Enterprise License Manager API, through google-api-python-client and checked against its discovery document."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import pytest
import requests
from googleapiclient.discovery import build

from sandbox.google.directory.index import text_of
from sandbox.google.license_manager import HAS_IT, HAS_OTHER, NO_SEATS
from sandbox.google.scopes import LICENSING, PREFIX
from sandbox.google.server import GoogleServer
from sandbox.google.tokens import issue
from sandbox.google.world import World
from tests.contract.google.conftest import ADMIN, HANNA, NORTHFIELD, STUDENT
from tests.contract.google.directory_service import AuthorizedHosts, Refusal, person, refused
from tests.contract.google.discovery_schema import complaints
from tests.contract.google.transport import SimulatedHosts

PRODUCT, STAFF, STUDENTS = "101031", "1010310009", "1010310010"
HANNA_EMAIL, STUDENT_EMAIL = "hanna.helpdesk@northfield.example", "sam.student@students.northfield.example"


@dataclass
class Assignments:
    """The API as an administrator of Northfield, who has ordered two licenses for staff and one for students."""

    resource: Any

    def insert(self, email: str = HANNA_EMAIL, sku: str = STAFF, product: str = PRODUCT) -> Any:
        return self.resource.insert(productId=product, skuId=sku, body={"userId": email})

    def get(self, email: str = HANNA_EMAIL, sku: str = STAFF) -> Any:
        return self.resource.get(productId=PRODUCT, skuId=sku, userId=email)

    def delete(self, email: str = HANNA_EMAIL, sku: str = STAFF) -> Any:
        return self.resource.delete(productId=PRODUCT, skuId=sku, userId=email)

    def holders(self, **question: Any) -> Any:
        return self.resource.listForProduct(**{"productId": PRODUCT, "customerId": NORTHFIELD} | question)


Open = Callable[..., Assignments]


@pytest.fixture
def open_as(world: World, http: SimulatedHosts) -> Open:
    world.customers[NORTHFIELD].license_seats = {f"{PRODUCT}/{STAFF}": 2, f"{PRODUCT}/{STUDENTS}": 1}

    def open_one(user_id: str, scope: str = LICENSING) -> Assignments:
        wire = AuthorizedHosts(http, issue(world, "delegated", user_id, "service-account", [scope]).value)
        api = build("licensing", "v1", http=wire, static_discovery=True, cache_discovery=False)
        return Assignments(api.licenseAssignments())

    return open_one


@pytest.fixture
def licenses(open_as: Open) -> Assignments:
    return open_as(ADMIN)


def test_a_license_is_given_shown_and_taken_back(licenses: Assignments) -> None:
    given = licenses.insert().execute()
    assert complaints("licensing", "v1", "LicenseAssignment", given) == []
    assert (given["userId"], given["productId"], given["skuId"]) == (HANNA_EMAIL, PRODUCT, STAFF)
    assert licenses.get().execute() == given
    assert licenses.delete().execute() == {}
    assert refused(licenses.get()).status == 404
    assert refused(licenses.delete()).status == 404


def test_holders_are_listed_by_address_and_page(world: World, licenses: Assignments) -> None:
    assert "items" not in licenses.holders().execute()
    other = person(world, world.customers[NORTHFIELD], "zoe@northfield.example")
    for email, sku in ((other.primary_email, STAFF), (HANNA_EMAIL, STAFF), (STUDENT_EMAIL, STUDENTS)):
        licenses.insert(email, sku).execute()
    first = licenses.holders(maxResults=2).execute()
    second = licenses.holders(maxResults=2, pageToken=first["nextPageToken"]).execute()
    assert complaints("licensing", "v1", "LicenseAssignmentList", first) == []
    assert [item["userId"] for page in (first, second) for item in page["items"]] == [
        HANNA_EMAIL, STUDENT_EMAIL, "zoe@northfield.example",
    ]  # fmt: skip
    assert "nextPageToken" not in second
    of_sku = licenses.resource.listForProductAndSku(productId=PRODUCT, skuId=STUDENTS, customerId="northfield.example")
    assert [item["userId"] for item in of_sku.execute()["items"]] == [STUDENT_EMAIL]


def test_what_is_refused(world: World, licenses: Assignments) -> None:
    world.users[STUDENT].aliases = ["sam@northfield.example"]
    licenses.insert().execute()
    licenses.insert(STUDENT_EMAIL, STUDENTS).execute()
    new = person(world, world.customers[NORTHFIELD], "new@northfield.example")
    wrong, missing = "User email not valid.", "SKU or product does not exist."
    for request, status, message in (
        (licenses.insert(), 412, HAS_IT),
        (licenses.insert(sku=STUDENTS), 412, HAS_OTHER),
        (licenses.insert(new.primary_email, STUDENTS), 412, NO_SEATS),
        (licenses.insert("nobody@northfield.example"), 400, wrong),
        (licenses.insert("hugo.admin@harbour.example"), 400, wrong),
        (licenses.insert("sam@northfield.example"), 400, wrong),
        (licenses.insert(sku="1010310001"), 400, missing),
        (licenses.insert(product="Google-Drive-storage"), 400, missing),
    ):
        found = refused(request)
        assert (found.status, found.message) == (status, message)
    assert refused(licenses.holders(customerId="C02harbou")).status == 403


def test_seats_are_ordered_by_a_control_operation(google: GoogleServer, licenses: Assignments) -> None:
    assert refused(licenses.insert(sku="1010310001")).status == 400
    order = {"customer_id": NORTHFIELD, "seats": {f"{PRODUCT}/1010310001": 1}}
    assert requests.post(f"{google.url}/__control/set_license_seats", json=order, timeout=5).status_code == 200
    assert licenses.insert(sku="1010310001").execute()["skuId"] == "1010310001"


def test_a_deleted_person_keeps_the_seat_for_a_while(world: World, licenses: Assignments) -> None:
    licenses.insert(STUDENT_EMAIL, STUDENTS).execute()
    with world.changing():
        world.users[STUDENT].deletion_time = text_of(world.now())
    assert refused(licenses.insert(sku=STUDENTS)).message == NO_SEATS
    assert "items" not in licenses.holders().execute()


def test_a_person_made_just_now_is_not_known_yet(world: World, licenses: Assignments) -> None:
    new = person(world, world.customers[NORTHFIELD], "new@northfield.example", creation_time=text_of(world.now()))
    world.knobs.get_lag = 30
    assert refused(licenses.insert(new.primary_email)).status == 400
    world.knobs.clock_offset = 31
    assert licenses.insert(new.primary_email).execute()["userId"] == new.primary_email


def test_who_may_call(world: World, open_as: Open) -> None:
    assert refused(open_as(HANNA).insert()) == Refusal(403, "forbidden", "Not Authorized to access this resource/api")
    assert refused(open_as(ADMIN, PREFIX + "admin.directory.user").insert()).reason == "insufficientPermissions"
    world.project.disabled_apis = ["licensing"]
    assert refused(open_as(ADMIN).insert()).reason == "accessNotConfigured"
