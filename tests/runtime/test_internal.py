"""The door of /tasks/ and /cron/: who is let in, and what the queue is told about the work."""

import base64
import hashlib
import hmac
import json
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from runtime import internal
from runtime.guards import install_guards
from runtime.internal import InternalRoutes, Payload
from runtime.problems import BadRequest, Conflict, NotFound, TooManyRequests, Unavailable
from runtime.service_tokens import KEYS_ASKED_AGAIN, KEYS_KEPT, ServiceTokens
from runtime.settings import Settings
from sandbox.google import control
from sandbox.google.keys import certificates, new_key, rotate_keys, sign
from sandbox.google.outgoing import id_token
from sandbox.google.world import World
from tests.clock import MovableClock
from tests.simulated import BASE_URL

CERTS = "/oauth2/v3/certs"


@dataclass
class Desk:
    """An app with one task and one cron route; `done` is what reached them, `fail` what they do instead."""

    settings: Settings
    clock: MovableClock
    world: World
    done: list[object] = field(default_factory=list)
    fail: Callable[[], None] = lambda: None
    not_served: set[str] = field(default_factory=set)
    client: FlaskClient = field(init=False)

    def __post_init__(self) -> None:
        app = Flask(__name__)
        tokens = ServiceTokens(self.settings, self.clock)
        routes = InternalRoutes(self.settings, tokens, lambda tenant: tenant not in self.not_served)
        routes.task("/tasks/work", self.work)
        routes.cron("/cron/work", lambda: self.done.append("cron"))
        routes.cron_for_each("/cron/each", lambda: ["C01", "C02"], self.first, self.second)
        install_guards(
            app, self.settings, session_cookie="frontdesk", csrf_exempt=(internal.NAME,), shows_raw=lambda: False
        )
        app.register_blueprint(routes.blueprint)
        self.client = app.test_client()

    def work(self, payload: Payload) -> None:
        self.fail()
        self.done.append((payload.text("tenant"), payload.number("number")))

    def first(self, tenant: str) -> None:
        if tenant == "C01":
            self.fail()
        self.done.append(("first", tenant))

    def second(self, tenant: str) -> None:
        self.done.append(("second", tenant))

    def task(self, body: object = None, **headers: str) -> TestResponse:
        sent = body if isinstance(body, bytes) else json.dumps(body or {"tenant": "C01", "number": 3}).encode()
        return self.client.post("/tasks/work", data=sent, headers=self.headers(headers))

    def cron(self, **headers: str) -> TestResponse:
        return self.client.get("/cron/work", headers=self.headers(headers))

    def headers(self, more: dict[str, str]) -> dict[str, str]:
        named = {name.replace("_", "-"): value for name, value in more.items()}
        return {"Host": self.settings.host, "Accept": "application/json"} | named

    def bearer(self, **claims: object) -> str:
        return f"Bearer {id_token(self.world, BASE_URL, **claims)}"


@pytest.fixture
def clock(world: World) -> MovableClock:
    return MovableClock(world)


@pytest.fixture
def desk(settings: Settings, clock: MovableClock, world: World) -> Desk:
    return Desk(settings, clock, world)


@pytest.fixture
def on_app_engine(settings: Settings, clock: MovableClock, world: World) -> Desk:
    return Desk(settings.model_copy(update={"gae_env": "standard"}), clock, world)


def refused(desk: Desk, answer: TestResponse) -> bool:
    """Whether the door stayed shut and nothing was done."""
    return answer.status_code == 403 and answer.get_json()["retry"] is False and desk.done == []


# Who is let in


def test_our_queue_and_our_scheduler_are_let_in(desk: Desk) -> None:
    task = desk.task(Authorization=desk.bearer())
    assert (task.status_code, task.data) == (204, b"")
    assert desk.cron(Authorization=desk.bearer()).status_code == 204
    assert desk.done == [("C01", 3), "cron"]


@pytest.mark.parametrize(
    "claims",
    [
        {"aud": "http://localhost:8081"},
        {"aud": BASE_URL + "/tasks/work"},
        {"aud": [BASE_URL]},
        {"aud": None},
        {"iss": "https://accounts.evil.example"},
        {"email": "another@frontdesk-sandbox.iam.gserviceaccount.com"},
        {"email": None},
        {"email_verified": False},
        {"email_verified": "true"},
        {"exp": 1},
        {"exp": None},
        {"exp": "9999999999"},
        {"iat": 9_999_999_999},
        {"iat": None},
    ],
    ids=str,
)
def test_a_token_for_anything_else_is_refused(desk: Desk, claims: dict[str, object]) -> None:
    bearer = desk.bearer(**claims)
    assert refused(desk, desk.task(Authorization=bearer))
    assert refused(desk, desk.cron(Authorization=bearer))


def test_a_token_ends_a_minute_after_its_time(desk: Desk) -> None:
    bearer = desk.bearer()
    desk.clock.advance(seconds=3600 + 55, google=False)
    assert desk.task(Authorization=bearer).status_code == 204
    desk.done.clear()
    desk.clock.advance(seconds=10, google=False)
    assert refused(desk, desk.task(Authorization=bearer))


