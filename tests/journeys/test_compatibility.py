"""Compatibility access over HTTP: switched on by an administrator, called by pages that can send no header."""

import io
import json
import logging
import re
from collections import Counter
from pathlib import Path
from typing import Any

import pytest
import requests

import main
from runtime.logs import JsonLines
from tests.journeys.rest import CARLOS, Rest, issue_key, order
from tests.serving import served
from tests.stack import HELPDESK, SCHOOL, Stack, free_port
from tests.web import Web

ROOT = Path(__file__).parent.parent.parent
ORIGIN = "https://school.example"
TEXT = {"Content-Type": "text/plain;charset=UTF-8"}


def issue_address(admin: Web, base_url: str, **fields: str) -> str:
    """By the page; the address that it shows, up to the key."""
    page = admin.get(f"{base_url}/manage/compatibility").form("/manage/compatibility/keys")
    shown = page.submit(**({"name": "Lobby", "org_unit": "/Students", "creates_a_day": "50", "days": "7"} | fields))
    return next(e["value"] for e in shown.document.all("input") if "/k/fdk_" in e["value"])


def switch(admin: Web, base_url: str, *, on: bool, origins: str = f"{ORIGIN} null") -> None:
    form = admin.get(f"{base_url}/manage/compatibility").form("/manage/compatibility")
    assert form.submit(is_on=on, origins=origins).status == 200


@pytest.fixture(scope="module")
def address(rest: Rest) -> str:
    switch(rest.admin, rest.stack.base_url, on=True)
    return issue_address(rest.admin, rest.stack.base_url)


def call(address: str, path: str, body: object, origin: str = "null") -> requests.Response:
    headers = {**TEXT, "Origin": origin}
    return requests.post(f"{address}/rest/{path}", data=json.dumps(body), headers=headers, timeout=30)


def test_the_originals_story_from_config_to_account(rest: Rest, address: str) -> None:
    config = call(address, "config", None)
    names = call(address, "suggest", {"firstname": "Coco", "lastname": "Chanel"}).json()
    selected = call(address, "select", {"username": names[0], "suggestions": names})
    created = call(address, "create", order(username=names[0], firstname="Coco", lastname="Chanel"))

    assert config.json() == {"domain": SCHOOL, "numberOfSuggestions": 3, "suggestedUsernamesTimeout": 120}
    assert (selected.json(), created.json()) == (
        {"message": "User selected successfully."},
        {"message": "User created successfully."},
    )
    account = rest.account(f"{names[0]}@{SCHOOL}")
    assert account is not None
    assert (account.org_unit_path, account.change_password_at_next_login) == ("/Students", True)
    assert [entry["actor_label"] for entry in rest.entries(f"{names[0]}@{SCHOOL}")] == ["Lobby"]


def test_answers_may_be_read_by_listed_pages_and_leave_no_trace_of_the_address(address: str) -> None:
    for answer in (call(address, "config", None), call(address, "create", order(password="short"))):
        assert answer.headers["Access-Control-Allow-Origin"] == "null"
        assert answer.headers["Vary"] == "Origin"
        assert answer.headers["Referrer-Policy"] == "no-referrer"
        assert answer.headers["Cross-Origin-Resource-Policy"] == "cross-origin"
        assert answer.headers["Cache-Control"] == "no-store"
        assert "Access-Control-Allow-Credentials" not in answer.headers
    foreign = call(address, "config", None, origin="https://evil.example")
    assert foreign.status_code == 403
    assert "Access-Control-Allow-Origin" not in foreign.headers


def test_other_pages_of_ours_stay_closed_to_other_origins(rest: Rest) -> None:
    for path in ("/", "/manage/compatibility", "/rest/config"):
        answer = requests.get(rest.stack.base_url + path, headers={"Origin": ORIGIN}, allow_redirects=False, timeout=30)
        assert "Access-Control-Allow-Origin" not in answer.headers
        assert answer.headers["Cross-Origin-Resource-Policy"] == "same-origin"
        assert answer.headers["Referrer-Policy"] == "same-origin"


@pytest.mark.parametrize("path", ["suggest", "select", "create", "config"])
def test_preflights_work(rest: Rest, address: str, path: str) -> None:
    asked = {
        "Origin": ORIGIN,
        "Access-Control-Request-Method": "POST",
        "Access-Control-Request-Headers": "content-type",
    }
    for start in (address, rest.stack.base_url):
        answer = requests.options(f"{start}/rest/{path}", headers=asked, timeout=30)
        assert (answer.status_code, answer.text) == (204, "")
        assert answer.headers["Access-Control-Allow-Origin"] == ORIGIN
        assert "POST" in answer.headers["Access-Control-Allow-Methods"]
        assert "Content-Type" in answer.headers["Access-Control-Allow-Headers"]


def test_key_in_an_address_opens_nothing_else(rest: Rest, address: str) -> None:
    key = address.rpartition("/")[2]
    for path in ("manage/keys", "accounts/new", "operators/", "rest/users", "rest/config/more"):
        assert requests.get(f"{address}/{path}", timeout=30).status_code == 404
    assert rest.call("GET", "config", key=key).status_code == 401
    assert (
        requests.post(f"{rest.stack.base_url}/manage/keys", cookies={"frontdesk": key}, timeout=30).status_code == 403
    )


