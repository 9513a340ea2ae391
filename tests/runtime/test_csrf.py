"""The token of our forms, and the browser's own word about where a request comes from."""

import pytest
from hypothesis import given
from hypothesis import strategies as st
from werkzeug.datastructures import Headers

from runtime.csrf import ForeignRequest, csrf_token, require_own_request

BASE = "https://frontdesk.example.com"
SESSION = "a-session"


def is_own(sent: str, session: str = SESSION, **headers: str) -> bool:
    """Whether the request passes."""
    named = Headers([(name.replace("_", "-"), value) for name, value in headers.items()])
    try:
        require_own_request(session, sent, named, BASE)
    except ForeignRequest:
        return False
    return True


@pytest.mark.parametrize(
    ("headers", "own"),
    [
        ({}, True),  # no browser says so little, but the token is known to our pages only
        ({"Origin": BASE}, True),
        ({"Origin": BASE, "Sec_Fetch_Site": "same-origin"}, True),
        ({"Sec_Fetch_Site": "none"}, True),  # typed, or from a bookmark
        ({"Origin": "null"}, False),
        ({"Origin": ""}, False),
        ({"Origin": "http://frontdesk.example.com"}, False),
        ({"Origin": BASE + ":443"}, False),
        ({"Origin": BASE + ".evil.example"}, False),
        ({"Origin": BASE + "/"}, False),
        ({"Origin": "https://evil.example", "Sec_Fetch_Site": "same-origin"}, False),
        ({"Origin": BASE, "Sec_Fetch_Site": "cross-site"}, False),
        ({"Origin": BASE, "Sec_Fetch_Site": "same-site"}, False),
        ({"Sec_Fetch_Site": "same-site"}, False),
        ({"Sec_Fetch_Site": "Same-Origin"}, False),
        ({"Sec_Fetch_Site": ""}, False),
    ],
)
def test_browser_has_to_agree(headers: dict[str, str], own: bool) -> None:
    assert is_own(csrf_token(SESSION), **headers) is own


@pytest.mark.parametrize(
    ("sent", "session"),
    [
        ("", SESSION),
        ("", ""),
        (csrf_token(""), ""),
        (csrf_token("another-session"), SESSION),
        (csrf_token(SESSION)[:-1], SESSION),
        (csrf_token(SESSION) + "=", SESSION),
        (csrf_token(SESSION), ""),
        (SESSION, SESSION),
        ("ümläut", SESSION),
    ],
)
def test_token_has_to_be_the_sessions(sent: str, session: str) -> None:
    assert not is_own(sent, session, Origin=BASE)


@given(st.text(min_size=1), st.text(min_size=1))
def test_token_belongs_to_one_session(one: str, other: str) -> None:
    assert len(csrf_token(one)) == 43
    assert is_own(csrf_token(one), one)
    assert is_own(csrf_token(one), other) is (one == other)
    assert one not in csrf_token(one) or len(one) < 4  # nothing of the cookie shows
