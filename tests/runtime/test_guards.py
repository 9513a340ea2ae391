"""What every request passes, on the product as it is wired, with some views added that go wrong."""

import json
import logging
import secrets
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from typing import Any

import grpc
import pytest
from flask import Flask, Response
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

import main
from runtime.csrf import csrf_token
from runtime.guards import MAX_BODY
from runtime.logs import JsonLines
from runtime.problems import Unavailable
from runtime.settings import Settings
from sandbox.datastore.server import DatastoreServer

HOST = "localhost:8080"
SECRETS = ("token-in-the-path", "secret-in-the-query", "secret-in-the-body", "secret-in-a-header", "secret-in-a-cookie")


class Lines(logging.Handler):
    """Log lines as they would be printed, parsed."""

    def __init__(self) -> None:
        super().__init__()
        self.setFormatter(JsonLines())
        self.text: list[str] = []

    def emit(self, record: logging.LogRecord) -> None:
        self.text.append(self.format(record))

    @property
    def entries(self) -> list[dict[str, Any]]:
        return [json.loads(line) for line in self.text]

    def entry(self, logger: str) -> dict[str, Any]:
        """The only one of a logger."""
        (found,) = [entry for entry in self.entries if entry["logger"] == logger]
        return found


@pytest.fixture
def lines() -> Iterator[Lines]:
    handler, root = Lines(), logging.getLogger()
    level = root.level
    root.addHandler(handler)
    root.setLevel(logging.INFO)
    yield handler
    root.setLevel(level)
    root.removeHandler(handler)


@pytest.fixture(scope="module")
def settings() -> Settings:
    """Google is nowhere: nothing here needs it."""
    return Settings(
        base_url=f"http://{HOST}",
        oidc_client_id="web",
        oidc_client_secret="secret",
        google_cloud_project=f"test-{secrets.token_hex(6)}",
        application_id="1",
        service_account_email="frontdesk@example.com",
        service_account_client_id="1",
        support_email="support@example.com",
        tasks_location="europe-west1",
        data_keys="A" * 43 + "=",
        google_origins={"https://accounts.google.com": "http://127.0.0.1:9"},
    )


@pytest.fixture(scope="module")
def app(settings: Settings, datastore_server: DatastoreServer) -> Iterator[Flask]:
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("DATASTORE_EMULATOR_HOST", datastore_server.address)
        app = main.create_app(settings)

        def boom(**_: object) -> str:
            raise KeyError("secret-in-the-code")

        def later() -> str:
            raise Unavailable("It is being repaired.", raw="upstream says: no", retry_after=77)

        app.add_url_rule("/boom/<token>", "boom", boom, methods=["GET", "POST"])
        app.add_url_rule("/later", "later", later)
        app.add_url_rule("/own", "own", lambda: Response("kept", headers={"Cache-Control": "public, max-age=60"}))
        app.add_url_rule("/change", "change", lambda: "changed", methods=["POST", "PUT"])
        yield app
        main.close(app)


@pytest.fixture
def client(app: Flask) -> FlaskClient:
    return app.test_client()


def send(client: FlaskClient, path: str, method: str = "GET", **more: Any) -> TestResponse:
    headers = {"Host": HOST} | more.pop("headers", {})
    return client.open(path, method=method, headers=headers, buffered=True, **more)


def own(client: FlaskClient, path: str, method: str = "POST", **more: Any) -> TestResponse:
    """As from a page of ours, in a session."""
    client.set_cookie("frontdesk", "a-session", domain="localhost")
    headers = {"X-CSRF-Token": csrf_token("a-session"), "Origin": f"http://{HOST}"} | more.pop("headers", {})
    return send(client, path, method, headers=headers, **more)


# The host


@pytest.mark.parametrize(
    "host",
    [
        "evil.example",
        "localhost",
        "localhost:80",
        "localhost:8081",
        "127.0.0.1:8080",
        "[::1]:8080",
        "LOCALHOST:8080",
        "localhost:8080.",
        "localhost.:8080",
        "localhost:8080.evil.example",
        "evil.example:8080",
        "localhost:8080@evil.example",
        "evil.example@localhost:8080",
        "localhost:08080",
        "localhost:8080,evil.example",
        "localhost:8080 ",
        " localhost:8080",
        "",
    ],
)
def test_forged_host_is_refused(client: FlaskClient, host: str) -> None:
    for path in ("/marketplace/", "/nowhere", "/healthz/"):
        answer = client.get(path, headers={"Host": host})
        assert answer.status_code == 400
        assert "does not answer for that name" in answer.text
        assert "evil.example" not in answer.text