def _parts(token: str) -> tuple[str, str, str]:
    header, payload, signature = token.removeprefix("Bearer ").split(".")
    return header, payload, signature


def _encoded(value: dict[str, Any]) -> str:
    return base64.urlsafe_b64encode(json.dumps(value).encode()).rstrip(b"=").decode()


def _unsigned(desk: Desk) -> str:
    return f"{_encoded({'alg': 'none', 'typ': 'JWT'})}.{_parts(desk.bearer())[1]}."


def _by_secret(desk: Desk) -> str:
    """HS256 with the published key as its secret: the old confusion of algorithms."""
    signed = f"{_encoded({'alg': 'HS256', 'kid': desk.world.signing_keys[0].id})}.{_parts(desk.bearer())[1]}"
    published = certificates(desk.world.signing_keys[:1], "google")[desk.world.signing_keys[0].id]
    digest = hmac.digest(published.encode(), signed.encode(), hashlib.sha256)
    return f"{signed}.{base64.urlsafe_b64encode(digest).rstrip(b'=').decode()}"


def _by_another_key(desk: Desk) -> str:
    key = new_key()
    key.id = desk.world.signing_keys[0].id
    return sign(json.loads(base64.urlsafe_b64decode(_parts(desk.bearer())[1] + "==")), key)


def _by_an_unknown_key(desk: Desk) -> str:
    return sign(json.loads(base64.urlsafe_b64decode(_parts(desk.bearer())[1] + "==")), new_key())


def _by_the_account_itself(desk: Desk) -> str:
    """The account's own keys sign what signJwt is given: no proof that Google made the token."""
    claims = json.loads(base64.urlsafe_b64decode(_parts(desk.bearer())[1] + "=="))
    return sign(claims, desk.world.service_account_keys[0])


def _changed(desk: Desk) -> str:
    header, payload, signature = _parts(desk.bearer())
    claims = json.loads(base64.urlsafe_b64decode(payload + "=="))
    return f"{header}.{_encoded(claims | {'exp': claims['exp'] + 1})}.{signature}"


@pytest.mark.parametrize(
    "forge", [_unsigned, _by_secret, _by_another_key, _by_an_unknown_key, _by_the_account_itself, _changed]
)
def test_a_token_that_google_did_not_sign_is_refused(desk: Desk, forge: Callable[[Desk], str]) -> None:
    assert refused(desk, desk.task(Authorization=f"Bearer {forge(desk)}"))


@pytest.mark.parametrize(
    "value", ["", "Bearer", "Bearer ", "Bearer x", "Bearer a.b.c", "Bearer ....", "Basic YTpi", "Bearer é"]
)
def test_what_is_no_token_is_refused(desk: Desk, value: str) -> None:
    assert refused(desk, desk.task(Authorization=value))


def test_without_a_token_nobody_is_let_in_whatever_else_they_send(desk: Desk) -> None:
    forged = {
        "X_Appengine_Cron": "true", "X_AppEngine_QueueName": "default", "X_CloudTasks_QueueName": "default",
        "X_CloudScheduler": "true", "User_Agent": "Google-Cloud-Tasks", "X_Appengine_User_Is_Admin": "1",
    }  # fmt: skip
    assert refused(desk, desk.task(**forged))
    assert refused(desk, desk.cron(**forged))


def test_on_app_engine_its_own_headers_are_believed_each_for_its_routes(on_app_engine: Desk) -> None:
    assert refused(on_app_engine, on_app_engine.task(X_Appengine_Cron="true"))
    assert refused(on_app_engine, on_app_engine.cron(X_AppEngine_QueueName="default"))
    assert on_app_engine.task(X_AppEngine_QueueName="default").status_code == 204
    assert on_app_engine.cron(X_Appengine_Cron="true").status_code == 204
    assert on_app_engine.done == [("C01", 3), "cron"]


def test_on_app_engine_tokens_are_still_looked_at(on_app_engine: Desk) -> None:
    assert refused(on_app_engine, on_app_engine.task(Authorization=on_app_engine.bearer(aud="https://else.example")))
    assert on_app_engine.task(Authorization=on_app_engine.bearer()).status_code == 204


def test_app_engine_cron_calls_by_its_own_name(on_app_engine: Desk, desk: Desk) -> None:
    name = "frontdesk-1.ew.r.appspot.com"
    assert on_app_engine.cron(Host=name, X_Appengine_Cron="true").status_code == 204
    assert on_app_engine.cron(Host=name).get_json()["title"] == "This server does not answer for that name"
    assert on_app_engine.task(Host=name, X_Appengine_Cron="true").status_code == 400
    assert desk.cron(Host=name, X_Appengine_Cron="true").status_code == 400


# Google's keys


