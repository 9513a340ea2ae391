"""Every form of the app with fields that are missing, too long, of the wrong kind or not among the choices."""

import pytest

from provisioning.bulk.pages.web import LARGE
from tests.journeys.place import FORMS, Place, browser_of, told
from tests.stored import nothing_written
from tests.web import Page


def test_oversized_bodies_are_refused_by_every_form(place: Place) -> None:
    with nothing_written(place.stack):
        for route in place.forms():
            if route.endpoint in LARGE:
                continue  # see test_bulk
            fitting = place.fits(route)
            fields = {**FORMS[route.endpoint], "csrf_token": fitting.csrf, "more": "x" * 1_100_000}
            told(fitting.send("POST", route.path, fields), 413)


def test_too_many_parts_and_broken_bodies_are_refused_by_every_form(place: Place) -> None:
    boundary = "----parts"
    part = f'--{boundary}\r\nContent-Disposition: form-data; name="f"\r\n\r\nx\r\n'
    kind = {"Content-Type": f"multipart/form-data; boundary={boundary}"}
    with nothing_written(place.stack):
        for route in place.forms():
            fitting = place.fits(route)
            told(fitting.send("POST", route.path, (part * 300 + f"--{boundary}--").encode(), **kind), 413)
            told(fitting.send("POST", route.path, b"\xff\xfe\x00 not a form", **kind), 403)
            json_type = {"Content-Type": "application/json"}
            told(fitting.send("POST", route.path, b'{"csrf_token": 7', **json_type), 403)


LONG = "x" * 100_000
BAD_FIELDS: dict[tuple[str, str], dict[str, list[str]]] = {
    ("/manage/names", "/manage/names"): {
        "patterns": ["[first-name]", "[##]", "[", "[C99999999999_firstname]", "a b@c", LONG, "[lastname]\0", "é"],
        "number_of_suggestions": ["", "0", "11", "-1", "1e1", "٣", "9" * 5000, "3.5", " "],
        "hold_seconds": ["", "0", "soon", "-5", "9" * 400, "\0"],
        "cached_usernames": ["", "maybe", LONG],
        "cache_expiration_hours": ["", "0", "721", "soon", "9" * 400],
        "shrink_limit": ["", "0", "101", "-1"],
        "language": ["klingon", LONG],
        "reserved_words": ["ä", "x" * 65, " ".join(f"w{number}" for number in range(501))],
        "forbidden_words": ["ä", "x" * 65],
    },
    ("/manage/names/rules", "/manage/names/rules"): {
        "default_org_unit": ["", "/Nowhere", "Staff", LONG, "/Staff\0"],
        "allowed_org_units": ["/Nowhere", "/Staff\n/Nowhere", LONG],
        "unit-0-target": ["/Nowhere", "Staff", "/[", "/]x", "/Staff/[a b]", "/Nowhere/[class]", LONG, "/Staff\0"],
        "unit-0-value": ["", "x" * 201, LONG],
        "unit-0-column": ["", "first.name", "1st", "名", "x" * 61, "\0", LONG],
        "unit-0-match": ["", "under", "perhaps", LONG],
        "group-0-target": ["nobody@northfield.example", "teachers", "a@b@c", "[x@y.example", "@", LONG, "\0@x"],
        "group-0-value": ["", "/Nowhere", LONG],
        "password_kind": ["", "runes", LONG],
        "password_length": ["", "7", "65", "twelve", "1" * 300],
        "password_words": ["", "3", "9", "four", "1" * 300],
        "license": ["1010020027", "a/b/c", "ä/b", LONG],
        "seats": ["-1", "many", "1" * 300],
        "letter": ["{name}", "{address} {password} {0}", LONG],
    },
    ("/marketplace/setup/", "/setup/choices/defaults"): {
        "patterns": ["[first-name]", LONG],
        "language": ["xx", LONG],
        "default_org_unit": ["", "/Nowhere"],
        "password_length": ["", "7", "65"],
        "creators": ["nobody@northfield.example", "hugo.admin@harbour.example", "not an address"],
    },
    ("/manage/creators", "/manage/creators"): {
        "creators": [
            "nobody@northfield.example", "hugo.admin@harbour.example", "sandbox.consumer@gmail.com", "hanna", "@",
            "\0@x",
            "x" * 3000 + "@northfield.example", " ".join(f"p{number}@northfield.example" for number in range(201)),
            "../../groups/teachers@northfield.example", "teachers@northfield.example",
        ],
    },
    ("/manage/keys", "/manage/keys"): {
        "name": ["", "   ", "x" * 61, LONG],
        "days": ["", "7", "-1", "1e9", "٣٠", LONG],
    },
    ("/bulk", "/bulk"): {
        "pasted": ["", "  \n ", 'a,"b\nc', "\0,\1", LONG, "a," * 200 + "\nx"],
        "domain": ["harbour.example", "evil.example", LONG],
        "org_unit": ["/Nowhere", "Staff", LONG],
        "change_password": ["perhaps", LONG],
    },
    ("/accounts/new", "/accounts/new"): {
        "firstname": ["", "x" * 61, "<b>", "Zoë\r\nBcc: x", "\0", LONG],
        "lastname": ["", "x" * 61, "<b>", "\x1b[0m", LONG],
        "username": ["", "zoë", "a b", "x" * 65, ".zoe", "zoe..quill", "abuse", "zoe@harbour.example", "\0", LONG],
        "password": ["", "short", "x" * 101, "pässword-long", " spaces at ends ", LONG],
        "org_unit": ["", "/Nowhere", LONG],
        "domain": ["harbour.example", "evil.example", LONG],
    },
}  # fmt: skip