def test_probe_may_use_any_name(client: FlaskClient) -> None:
    answer = client.get("/healthz", headers={"Host": "127.0.0.1:8080"})
    assert (answer.status_code, answer.text) == (200, "ok\n")


def test_forwarded_host_is_not_believed(client: FlaskClient) -> None:
    forged = {"X-Forwarded-Host": "evil.example", "Forwarded": "host=evil.example", "X-Forwarded-Proto": "https"}
    answer = send(client, "/operators/", headers=forged)
    assert answer.status_code == 303
    assert answer.headers["Location"] == "/marketplace/login/?next=/operators/"


# Own requests


@pytest.mark.parametrize("method", ["POST", "PUT"])
def test_change_needs_the_token(client: FlaskClient, method: str) -> None:
    assert send(client, "/change", method).status_code == 403
    assert own(client, "/change", method).text == "changed"
    assert own(client, "/change", method, headers={"X-CSRF-Token": "x"}).status_code == 403
    assert own(client, "/change", method, headers={"Origin": "https://evil.example"}).status_code == 403
    assert own(client, "/change", method, headers={"Sec-Fetch-Site": "cross-site"}).status_code == 403


def test_token_may_come_from_the_form(client: FlaskClient) -> None:
    client.set_cookie("frontdesk", "a-session", domain="localhost")
    assert send(client, "/change", "POST", data={"csrf_token": csrf_token("a-session")}).text == "changed"
    assert send(client, "/change", "POST", data={"csrf_token": "x"}).status_code == 403
    assert send(client, f"/change?csrf_token={csrf_token('a-session')}", "POST").status_code == 403


def test_token_is_of_no_use_without_the_cookie(client: FlaskClient) -> None:
    assert send(client, "/change", "POST", headers={"X-CSRF-Token": csrf_token("")}).status_code == 403


# Bodies and methods


@pytest.mark.parametrize("kind", ["application/x-www-form-urlencoded", "multipart/form-data; boundary=x", "text/plain"])
def test_too_large_body_is_refused(client: FlaskClient, kind: str) -> None:
    data = b"--x\r\n" + b"a" * MAX_BODY
    answer = own(client, "/change", data=data, headers={"Content-Type": kind, "X-CSRF-Token": ""})
    assert answer.status_code == 413
    assert "text/html" in answer.content_type


def test_too_many_fields_are_refused(client: FlaskClient) -> None:
    parts = "".join(f'--x\r\nContent-Disposition: form-data; name="f{n}"\r\n\r\n1\r\n' for n in range(300))
    answer = own(
        client,
        "/change",
        data=parts + "--x--\r\n",
        headers={"Content-Type": "multipart/form-data; boundary=x", "X-CSRF-Token": ""},
    )
    assert answer.status_code == 413
    assert "1,000,000 bytes" in answer.text


@pytest.mark.parametrize(
    ("path", "method"),
    [
        ("/healthz", "POST"),
        ("/marketplace/logout", "GET"),
        ("/marketplace/switch", "GET"),
        ("/marketplace/return", "POST"),
        ("/marketplace/setup/", "DELETE"),
        ("/operators/independent", "GET"),
        ("/change", "GET"),
    ],
)
def test_wrong_method_says_so(client: FlaskClient, path: str, method: str) -> None:
    page = own(client, path, method)
    assert page.status_code == 405
    assert "does not take this kind of request" in page.text
    problem = own(client, path, method, headers={"Accept": "application/json"})
    assert (problem.status_code, problem.get_json()["type"]) == (405, "about:blank#method_not_allowed")


@pytest.mark.parametrize("method", ["GET", "POST", "DELETE"])
def test_unknown_address_is_not_found(client: FlaskClient, method: str) -> None:
    assert send(client, "/nowhere", method).status_code == 404


# Problems as pages and as JSON


def test_problem_is_a_page_for_people(client: FlaskClient) -> None:
    answer = send(client, "/later", headers={"Accept": "text/html,application/xhtml+xml,*/*;q=0.8"})
    assert (answer.status_code, answer.headers["Retry-After"]) == (503, "77")
    assert answer.content_type == "text/html; charset=utf-8"
    assert "It is being repaired." in answer.text
    assert answer.headers["X-Request-Id"] in answer.text
    assert "upstream says" not in answer.text


