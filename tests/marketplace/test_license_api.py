"""The license adapter over the wire: every row of what Google answers."""

import json
import logging
from collections.abc import Callable, Iterator
from contextlib import ExitStack

import pytest

from marketplace.license_api import SCOPE, LicenseApi
from runtime.google_problems import GoogleThrottled, GoogleUnreachable, OurConfiguration
from runtime.settings import Settings
from sandbox.google import control, marketplace, seed
from sandbox.google.world import World
from tests.marketplace.house import ALIAS, SCHOOL, STUDENTS, House
from tests.runtime.listener import HANG_UP, Listener, Reply, Seen
from tests.simulated import OpenTransport

MARKET = "https://appsmarket.googleapis.com"
Ask = Callable[[Reply], tuple[LicenseApi, Listener]]


@pytest.fixture
def answering(settings: Settings, open_transport: OpenTransport) -> Iterator[Ask]:
    """An adapter that always gets this answer, and who gave it."""
    with ExitStack() as opened:

        def open_one(reply: Reply) -> tuple[LicenseApi, Listener]:
            listener = opened.enter_context(Listener(lambda _: reply))
            elsewhere = {"google_origins": settings.google_origins | {MARKET: listener.url}}
            transport = open_transport(settings.model_copy(update=elsewhere))
            return LicenseApi(transport, settings.application_id), listener

        yield open_one


def said(**body: object) -> Reply:
    return Reply(json.dumps(body).encode())


def refused(status: int, message: str, reason: str) -> Reply:
    error = {"code": status, "message": message, "errors": [{"message": message, "reason": reason}]}
    return Reply(json.dumps({"error": error}).encode(), status)


def asked(listener: Listener) -> Seen:
    (seen,) = listener.seen
    return seen


def test_question_names_application_and_domain(answering: Ask, world: World) -> None:
    api, listener = answering(said(state="ACTIVE"))
    api.customer_state("northfield.example")
    seen = asked(listener)
    assert seen.method == "GET"
    assert seen.path.split("?")[0] == f"/appsmarket/v2/customerLicense/{world.project.number}/northfield.example"
    token = world.tokens[seen.headers["authorization"].removeprefix("Bearer ")]
    assert (token.kind, set(token.scopes), token.subject_user_id) == ("service", {SCOPE}, "")


@pytest.mark.parametrize("email", ["ada+x@northfield.example", "o'brien@northfield.example", "a/b@northfield.example"])
def test_question_about_a_person_escapes_the_address(answering: Ask, world: World, email: str) -> None:
    api, listener = answering(said(enabled=True, state="ACTIVE"))
    assert api.user_is_licensed(email)
    path = asked(listener).path.split("?")[0]
    assert path.startswith(f"/appsmarket/v2/userLicense/{world.project.number}/")
    assert path.count("/") == 5


@pytest.mark.parametrize(
    ("body", "state"),
    [
        ({"kind": "appsmarket#customerLicense", "state": "ACTIVE", "editions": [{"seatCount": -1}]}, "ACTIVE"),
        ({"state": "UNLICENSED"}, "UNLICENSED"),
        ({"state": "EXPIRED"}, "UNLICENSED"),
        ({}, "UNLICENSED"),
        ({"state": "PENDING"}, "UNLICENSED"),
        ({"state": "ACTIVE_TRIAL"}, "UNLICENSED"),
        ({"state": "active"}, "UNLICENSED"),
        ({"state": None}, "UNLICENSED"),
    ],
)
def test_customer_is_active_or_not(answering: Ask, body: dict[str, object], state: str) -> None:
    assert answering(said(**body))[0].customer_state(SCHOOL) == state


def test_state_nobody_knows_is_logged(answering: Ask, caplog: pytest.LogCaptureFixture) -> None:
    api, _ = answering(said(state="SUSPENDED"))
    with caplog.at_level(logging.WARNING, "marketplace.license_api"):
        assert api.customer_state(SCHOOL) == "UNLICENSED"
    assert "SUSPENDED" in caplog.text


