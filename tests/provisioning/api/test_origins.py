"""Origins as people type them and browsers send them."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from provisioning.api.origins import OriginRefused, answer_headers, parse_origin, parse_origins, preflight_headers

LISTED = ("https://school.example", "null")


@pytest.mark.parametrize(
    ("typed", "origin"),
    [
        ("https://school.example", "https://school.example"),
        ("https://School.Example/", "https://school.example"),
        ("HTTPS://school.example:443", "https://school.example"),
        ("https://school.example:8443/", "https://school.example:8443"),
        ("http://localhost:8080", "http://localhost:8080"),
        ("http://127.0.0.1:80", "http://127.0.0.1"),
        ("http://[::1]:3000", "http://[::1]:3000"),
        ("https://[2001:DB8::1]:8443", "https://[2001:db8::1]:8443"),
        ("null", "null"),
        ("NULL", "null"),
    ],
)
def test_origins_are_written_as_browsers_write_them(typed: str, origin: str) -> None:
    assert parse_origin(typed) == origin


@pytest.mark.parametrize(
    ("typed", "says"),
    [
        ("*", "not an origin"),
        ("https://*.school.example", "not an origin"),
        ("school.example", "not an origin"),
        ("//school.example", "not an origin"),
        ("ftp://school.example", "not an origin"),
        ("file:///home/page.html", "not an origin"),
        ("https://", "not an origin"),
        ("https://ada@school.example", "not an origin"),
        ("https://school..example", "not an origin"),
        ("https://schöol.example", "not an origin"),
        ("https://school.example:port", "not an origin"),
        ("https://school.example:99999", "not an origin"),
        ("https://[school", "not an origin"),
        ("https://school.example/pages", "more than an origin"),
        ("https://school.example?x=1", "more than an origin"),
        ("https://school.example#x", "more than an origin"),
        ("http://school.example", "not encrypted"),
        ("http://localhost.school.example", "not encrypted"),
    ],
)
def test_what_is_no_origin_is_refused_in_words(typed: str, says: str) -> None:
    with pytest.raises(OriginRefused, match=says):
        parse_origin(typed)


def test_a_list_is_read_once_each_in_order() -> None:
    typed = " null, https://b.example\nhttps://a.example https://B.example/ "
    assert parse_origins(typed) == ("null", "https://b.example", "https://a.example")
    assert parse_origins(" ") == ()
    with pytest.raises(OriginRefused, match="At most 20"):
        parse_origins(" ".join(f"https://a{number}.example" for number in range(21)))


@given(st.text(max_size=40) | st.from_regex(r"https?://[a-zA-Z0-9.:@\[\]-]{0,30}[/?#]?", fullmatch=True))
def test_whatever_is_typed_becomes_an_origin_or_is_refused_and_stays_the_same_when_typed_again(typed: str) -> None:
    try:
        origin = parse_origin(typed)
    except OriginRefused:
        return
    assert parse_origin(origin) == origin
    assert origin == "null" or origin.startswith(("https://", "http://localhost", "http://127.0.0.1", "http://[::1]"))
    assert origin.isascii()
    assert not set(origin) & set("\r\n \t@?#,")


def test_only_listed_origins_may_read_and_none_sends_cookies() -> None:
    for make in (answer_headers, preflight_headers):
        for origin in LISTED:
            assert make(origin, LISTED)["Access-Control-Allow-Origin"] == origin
        for origin in ("", "https://evil.example", "https://school.example.evil.example", "HTTPS://school.example"):
            assert make(origin, LISTED) == {"Vary": "Origin"}
        assert "Access-Control-Allow-Credentials" not in make("null", LISTED)
    allowed = preflight_headers("null", LISTED)
    assert allowed["Access-Control-Allow-Methods"] == "GET, POST"
    assert allowed["Access-Control-Allow-Headers"] == "Authorization, Content-Type"