def test_problem_is_json_for_programs(client: FlaskClient) -> None:
    answer = send(client, "/later", headers={"Accept": "application/json"})
    assert (answer.status_code, answer.content_type) == (503, "application/problem+json")
    assert answer.json == {
        "type": "about:blank#unavailable",
        "title": "This cannot be done just now",
        "status": 503,
        "detail": "It is being repaired.",
        "advice": "Nothing was changed. Try again in a minute.",
        "retry": True,
        "request_id": answer.headers["X-Request-Id"],
    }


@pytest.mark.parametrize("accept", ["", "*/*", "text/html", "text/html;q=0.9,application/json;q=0.8", "image/png"])
def test_page_is_the_default(client: FlaskClient, accept: str) -> None:
    assert "text/html" in send(client, "/later", headers={"Accept": accept}).content_type


def test_raw_words_are_in_the_log_with_the_request_id(client: FlaskClient, lines: Lines) -> None:
    answer = send(client, "/later")
    warning, line = (entry for entry in lines.entries if entry["logger"] == "frontdesk.request")
    assert warning["message"] == "problem unavailable: upstream says: no"
    assert warning["request_id"] == line["request_id"] == answer.headers["X-Request-Id"]


def test_fault_of_ours_shows_nothing_and_logs_everything(client: FlaskClient, lines: Lines) -> None:
    answer = send(client, "/boom/x")
    assert answer.status_code == 500
    assert "Something went wrong on our side" in answer.text
    assert answer.headers["X-Request-Id"] in answer.text
    for word in ("Traceback", "KeyError", "secret-in-the-code", "boom"):
        assert word not in answer.text
    (entry,) = [entry for entry in lines.entries if "traceback" in entry]
    assert "KeyError: 'secret-in-the-code'" in entry["traceback"]
    assert entry["severity"] == "ERROR"
    assert entry["request_id"] == answer.headers["X-Request-Id"]


def test_fault_of_ours_is_json_for_programs(client: FlaskClient) -> None:
    answer = send(client, "/boom/x", headers={"Accept": "application/json"})
    assert (answer.status_code, answer.get_json()["type"]) == (500, "about:blank#internal")


@contextmanager
def failing_datastore(code: grpc.StatusCode, calls: list[str]) -> Iterator[str]:
    """The address of a server that refuses every call. calls: gets one entry for each."""

    def refuse(_: bytes, context: grpc.ServicerContext) -> None:
        calls.append("refused")
        context.abort(code, "an-inner-detail")

    class Refusals(grpc.GenericRpcHandler):
        def service(self, handler_call_details: grpc.HandlerCallDetails) -> "grpc.RpcMethodHandler[Any, Any]":
            return grpc.unary_unary_rpc_method_handler(refuse)

    server = grpc.server(ThreadPoolExecutor(4))
    server.add_generic_rpc_handlers([Refusals()])
    port = server.add_insecure_port("127.0.0.1:0")
    server.start()
    yield f"127.0.0.1:{port}"
    server.stop(grace=None).wait()


@pytest.mark.parametrize("path", ["/operators/", "/nowhere", "/marketplace/privacy"])
@pytest.mark.parametrize(
    ("code", "status"), [(grpc.StatusCode.DEADLINE_EXCEEDED, 503), (grpc.StatusCode.PERMISSION_DENIED, 500)]
)
def test_datastore_that_fails_is_said_on_a_page_of_ours(
    settings: Settings, monkeypatch: pytest.MonkeyPatch, path: str, code: grpc.StatusCode, status: int
) -> None:
    """Also to somebody whose session cannot be looked up for the page that says it."""
    calls: list[str] = []
    with failing_datastore(code, calls) as address:
        monkeypatch.setenv("DATASTORE_EMULATOR_HOST", address)
        app = main.create_app(settings)
        answer = own(app.test_client(), path, "GET")
        main.close(app)
    assert answer.status_code == {"/operators/": status, "/nowhere": 404}.get(path, 200)
    assert "an-inner-detail" not in answer.text
    assert len(calls) <= 1  # each may take many seconds
    assert "Content-Security-Policy" in answer.headers
    if path == "/operators/":
        assert answer.headers["X-Request-Id"] in answer.text


# Headers on every kind of answer

