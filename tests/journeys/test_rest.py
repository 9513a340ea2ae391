"""The REST interface over HTTP, with keys that an administrator makes on the page: bodies, statuses, one account."""

import json
import threading
from collections.abc import Callable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass
from itertools import count
from typing import Literal

import pytest
import requests

from sandbox.datastore.server import DatastoreServer
from sandbox.google import marketplace, people
from sandbox.google.passwords import password_matches
from sandbox.google.world import Fault, User
from tests.stack import HELPDESK, OPERATOR, SCHOOL, Stack, allow, running_stack
from tests.stored import nothing_written, rows_of
from tests.web import Web

CARLOS = {"firstname": "Carlos", "lastname": "Álvarez"}
USERS = "/admin/directory/v1/users"
WORKED_EXAMPLE = (
    "[firstname].[lastname], [C1_firstname].[lastname], [firstname][lastname]_[region], "
    "[firstname][lastname]_[group], [lastname]_nyc, [firstname][lastname][#]"
)


@dataclass
class Rest:
    """The interface of a set-up stack. `admin`: the browser in which keys are made and settings changed."""

    stack: Stack
    admin: Web
    key: str

    def call(self, method: str, path: str, body: object = None, key: str | None = None) -> requests.Response:
        """A request with a JSON body (bytes as they are) and a key, "" for none."""
        data = body if isinstance(body, bytes | None) else json.dumps(body).encode()
        sent = self.key if key is None else key
        headers = {"Authorization": f"Bearer {sent}"} if sent else {}
        return requests.request(method, f"{self.stack.base_url}/rest/{path}", data=data, headers=headers, timeout=30)

    def account(self, address: str) -> User | None:
        return self.stack.world.user_by_email(address)

    def entries(self, address: str) -> list[dict[str, object]]:
        """The audit entries about an address."""
        rows = rows_of(self.stack, address)
        return [row for name, row in rows.items() if "/AuditEntry/" in name and row["target"] == address]

    def settings(self, **fields: str) -> None:
        """Change the domain's names page."""
        page = self.admin.get(f"{self.stack.base_url}/manage/names").form("/manage/names").submit(**fields)
        assert page.status == 200, page.text


def issue_key(admin: Web, base_url: str, name: str = "Timetable", **fields: str) -> str:
    """By the page; the key that it shows."""
    page = admin.get(f"{base_url}/manage/keys").form("/manage/keys").submit(name=name, **fields)
    return next(e["value"] for e in page.document.all("input") if e["value"].startswith("fd_"))


@pytest.fixture(scope="module")
def rest(datastore_server: DatastoreServer) -> Iterator[Rest]:
    """The school, set up, and a key. Shared: each test asks for names of its own."""
    with pytest.MonkeyPatch.context() as environ, running_stack(datastore_server, environ) as running:
        admin = running.set_up(creators=HELPDESK)
        yield Rest(running, admin, issue_key(admin, running.base_url))


@pytest.fixture
def own_rest(stack: Stack) -> Rest:
    """A school of the test's own, and a key."""
    admin = stack.set_up(creators=HELPDESK)
    return Rest(stack, admin, issue_key(admin, stack.base_url))


NUMBERS = count(1)


def order(**changes: str) -> dict[str, str]:
    """An account that can be made, under a name of its own each time."""
    username = f"zoe.quill{next(NUMBERS)}"
    return {"username": username, "firstname": "Zoë", "lastname": "Quill", "password": "correct horse"} | changes


def refused(answer: requests.Response, status: int) -> str:
    """Checks that it is an error in the interface's own form; what it says."""
    assert answer.status_code == status, answer.text
    assert answer.headers["Content-Type"] == "application/json"
    assert list(answer.json()) == ["errorMessage"]
    return str(answer.json()["errorMessage"])


def test_key_is_shown_once_and_only_its_hash_is_kept(rest: Rest) -> None:
    key = issue_key(rest.admin, rest.stack.base_url, "Shown once")

    assert rest.call("GET", "config", key=key).status_code == 200
    listed = rest.admin.get(f"{rest.stack.base_url}/manage/keys")
    assert "Shown once" in listed.text
    secret = key.split("_", 2)[2]
    assert secret not in listed.html
    assert not rows_of(rest.stack, secret)
    kept = [row for name, row in rows_of(rest.stack, "Shown once").items() if "/ApiKey/" in name]
    assert [len(str(row["sha256"])) for row in kept] == [64]


