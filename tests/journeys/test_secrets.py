"""Canaries: passwords, keys, links, cookies and tokens go through every route and failure; where they end up."""

import io
import logging
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from typing import Any

import pytest
from flask import request

from runtime.logs import JsonLines
from sandbox.datastore.server import DatastoreServer
from sandbox.google.world import Fault
from tests.journeys.place import FORMS, Person, person, routes_of
from tests.journeys.rest import Rest, issue_key, order
from tests.journeys.test_independent_domain import ORLA, issued_link, operator_browser
from tests.stack import HELPDESK, SCHOOL, Stack, allow, running_stack
from tests.stored import stored

PASSWORD = "Canary-Password-7Q4x"
USERS = "/admin/directory/v1/users"


@dataclass(frozen=True)
class Answer:
    """One answer of the product."""

    request: str  # method and path
    headers: list[tuple[str, str]]
    body: str


@dataclass
class Evidence:
    """Everything that could have kept a secret. urls: asked of the product and of Google, with their queries."""

    log: io.StringIO = field(default_factory=io.StringIO)
    urls: list[str] = field(default_factory=list)
    answers: list[Answer] = field(default_factory=list)
    store: list[str] = field(default_factory=list)
    canaries: dict[str, str] = field(default_factory=dict)  # what it is -> the secret

    def watch(self, app: Any, *, answers: bool) -> None:
        """Note what a WSGI application is asked, and what it answers."""
        inner: Callable[..., Iterable[bytes]] = app.wsgi_app

        def noting(environ: dict[str, Any], start_response: Callable[..., Any]) -> Iterable[bytes]:
            self.urls.append(f"{environ['PATH_INFO']}?{environ['QUERY_STRING']}")
            said: list[tuple[str, str]] = []

            def start(status: str, headers: list[tuple[str, str]], *more: Any) -> Any:
                said.extend(headers)
                return start_response(status, headers, *more)

            given = inner(environ, start)
            body = list(given)
            if hasattr(given, "close"):
                given.close()
            if answers:
                request = f"{environ['REQUEST_METHOD']} {environ['PATH_INFO']}"
                self.answers.append(Answer(request, said, b"".join(body).decode("utf-8", "replace")))
            return body

        app.wsgi_app = noting

    def look(self, stack: Stack) -> None:
        """Remember what is kept at this moment."""
        self.store.append(str(stored(stack)))


@pytest.fixture(scope="module")
def evidence(datastore_server: DatastoreServer) -> Iterator[Evidence]:
    """After a day of everything that can be done, and of much that cannot."""
    found = Evidence()
    handler = logging.StreamHandler(found.log)
    handler.setFormatter(JsonLines())
    root, level = logging.getLogger(), logging.getLogger().level
    root.addHandler(handler)
    root.setLevel(logging.INFO)
    with pytest.MonkeyPatch.context() as environ, running_stack(datastore_server, environ) as running:
        found.watch(running.app, answers=True)
        found.watch(running.google._server.app, answers=False)
        drive(running, found)
        found.look(running)
        yield found
    root.removeHandler(handler)
    root.setLevel(level)


def drive(stack: Stack, found: Evidence) -> None:
    """People at work, and then every form and address of the map with a secret in each place where one can stand."""
    admin = stack.set_up(creators=HELPDESK)
    key = issue_key(admin, stack.base_url)
    hanna = stack.launch(HELPDESK).web
    cookie = str(hanna.session.cookies["frontdesk"])
    creator = person(stack, hanna.get(f"{stack.base_url}/"))
    found.canaries.update({"password": PASSWORD, "API key": key, "session": cookie, "form token": creator.csrf})
    open_accounts(stack, creator, Rest(stack, admin, key))
    fail_unforeseen(stack, creator)
    found.look(stack)
    follow_setup_link(stack, found)
    everything_wrong(stack, creator, key)
    with stack.world.lock:
        found.canaries.update({f"access token {n}": value for n, value in enumerate(stack.world.tokens)})
    found.canaries["client secret"] = stack.settings.oidc_client_secret.get_secret_value()


def open_accounts(stack: Stack, creator: Person, rest: Rest) -> None:
    """By page and by key; with success, refused, taken, lost, and with an answer of Google's that nobody expects."""
    for number, fault in enumerate((None, 400, 403, 409, 429, "nonsense", "lost", None)):
        for through in ("page", "rest"):
            if fault is not None:
                stack.world.faults.append(fault_of(fault))
            name = {"username": f"{through}.person{number}", "firstname": "Zoë", "lastname": "Quill"}
            if through == "page":
                fields = {**name, "password": PASSWORD, "step": "create", "org_unit": "/", "csrf_token": creator.csrf}
                creator.send("POST", "/accounts/new", fields)
            else:
                rest.call("POST", "create", order(**name, password=PASSWORD))
            stack.world.faults.clear()
    rest.call("POST", "create", order(username="teachers", password=PASSWORD))
    rest.call("POST", "create", order(username=".", password=PASSWORD))
    for step in ("suggest", "password", "nonsense"):
        fields = {"firstname": "Zoë", "lastname": "Quill", "password": PASSWORD, "step": step}
        creator.send("POST", "/accounts/new", {**fields, "csrf_token": creator.csrf})