@pytest.mark.parametrize(
    ("body", "licensed"),
    [
        ({"enabled": True, "state": "ACTIVE", "editionId": "default_edition", "customerId": SCHOOL}, True),
        ({"enabled": True, "state": "ACTIVE", "customerId": "ada@northfield.example"}, True),
        ({"enabled": False, "state": "ACTIVE", "customerId": SCHOOL}, False),
        ({"enabled": False, "state": "UNLICENSED"}, False),
        ({"enabled": True, "state": "EXPIRED"}, False),
        ({"enabled": "true", "state": "ACTIVE"}, False),
        ({"state": "ACTIVE"}, False),
        ({"enabled": True}, False),
        ({}, False),
    ],
)
def test_person_is_licensed_or_not(answering: Ask, body: dict[str, object], licensed: bool) -> None:
    assert answering(said(**body))[0].user_is_licensed(seed.ADMIN) is licensed


@pytest.mark.parametrize(
    ("reply", "problem"),
    [
        (refused(403, "Not authorized to access the application ID", "forbidden"), OurConfiguration),
        (refused(403, "Marketplace API has not been used", "accessNotConfigured"), OurConfiguration),
        (refused(403, "insufficient scopes", "insufficientPermissions"), OurConfiguration),
        (refused(401, "Invalid Credentials", "authError"), OurConfiguration),
        (refused(429, "Quota exceeded", "rateLimitExceeded"), GoogleThrottled),
        (Reply(b"<html>", 502), GoogleUnreachable),
        (HANG_UP, GoogleUnreachable),
    ],
)
def test_failure_is_never_the_customers(answering: Ask, reply: Reply, problem: type[Exception]) -> None:
    api, _ = answering(reply)
    for ask in (lambda: api.customer_state(SCHOOL), lambda: api.user_is_licensed(seed.ADMIN)):
        with pytest.raises(problem):
            ask()


def test_customer_google_does_not_know_is_unlicensed(answering: Ask) -> None:
    api, _ = answering(refused(404, "Not Found", "notFound"))
    assert api.customer_state("nowhere.example") == "UNLICENSED"
    assert not api.user_is_licensed("nobody@nowhere.example")


# The same against the simulated Marketplace


def test_installing_and_deleting_shows(house: House) -> None:
    api = house.licenses.api
    assert api.customer_state(SCHOOL) == "UNLICENSED"
    house.install()
    assert [api.customer_state(name) for name in (SCHOOL, STUDENTS, ALIAS)] == ["ACTIVE"] * 3
    assert api.user_is_licensed(seed.HELPDESK)
    marketplace.revoke_data_access(house.world, seed.NORTHFIELD)
    assert api.customer_state(SCHOOL) == "ACTIVE"  # the license is another page
    marketplace.delete_app(house.world, seed.NORTHFIELD)
    assert api.customer_state(SCHOOL) == "UNLICENSED"
    assert not api.user_is_licensed(seed.HELPDESK)


def test_license_is_by_organizational_unit_and_by_person(house: House) -> None:
    api, student = (
        house.licenses.api,
        next(u for u in house.world.users.values() if u.org_unit_path == "/Students/2030"),
    )
    marketplace.install(house.world, seed.NORTHFIELD, ["/Staff"])
    assert api.customer_state(SCHOOL) == "ACTIVE"
    assert api.user_is_licensed(seed.HELPDESK)
    assert not api.user_is_licensed(student.primary_email)
    marketplace.install_individual(house.world, student.id)
    assert api.user_is_licensed(student.primary_email)
    marketplace.delete_app(house.world, seed.NORTHFIELD)
    assert api.user_is_licensed(student.primary_email)


def test_application_of_somebody_else_is_our_mistake(house: House, settings: Settings) -> None:
    house.install()
    control.set_project(house.world, number="999999999999")
    with pytest.raises(OurConfiguration):
        house.licenses.api.customer_state(SCHOOL)