def test_suggest_select_create_config_have_the_originals_bodies(rest: Rest) -> None:
    names = rest.call("POST", "suggest", CARLOS)
    chosen = names.json()[1]
    selected = rest.call("POST", "select", {"username": chosen, "suggestions": names.json()})
    created = rest.call("POST", "create", {"username": chosen, "password": "correct horse", **CARLOS})

    assert names.json() == ["carlosalvarez", "carlos.alvarez", "carlos_alvarez"]
    assert (selected.status_code, selected.json()) == (200, {"message": "User selected successfully."})
    assert (created.status_code, created.json()) == (200, {"message": "User created successfully."})
    config = {"domain": SCHOOL, "numberOfSuggestions": 3, "suggestedUsernamesTimeout": 120}
    for method in ("GET", "POST"):
        assert rest.call(method, "config").json() == config
    account = rest.account("carlos.alvarez@northfield.example")
    assert account is not None
    assert (account.given_name, account.family_name) == ("Carlos", "Álvarez")
    assert password_matches(account, "correct horse")


def test_worked_example_of_the_original(own_rest: Rest) -> None:
    own_rest.settings(patterns=WORKED_EXAMPLE, number_of_suggestions="1")
    fields = {**CARLOS, "region": "CA", "group": "5A"}

    by_body = [own_rest.call("POST", "suggest", fields).json() for _ in range(7)]
    by_query = own_rest.call("GET", "suggest?firstname=Carlos&lastname=%C3%81lvarez&region=CA&group=5A").json()

    assert [*by_body, by_query] == [
        ["carlos.alvarez"], ["c.alvarez"], ["carlosalvarez_ca"], ["carlosalvarez_5a"], ["alvarez_nyc"],
        ["carlosalvarez1"], ["carlosalvarez2"], ["carlosalvarez3"],
    ]  # fmt: skip


def test_second_worked_example_of_the_original(own_rest: Rest) -> None:
    own_rest.settings(
        patterns="[firstname].[lastname], [firstname][lastname], [C1_firstname].[lastname]_[secondLastname]"
    )
    fields = {"firstname": "Carlos", "lastname": "Alvarez", "secondLastname": "Martinez"}

    names = own_rest.call("POST", "suggest", fields).json()

    assert names == ["carlos.alvarez", "carlosalvarez", "c.alvarez_martinez"]


@pytest.mark.parametrize(
    "authorization",
    [
        "", "Bearer", "Bearer ", "Bearer fd_0123456789abcdef_" + "A" * 43, "Basic ZmRfOmZk", "Bearer null",
        "Bearer fd_../../ApiKey", "Bearer " + "A" * 5000, "Bearer fd_0123456789ABCDEF_" + "A" * 43,
    ],
)  # fmt: skip
def test_missing_and_wrong_keys_are_told_so_on_every_route(rest: Rest, authorization: str) -> None:
    for path in ("suggest", "select", "create", "config"):
        answer = requests.post(
            f"{rest.stack.base_url}/rest/{path}",
            data=json.dumps(CARLOS),
            headers={"Authorization": authorization},
            timeout=30,
        )
        assert "key" in refused(answer, 401)
        assert answer.headers["WWW-Authenticate"].startswith("Bearer")


def test_key_with_another_secret_is_refused_like_an_unknown_one(rest: Rest) -> None:
    unknown = rest.call("GET", "config", key="fd_0123456789abcdef_" + "A" * 43)
    changed = rest.call("GET", "config", key=rest.key[:-1] + ("A" if rest.key[-1] != "A" else "B"))

    assert refused(changed, 401) == refused(unknown, 401)


def test_session_cookie_is_no_key(rest: Rest) -> None:
    page = rest.admin.get(f"{rest.stack.base_url}/rest/config")

    assert refused(page.answer, 401)


def test_revoked_key_is_refused_from_the_next_request_on(rest: Rest) -> None:
    key = issue_key(rest.admin, rest.stack.base_url, "To be revoked")
    assert rest.call("GET", "config", key=key).status_code == 200
    page = (
        rest.admin.get(f"{rest.stack.base_url}/manage/keys").form(f"/manage/keys/{key.split('_')[1]}/revoke").submit()
    )

    assert "Revoked." in page.text
    assert refused(rest.call("GET", "config", key=key), 401)


