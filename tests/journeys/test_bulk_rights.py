"""Whose job may do what: people who may create accounts, and are no administrators, with files that ask for more."""

from collections.abc import Iterator

import pytest

from sandbox.datastore.server import DatastoreServer
from tests.journeys.test_bulk import planned, upload
from tests.stack import ADMIN, HELPDESK, Stack, running_stack
from tests.web import Page, Web


@pytest.fixture(scope="module")
def desk(datastore_server: DatastoreServer) -> Iterator[Stack]:
    """The school, set up, with Hanna among the creators."""
    with pytest.MonkeyPatch.context() as environ, running_stack(datastore_server, environ) as running:
        running.set_up(creators=HELPDESK)
        yield running


@pytest.fixture(scope="module")
def ada(desk: Stack) -> Web:
    return desk.launch(ADMIN).web


@pytest.fixture(scope="module")
def hanna(desk: Stack) -> Web:
    return desk.launch(HELPDESK).web


def preview(desk: Stack, web: Web, content: str) -> Page:
    page = upload(desk, web, content.encode())
    desk.run_tasks()
    return web.get(f"{page.url}?show=all")


def narrow(desk: Stack, ada: Web, *units: str) -> None:
    """Creators may place accounts in these units from now on; everywhere where none is named."""
    page = ada.get(f"{desk.base_url}/manage/names/rules")
    page.form("/manage/names/rules").submit(allowed_org_units="\n".join(units))


def test_a_creator_names_no_group_and_no_license(desk: Stack, ada: Web, hanna: Web) -> None:
    content = "First name,Last name,Groups,License\nEve,Rights,teachers,Google-Apps/1010020020\nAnn,Rights,,\n"
    page = preview(desk, hanna, content)
    assert "1 account will be created" in page.text
    assert "Only administrators name groups" in page.text
    assert "Only administrators name a license" in page.text
    page = page.form("/rows/2").submit(groups="", license="")
    assert "2 accounts will be created" in page.text
    form = page.form("/rows/3")
    refused = hanna.post(form.action, {**form.values, "groups": "teachers"})
    assert "Only administrators name groups" in refused.text
    assert "2 accounts will be created" in preview(desk, ada, content).text


def test_what_a_creator_may_do_is_looked_at_again_when_the_job_is_confirmed(desk: Stack, ada: Web, hanna: Web) -> None:
    page = planned(desk, hanna, "Before Narrowing")
    narrow(desk, ada, "/Students")
    try:
        refused = page.press("Create 1 account")
        assert refused.status == 409
        assert "What you may do has changed" in refused.text
        assert page.form("/rows/2").submit(org_unit="/Staff").status == 409
        again = preview(
            desk, hanna, "First name,Last name,Organizational unit\nAnn,Narrow,/Staff\nBo,Narrow,/Students\n"
        )
        assert "You may not place accounts in /Staff." in again.text
        assert "1 account will be created" in again.text
        assert "Creating" in ada.get(page.url).press("Create 1 account").text, "an administrator may go on"
    finally:
        narrow(desk, ada)
