"""Links and cookies: ours, or nothing."""

import secrets

import pytest
from hypothesis import given
from hypothesis import strategies as st

from provisioning.invitations.links import Links, Named, visit_id
from runtime.sealing import Sealer

LINKS = Links(Sealer([b"k" * 32]), "https://frontdesk.example.com")
LINK = LINKS.link("C01nf4k7q", "0123456789abcdef")
SECRET = secrets.token_urlsafe(32)
COOKIE = LINKS.cookie("C01nf4k7q", SECRET)
NAMED = Named("C01nf4k7q", "0123456789abcdef")


def test_the_token_stands_behind_the_hash_only() -> None:
    address, _, fragment = LINK.partition("#")
    assert address == "https://frontdesk.example.com/join"
    assert fragment.startswith("fdi_C01nf4k7q_0123456789abcdef_")


@pytest.mark.parametrize("around", ["{}", "  {}\n", "Your link: {} .", "<{}>"])
def test_a_link_is_found_in_what_is_pasted(around: str) -> None:
    assert LINKS.read_link(around.format(LINK)) == NAMED
    assert LINKS.read_link(around.format(LINK.partition("#")[2])) == NAMED


@given(st.integers(0, len(LINK) - 1), st.characters(codec="ascii"))
def test_a_link_with_another_character_is_none(at: int, character: str) -> None:
    token = LINK.partition("#")[2]
    at %= len(token)
    changed = token[:at] + character + token[at + 1 :]
    assert (LINKS.read_link(changed) is None) == (changed != token)
    assert LINKS.read_link(token[:at]) is None


@given(st.integers(0, len(COOKIE) - 1), st.characters(codec="ascii"))
def test_a_cookie_with_another_character_is_none(at: int, character: str) -> None:
    changed = COOKIE[:at] + character + COOKIE[at + 1 :]
    expected = Named("C01nf4k7q", visit_id(SECRET)) if changed == COOKIE else None
    assert LINKS.read_cookie(changed) == expected


def test_one_is_not_good_in_the_others_place_nor_with_another_key() -> None:
    other = Links(Sealer([b"x" * 32]), "https://frontdesk.example.com")
    assert LINKS.read_cookie(LINK) is None
    assert LINKS.read_link(COOKIE) is None
    assert other.read_link(LINK) is None
    assert other.read_cookie(COOKIE) is None


def test_what_an_older_key_signed_is_good_while_the_key_is_there() -> None:
    newer = Links(Sealer([b"x" * 32, b"k" * 32]), "https://frontdesk.example.com")
    assert newer.read_link(LINK) == NAMED


def test_the_database_does_not_hold_what_the_cookie_does() -> None:
    assert visit_id(SECRET) not in COOKIE
    assert SECRET not in visit_id(SECRET)
