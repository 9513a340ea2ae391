"""The page of API keys."""

import re

import pytest

from runtime.problems import NotSignedIn
from tests.provisioning.conftest import ADMIN, Desk
from tests.provisioning.pages import Pages


@pytest.fixture
def pages(desk: Desk) -> Pages:
    return Pages(desk, ADMIN, is_admin=True)


def test_a_key_is_shown_once_and_works(pages: Pages) -> None:
    page = pages.post("/manage/keys", name="Timetable", days="30")
    [text] = set(re.findall(r"fd_[0-9a-f]{16}_[A-Za-z0-9_-]{43}", page.html))
    assert page.answer.headers["Cache-Control"] == "no-store"
    assert pages.keys.authenticate(f"Bearer {text}").name == "Timetable"
    listed = pages.get("/manage/keys")
    assert "Timetable" in listed.text
    assert text[-4:] in listed.text
    assert text not in listed.html


def test_a_key_is_revoked_by_its_button(pages: Pages, desk: Desk) -> None:
    info, text = pages.keys.issue(pages.principal.tenant, desk.asker().actor, "Timetable")
    assert "Revoked" in pages.post(f"/manage/keys/{info.id}/revoke").text
    with pytest.raises(NotSignedIn):
        pages.keys.authenticate(f"Bearer {text}")


def test_a_key_of_nobody_is_not_found(pages: Pages) -> None:
    assert pages.post("/manage/keys/0123456789abcdef/revoke").status == 404


@pytest.mark.parametrize(("name", "days"), [("", "30"), ("x" * 61, "30"), ("fine", ""), ("fine", "31"), ("fine", "x")])
def test_bad_keys_are_asked_again(pages: Pages, name: str, days: str) -> None:
    page = pages.post("/manage/keys", name=name, days=days)
    assert page.status == 400
    assert pages.keys.list(pages.principal.tenant) == []
    assert [field["value"] for field in page.document.all("input") if field["id"] == "f-name"] == [name]
