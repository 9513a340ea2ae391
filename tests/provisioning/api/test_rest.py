"""The REST interface: the original's bodies, better statuses, and rules of its own for holds under a key."""

from typing import Any

import pytest
from google.api_core.exceptions import RetryError, ServiceUnavailable

from provisioning.accounts.rules import OrgUnitRule
from provisioning.naming.holder import MAX_HELD
from sandbox.google.passwords import password_matches
from tests.provisioning.api.conftest import Rest
from tests.provisioning.conftest import DOMAIN, HELPDESK, PERSON, TENANT

CARLOS = {"firstname": "Carlos", "lastname": "Álvarez"}
ZOE = {"username": "zoe.quill", "firstname": "Zoë", "lastname": "Quill", "password": "correct horse"}


def error(answer: Any, status: int) -> str:
    assert answer.status_code == status, answer.get_data(as_text=True)
    assert list(answer.json) == ["errorMessage"]
    return str(answer.json["errorMessage"])


def test_suggest_answers_an_array_of_free_names(rest: Rest) -> None:
    answer = rest.call("POST", "suggest", CARLOS)
    assert answer.status_code == 200
    assert answer.json == ["carlosalvarez", "carlos.alvarez", "carlos_alvarez"]


def test_suggest_takes_a_query_too(rest: Rest) -> None:
    assert rest.call("GET", "suggest?firstname=Carlos&lastname=%C3%81lvarez").json[0] == "carlosalvarez"


def test_consecutive_calls_give_consecutive_names(rest: Rest) -> None:
    """The worked example: each call is a holder of its own."""
    patterns = (
        "[firstname].[lastname], [C1_firstname].[lastname], [firstname][lastname]_[region], "
        "[firstname][lastname]_[group], [lastname]_nyc, [firstname][lastname][#]"
    )
    rest.change(patterns=patterns, number_of_suggestions=1)
    fields = {**CARLOS, "region": "CA", "group": "5A"}
    names = [rest.call("POST", "suggest", fields).json[0] for _ in range(8)]
    assert names == [
        "carlos.alvarez", "c.alvarez", "carlosalvarez_ca", "carlosalvarez_5a", "alvarez_nyc",
        "carlosalvarez1", "carlosalvarez2", "carlosalvarez3",
    ]  # fmt: skip


def test_suggest_never_offers_what_google_has(rest: Rest) -> None:
    rest.change(patterns="[firstname].[lastname], [lastname][#]", number_of_suggestions=1)
    assert rest.call("POST", "suggest", {"firstname": "Hanna", "lastname": "Helpdesk"}).json == ["helpdesk1"]


def test_select_keeps_one_name_and_releases_the_others(rest: Rest) -> None:
    names = rest.call("POST", "suggest", CARLOS).json
    answer = rest.call("POST", "select", {"username": names[1], "suggestions": names})
    assert (answer.status_code, answer.json) == (200, {"message": "User selected successfully."})
    again = rest.call("POST", "suggest", CARLOS).json
    assert names[1] not in again
    assert {names[0], names[2]} < set(again)


def test_select_of_nothing_releases_the_whole_answer(rest: Rest) -> None:
    names = rest.call("POST", "suggest", CARLOS).json
    assert rest.call("POST", "select", {"username": "", "suggestions": names}).status_code == 200
    assert rest.call("POST", "suggest", CARLOS).json == names


def test_select_of_a_part_of_an_answer_is_refused(rest: Rest) -> None:
    names = rest.call("POST", "suggest", CARLOS).json
    assert "part" in error(rest.call("POST", "select", {"username": "", "suggestions": names[:2]}), 400)


def test_another_key_cannot_select_release_or_create_held_names(rest: Rest) -> None:
    _, other = rest.keys.issue(TENANT, PERSON, "Other program")
    names = rest.call("POST", "suggest", CARLOS).json
    error(rest.call("POST", "select", {"username": names[0], "suggestions": names}, key=other), 409)
    rest.call("POST", "select", {"username": "", "suggestions": names}, key=other)
    error(rest.call("POST", "create", {**ZOE, "username": names[0]}, key=other), 409)
    assert not set(rest.call("POST", "suggest", CARLOS, key=other).json) & set(names)
    assert rest.call("POST", "create", {**ZOE, "username": names[0]}).status_code == 200


def test_create_makes_the_account_as_the_domain_wants_it(rest: Rest) -> None:
    rest.change(default_org_unit="/Students", change_password=False)
    answer = rest.call("POST", "create", ZOE)
    assert (answer.status_code, answer.json) == (200, {"message": "User created successfully."})
    user = rest.desk.user(f"zoe.quill@{DOMAIN}")
    assert user is not None
    assert (user.given_name, user.family_name, user.org_unit_path) == ("Zoë", "Quill", "/Students")
    assert not user.change_password_at_next_login
    assert password_matches(user, "correct horse")


