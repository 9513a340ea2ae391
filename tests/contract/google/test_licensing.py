"""The Marketplace API, through google-api-python-client and checked against its discovery document."""

import json
from collections.abc import Callable, Iterator
from typing import Any

import google_auth_httplib2
import httplib2
import pytest
from google.auth.compute_engine import Credentials
from google.oauth2 import credentials as oauth2
from googleapiclient.discovery import build
from googleapiclient.errors import HttpError

from sandbox.google import control, marketplace, people, tokens
from sandbox.google.scopes import CLOUD_PLATFORM, LICENSE
from sandbox.google.world import World
from tests.contract.google.conftest import CONSUMER, HANNA, NORTHFIELD, STUDENT
from tests.contract.google.discovery_schema import complaints
from tests.contract.google.transport import AuthTransport, SimulatedHosts

APP = "412345678901"
HANNA_EMAIL = "hanna.helpdesk@northfield.example"


class Licenses:
    """The two methods, called with a token of the service account."""

    def __init__(self, http: SimulatedHosts, scope: str) -> None:
        credentials = Credentials(scopes=[scope], universe_domain="googleapis.com")
        credentials.refresh(AuthTransport(http))
        # As a plain token: with the credentials themselves google-auth would ask for allowed locations in a thread.
        authorized = google_auth_httplib2.AuthorizedHttp(oauth2.Credentials(credentials.token), http=http)
        self.service = build("appsmarket", "v2", http=authorized, static_discovery=True, cache_discovery=False)

    def customer(self, domain: str, app: str = APP) -> dict[str, Any]:
        answer = self.service.customerLicense().get(applicationId=app, customerId=domain).execute(num_retries=0)
        assert complaints("appsmarket", "v2", "CustomerLicense", answer) == []
        return dict(answer)

    def user(self, email: str) -> dict[str, Any]:
        answer = self.service.userLicense().get(applicationId=APP, userId=email).execute(num_retries=0)
        assert complaints("appsmarket", "v2", "UserLicense", answer) == []
        return dict(answer)


def _for_all(world: World) -> None:
    marketplace.install(world, NORTHFIELD)


def _for_staff(world: World) -> None:
    marketplace.install(world, NORTHFIELD, ["/Staff"])


def _for_students(world: World) -> None:
    marketplace.install(world, NORTHFIELD, ["/Students"])


def _deleted(world: World) -> None:
    marketplace.install(world, NORTHFIELD)
    marketplace.delete_app(world, NORTHFIELD)


def _deleted_but_individual(world: World) -> None:
    marketplace.install(world, NORTHFIELD)
    marketplace.install_individual(world, HANNA)
    marketplace.delete_app(world, NORTHFIELD)


def _turned_off(world: World) -> None:
    marketplace.install(world, NORTHFIELD)
    marketplace.turn_off(world, NORTHFIELD)


def _turned_off_for_staff(world: World) -> None:
    marketplace.install(world, NORTHFIELD)
    marketplace.turn_off(world, NORTHFIELD, "/Staff")


def _turned_off_and_on(world: World) -> None:
    _turned_off_for_staff(world)
    marketplace.turn_on(world, NORTHFIELD, "/Staff")


def _data_access_revoked(world: World) -> None:
    marketplace.install(world, NORTHFIELD)
    marketplace.revoke_data_access(world, NORTHFIELD)


ON = {"enabled": True, "state": "ACTIVE", "editionId": "default_edition", "customerId": "northfield.example"}
OFF = ON | {"enabled": False}
INDIVIDUAL = ON | {"customerId": HANNA_EMAIL}
NONE = {"enabled": False, "state": "UNLICENSED"}


@pytest.mark.parametrize(
    ("situation", "expected"),
    [
        (_for_all, ON),
        (_for_staff, ON),
        (_for_students, OFF),
        (_deleted, NONE),
        (_deleted_but_individual, INDIVIDUAL),
        (lambda _: None, NONE),
        (_turned_off, OFF),
        (_turned_off_for_staff, OFF),
        (_turned_off_and_on, ON),
        (_data_access_revoked, ON),
    ],
)
def test_user_license_has_exactly_the_documented_members(
    world: World, licenses: Licenses, situation: Callable[[World], None], expected: dict[str, object]
) -> None:
    situation(world)

    same = {"kind": "appsmarket#userLicense", "applicationId": APP, "userId": HANNA_EMAIL}
    answer = licenses.user(HANNA_EMAIL)
    assert answer.pop("id")
    assert answer == same | expected


@pytest.mark.parametrize(
    ("situation", "state"),
    [
        (_for_all, "ACTIVE"),
        (_for_students, "ACTIVE"),
        (_turned_off, "ACTIVE"),
        (_data_access_revoked, "ACTIVE"),
        (_deleted, "UNLICENSED"),
        (_deleted_but_individual, "UNLICENSED"),
        (lambda _: None, "UNLICENSED"),
    ],
)
def test_customer_license_follows_the_install_only(
    world: World, licenses: Licenses, situation: Callable[[World], None], state: str
) -> None:
    situation(world)

    answer = licenses.customer("northfield.example")
    assert answer.pop("id")
    editions = {"editions": [{"editionId": "default_edition", "seatCount": -1}]} if state == "ACTIVE" else {}
    assert answer == editions | {
        "kind": "appsmarket#customerLicense",
        "applicationId": APP,
        "customerId": "northfield.example",
        "state": state,
    }


@pytest.mark.parametrize("domain", ["nobody.example", "gmail.com", NORTHFIELD])
def test_unknown_customer_is_unlicensed_and_no_error(world: World, licenses: Licenses, domain: str) -> None:
    marketplace.install(world, NORTHFIELD)

    assert licenses.customer(domain)["state"] == "UNLICENSED"