def test_switched_off_it_says_so_and_on_again_it_works(stack: Stack) -> None:
    admin = stack.set_up(creators=HELPDESK)
    address = issue_address(admin, stack.base_url)
    off = call(address, "config", None)
    assert off.status_code == 403
    assert off.json()["errorMessage"].startswith(f"errorMessage: Compatibility access is off for {SCHOOL}.")
    switch(admin, stack.base_url, on=True)
    assert call(address, "config", None).status_code == 200
    switch(admin, stack.base_url, on=False)
    assert call(address, "suggest", CARLOS).status_code == 403


def test_the_secret_of_the_address_is_in_no_log_and_not_in_the_store(rest: Rest, address: str) -> None:
    written = io.StringIO()
    handler, root = logging.StreamHandler(written), logging.getLogger()
    handler.setFormatter(JsonLines())
    root.addHandler(handler)
    level, _ = root.level, root.setLevel(logging.DEBUG)
    key = address.rpartition("/")[2]
    for path in ("config", "nothing", "create", "%00", "x" * 5000):
        call(address, path, {"firstname": key})
        requests.request("DELETE", f"{address}/rest/{path}", headers={"Host": "evil.example"}, timeout=30)
    requests.get(f"{rest.stack.base_url}/nothing", headers={"Referer": f"{address}/rest/config"}, timeout=30)
    root.setLevel(level)
    root.removeHandler(handler)
    assert '"POST /k/<key>/rest/config 200"' in written.getvalue()
    assert key.rpartition("_")[2] not in written.getvalue()
    assert not re.search(
        r"--access-?log|accesslog", (ROOT / "app.yaml").read_text() + (ROOT / "sandbox/runner.py").read_text()
    )


class CountingStub:
    """Passes everything on to Datastore, and counts the calls by name."""

    def __init__(self, stub: Any) -> None:
        self._stub = stub
        self.calls: Counter[str] = Counter()

    def __getattr__(self, name: str) -> Any:
        self.calls[name] += 1
        return getattr(self._stub, name)


def test_warm_calls_ask_datastore_nothing_to_know_who_calls(rest: Rest, address: str) -> None:
    """config needs nothing else, so it shows what knowing the caller costs, by header and by address."""
    host: main.Host = rest.stack.app.extensions["frontdesk"]
    client = host.datastore.client
    for ask in (lambda: rest.call("GET", "config"), lambda: call(address, "config", None)):
        for _ in range(2):  # the first may note that the key was used, and reads it again afterwards
            assert ask().status_code == 200
        counting = CountingStub(client.stub)
        client.stub = counting
        assert [ask().status_code for _ in range(5)] == [200] * 5
        assert counting.calls == Counter()
        rest.stack.clock.advance(seconds=11)
        assert ask().status_code == 200
        assert counting.calls["lookup"] > 0, "what is remembered grows old"
        client.stub = counting._stub


def test_warm_suggest_is_one_read_and_one_commit_from_request_to_answer(stack: Stack) -> None:
    """What naming needs, and nothing on top of it."""
    admin = stack.set_up(creators=HELPDESK)
    rest = Rest(stack, admin, issue_key(admin, stack.base_url))
    stack.run_tasks()
    for _ in range(2):  # reads the key, the domain, its policy, and the shard of the name
        assert rest.call("POST", "suggest", {"firstname": "Marie", "lastname": "Curie"}).status_code == 200
    host: main.Host = stack.app.extensions["frontdesk"]
    counting = CountingStub(host.datastore.client.stub)
    host.datastore.client.stub = counting
    assert len(rest.call("POST", "suggest", {"firstname": "Irène", "lastname": "Joliot"}).json()) == 3
    assert counting.calls["commit"] == 1
    assert counting.calls["lookup"] <= 2
    assert set(counting.calls) == {"commit", "lookup"}


def test_key_revoked_in_another_process_stops_within_ten_seconds(stack: Stack) -> None:
    admin = stack.set_up(creators=HELPDESK)
    switch(admin, stack.base_url, on=True)
    address, key = issue_address(admin, stack.base_url), issue_key(admin, stack.base_url)
    port = free_port()
    other = stack.settings.model_copy(update={"base_url": f"http://localhost:{port}"})
    there = address.replace(stack.base_url, other.base_url)

    def statuses() -> list[int]:
        header = {"Authorization": f"Bearer {key}"}
        in_header = requests.get(f"{other.base_url}/rest/config", headers=header, timeout=30)
        return [in_header.status_code, call(there, "config", None).status_code]

    with served(other, stack.clock):
        assert statuses() == [200, 200]
        for path, text in (("keys", key), ("compatibility", address.rpartition("/")[2])):
            page = admin.get(f"{stack.base_url}/manage/{path}")
            page.form(f"/{text.split('_')[1]}/revoke").submit()
        stack.clock.advance(seconds=11)
        assert statuses() == [401, 401]
