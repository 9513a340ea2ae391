"""The transport to Google over real sockets: where calls go, how often, in whose name, and what failures become."""

import json
import threading
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from typing import Any
from urllib.parse import parse_qs

import httplib2
import pytest
from googleapiclient.discovery import build

from runtime.google_api import GoogleTransport, MappedHttp
from runtime.google_problems import (
    GoogleNotFound,
    GoogleThrottled,
    GoogleUnreachable,
    NotDelegated,
    OurConfiguration,
    ScopeNotDelegated,
    SubjectUnusable,
)
from runtime.settings import Settings
from sandbox.google import control, marketplace, people, seed
from sandbox.google.world import User, World
from tests.runtime.listener import HANG_UP, Listener, Reply, Seen
from tests.simulated import OpenTransport

ADMIN_API = "https://admin.googleapis.com"
USERS = "https://www.googleapis.com/auth/admin.directory.user"
GROUPS = "https://www.googleapis.com/auth/admin.directory.group.readonly"
GMAIL = "https://www.googleapis.com/auth/gmail.readonly"

Listen = Callable[[Callable[[Seen], Reply]], Listener]


@pytest.fixture
def listen() -> Iterator[Listen]:
    with ExitStack() as opened:
        yield lambda answer: opened.enter_context(Listener(answer))


@pytest.fixture
def installed(world: World) -> World:
    marketplace.install(world, seed.NORTHFIELD)
    return world


@pytest.fixture
def directory() -> Any:
    http = httplib2.Http()
    yield build("admin", "directory_v1", http=http, static_discovery=True, cache_discovery=False)
    http.close()


def user(world: World, email: str) -> User:
    found = world.user_by_email(email)
    assert found is not None
    return found


def apart(settings: Settings, directory_at: str) -> Settings:
    """Tokens from the simulated Google, the Directory from somewhere else."""
    return settings.model_copy(update={"google_origins": settings.google_origins | {ADMIN_API: directory_at}})


def get(directory: Any, key: str = "x") -> Any:
    return directory.users().get(userKey=key, fields="id,primaryEmail")


def insert(directory: Any) -> Any:
    return directory.users().insert(body={"primaryEmail": "new@northfield.example"})


# Where calls go


@pytest.mark.parametrize(
    ("meant", "path"),
    [
        ("https://admin.googleapis.com/admin/v1?x=1", "/admin/v1?x=1"),
        ("https://admin.googleapis.com/", "/"),
        ("https://admin.googleapis.com", "/"),
        ("http://metadata.google.internal/computeMetadata/v1/", "/computeMetadata/v1/"),
    ],
)
def test_call_goes_to_the_mapped_origin(listen: Listen, meant: str, path: str) -> None:
    listener = listen(lambda _: Reply(b"here"))
    http = MappedHttp({ADMIN_API: listener.url, "http://metadata.google.internal": listener.url})
    _, body = http.request(meant)
    http.close()
    assert body == b"here"
    assert [seen.path for seen in listener.seen] == [path]
    assert "127.0.0.1" in listener.seen[0].headers["host"]


def test_call_to_another_origin_is_left_alone(listen: Listen) -> None:
    listener, other = listen(lambda _: Reply(b"mapped")), listen(lambda _: Reply(b"as it is"))
    http = MappedHttp({ADMIN_API: listener.url, "http://127.0.0.1": listener.url})
    assert http.request(other.url + "/https://admin.googleapis.com/")[1] == b"as it is"
    http.close()
    assert not listener.seen


def test_redirect_is_not_followed(listen: Listen) -> None:
    moved = Reply(b"moved", 302, {"Location": "/elsewhere"})
    listener = listen(lambda _: moved)
    http = MappedHttp({})
    response, _ = http.request(listener.url + "/first")
    http.close()
    assert response.status == 302
    assert [seen.path for seen in listener.seen] == ["/first"]


# How often