def test_unknown_person_and_consumer_are_unlicensed(world: World, licenses: Licenses) -> None:
    marketplace.install(world, NORTHFIELD)
    marketplace.install_individual(world, CONSUMER)

    assert licenses.user("nobody@northfield.example")["state"] == "UNLICENSED"
    assert licenses.user("connie.consumer@gmail.com")["state"] == "UNLICENSED"


@pytest.mark.parametrize("domain", ["students.northfield.example", "northfield-school.example", "NORTHFIELD.example"])
def test_other_domains_of_the_customer_are_known_unless_the_knob_says_no(
    world: World, licenses: Licenses, domain: str
) -> None:
    marketplace.install(world, NORTHFIELD)
    assert licenses.customer(domain)["state"] == "ACTIVE"

    control.set_knobs(world, license_secondary_domains=False)
    expected = "ACTIVE" if domain.lower() == "northfield.example" else "UNLICENSED"
    assert licenses.customer(domain)["state"] == expected


def test_nearest_organizational_unit_decides(world: World, licenses: Licenses) -> None:
    people.move_user(world, STUDENT, org_unit="/Students/2031")
    email = world.users[STUDENT].primary_email
    marketplace.install(world, NORTHFIELD)
    marketplace.turn_off(world, NORTHFIELD, "/Students")
    assert licenses.user(email)["enabled"] is False

    marketplace.turn_on(world, NORTHFIELD, "/Students/2031")
    assert licenses.user(email)["enabled"] is True
    people.move_user(world, STUDENT, org_unit="/Students/2030")
    assert licenses.user(email)["enabled"] is False


def test_renamed_person_is_licensed_under_the_new_address(world: World, licenses: Licenses) -> None:
    marketplace.install(world, NORTHFIELD)
    people.rename_user(world, HANNA, "hanna.front@northfield.example")

    assert licenses.user("hanna.front@northfield.example")["state"] == "ACTIVE"
    assert licenses.user(HANNA_EMAIL)["state"] == "UNLICENSED"


def test_lapsed_domain_comes_back_unlicensed_with_other_ids(world: World, licenses: Licenses) -> None:
    marketplace.install(world, NORTHFIELD)
    new_id = people.lapse_domain(world, NORTHFIELD)

    assert licenses.customer("northfield.example")["state"] == "UNLICENSED"
    heir = world.user_by_email(HANNA_EMAIL)
    assert heir is not None
    assert heir.id != HANNA
    assert heir.customer_id == new_id != NORTHFIELD


def test_foreign_application_is_refused(licenses: Licenses) -> None:
    status, error = refused(lambda: licenses.customer("northfield.example", app="999999999999"))

    assert status == 403
    assert error == {
        "code": 403,
        "message": "Not authorized to access the application ID",
        "errors": [
            {"message": "Not authorized to access the application ID", "domain": "global", "reason": "forbidden"}
        ],
        "status": "PERMISSION_DENIED",
    }


def test_token_of_a_foreign_project_is_refused(world: World, http: SimulatedHosts) -> None:
    token = tokens.issue(world, "service", "", "999999999999999999999", [LICENSE])
    url = f"https://appsmarket.googleapis.com/appsmarket/v2/userLicense/{APP}/{HANNA_EMAIL}"
    response, body = http.request(url, headers={"Authorization": "Bearer " + token.value})

    assert response.status == 403
    assert json.loads(body)["error"]["message"] == "Not authorized to access the application ID"


def test_token_without_the_license_scope_is_refused(http: SimulatedHosts) -> None:
    status, error = refused(lambda: Licenses(http, CLOUD_PLATFORM).user(HANNA_EMAIL))

    assert status == 403
    assert error["details"][0]["reason"] == "ACCESS_TOKEN_SCOPE_INSUFFICIENT"
    assert error["details"][0]["metadata"]["service"] == "appsmarket.googleapis.com"


def test_api_that_is_off_says_so(world: World, licenses: Licenses) -> None:
    control.set_project(world, disabled_apis=["appsmarket"])
    status, error = refused(lambda: licenses.user(HANNA_EMAIL))

    assert (status, error["errors"][0]["reason"]) == (403, "accessNotConfigured")
    assert error["details"][0]["reason"] == "SERVICE_DISABLED"


@pytest.mark.parametrize(("value", "reason"), [("", "required"), ("wrong", "authError")])
def test_missing_or_wrong_token_is_401(http: SimulatedHosts, value: str, reason: str) -> None:
    headers = {"Authorization": "Bearer " + value} if value else {}
    url = f"https://appsmarket.googleapis.com/appsmarket/v2/userLicense/{APP}/{HANNA_EMAIL}"
    response, body = http.request(url, headers=headers)

    error = json.loads(body)["error"]
    assert (response.status, error["status"], error["errors"][0]["reason"]) == (401, "UNAUTHENTICATED", reason)


def test_license_notifications_are_gone(http: SimulatedHosts) -> None:
    response, _ = http.request(f"https://appsmarket.googleapis.com/appsmarket/v2/licenseNotification/{APP}")

    assert response.status == 404


@pytest.fixture
def licenses(http: SimulatedHosts) -> Iterator[Licenses]:
    client = Licenses(http, LICENSE)
    yield client
    client.service.close()


def refused(call: Callable[[], object]) -> tuple[int, dict[str, Any]]:
    with pytest.raises(HttpError) as refusal:
        call()
    response: httplib2.Response = refusal.value.resp
    return int(response.status), dict(json.loads(refusal.value.content)["error"])