def test_create_goes_by_the_domains_rules(rest: Rest) -> None:
    rest.change(org_unit_rules=(OrgUnitRule("/Staff", "equals", "role", "x"), OrgUnitRule("/Students")))
    assert rest.call("POST", "create", ZOE).status_code == 200
    user = rest.desk.user(f"zoe.quill@{DOMAIN}")
    assert user is not None
    assert user.org_unit_path == "/Students"


def test_create_is_audited_under_the_key(rest: Rest) -> None:
    rest.call("POST", "create", ZOE)
    entry = rest.desk.audit()[0]
    assert (entry.action, entry.actor_kind, entry.actor_label) == ("account.created", "api-key", "Timetable")
    assert entry.request_id == "request-of-the-test"


def test_create_sent_again_is_answered_the_same(rest: Rest) -> None:
    first, again = (rest.call("POST", "create", ZOE) for _ in range(2))
    assert (again.status_code, again.json) == (first.status_code, first.json)
    assert len(rest.desk.users_of(f"zoe.quill@{DOMAIN}")) == 1


def test_create_of_another_person_under_the_same_name_is_a_conflict(rest: Rest) -> None:
    rest.call("POST", "create", ZOE)
    error(rest.call("POST", "create", {**ZOE, "firstname": "Zara"}), 409)


def test_create_is_success_although_googles_answer_was_lost(rest: Rest) -> None:
    rest.desk.break_google(503, when="after")
    assert rest.call("POST", "create", ZOE).status_code == 200


def test_create_that_cannot_be_decided_says_when_to_send_it_again(rest: Rest) -> None:
    rest.desk.break_google(503)
    answer = rest.call("POST", "create", ZOE)
    assert "the same again" in error(answer, 503)
    assert int(answer.headers["Retry-After"]) > 0
    assert rest.call("POST", "create", ZOE).status_code == 200


def test_create_of_a_taken_name_is_a_conflict(rest: Rest) -> None:
    username = HELPDESK.partition("@")[0]
    assert "another user" in error(rest.call("POST", "create", {**ZOE, "username": username}), 409)


def test_a_select_after_create_succeeds(rest: Rest) -> None:
    names = rest.call("POST", "suggest", CARLOS).json
    rest.call("POST", "create", {**ZOE, "username": names[0]})
    assert rest.call("POST", "select", {"username": names[0], "suggestions": names}).status_code == 200


def test_a_name_just_created_is_not_suggested_while_google_does_not_show_it(rest: Rest) -> None:
    rest.desk.set_knobs(get_lag=60.0)
    rest.call("POST", "create", {**ZOE, "username": "carlosalvarez"})
    assert "carlosalvarez" not in rest.call("POST", "suggest", CARLOS).json


@pytest.mark.parametrize("method", ["GET", "POST"])
def test_config_says_what_the_originals_pages_ask(rest: Rest, method: str) -> None:
    rest.change(number_of_suggestions=5, hold_seconds=60)
    assert rest.call(method, "config").json == {
        "domain": DOMAIN, "numberOfSuggestions": 5, "suggestedUsernamesTimeout": 60,
    }  # fmt: skip


def test_bodies_are_json_whatever_the_content_type_says(rest: Rest) -> None:
    body = b'{"firstname": "Carlos", "lastname": "Alvarez"}'
    for content_type in ("text/plain", "application/x-www-form-urlencoded", "multipart/form-data", ""):
        answer = rest.call("POST", "suggest", data=body, content_type=content_type)
        assert answer.status_code == 200, content_type


@pytest.mark.parametrize(
    ("path", "body", "words"),
    [
        ("suggest", b"", "not JSON"),
        ("suggest", b"firstname=Carlos", "not JSON"),
        ("suggest", b"[]", "not an object"),
        ("suggest", b'"x"', "not an object"),
        ("suggest", b"{}", "firstname"),
        ("suggest", b'{"firstname": "A"}', "lastname"),
        ("suggest", b'{"firstname": 5, "lastname": "B"}', "firstname is not text"),
        ("suggest", b'{"firstname": "A", "lastname": "B", "group": ["5A"]}', "group is not text"),
        ("suggest", b'{"firstname": "' + b"x" * 61 + b'", "lastname": "B"}', "60"),
        ("suggest", b"[" * 5000, "not JSON"),
        ("suggest", b"\xff\xfe{", "not JSON"),
        ("suggest", b'{"firstname": "\\ud83d\\ude00", "lastname": "\\u2603\\ufe0f"}', "letter"),
        ("select", b"{}", "username"),
        ("select", b'{"username": "a"}', "suggestions"),
        ("select", b'{"username": null, "suggestions": []}', "username"),
        ("select", b'{"username": "", "suggestions": [1]}', "suggestions"),
        ("create", b"{}", "username"),
        ("create", b'{"username": "a", "firstname": "A", "lastname": "B"}', "password"),
        ("create", b'{"username": "a", "firstname": "A", "lastname": "B", "password": "short"}', "8 to 100"),
        ("create", b'{"username": "a..b", "firstname": "A", "lastname": "B", "password": "12345678"}', "two dots"),
        (
            "create",
            b'{"username": "' + b"x" * 65 + b'", "firstname": "A", "lastname": "B", "password": "1234567"}',
            "64",
        ),
        ("create", b'{"username": "abuse", "firstname": "A", "lastname": "B", "password": "12345678"}', "reserved"),
    ],
)
def test_bad_bodies_are_400_and_say_what_to_do(rest: Rest, path: str, body: bytes, words: str) -> None:
    assert words in error(rest.call("POST", path, data=body), 400)
    assert all(entry.action == "api-key.issued" for entry in rest.desk.audit())