@pytest.mark.parametrize("method", ["POST", "PATCH", "DELETE"])
def test_change_is_sent_once_when_no_answer_comes(listen: Listen, method: str) -> None:
    listener = listen(lambda _: HANG_UP)
    http = MappedHttp({})
    with pytest.raises(ConnectionError):
        http.request(listener.url, method, body="x")
    http.close()
    assert len(listener.seen) == 1


def test_insert_is_sent_once_when_no_answer_comes(
    listen: Listen, settings: Settings, installed: World, open_transport: OpenTransport, directory: Any
) -> None:
    listener = listen(lambda _: HANG_UP)
    transport = open_transport(apart(settings, listener.url))
    with pytest.raises(GoogleUnreachable) as raised:
        transport.execute(insert(directory), subject=seed.ADMIN, scopes=[USERS])
    assert len(listener.seen) == 1
    assert raised.value.retry
    assert json.loads(listener.seen[0].body) == {"primaryEmail": "new@northfield.example"}


def test_insert_is_sent_once_when_google_fails(
    listen: Listen, settings: Settings, installed: World, open_transport: OpenTransport, directory: Any
) -> None:
    listener = listen(lambda _: Reply(b"<html>", 503))
    transport = open_transport(apart(settings, listener.url))
    with pytest.raises(GoogleUnreachable):
        transport.execute(insert(directory), subject=seed.ADMIN, scopes=[USERS])
    assert len(listener.seen) == 1


def test_change_after_a_read_goes_over_a_new_connection(listen: Listen) -> None:
    """The kept one may be dead, and then nobody could tell whether the change was made."""
    listener = listen(lambda seen: Reply(then_hang_up=seen.method == "GET"))
    http = MappedHttp({})
    http.request(listener.url)
    response, _ = http.request(listener.url, "POST", body="x")
    http.close()
    assert response.status == 200
    assert [(seen.method, seen.connection) for seen in listener.seen] == [("GET", 1), ("POST", 2)]


def test_read_survives_a_kept_connection_that_died(listen: Listen) -> None:
    listener = listen(lambda seen: Reply(str(seen.number).encode(), then_hang_up=seen.number == 1))
    http = MappedHttp({})
    assert [http.request(listener.url)[1] for _ in range(3)] == [b"1", b"2", b"3"]
    http.close()
    assert [seen.connection for seen in listener.seen] == [1, 2, 2]


def test_late_answer_is_never_taken_for_the_next_one(listen: Listen) -> None:
    """After a timeout the connection still owes an answer, which may be about somebody else."""
    late = threading.Event()
    listener = listen(lambda seen: Reply(seen.path.encode(), after=late if seen.path == "/ada" else None))
    http = MappedHttp({}, timeout=0.3)
    with pytest.raises(TimeoutError):
        http.request(listener.url + "/ada")
    late.set()
    assert http.request(listener.url + "/hanna")[1] == b"/hanna"
    http.close()
    assert {seen.path: seen.connection for seen in listener.seen} == {"/ada": 1, "/hanna": 2}


def test_read_is_tried_again_until_google_answers(
    listen: Listen, settings: Settings, installed: World, open_transport: OpenTransport, directory: Any
) -> None:
    listener = listen(lambda seen: Reply(b'{"id": "1"}') if seen.number == 2 else Reply(b"", 503))
    transport = open_transport(apart(settings, listener.url))
    assert transport.execute(get(directory), subject=seed.ADMIN, scopes=[USERS]) == {"id": "1"}
    assert len(listener.seen) == 2


@pytest.mark.parametrize(
    ("reply", "problem"),
    [
        (Reply(b"Service unavailable.", 503), GoogleUnreachable),
        (HANG_UP, GoogleUnreachable),
        (Reply(b'{"error":{"errors":[{"reason":"rateLimitExceeded"}]}}', 429), GoogleThrottled),
    ],
)
def test_patience_with_reads_is_bounded(
    listen: Listen,
    settings: Settings,
    installed: World,
    open_transport: OpenTransport,
    directory: Any,
    reply: Reply,
    problem: type[Exception],
) -> None:
    listener = listen(lambda _: reply)
    transport = open_transport(apart(settings, listener.url))
    with pytest.raises(problem):
        transport.execute(get(directory), subject=seed.ADMIN, scopes=[USERS])
    assert 1 <= len(listener.seen) <= 12