def test_keys_are_fetched_once_an_hour(desk: Desk, world: World) -> None:
    assert desk.cron(Authorization=desk.bearer()).status_code == 204
    control.add_fault(world, CERTS, count=-1)
    assert desk.cron(Authorization=desk.bearer()).status_code == 204
    desk.clock.advance(seconds=KEYS_KEPT.total_seconds())
    assert desk.cron(Authorization=desk.bearer()).status_code == 503


def test_a_new_key_of_googles_is_learnt_but_not_at_every_call(desk: Desk, world: World) -> None:
    assert desk.cron(Authorization=desk.bearer()).status_code == 204
    rotate_keys(world)
    assert desk.cron(Authorization=desk.bearer()).status_code == 403
    desk.clock.advance(seconds=KEYS_ASKED_AGAIN.total_seconds())
    assert desk.cron(Authorization=desk.bearer()).status_code == 204


@pytest.mark.parametrize(("status", "body"), [(0, ""), (503, ""), (200, "<html>"), (200, "[]"), (200, '{"keys": 1}')])
def test_without_googles_keys_the_caller_is_told_to_try_again(desk: Desk, world: World, status: int, body: str) -> None:
    control.add_fault(world, CERTS, status=status, body=body, count=2)
    answer = desk.task(Authorization=desk.bearer())
    assert answer.status_code == 503
    assert int(answer.headers["Retry-After"]) > 0
    assert desk.done == []
    control.remove_faults(world)
    assert desk.task(Authorization=desk.bearer()).status_code == 204


# What the queue is told


@pytest.mark.parametrize(
    "body",
    [
        *(b"", b"x", b"[1]", b"null", b"\xff", b'{"tenant": "C01"}', b'{"number": 3}', b'{"tenant": 1, "number": 3}'),
        *(b'{"tenant": "C01", "number": "3"}', b'{"tenant": "C01", "number": true}'),
        b'{"tenant": "C01", "number": 1.5}',
    ],
)
def test_a_bad_payload_answers_400(desk: Desk, body: bytes) -> None:
    answer = desk.task(body, Authorization=desk.bearer())
    assert (answer.status_code, answer.get_json()["status"]) == (400, 400)
    assert desk.done == []


def raising(problem: Exception) -> Callable[[], None]:
    def fail() -> None:
        raise problem

    return fail


@pytest.mark.parametrize(
    ("problem", "wait"),
    [(Unavailable(), "5"), (Unavailable(retry_after=77), "77"), (TooManyRequests(retry_after=9), "9")],
)
def test_what_can_be_tried_again_answers_503(desk: Desk, problem: Exception, wait: str) -> None:
    desk.fail = raising(problem)
    answer = desk.task(Authorization=desk.bearer())
    assert (answer.status_code, answer.headers["Retry-After"]) == (503, wait)


@pytest.mark.parametrize("problem", [Conflict("gone"), NotFound("gone"), BadRequest("never")])
def test_what_can_never_work_is_logged_and_not_repeated(
    desk: Desk, problem: Exception, caplog: pytest.LogCaptureFixture
) -> None:
    desk.fail = raising(problem)
    assert desk.task(Authorization=desk.bearer()).status_code == 200
    (entry,) = [record for record in caplog.records if record.name == "frontdesk.internal"]
    assert entry.levelname == "ERROR"
    assert str(problem) in entry.getMessage()


def test_what_goes_wrong_for_one_tenant_is_logged_and_nobody_elses(
    desk: Desk, caplog: pytest.LogCaptureFixture
) -> None:
    desk.fail = raising(Conflict("gone"))
    headers = desk.headers({"Authorization": desk.bearer()})
    assert desk.client.get("/cron/each", headers=headers).status_code == 204
    assert desk.done == [("second", "C01"), ("first", "C02"), ("second", "C02")]
    (entry,) = [record for record in caplog.records if record.name == "frontdesk.internal"]
    assert entry.levelname == "ERROR"
    assert "/cron/each of C01" in entry.getMessage()


def test_what_nobody_foresaw_is_repeated(desk: Desk) -> None:
    desk.fail = raising(KeyError("a fault of ours"))
    assert desk.task(Authorization=desk.bearer()).status_code == 500


def test_a_task_of_a_tenant_that_left_is_over_and_does_nothing(desk: Desk) -> None:
    desk.not_served.add("C01")
    answer = desk.task(Authorization=desk.bearer())
    assert (answer.status_code, desk.done) == (204, [])
    assert desk.task({"tenant": "C02", "number": 4}, Authorization=desk.bearer()).status_code == 204
    assert desk.task({"tenant": 7, "number": 4}, Authorization=desk.bearer()).status_code == 400
    assert desk.done == [("C02", 4)]


def test_tasks_are_posted_and_cron_gets(desk: Desk) -> None:
    headers = desk.headers({"Authorization": desk.bearer()})
    assert desk.client.get("/tasks/work", headers=headers).status_code == 405
    assert desk.client.post("/cron/work", headers=headers).status_code == 405
    assert desk.done == []
