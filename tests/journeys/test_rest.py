"""The REST interface over HTTP, with keys that an administrator makes on the page: bodies, statuses, bad input."""

import json

import pytest
import requests

from sandbox.google import marketplace
from sandbox.google.passwords import password_matches
from tests.journeys.rest import CARLOS, Rest, issue_key, order, refused
from tests.stack import HELPDESK, OPERATOR, SCHOOL, Stack, allow
from tests.stored import nothing_written, rows_of

WORKED_EXAMPLE = (
    "[firstname].[lastname], [C1_firstname].[lastname], [firstname][lastname]_[region], "
    "[firstname][lastname]_[group], [lastname]_nyc, [firstname][lastname][#]"
)


@pytest.fixture
def own_rest(stack: Stack) -> Rest:
    """A school of the test's own, and a key."""
    admin = stack.set_up(creators=HELPDESK)
    return Rest(stack, admin, issue_key(admin, stack.base_url))


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


@pytest.mark.parametrize("path", ["", "nothing", "suggest/more", "create/", "../rest/x", "%00", "x" * 3000])
def test_unknown_route_names_the_known_ones(rest: Rest, path: str) -> None:
    for method in ("GET", "POST"):
        assert "suggest" in refused(rest.call(method, path), 404)


def test_head_and_options_answer_without_a_body(rest: Rest) -> None:
    assert rest.call("HEAD", "config").text == ""
    assert "POST" in rest.call("OPTIONS", "config").headers["Allow"]


def test_create_of_a_name_that_another_key_holds_is_a_conflict(rest: Rest) -> None:
    other = issue_key(rest.admin, rest.stack.base_url, "Another program")
    held = rest.call("POST", "suggest", {"firstname": "Held", "lastname": "Name"}, key=other).json()[0]
    sent = order(username=held)

    with nothing_written(rest.stack):
        assert held in refused(rest.call("POST", "create", sent), 409)
    refused(rest.call("POST", "select", {"username": held, "suggestions": [held]}), 409)
    assert rest.call("POST", "create", sent, key=other).status_code == 200