def test_clear_no_is_not_asked_again(
    listen: Listen, settings: Settings, installed: World, open_transport: OpenTransport, directory: Any
) -> None:
    listener = listen(lambda _: Reply(b'{"error":{"errors":[{"reason":"notFound"}]}}', 404))
    transport = open_transport(apart(settings, listener.url))
    with pytest.raises(GoogleNotFound):
        transport.execute(get(directory), subject=seed.ADMIN, scopes=[USERS])
    assert len(listener.seen) == 1


def test_google_says_when_to_come_back(
    listen: Listen, settings: Settings, installed: World, open_transport: OpenTransport, directory: Any
) -> None:
    listener = listen(lambda _: Reply(b"", 429, {"Retry-After": "41"}))
    transport = open_transport(apart(settings, listener.url))
    with pytest.raises(GoogleThrottled) as raised:
        transport.execute(insert(directory), subject=seed.ADMIN, scopes=[USERS])
    assert raised.value.retry_after == 41


def test_nobody_listens(settings: Settings, installed: World, open_transport: OpenTransport, directory: Any) -> None:
    with Listener(lambda _: HANG_UP) as gone:
        transport = open_transport(apart(settings, gone.url))
    with pytest.raises(GoogleUnreachable):
        transport.execute(insert(directory), subject=seed.ADMIN, scopes=[USERS])


# In whose name


def test_call_is_made_in_the_subjects_name(transport: GoogleTransport, installed: World, directory: Any) -> None:
    request = directory.users().get(userKey=seed.HELPDESK, viewType="admin_view", fields="primaryEmail")
    assert transport.execute(request, subject=seed.ADMIN, scopes=[USERS]) == {"primaryEmail": seed.HELPDESK}
    (token,) = [token for token in installed.tokens.values() if token.kind == "delegated"]
    assert (token.subject_user_id, list(token.scopes)) == (user(installed, seed.ADMIN).id, [USERS])


def test_token_is_kept_for_each_person_and_scopes(
    listen: Listen, settings: Settings, installed: World, open_transport: OpenTransport, directory: Any
) -> None:
    listener = listen(lambda _: Reply(b"{}"))
    transport = open_transport(apart(settings, listener.url))
    calls = [
        (seed.ADMIN, [USERS]),
        (seed.HELPDESK, [USERS]),
        (seed.ADMIN, [GROUPS]),
        (seed.ADMIN, [USERS, GROUPS]),
        (seed.ADMIN, [GROUPS, USERS]),
        (seed.ADMIN, [USERS]),
        (seed.HELPDESK, [USERS]),
    ]
    for subject, scopes in calls:
        transport.execute(get(directory), subject=subject, scopes=scopes)
    tokens = [installed.tokens[seen.headers["authorization"].removeprefix("Bearer ")] for seen in listener.seen]
    names = {installed.users[token.subject_user_id].primary_email for token in tokens}
    assert names == {seed.ADMIN, seed.HELPDESK}
    assert [(installed.users[t.subject_user_id].primary_email, set(t.scopes)) for t in tokens] == [
        (subject, set(scopes)) for subject, scopes in calls
    ]
    assert len({token.value for token in tokens}) == 4


def test_forgotten_token_is_asked_for_anew(
    listen: Listen, settings: Settings, installed: World, open_transport: OpenTransport, directory: Any
) -> None:
    listener = listen(lambda _: Reply(b"{}"))
    transport = open_transport(apart(settings, listener.url))
    for subject in (seed.ADMIN, seed.HELPDESK):
        transport.execute(get(directory), subject=subject, scopes=[USERS])
    transport.forget(seed.ADMIN)
    for subject in (seed.ADMIN, seed.HELPDESK):
        transport.execute(get(directory), subject=subject, scopes=[USERS])
    ada, hanna, ada_again, hanna_again = (seen.headers["authorization"] for seen in listener.seen)
    assert ada != ada_again
    assert hanna == hanna_again