def test_a_body_of_64_kilobytes_is_too_large(rest: Rest) -> None:
    fields = {**CARLOS, "note": "x" * 66_000}
    assert "65,536" in error(rest.call("POST", "suggest", fields), 413)


def test_too_many_fields_are_refused(rest: Rest) -> None:
    assert "fields" in error(rest.call("POST", "suggest", {**CARLOS, **{f"f{i}": "x" for i in range(50)}}), 400)


@pytest.mark.parametrize(
    ("method", "path"),
    [("GET", "select"), ("GET", "create"), ("PUT", "suggest"), ("DELETE", "config"), ("PATCH", "create")],
)
def test_a_wrong_method_is_405_in_json(rest: Rest, method: str, path: str) -> None:
    assert "does not take" in error(rest.call(method, path), 405)


def test_an_unknown_address_is_404_in_json(rest: Rest) -> None:
    assert "suggest, select, create" in error(rest.call("GET", "users/list"), 404)


@pytest.mark.parametrize("path", ["suggest", "select", "create", "config"])
def test_without_a_key_it_is_401(rest: Rest, path: str) -> None:
    answer = rest.client.post(f"/rest/{path}", json=CARLOS)
    error(answer, 401)
    assert answer.headers["WWW-Authenticate"].startswith("Bearer")


def test_a_key_in_the_address_is_not_read(rest: Rest) -> None:
    error(rest.client.get(f"/rest/config?key={rest.key}&access_token={rest.key}"), 401)


def test_a_domain_that_is_turned_off_is_403(rest: Rest) -> None:
    rest.tenants.enabled.clear()
    error(rest.call("POST", "suggest", CARLOS), 403)


def test_google_not_answering_is_never_a_free_name(rest: Rest) -> None:
    rest.desk.break_google(503, method="GET", count=-1)
    assert "Try again" in error(rest.call("POST", "suggest", CARLOS), 503)


class Broken(dict[str, Any]):
    """A list of domains that fails when it is asked."""

    def __init__(self, failure: BaseException) -> None:
        self.failure = failure

    def __contains__(self, tenant: object) -> bool:
        raise self.failure


@pytest.mark.parametrize(
    ("failure", "status"),
    [
        (ServiceUnavailable("canary"), 503),
        (RetryError("canary", ServiceUnavailable("canary")), 503),
        (KeyError("canary"), 500),
    ],
)
def test_failures_of_our_own_are_json_too_and_tell_nothing_of_the_inside(
    rest: Rest, failure: BaseException, status: int
) -> None:
    rest.tenants.enabled = Broken(failure)
    for method, path in (("GET", "config"), ("POST", "suggest"), ("POST", "create")):
        answer = rest.call(method, path, CARLOS)
        assert "canary" not in error(answer, status)
        assert ("Retry-After" in answer.headers) is (status == 503)


def test_too_many_names_held_are_429_and_say_when_to_come_back(rest: Rest) -> None:
    for number in range(MAX_HELD):
        assert rest.call("POST", "select", {"username": f"name{number}", "suggestions": []}).status_code == 200
    answer = rest.call("POST", "select", {"username": "one.more", "suggestions": []})
    assert str(MAX_HELD) in error(answer, 429)
    assert int(answer.headers["Retry-After"]) > 0


def test_limits_of_create_are_googles(rest: Rest) -> None:
    for number, (field, value, status) in enumerate((
        ("firstname", "é" * 60, 200), ("firstname", "é" * 61, 400),
        ("lastname", "é" * 60, 200), ("lastname", "é" * 61, 400),
        ("username", "x" * 64, 200), ("username", "x" * 65, 400),
        ("password", "x" * 8, 200), ("password", "x" * 7, 400),
        ("password", "x" * 100, 200), ("password", "x" * 101, 400),
    )):  # fmt: skip
        sent = {**ZOE, "username": f"zoe{number}", field: value}
        assert rest.call("POST", "create", sent).status_code == status, (field, len(value))


def test_a_changed_policy_holds_here_at_once(rest: Rest) -> None:
    assert len(rest.call("POST", "suggest", CARLOS).json) == 3
    rest.change(number_of_suggestions=1)
    assert len(rest.call("POST", "suggest", CARLOS).json) == 1


def test_names_go_to_google_without_what_nobody_can_see(rest: Rest) -> None:
    names = {"firstname": "\u200bZo\u00adë\u202e", "lastname": " Quill\ufeff"}
    assert rest.call("POST", "create", {**ZOE, **names}).status_code == 200
    user = rest.desk.user(f"zoe.quill@{DOMAIN}")
    assert user is not None
    assert (user.given_name, user.family_name) == ("Zoë", "Quill")