def test_key_expires(own_rest: Rest) -> None:
    key = issue_key(own_rest.admin, own_rest.stack.base_url, "For a month", days="30")
    own_rest.stack.clock.advance(days=30, seconds=-30)
    assert own_rest.call("GET", "config", key=key).status_code == 200
    own_rest.stack.clock.advance(seconds=60)

    assert refused(own_rest.call("GET", "config", key=key), 401)


@pytest.mark.parametrize("how", ["turned off", "license deleted", "disabled by an operator"])
def test_key_stops_within_a_minute_when_its_domain_does(own_rest: Rest, how: str) -> None:
    stack = own_rest.stack
    assert own_rest.call("POST", "suggest", CARLOS).status_code == 200
    {"turned off": turn_off, "license deleted": uninstall, "disabled by an operator": disable}[how](own_rest)
    stack.clock.advance(seconds=60)

    assert SCHOOL in refused(own_rest.call("GET", "config"), 403)  # may note what Google says of the license
    with nothing_written(stack):
        refused(own_rest.call("POST", "suggest", CARLOS), 403)
        refused(own_rest.call("POST", "select", {"username": "", "suggestions": []}), 403)
        refused(own_rest.call("POST", "create", order()), 403)


def turn_off(rest: Rest) -> None:
    rest.admin.get(f"{rest.stack.base_url}/marketplace/manage/").form("/manage/turn-off").submit()


def uninstall(rest: Rest) -> None:
    marketplace.delete_app(rest.stack.world, rest.stack.customer(SCHOOL).id)


def disable(rest: Rest) -> None:
    page = allow(rest.stack.browser(OPERATOR).get(f"{rest.stack.base_url}/operators/"))
    page.form(f"/operators/domains/{SCHOOL}/disable").submit(reason="The invoice of May is open.")


def test_keys_of_two_domains_see_their_own_domain_only(own_rest: Rest) -> None:
    stack = own_rest.stack
    hugo = stack.set_up("harbour.example", "hugo.admin@harbour.example")
    other = issue_key(hugo, stack.base_url)

    assert own_rest.call("GET", "config").json()["domain"] == SCHOOL
    assert own_rest.call("GET", "config", key=other).json()["domain"] == "harbour.example"
    names = own_rest.call("POST", "suggest", CARLOS).json()
    assert own_rest.call("POST", "suggest", CARLOS, key=other).json() == names  # free there too
    assert own_rest.call("POST", "create", order(username=names[0]), key=other).status_code == 200
    assert stack.world.user_by_email(f"{names[0]}@harbour.example")
    assert not stack.world.user_by_email(f"{names[0]}@{SCHOOL}")
    whole_address = order(username=f"{names[0]}@{SCHOOL}")
    assert "cannot be used" in refused(own_rest.call("POST", "create", whole_address, key=other), 400)


@pytest.mark.parametrize(
    "content_type", ["text/plain", "text/plain;charset=UTF-8", "application/x-www-form-urlencoded"]
)
def test_body_is_json_whatever_the_content_type_says(rest: Rest, content_type: str) -> None:
    answer = requests.post(
        f"{rest.stack.base_url}/rest/suggest",
        data=json.dumps({"firstname": "Plain", "lastname": "Text"}),
        headers={"Authorization": f"Bearer {rest.key}", "Content-Type": content_type},
        timeout=30,
    )

    assert len(answer.json()) == 3


SUGGEST, SELECT, CREATE = ("POST", "suggest"), ("POST", "select"), ("POST", "create")