KINDS = [
    ("/healthz", {}, 200),
    ("/marketplace/privacy", {}, 200),
    ("/static/frontdesk.css", {}, 200),
    ("/operators/", {}, 303),
    ("/nowhere", {}, 404),
    ("/static/nothing.css", {}, 404),
    ("/static/../main.py", {}, 404),
    ("/change", {}, 405),
    ("/operators/", {"Host": "evil.example"}, 400),
    ("/later", {}, 503),
    ("/later", {"Accept": "application/json"}, 503),
    ("/boom/x", {}, 500),
]


@pytest.mark.parametrize(("path", "headers", "status"), KINDS)
def test_headers_are_on_every_answer(client: FlaskClient, path: str, headers: dict[str, str], status: int) -> None:
    answer = send(client, path, headers=headers)
    assert answer.status_code == status
    policy = dict(part.strip().split(" ", 1) for part in answer.headers["Content-Security-Policy"].split(";"))
    assert policy["default-src"] == "'none'"
    assert policy["script-src"] == policy["style-src"] == "'self'"
    assert policy["frame-ancestors"] == policy["base-uri"] == "'none'"
    assert "unsafe" not in answer.headers["Content-Security-Policy"]
    assert answer.headers["X-Content-Type-Options"] == "nosniff"
    assert answer.headers["Referrer-Policy"] == "same-origin"
    assert len(answer.headers["X-Request-Id"]) == 32
    assert answer.headers["Cache-Control"]
    assert "Strict-Transport-Security" not in answer.headers  # http on loopback


def test_answers_are_not_kept_unless_they_say_so(client: FlaskClient) -> None:
    assert send(client, "/marketplace/privacy").headers["Cache-Control"] == "no-store"
    assert send(client, "/own").headers["Cache-Control"] == "public, max-age=60"


def test_form_may_end_at_the_sign_in_of_google(client: FlaskClient, settings: Settings) -> None:
    policy = send(client, "/healthz").headers["Content-Security-Policy"]
    assert f"form-action 'self' {settings.google_url('https://accounts.google.com')};" in policy


def test_https_is_insisted_on_where_it_is_spoken(settings: Settings) -> None:
    secure = {"base_url": "https://frontdesk.example.com", "google_origins": {}}
    app = main.create_app(settings.model_copy(update=secure))
    answer = app.test_client().get("/healthz", headers={"Host": "frontdesk.example.com"})
    main.close(app)
    assert answer.status_code == 200
    assert answer.headers["Strict-Transport-Security"].startswith("max-age=31536000")
    assert "form-action 'self' https://accounts.google.com;" in answer.headers["Content-Security-Policy"]


# Request ids and the log


@pytest.mark.parametrize(
    ("header", "taken"),
    [
        ("0123456789abcdef0123456789abcdef/1;o=1", "0123456789abcdef0123456789abcdef"),
        ("0123456789abcdef0123456789abcdef", "0123456789abcdef0123456789abcdef"),
        ("<script>", ""),
        ("0123456789ABCDEF0123456789ABCDEF", ""),
        ("x0123456789abcdef0123456789abcdef", ""),
    ],
)
def test_request_id_is_the_hosts_trace(client: FlaskClient, header: str, taken: str) -> None:
    given = send(client, "/healthz", headers={"X-Cloud-Trace-Context": header}).headers["X-Request-Id"]
    assert given == taken if taken else given not in header
    assert len(given) == 32


def test_request_ids_differ(client: FlaskClient) -> None:
    assert len({send(client, "/healthz").headers["X-Request-Id"] for _ in range(20)}) == 20


@pytest.mark.parametrize("method", ["GET", "POST"])
def test_log_has_the_route_and_nothing_that_was_sent(client: FlaskClient, lines: Lines, method: str) -> None:
    client.set_cookie("other", "secret-in-a-cookie", domain="localhost")
    path = "/boom/token-in-the-path?q=secret-in-the-query"
    headers = {"Authorization": "Bearer secret-in-a-header"}
    assert own(client, path, method, data={"password": "secret-in-the-body"}, headers=headers).status_code == 500
    printed = "\n".join(lines.text)
    assert not [secret for secret in SECRETS if secret in printed]
    assert csrf_token("a-session") not in printed
    entry = lines.entries[-1]
    assert entry["message"] == f"{method} /boom/<token> 500"
    assert isinstance(entry["ms"], int)


def test_unknown_path_is_not_logged(client: FlaskClient, lines: Lines) -> None:
    send(client, "/users/ada.admin@northfield.example")
    assert lines.entry("frontdesk.request")["message"] == "GET - 404"