def fail_unforeseen(stack: Stack, creator: Person) -> None:
    """A mistake of ours while a password is at hand, with all that the log says of such a thing."""

    def mistaken() -> str:
        password = request.form["password"]
        return str(int(password[:0]))

    views = stack.app.view_functions
    views["accounts.submit"], view = mistaken, views["accounts.submit"]
    answer = creator.send("POST", "/accounts/new", {"password": PASSWORD, "csrf_token": creator.csrf})
    views["accounts.submit"] = view
    assert answer.status_code == 500


def fault_of(kind: int | str) -> Fault:
    if kind == "lost":
        return Fault(USERS, "POST", 503, when="after")
    if kind == "nonsense":
        return Fault(USERS, "POST", 200, '["an answer that nobody expects"]', when="after")
    return Fault(USERS, "POST", int(kind), when="after" if kind == 409 else "before")


def follow_setup_link(stack: Stack, found: Evidence) -> None:
    link = issued_link(operator_browser(stack))
    found.canaries["setup link"] = link.rsplit("/", 1)[1]
    admin = stack.browser(ORLA)
    allow(admin.get(link)).form("Begin setup").submit()
    admin.get(link)


def everything_wrong(stack: Stack, who: Person, key: str) -> None:
    """Each address of the map with the secrets as fields and as header, with and without a token, and half a body."""
    secrets = {"password": PASSWORD, "key": key, "token": key, "username": PASSWORD, "name": PASSWORD}
    for route in routes_of(stack):
        if route.endpoint in {"sign_in.logout", "sign_in.switch"}:
            continue
        if "GET" in route.methods:
            who.send("GET", route.path, Authorization=f"Bearer {key}")
        for token in (who.csrf, "wrong"):
            fields = {**FORMS.get(route.endpoint, {}), **secrets, "csrf_token": token}
            who.send("POST", route.path, fields, Authorization=f"Bearer {key}")
        who.send("POST", route.path, b'{"password": "' + PASSWORD.encode() + b'"', Authorization=f"Bearer {key}x")


def test_log_holds_none(evidence: Evidence) -> None:
    log = evidence.log.getvalue()

    assert "/accounts/new" in log, "the routes are there"
    assert "Traceback" in log, "and so is the failure that was provoked"
    assert [what for what, secret in evidence.canaries.items() if secret in log] == []


def test_datastore_holds_none(evidence: Evidence) -> None:
    assert len(evidence.store) == 2
    for store in evidence.store:
        assert "page.person0" in store
        assert [what for what, secret in evidence.canaries.items() if secret in store] == []


def test_addresses_hold_none_but_the_setup_link_its_own(evidence: Evidence) -> None:
    """No query and no path, neither of the product's nor of Google's; the link is an address itself."""
    link = evidence.canaries["setup link"]
    own = {f"/marketplace/setup-link/{link}?", f"/marketplace/login/?next=/marketplace/setup-link/{link}"}
    assert any(url.startswith("/admin/directory/") for url in evidence.urls)
    for url in evidence.urls:
        if url not in own:
            assert [what for what, secret in evidence.canaries.items() if secret in url] == [], url


def test_only_the_answer_that_shows_a_secret_holds_it_and_nobody_caches_it(evidence: Evidence) -> None:
    shown_at = {
        "password": {"POST /accounts/new"},
        "API key": {"POST /manage/keys"},
        "setup link": {"POST /operators/domains/oldmill.example/setup-link",
                       f"GET /marketplace/setup-link/{evidence.canaries['setup link']}",
                       "GET /marketplace/login/", "GET /marketplace/return"},  # redirects to it
        "session": set[str](),
    }  # fmt: skip
    for what, places in shown_at.items():
        holding = [answer for answer in evidence.answers if evidence.canaries[what] in answer.body]
        assert {answer.request for answer in holding} <= places, what
        assert bool(holding) == bool(places), what
        assert {dict(answer.headers)["Cache-Control"] for answer in holding} <= {"no-store"}, what


def test_headers_hold_none_but_the_cookie(evidence: Evidence) -> None:
    link = evidence.canaries["setup link"]
    for answer in evidence.answers:
        for name, value in answer.headers:
            held = [what for what, secret in evidence.canaries.items() if secret in value]
            if name == "Set-Cookie" and held == ["session"]:
                assert "HttpOnly" in value
                assert "SameSite=Lax" in value
            elif not (name == "Location" and link in value):
                assert held == [], (answer.request, name)


def test_pages_with_forms_are_kept_by_no_cache(evidence: Evidence) -> None:
    tokens = [answer for answer in evidence.answers if evidence.canaries["form token"] in answer.body]

    assert len(tokens) > 20
    assert {dict(answer.headers)["Cache-Control"] for answer in tokens} == {"no-store"}


def test_school_is_what_was_driven(evidence: Evidence) -> None:
    """The drive did what it is meant to: accounts were made, some were refused, and something broke."""
    statuses = [answer for answer in evidence.answers if answer.request == "POST /rest/create"]

    assert any("User created successfully." in answer.body for answer in statuses)
    assert any("is the address of a group" in answer.body or "another group" in answer.body for answer in statuses)
    assert any("Account created" in answer.body for answer in evidence.answers if SCHOOL in answer.body)