@pytest.mark.parametrize(
    ("route", "body"),
    [
        *((route, body) for route in (SUGGEST, SELECT, CREATE) for body in (
            b"", b"{", b"\xff\xfe", b"[]", b"null", b'"text"', b"7", b"[" * 60_000, b'{"firstname": NaN', b"\x00",
        )),
        (SUGGEST, {"firstname": 7, "lastname": "Quill"}),
        (SUGGEST, {"firstname": ["Zoë"], "lastname": "Quill"}),
        (SUGGEST, {"firstname": {"a": "b"}, "lastname": "Quill"}),
        (SUGGEST, {"firstname": True, "lastname": "Quill"}),
        (SUGGEST, {"firstname": "Zoë"}),
        (SUGGEST, {"firstname": "", "lastname": ""}),
        (SUGGEST, {"firstname": "🙂", "lastname": "🙂"}),
        (SUGGEST, {"firstname": "Z" * 61, "lastname": "Quill"}),
        (SUGGEST, {**CARLOS, **{f"field{number}": "x" for number in range(50)}}),
        (SELECT, {"username": "zoe.quill"}),
        (SELECT, {"suggestions": ["zoe.quill"]}),
        (SELECT, {"username": None, "suggestions": []}),
        (SELECT, {"username": "zoe.quill", "suggestions": "zoe.quill"}),
        (SELECT, {"username": "zoe.quill", "suggestions": [7]}),
        (SELECT, {"username": "zoe@quill", "suggestions": []}),
        (SELECT, {"username": "z" * 5000, "suggestions": []}),
        (SELECT, {"username": "", "suggestions": ["z" * 5000]}),
        (SELECT, {"username": "", "suggestions": [f"zoe{number}" for number in range(101)]}),
        *((CREATE, order() | {field: value}) for field in ("username", "firstname", "lastname", "password")
          for value in (None, 7, ["x"], {"x": "y"}, "", "x" * 101, "\x00", "\ud800")),
        (CREATE, {"username": "zoe.quill"}),
        (CREATE, order(username="z" * 65)),
        (CREATE, order(username="abuse")),
        (CREATE, order(username=".zoe")),
        (CREATE, order(username="zoe..quill")),
        (CREATE, order(username="zoë.quill")),
        (CREATE, order(password="short")),
        (CREATE, order(password="pässword-long")),
        (CREATE, order(firstname="<b>Zoë</b>")),
    ],
)  # fmt: skip
def test_bad_bodies_are_refused_in_words_and_nothing_is_written(
    rest: Rest, route: tuple[str, str], body: object
) -> None:
    with nothing_written(rest.stack):
        text = refused(rest.call(*route, body), 400)

    assert len(text) > 20
    assert "Traceback" not in text


def test_oversized_body_is_refused(rest: Rest) -> None:
    body = {"firstname": "Zoë", "lastname": "Q" * 70_000}
    for path in ("suggest", "select", "create"):
        with nothing_written(rest.stack):
            assert "64" in refused(rest.call("POST", path, body), 413) or "65,536" in rest.call("POST", path, body).text


@pytest.mark.parametrize("path", ["suggest", "select", "create", "config"])
@pytest.mark.parametrize("method", ["PUT", "PATCH", "DELETE"])
def test_wrong_method_is_told_the_right_one(rest: Rest, method: str, path: str) -> None:
    answer = rest.call(method, path, CARLOS)

    assert "does not take" in refused(answer, 405)
    assert "POST" in answer.headers["Allow"]


@pytest.mark.parametrize("path", ["nothing", "suggest/more", "create/", "../rest/x", "%00", "x" * 3000])
def test_unknown_route_names_the_known_ones(rest: Rest, path: str) -> None:
    for method in ("GET", "POST"):
        assert "suggest" in refused(rest.call(method, path), 404)


def test_head_and_options_answer_without_a_body(rest: Rest) -> None:
    assert rest.call("HEAD", "config").text == ""
    assert "POST" in rest.call("OPTIONS", "config").headers["Allow"]


def test_create_repeated_is_the_same_answer_and_one_account(rest: Rest) -> None:
    sent = order()
    with ThreadPoolExecutor(6) as threads:
        answers = list(threads.map(lambda _: rest.call("POST", "create", sent), range(6)))
    again = rest.call("POST", "create", sent)

    assert {(answer.status_code, answer.text) for answer in answers} == {(200, again.text)}
    assert one_account(rest, sent)


def test_create_repeated_for_somebody_else_is_a_conflict(rest: Rest) -> None:
    sent = order()
    rest.call("POST", "create", sent)

    refused(rest.call("POST", "create", {**sent, "firstname": "Zara"}), 409)
    assert one_account(rest, sent)


def test_create_of_a_name_that_another_key_holds_is_a_conflict(rest: Rest) -> None:
    other = issue_key(rest.admin, rest.stack.base_url, "Another program")
    held = rest.call("POST", "suggest", {"firstname": "Held", "lastname": "Name"}, key=other).json()[0]
    sent = order(username=held)

    with nothing_written(rest.stack):
        assert held in refused(rest.call("POST", "create", sent), 409)
    refused(rest.call("POST", "select", {"username": held, "suggestions": [held]}), 409)
    assert rest.call("POST", "create", sent, key=other).status_code == 200


@pytest.mark.parametrize("taken", ["hanna.helpdesk", "front.desk", "teachers", "reception", "HANNA.Helpdesk"])
def test_create_of_an_address_in_use_is_a_conflict_and_touches_nobody(rest: Rest, taken: str) -> None:
    before = rest.stack.user(HELPDESK).etag

    assert "already" in refused(rest.call("POST", "create", order(username=taken)), 409)
    assert rest.stack.user(HELPDESK).etag == before
    assert password_matches(rest.stack.user(HELPDESK), "sandbox-password")


