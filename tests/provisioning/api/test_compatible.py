"""Compatibility access: a key in the address, for pages that can send no header."""

import json
from typing import Any

import pytest

from provisioning.api.compatibility import Choice
from provisioning.api.interface import NAMES, NAMES_WINDOW
from provisioning.api.keys import AddressRules
from provisioning.api.rest import PREFIX
from runtime.limits import Limits
from runtime.problems import BadRequest
from tests.provisioning.api.conftest import Rest
from tests.provisioning.conftest import DOMAIN, PERSON, TENANT

PAGE = "https://school.example"
CARLOS = {"firstname": "Carlos", "lastname": "Álvarez"}
ZOE = {"username": "zoe.quill", "firstname": "Zoë", "lastname": "Quill", "password": "correct horse"}
RULES = AddressRules("/Students", 2)


@pytest.fixture
def address(rest: Rest) -> str:
    """Switched on for two origins; the part of the address up to the key."""
    rest.compatibility.change(TENANT, PERSON, Choice(is_on=True, origins=(PAGE, "null")))
    _, text = rest.keys.issue(TENANT, PERSON, "Lobby", 30, RULES)
    return f"/k/{text}"


def send(rest: Rest, address: str, body: object = None, *, origin: str = "null", method: str = "POST") -> Any:
    """As the original's pages do: text, with the page's origin."""
    data = None if body is None else json.dumps(body)
    headers = {"Origin": origin} if origin else {}
    return rest.client.open(address, method=method, data=data, content_type="text/plain;charset=UTF-8", headers=headers)


def refused(answer: Any, status: int) -> str:
    """An error as the original's self page searches for it; what it says after that."""
    assert answer.status_code == status, answer.get_data(as_text=True)
    assert "errorMessage: " in answer.get_data(as_text=True)
    assert list(answer.json) == ["errorMessage"]
    assert answer.json["errorMessage"].startswith("errorMessage: ")
    return str(answer.json["errorMessage"].removeprefix(PREFIX))


def test_the_originals_calls_have_the_originals_answers(rest: Rest, address: str) -> None:
    config = send(rest, f"{address}/rest/config")
    names = send(rest, f"{address}/rest/suggest", CARLOS).json
    by_query = send(rest, f"{address}/rest/suggest?firstname=Ada&lastname=Quill", method="GET").json
    selected = send(rest, f"{address}/rest/select", {"username": names[1], "suggestions": names})
    created = send(rest, f"{address}/rest/create", {**ZOE, "username": names[1]})

    assert config.json == {"domain": DOMAIN, "numberOfSuggestions": 3, "suggestedUsernamesTimeout": 120}
    assert names == ["carlosalvarez", "carlos.alvarez", "carlos_alvarez"]
    assert by_query[0] == "adaquill"
    assert selected.json == {"message": "User selected successfully."}
    assert created.json == {"message": "User created successfully."}
    for answer in (config, selected, created):
        assert answer.status_code == 200
        assert "errorMessage" not in answer.get_data(as_text=True)


def test_accounts_go_where_the_key_says_and_have_to_change_their_password(rest: Rest, address: str) -> None:
    rest.change(default_org_unit="/Staff", change_password=False)
    assert send(rest, f"{address}/rest/create", ZOE).status_code == 200
    user = rest.desk.user(f"zoe.quill@{DOMAIN}")
    assert user is not None
    assert (user.org_unit_path, user.change_password_at_next_login) == ("/Students", True)


def test_only_so_many_accounts_a_day(rest: Rest, address: str) -> None:
    for number in (1, 2):
        assert send(rest, f"{address}/rest/create", {**ZOE, "username": f"zoe{number}"}).status_code == 200
    answer = send(rest, f"{address}/rest/create", {**ZOE, "username": "zoe3"})
    assert "2 accounts a day" in refused(answer, 429)
    assert 0 < int(answer.headers["Retry-After"]) <= 86_400
    assert rest.desk.user(f"zoe3@{DOMAIN}") is None
    assert send(rest, f"{address}/rest/suggest", CARLOS).status_code == 200
    assert rest.call("POST", "create", {**ZOE, "username": "zoe4"}).status_code == 200, "another key"
    rest.desk.clock.advance(days=1, google=False)
    assert send(rest, f"{address}/rest/create", {**ZOE, "username": "zoe3"}).status_code == 200