def test_revoked_token_is_replaced_and_the_call_made(
    transport: GoogleTransport, installed: World, directory: Any
) -> None:
    transport.execute(get(directory, seed.ADMIN), subject=seed.ADMIN, scopes=[USERS])
    with installed.changing():
        for value in [token.value for token in installed.tokens.values() if token.kind == "delegated"]:
            del installed.tokens[value]
    assert transport.execute(get(directory, seed.ADMIN), subject=seed.ADMIN, scopes=[USERS])["id"]


def test_app_itself_asks_without_a_subject(transport: GoogleTransport, installed: World) -> None:
    http = httplib2.Http()
    api = build("appsmarket", "v2", http=http, static_discovery=True, cache_discovery=False)
    http.close()
    scope = "https://www.googleapis.com/auth/appsmarketplace.license"
    request = api.customerLicense().get(applicationId=installed.project.number, customerId="northfield.example")
    assert transport.execute(request, subject="", scopes=[scope])["state"] == "ACTIVE"
    assert not [token for token in installed.tokens.values() if token.kind == "delegated"]


# Probing, and what refusals become


def test_probe_asks_for_one_scope_in_one_name(
    listen: Listen, settings: Settings, installed: World, open_transport: OpenTransport
) -> None:
    signed = json.dumps({"keyId": "1", "signedJwt": "signed"}).encode()
    signing = listen(lambda _: Reply(signed))
    tokens = listen(lambda _: Reply(b'{"access_token": "t", "expires_in": 3599, "token_type": "Bearer"}'))
    origins = settings.google_origins | {
        "https://iamcredentials.googleapis.com": signing.url,
        "https://oauth2.googleapis.com": tokens.url,
    }
    transport = open_transport(settings.model_copy(update={"google_origins": origins}))
    transport.probe(subject=seed.ADMIN, scopes=[GROUPS])
    transport.probe(subject=seed.ADMIN, scopes=[GROUPS])
    claims = json.loads(json.loads(signing.seen[0].body)["payload"])
    assert (claims["sub"], claims["scope"]) == (seed.ADMIN, GROUPS)
    assert claims["iss"] == settings.service_account_email
    assert claims["aud"] == "https://oauth2.googleapis.com/token"
    assert claims["exp"] - claims["iat"] <= 3600
    assert parse_qs(tokens.seen[0].body.decode())["assertion"] == ["signed"]
    assert len(tokens.seen) == 2  # nothing is kept: a probe says what holds now


def test_probe_passes_for_what_was_granted(transport: GoogleTransport, installed: World) -> None:
    transport.probe(subject=seed.ADMIN, scopes=[USERS])
    assert len([token for token in installed.tokens.values() if token.kind == "delegated"]) == 1


def _nothing(_: World) -> None:
    """As it is."""


