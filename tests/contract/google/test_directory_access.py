"""Who may call what: tokens, scopes, administrators, the API switch, quotas."""

from collections.abc import Callable
from typing import Any

import pytest

from sandbox.google.directory import HANDLERS
from sandbox.google.scopes import PREFIX
from sandbox.google.world import World
from tests.contract.google.conftest import ADMIN, CONSUMER, HANNA
from tests.contract.google.directory_service import METHODS, Caller, Refusal, new_body, refused, status
from tests.contract.google.transport import SimulatedHosts

Call = Callable[..., Caller]
FORBIDDEN = Refusal(403, "forbidden", "Not Authorized to access this resource/api")
SCOPES = sorted({scope for name in HANDLERS for scope in METHODS[name]["scopes"]} | {PREFIX + "gmail.send"})


def request_of(api: Any, method_id: str) -> Any:
    """Some request of the method; whether its parameters make sense does not matter here."""
    *resources, verb = method_id.split(".")[1:]
    for resource in resources:
        api = getattr(api, resource)()
    described = METHODS[method_id]
    needed: dict[str, Any] = {name: "x" for name, about in described["parameters"].items() if about.get("required")}
    if "request" in described:
        needed["body"] = {}
    return getattr(api, verb)(**needed)


@pytest.mark.parametrize("scope", SCOPES)
def test_each_method_takes_exactly_its_scopes(scope: str, world: World, call_as: Call) -> None:
    world.knobs.enforce_quota = False
    admin = call_as(ADMIN, (scope,))
    refusals = {name: refused(request_of(admin.api, name)) for name in sorted(HANDLERS)}
    let_through = {name for name, refusal in refusals.items() if refusal.reason != "insufficientPermissions"}
    assert let_through == {name for name in HANDLERS if scope in METHODS[name]["scopes"]}
    statuses = {refusal.status for name, refusal in refusals.items() if name not in let_through}
    assert statuses <= {403}


def test_a_member_may_call_nothing_but_the_public_view(world: World, call_as: Call) -> None:
    world.knobs.enforce_quota = False
    hanna = call_as(HANNA)
    assert {refused(request_of(hanna.api, name)) for name in HANDLERS} == {FORBIDDEN}


def test_a_consumer_account_has_no_directory(call_as: Call) -> None:
    users = call_as(CONSUMER).api.users()
    assert refused(users.list(customer="my_customer", viewType="domain_public")) == FORBIDDEN


def test_an_administrator_who_never_agreed_to_the_terms_is_none(world: World, admin: Caller) -> None:
    world.users[ADMIN].agreed_to_terms = False
    assert refused(admin.api.users().list(customer="my_customer")) == FORBIDDEN


def test_a_service_account_that_acts_as_nobody_gets_misleading_answers(call_as: Call) -> None:
    users = call_as("").api.users()
    unavailable = Refusal(503, "backendError", "Service unavailable. Please try again")
    assert refused(users.list(customer="my_customer")) == unavailable
    assert refused(users.list(domain="northfield.example")) == FORBIDDEN


@pytest.mark.parametrize(("header", "reason"), [("Bearer nonsense", "authError"), ("", "required")])
def test_no_good_token(header: str, reason: str, admin: Caller) -> None:
    admin.wire.extra["Authorization"] = header
    assert refused(admin.api.users().list(customer="my_customer")).reason == reason


def test_a_suspended_subject_loses_access(world: World, admin: Caller) -> None:
    world.users[ADMIN].suspended = True
    assert refused(admin.api.users().list(customer="my_customer")).status == 401


def test_the_api_can_be_switched_off(world: World, admin: Caller) -> None:
    world.project.disabled_apis.append("admin")
    refusal = refused(admin.api.users().list(customer="my_customer"))
    assert (refusal.status, refusal.reason) == (403, "accessNotConfigured")


def test_queries_are_counted_for_each_person_and_minute(world: World, admin: Caller, call_as: Call) -> None:
    world.knobs.queries_per_minute = 3
    request = admin.api.users().get(userKey=HANNA)
    assert [status(request) for _ in range(4)] == [200, 200, 200, 403]
    refusal = refused(request)
    assert refusal.reason == "userRateLimitExceeded"
    assert refusal.message.startswith(
        "Quota exceeded for quota metric 'Queries' and limit 'Queries per minute per user'"
    )
    world.users[HANNA].is_admin = True
    assert status(call_as(HANNA).api.users().get(userKey=HANNA)) == 200
    world.knobs.clock_offset = 61
    assert status(request) == 200


def test_accounts_are_opened_ten_a_second_in_each_domain(world: World, admin: Caller) -> None:
    world.knobs.creates_per_second = 1
    users = admin.api.users()
    world.knobs.clock_offset = 0
    users.insert(body=new_body("one@northfield.example")).execute()
    second = users.insert(body=new_body("two@northfield.example"))
    users.insert(body=new_body("two@students.northfield.example")).execute()
    assert refused(second) == Refusal(403, "quotaExceeded", "Request rate higher than configured.")
    world.knobs.clock_offset = 2
    assert status(second) == 200


@pytest.mark.parametrize(
    ("answer", "expected"),
    [("429", (429, "rateLimitExceeded")), ("503", (503, "backendError")), ("403", (403, "userRateLimitExceeded"))],
)
def test_how_too_much_is_refused_is_a_knob(answer: Any, expected: tuple[int, str], world: World, admin: Caller) -> None:
    world.knobs.queries_per_minute, world.knobs.quota_answer = 0, answer
    refusal = refused(admin.api.users().get(userKey=HANNA))
    assert (refusal.status, refusal.reason) == expected


def test_too_much_may_be_refused_in_plain_text(world: World, admin: Caller, http: SimulatedHosts) -> None:
    world.knobs.queries_per_minute, world.knobs.quota_answer = 0, "403 text"
    response, content = admin.wire.request("https://admin.googleapis.com/admin/directory/v1/users/x")
    assert response.status == 403
    assert response["content-type"].startswith("text/plain")
    assert content == b"Request rate higher than configured."


def test_quotas_can_be_switched_off(world: World, admin: Caller) -> None:
    world.knobs.queries_per_minute, world.knobs.enforce_quota = 0, False
    assert status(admin.api.users().get(userKey=HANNA)) == 200


def test_organizational_units_change_once_a_second(world: World, admin: Caller) -> None:
    units = admin.api.orgunits()
    body = {"name": "One", "parentOrgUnitPath": "/"}
    units.insert(customerId="my_customer", body=body).execute()
    assert refused(units.insert(customerId="my_customer", body=body | {"name": "Two"})).reason == "quotaExceeded"