def test_only_so_many_names_in_a_while(rest: Rest, address: str) -> None:
    limits, clock = Limits(rest.desk.clock), rest.desk.clock
    clock.advance(seconds=NAMES_WINDOW - clock().timestamp() % NAMES_WINDOW)  # to where a window begins
    key = rest.keys.list(TENANT, in_address=True)[0]
    limits.spend(TENANT, f"names/address:{key.id}", NAMES - 1, most=NAMES, window_seconds=NAMES_WINDOW)
    answers = [send(rest, f"{address}/rest/suggest", {**CARLOS, "lastname": f"Quill{n}"}) for n in range(40)]
    refused(answers[-1], 429)
    assert int(answers[-1].headers["Retry-After"]) <= NAMES_WINDOW
    assert rest.call("POST", "suggest", CARLOS).status_code == 200, "another key"


def test_what_cannot_make_an_account_does_not_count(rest: Rest, address: str) -> None:
    for _ in range(3):
        refused(send(rest, f"{address}/rest/create", {**ZOE, "password": "short"}), 400)
    assert send(rest, f"{address}/rest/create", ZOE).status_code == 200


def test_it_is_off_until_somebody_chooses(rest: Rest) -> None:
    _, text = rest.keys.issue(TENANT, PERSON, "Lobby", 30, RULES)
    for path in ("config", "suggest", "select", "create"):
        assert "is off" in refused(send(rest, f"/k/{text}/rest/{path}", CARLOS), 403)


def test_switching_off_stops_it_here_at_once(rest: Rest, address: str) -> None:
    assert send(rest, f"{address}/rest/config").status_code == 200
    rest.compatibility.change(TENANT, PERSON, Choice(is_on=False, origins=(PAGE, "null")))
    assert "is off" in refused(send(rest, f"{address}/rest/config"), 403)


@pytest.mark.parametrize("origin", ["https://evil.example", "https://school.example:8443", "http://school.example"])
def test_pages_of_other_origins_are_refused_and_cannot_read_why(rest: Rest, address: str, origin: str) -> None:
    answer = send(rest, f"{address}/rest/suggest", CARLOS, origin=origin)
    assert origin in refused(answer, 403)
    assert "Access-Control-Allow-Origin" not in answer.headers


def test_what_is_no_page_needs_no_origin(rest: Rest, address: str) -> None:
    """The README's quick test is a link to suggest; and who has no browser can send any origin."""
    answer = send(rest, f"{address}/rest/suggest?firstname=john&lastname=smith", method="GET", origin="")
    assert len(answer.json) == 3


def test_keys_are_good_in_their_own_place_only(rest: Rest, address: str) -> None:
    assert "Revoke it" in refused(send(rest, f"/k/{rest.key}/rest/config"), 401)
    other = rest.call("GET", "config", key=address.removeprefix("/k/"))
    assert other.status_code == 401
    assert "compatibility access" in other.json["errorMessage"]
    swapped = address.replace("fdk_", "fd_").removeprefix("/k/")
    assert rest.call("GET", "config", key=swapped).status_code == 401
    refused(send(rest, f"/k/{rest.key.replace('fd_', 'fdk_')}/rest/config"), 401)


@pytest.mark.parametrize("text", ["x", "fdk_0123456789abcdef_" + "A" * 43, "fdk_..", "%00", "A" * 3000])
def test_unknown_keys_are_refused(rest: Rest, address: str, text: str) -> None:
    assert "key" in refused(send(rest, f"/k/{text}/rest/config"), 401)


def test_keys_end(rest: Rest, address: str) -> None:
    key = rest.keys.list(TENANT, in_address=True)[0]
    assert send(rest, f"{address}/rest/config").status_code == 200
    rest.desk.clock.advance(days=30)
    refused(send(rest, f"{address}/rest/config"), 401)
    rest.desk.clock.advance(days=-1)
    assert send(rest, f"{address}/rest/config").status_code == 200
    rest.keys.revoke(TENANT, PERSON, key.id)
    answer = send(rest, f"{address}/rest/config", origin=PAGE)
    refused(answer, 401)
    assert answer.headers["Access-Control-Allow-Origin"] == PAGE, "the page can say why"