@pytest.mark.parametrize("form", BAD_FIELDS, ids=lambda form: form[1])
def test_bad_fields_bring_the_form_back_with_what_is_wrong(place: Place, form: tuple[str, str]) -> None:
    shown, action = form
    web = browser_of(place.admin)
    complete = {**web.get(place.stack.base_url + shown).form(action).values, **GOOD.get(form, {})}
    path = web.get(place.stack.base_url + shown).form(action).action.removeprefix(place.stack.base_url)
    with nothing_written(place.stack):
        for name, values in BAD_FIELDS[form].items():
            for value in values:
                answer = place.admin.send("POST", path, {**complete, name: value})
                assert answer.status_code == 400, (name, value[:50], answer.status_code)
                said = Page(web, answer, [])
                assert [*said.notices, *said.document.all("p", where=lambda p: "field-error" in p["class"])], name


GOOD = {
    ("/manage/names/rules", "/manage/names/rules"): {
        "unit-0-match": "equals", "unit-0-column": "class", "unit-0-value": "5a", "unit-0-target": "/Students",
        "group-0-match": "under", "group-0-value": "/Students", "group-0-target": "[class]@northfield.example",
    },
    ("/accounts/new", "/accounts/new"): {
        "firstname": "Zoë", "lastname": "Quill", "username": "zoe.quill", "step": "create",
    },
    ("/manage/keys", "/manage/keys"): {"name": "Timetable"},
    ("/bulk", "/bulk"): {"pasted": "First name,Last name\nZoë,Quill\n"},
}  # fmt: skip


def test_missing_fields_change_nothing(place: Place) -> None:
    """Only the token is sent."""
    paths = {route.endpoint: route.path for route in place.forms()}
    needed = (
        "accounts.submit", "accounts.suggest", "accounts.check", "accounts.release", "settings.save_names",
        "settings.save_creators", "keys.issue", "bulk.upload", "operators.add_independent", "operators.disable",
    )  # fmt: skip
    with nothing_written(place.stack):
        for endpoint in needed:
            who = place.operator if endpoint.startswith("operators.") else place.admin
            answer = who.send("POST", paths[endpoint], {"csrf_token": who.csrf})
            assert answer.status_code == 400, (endpoint, answer.status_code)
        answer = place.admin.send("POST", "/marketplace/setup/choices/defaults", {"csrf_token": place.admin.csrf})
        assert answer.status_code == 400
        answer = place.admin.send("POST", "/marketplace/switch", {"csrf_token": place.admin.csrf})
        assert answer.status_code == 303
        assert answer.headers["Location"] == "/"


def test_domains_typed_by_operators_are_names_of_domains(place: Place) -> None:
    with nothing_written(place.stack):
        for typed in (
            "",
            "  ",
            "nonsense",
            "x" * 300,
            "evil\nexample.com",
            "//evil.example",
            "${DOMAIN_NAME}",
            "a..b",
            "<b>.c",
        ):
            fields = {"csrf_token": place.operator.csrf, "domain": typed}
            answer = place.operator.send("POST", "/operators/independent", fields)
            assert answer.status_code == 400, typed
            assert "is not a domain name" in answer.text