def one_account(rest: Rest, sent: dict[str, str]) -> bool:
    """Exactly one account, with the password that was sent, and one audit entry about it."""
    address = f"{sent['username']}@{SCHOOL}"
    accounts = [user for user in rest.stack.world.users.values() if user.primary_email == address]
    actions = [(row["action"], row["actor_label"]) for row in rest.entries(address)]
    assert actions == [("account.created", "Timetable")]
    return len(accounts) == 1 and password_matches(accounts[0], sent["password"])


def break_google(rest: Rest, status: int, when: Literal["before", "after"]) -> None:
    """The next create at Google goes wrong; status 0 cuts the connection."""
    with rest.stack.world.changing():
        rest.stack.world.faults.append(Fault(USERS, "POST", status, when=when))


@pytest.mark.parametrize("status", [0, 500, 503, 409])
def test_create_whose_answer_was_lost_is_success_and_one_account(rest: Rest, status: int) -> None:
    """Google made the account, and then the answer was lost, or was wrong."""
    sent = order()
    break_google(rest, status, "after")

    answer = rest.call("POST", "create", sent)

    assert (answer.status_code, answer.json()) == (200, {"message": "User created successfully."})
    assert one_account(rest, sent)


@pytest.mark.parametrize("status", [0, 500, 503])
def test_create_that_never_reached_google_is_undecided_until_it_is_sent_again(rest: Rest, status: int) -> None:
    sent = order()
    break_google(rest, status, "before")

    answer = while_time_passes(rest, lambda: rest.call("POST", "create", sent))

    assert "the account was created. Send exactly the same again" in refused(answer, 503)
    assert int(answer.headers["Retry-After"]) > 0
    assert not rest.account(f"{sent['username']}@{SCHOOL}")
    assert rest.call("POST", "create", sent).status_code == 200
    assert one_account(rest, sent)


@pytest.mark.parametrize(("status", "says"), [(403, 403), (429, 503), (400, 400)])
def test_create_that_google_refuses_says_so_and_can_be_sent_again(rest: Rest, status: int, says: int) -> None:
    sent = order()
    break_google(rest, status, "before")

    refused(rest.call("POST", "create", sent), says)
    assert not rest.account(f"{sent['username']}@{SCHOOL}")
    assert rest.call("POST", "create", sent).status_code == 200
    assert one_account(rest, sent)


def test_create_while_somebody_else_takes_the_address_at_google_never_adopts_the_account(rest: Rest) -> None:
    """The address is free when it is looked up; then Google answers 409, because a person has it by now."""
    sent = order()
    address = f"{sent['username']}@{SCHOOL}"
    foreign = rest.stack.user(HELPDESK)
    break_google(rest, 409, "before")
    with rest.stack.world.changing():
        rest.stack.world.knobs.latency = 0.05
    with ThreadPoolExecutor(1) as threads:
        pending = threads.submit(rest.call, "POST", "create", sent)
        until(lambda: not rest.stack.world.faults)
        people.rename_user(rest.stack.world, foreign.id, address)
        answer = passing_time(rest, pending)
    with rest.stack.world.changing():
        rest.stack.world.knobs.latency = 0.0

    assert "another user" in refused(answer, 409)
    assert not password_matches(foreign, sent["password"])
    assert rest.entries(address) == []
    people.rename_user(rest.stack.world, foreign.id, HELPDESK)


def while_time_passes(rest: Rest, call: Callable[[], requests.Response]) -> requests.Response:
    """The answer of a request that waits for Google; the clock is moved on so that it does not take that long."""
    with ThreadPoolExecutor(1) as threads:
        return passing_time(rest, threads.submit(call))


def passing_time(rest: Rest, pending: "Future[requests.Response]") -> requests.Response:
    while True:
        try:
            return pending.result(timeout=0.1)
        except TimeoutError:
            if not rest.stack.world.faults:  # Google has answered wrongly, and is asked what became of it
                rest.stack.clock.advance(seconds=2, google=False)


def until(condition: Callable[[], bool]) -> None:
    """Waits for what another thread does."""
    ticking = threading.Event()
    for _ in range(2000):
        if condition():
            return
        ticking.wait(0.005)
    raise AssertionError("it never happened")