def test_errors_of_every_sort_are_the_originals(rest: Rest, address: str) -> None:
    refused(send(rest, f"{address}/rest/suggest", []), 400)
    refused(send(rest, f"{address}/rest/nothing"), 404)
    refused(send(rest, f"{address}/config"), 404)
    refused(send(rest, f"{address}/rest/create", {**CARLOS, "note": "x" * 70_000}), 413)
    wrong = send(rest, f"{address}/rest/create", method="DELETE")
    assert refused(wrong, 405).startswith("/rest/create does not take DELETE")
    refused(send(rest, f"{address}/rest/create", {**ZOE, "username": "hanna.helpdesk"}), 409)
    rest.desk.break_google(503, method="GET", count=-1)
    failed = send(rest, f"{address}/rest/create", ZOE)
    refused(failed, 503)
    assert int(failed.headers["Retry-After"]) > 0
    rest.tenants.enabled.clear()
    rest.desk.clock.advance(seconds=11)
    refused(send(rest, f"{address}/rest/config"), 403)


def test_the_key_is_in_no_answer(rest: Rest, address: str) -> None:
    secret = address.rpartition("_")[2]
    for path, body in (("config", None), ("nothing", None), ("create", {}), ("../x", None)):
        for method in ("POST", "DELETE", "OPTIONS"):
            answer = send(rest, f"{address}/rest/{path}", body, method=method)
            assert secret not in answer.get_data(as_text=True) + str(answer.headers)
            assert answer.headers["Referrer-Policy"] == "no-referrer"


def test_address_keys_need_an_end_a_place_and_a_number(rest: Rest) -> None:
    for days, rules in (
        (0, RULES),
        (30, AddressRules("", 2)),
        (30, AddressRules("/", 0)),
        (30, AddressRules("/", 9999)),
    ):
        with pytest.raises(BadRequest, match="needs a unit, an end"):
            rest.keys.issue(TENANT, PERSON, "Lobby", days, rules)


def preflight(rest: Rest, path: str, origin: str) -> Any:
    headers = {
        "Origin": origin, "Access-Control-Request-Method": "POST",
        "Access-Control-Request-Headers": "authorization,content-type",
    }  # fmt: skip
    return rest.client.options(path, headers=headers)


def test_preflights_are_answered_for_listed_origins_whatever_the_key(rest: Rest, address: str) -> None:
    rest.keys.revoke(TENANT, PERSON, rest.keys.list(TENANT, in_address=True)[0].id)
    answer = preflight(rest, f"{address}/rest/create", PAGE)
    assert (answer.status_code, answer.data) == (204, b"")
    assert answer.headers["Access-Control-Allow-Origin"] == PAGE
    assert "POST" in answer.headers["Access-Control-Allow-Methods"]
    assert "Content-Type" in answer.headers["Access-Control-Allow-Headers"]
    assert answer.headers["Vary"] == "Origin"
    assert "Access-Control-Allow-Credentials" not in answer.headers
    for path, origin in ((address, "https://evil.example"), ("/k/unknown", PAGE)):
        answer = preflight(rest, f"{path}/rest/create", origin)
        assert answer.status_code == 204
        assert not [name for name, _ in answer.headers if name.startswith("Access-Control")]


def test_pages_with_a_key_in_the_header_are_heard_where_they_are_listed(rest: Rest, address: str) -> None:
    """A preflight says nothing of whose key will come, so the answer itself decides who may read it."""
    for origin in (PAGE, "https://evil.example"):
        asked = preflight(rest, "/rest/suggest", origin)
        assert asked.headers["Access-Control-Allow-Origin"] == origin
        assert "Authorization" in asked.headers["Access-Control-Allow-Headers"]
    headers = {"Authorization": f"Bearer {rest.key}"}
    listed = rest.client.post("/rest/suggest", json=CARLOS, headers={**headers, "Origin": PAGE})
    foreign = rest.client.post("/rest/suggest", json=CARLOS, headers={**headers, "Origin": "https://evil.example"})
    assert listed.headers["Access-Control-Allow-Origin"] == PAGE
    assert "Access-Control-Allow-Origin" not in foreign.headers
    assert listed.headers["Vary"] == foreign.headers["Vary"] == "Origin"
    bad = rest.client.post("/rest/suggest", data="{", headers={**headers, "Origin": PAGE})
    assert (bad.status_code, bad.headers["Access-Control-Allow-Origin"]) == (400, PAGE)
