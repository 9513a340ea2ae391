"""The page of compatibility access: off and why, origins, and addresses with keys in them."""

import re

import pytest

from provisioning.api.compatibility import Choice
from provisioning.api.keys import AddressRules
from runtime.problems import NotSignedIn
from tests.provisioning.conftest import ADMIN, PERSON, TENANT, Desk
from tests.provisioning.pages import Pages

PATH = "/manage/compatibility"
KEY = {"name": "Lobby", "org_unit": "/Students", "creates_a_day": "5", "days": "7"}


@pytest.fixture
def pages(desk: Desk) -> Pages:
    return Pages(desk, ADMIN, is_admin=True)


def test_it_is_off_and_says_why(pages: Pages) -> None:
    page = pages.get(PATH)
    assert "Compatibility access is Off" in page.text
    assert "whoever sees the address has the key" in page.text
    assert pages.compatibility.of(TENANT) == Choice(is_on=False, origins=())


def test_it_is_switched_on_for_listed_origins_and_off_again(pages: Pages, desk: Desk) -> None:
    page = pages.post(PATH, is_on="yes", origins="null\nHTTPS://School.example/")
    assert "Compatibility access is On" in page.text
    assert pages.compatibility.of(TENANT) == Choice(is_on=True, origins=("null", "https://school.example"))
    pages.post(PATH, origins="null")
    assert pages.compatibility.of(TENANT) == Choice(is_on=False, origins=("null",))
    after, before = desk.audit()[:2]
    assert after.action == before.action == "compatibility.changed"
    assert (
        after.detail["before"] == before.detail["after"] == {"on": True, "origins": ["null", "https://school.example"]}
    )


def test_a_bad_origin_is_told_and_nothing_is_kept(pages: Pages) -> None:
    page = pages.post(PATH, is_on="yes", origins="null *")
    assert page.status == 400
    assert "* is not an origin" in page.text
    assert [area.text for area in page.document.all("textarea")] == ["null *"]
    assert pages.compatibility.of(TENANT) == Choice()
    assert pages.post(PATH, is_on="yes").status == 400, "half a form"


def test_an_address_is_shown_once_and_its_key_is_bound(pages: Pages, desk: Desk) -> None:
    page = pages.post(f"{PATH}/keys", **KEY)
    [text] = set(re.findall(r"http://localhost:8080/k/(fdk_[0-9a-f]{16}_[A-Za-z0-9_-]{43})\"", page.html))
    assert page.answer.headers["Cache-Control"] == "no-store"
    holder = pages.keys.authenticate_address(text)
    assert (holder.tenant, holder.name, holder.rules) == (TENANT, "Lobby", AddressRules("/Students", 5))
    listed = pages.get(PATH)
    assert "in /Students, at most 5 a day" in listed.text
    assert text not in listed.html
    assert "Lobby" not in pages.get("/manage/keys").text
    assert desk.audit()[0].detail == {"name": "Lobby", "days": 7, "org_unit": "/Students", "creates_a_day": 5}


def test_a_key_is_revoked_by_its_button(pages: Pages) -> None:
    info, text = pages.keys.issue(TENANT, PERSON, "Lobby", 7, AddressRules("/", 5))
    assert "Revoked" in pages.post(f"{PATH}/keys/{info.id}/revoke").text
    with pytest.raises(NotSignedIn):
        pages.keys.authenticate_address(text)


BAD = [
    {"name": ""}, {"name": "x" * 61}, {"org_unit": "/Nowhere"}, {"org_unit": ""}, {"creates_a_day": "0"},
    {"creates_a_day": "5001"}, {"creates_a_day": "²"}, {"creates_a_day": "-1"}, {"creates_a_day": "9" * 5000},
    {"days": "0"}, {"days": "365"}, {"days": ""},
]  # fmt: skip


def test_bad_keys_are_asked_again(pages: Pages) -> None:
    for changes in BAD:
        sent = KEY | changes
        page = pages.post(f"{PATH}/keys", **sent)
        assert page.status == 400, changes
        assert [field["value"] for field in page.document.all("input") if field["id"] == "f-name"] == [sent["name"]]
    assert pages.keys.list(TENANT, in_address=True) == []