@pytest.mark.parametrize(
    ("change", "subject", "scopes", "problem"),
    [
        (_nothing, seed.ADMIN, [GMAIL], NotDelegated),
        (_nothing, seed.ADMIN, [USERS, GMAIL], ScopeNotDelegated),
        (_nothing, "nobody@northfield.example", [USERS], SubjectUnusable),
        (_nothing, "hugo.admin@harbour.example", [USERS], NotDelegated),
        (lambda w: marketplace.revoke_data_access(w, seed.NORTHFIELD), seed.ADMIN, [USERS], NotDelegated),
        (lambda w: people.suspend(w, user(w, seed.ADMIN).id), seed.ADMIN, [USERS], SubjectUnusable),
        (lambda w: people.delete_user(w, user(w, seed.ADMIN).id), seed.ADMIN, [USERS], SubjectUnusable),
        (lambda w: control.set_project(w, token_creator=False), seed.ADMIN, [USERS], OurConfiguration),
        (lambda w: control.set_project(w, client_state="disabled"), seed.ADMIN, [USERS], OurConfiguration),
        (lambda w: people.advance_time(w, 7200), seed.ADMIN, [USERS], OurConfiguration),
        (lambda w: control.add_fault(w, "/v1/projects", status=503), seed.ADMIN, [USERS], GoogleUnreachable),
        (lambda w: control.add_fault(w, "/v1/projects", status=429), seed.ADMIN, [USERS], GoogleUnreachable),
        (
            lambda w: control.add_fault(w, "/v1/projects", status=502, body="<html>"),
            seed.ADMIN, [USERS], GoogleUnreachable,
        ),
        (lambda w: control.add_fault(w, "/v1/projects", status=403), seed.ADMIN, [USERS], OurConfiguration),
        (lambda w: control.add_fault(w, "/token", status=0), seed.ADMIN, [USERS], GoogleUnreachable),
    ],
)  # fmt: skip
def test_probe_says_why_it_is_refused(
    transport: GoogleTransport,
    installed: World,
    change: Callable[[World], object],
    subject: str,
    scopes: list[str],
    problem: type[Exception],
) -> None:
    change(installed)
    with pytest.raises(problem) as raised:
        transport.probe(subject=subject, scopes=scopes)
    assert type(raised.value) is problem


def test_token_endpoint_that_fails_is_no_fault_of_ours(transport: GoogleTransport, installed: World) -> None:
    control.add_fault(installed, "/token", status=503, count=-1)
    with pytest.raises(GoogleUnreachable):
        transport.probe(subject=seed.ADMIN, scopes=[USERS])


# Many at once


def test_sixteen_threads_each_get_their_own_answer(
    listen: Listen, settings: Settings, installed: World, open_transport: OpenTransport, directory: Any
) -> None:
    together = threading.Barrier(16)
    listener = listen(lambda seen: Reply(json.dumps({"id": seen.path.split("?")[0].rsplit("/", 1)[1]}).encode()))
    transport = open_transport(apart(settings, listener.url))
    transport.execute(get(directory, "warm"), subject=seed.ADMIN, scopes=[USERS])

    def ask(number: int) -> list[str]:
        together.wait(10)
        keys = [f"{number}-{turn}" for turn in range(6)]
        return [transport.execute(get(directory, key), subject=seed.ADMIN, scopes=[USERS])["id"] for key in keys]

    with ThreadPoolExecutor(16) as pool:
        answers = list(pool.map(ask, range(16)))
    assert answers == [[f"{number}-{turn}" for turn in range(6)] for number in range(16)]
    assert listener.connections <= 17
    assert len({seen.headers["authorization"] for seen in listener.seen}) == 1


def test_closed_transport_leaves_no_connection(
    listen: Listen, settings: Settings, installed: World, open_transport: OpenTransport, directory: Any
) -> None:
    listener = listen(lambda _: Reply(b"{}"))
    transport = open_transport(apart(settings, listener.url))
    transport.execute(get(directory), subject=seed.ADMIN, scopes=[USERS])
    transport.close()
    transport.execute(get(directory), subject=seed.ADMIN, scopes=[USERS])
    assert [seen.connection for seen in listener.seen] == [1, 2]


def test_connection_that_comes_back_after_closing_is_closed_too(
    listen: Listen, settings: Settings, installed: World, open_transport: OpenTransport, directory: Any
) -> None:
    asked, go_on = threading.Event(), threading.Event()

    def answer(seen: Seen) -> Reply:
        asked.set()
        return Reply(b"{}", after=go_on)

    listener = listen(answer)
    transport = open_transport(apart(settings, listener.url))
    with ThreadPoolExecutor(1) as pool:
        late = pool.submit(transport.execute, get(directory), subject=seed.ADMIN, scopes=[USERS])
        assert asked.wait(10)
        transport.close()
        go_on.set()
        late.result(10)
    transport.execute(get(directory), subject=seed.ADMIN, scopes=[USERS])
    assert [seen.connection for seen in listener.seen] == [1, 2]
