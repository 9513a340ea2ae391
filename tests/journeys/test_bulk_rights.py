"""Whose job may do what: people who may create accounts, and are no administrators, with files that ask for more."""

import http.client
from collections.abc import Iterator, Mapping
from urllib.parse import urlsplit

import pytest
from requests import Response

from provisioning.bulk.admission import MOST_OPEN_OF_CREATOR
from sandbox.datastore.server import DatastoreServer
from tests.journeys.place import person
from tests.journeys.test_bulk import BULK, again, made, planned, table, upload
from tests.journeys.test_directory_refresh import DELEGATE
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
    assert "Only super administrators name groups" in page.text
    assert "Only super administrators name a license" in page.text
    page = page.form("/rows/2").submit(groups="", license="")
    assert "2 accounts will be created" in page.text
    form = page.form("/rows/3")
    refused = hanna.post(form.action, {**form.values, "groups": "teachers"})
    assert "Only super administrators name groups" in refused.text
    assert "2 accounts will be created" in preview(desk, ada, content).text


def test_a_delegated_administrator_names_no_group_and_no_rule_that_leads_into_another(desk: Stack, ada: Web) -> None:
    """Google does not tell us what they may do; a group can give more rights than they have."""
    dario = desk.launch(DELEGATE).web
    content = "First name,Last name,Groups,Organizational unit\nDel,Egated,teachers,/Staff\nPla,Ced,,/Staff\n"
    page = preview(desk, dario, content)
    assert "1 account will be created" in page.text, "placed anywhere, as an administrator"
    assert "Only super administrators name groups" in page.text
    adas = preview(desk, ada, content)
    assert "2 accounts will be created" in adas.text
    form = dario.get(adas.url).form("/rows/3")
    refused = dario.post(form.action, {**form.values, "groups": "teachers"})
    assert refused.status == 409
    assert "planned for somebody who may do more than you" in refused.text
    rules = {"group-0-match": "always", "group-0-target": "teachers@northfield.example"}
    form = dario.get(f"{desk.base_url}/manage/names/rules").form("rules-form")
    saved = dario.post(form.action, {**form.values, **rules})
    assert saved.status == 400
    assert "only a super administrator leads accounts into another group, teachers@northfield.example" in saved.text
    page = dario.get(f"{desk.base_url}/manage/invitations/new")
    assert "others are named by super administrators" in page.text
    form = page.form("/manage/invitations/new")
    made = form.submit(label="Pupils", groups="teachers@northfield.example", org_unit="/Students")
    assert "Only a super administrator leads accounts into teachers@northfield.example" in made.text
    assert form.submit(label="Pupils", org_unit="/Students").heading == "Invitation made"


def test_the_template_has_the_columns_that_a_person_may_fill_in(desk: Stack, ada: Web, hanna: Web) -> None:
    columns = {}
    for name, web in (("ada", ada), ("hanna", hanna)):
        answer = web.session.get(f"{desk.base_url}/bulk/template.csv", timeout=10)
        [columns[name]] = table(answer)
    assert columns["ada"] == [
        "First name", "Last name", "Employee or student ID", "Organizational unit", "Groups", "Recovery email",
    ]  # fmt: skip
    assert columns["hanna"] == [name for name in columns["ada"] if name != "Groups"]
    assert "only super administrators name them" in hanna.get(f"{desk.base_url}/bulk").text


def test_who_uploads_a_list_that_somebody_else_starts_takes_no_passwords(desk: Stack, ada: Web, hanna: Web) -> None:
    page = planned(desk, hanna, "Started Elsewhere")
    ada.get(page.url).press("Create 1 account")
    desk.run_tasks()
    done = hanna.get(page.url)
    assert "1 account was created" in done.text
    assert "First passwords" not in done.text
    assert "First passwords" in ada.get(page.url).text
    again(desk, hanna, made(desk, hanna, "Of Mine"), HELPDESK)
    fresh = person(desk, hanna.get(page.url))
    for path in ("passwords.csv", "letters"):
        refused = fresh.send("POST", f"{page.path}/{path}", {"csrf_token": fresh.csrf})
        assert (refused.status_code, "for whoever started this list" in refused.text) == (403, True)


def test_what_a_creator_may_do_is_looked_at_again_when_the_job_is_confirmed(desk: Stack, ada: Web, hanna: Web) -> None:
    page = planned(desk, hanna, "Before Narrowing")
    narrow(desk, ada, "/Students")
    try:
        refused = page.press("Create 1 account")
        assert refused.status == 409
        assert "planned for somebody who may do more than you" in refused.text
        assert page.form("/rows/2").submit(org_unit="/Staff").status == 409
        again = preview(
            desk, hanna, "First name,Last name,Organizational unit\nAnn,Narrow,/Staff\nBo,Narrow,/Students\n"
        )
        assert "You may not place accounts in /Staff." in again.text
        assert "1 account will be created" in again.text
        assert "Creating" in ada.get(page.url).press("Create 1 account").text, "an administrator may go on"
    finally:
        narrow(desk, ada)


# Large requests


def begin_upload(desk: Stack, cookie: str, length: int) -> int:
    """Only the head of a request; the status."""
    parts = urlsplit(desk.base_url)
    connection = http.client.HTTPConnection(str(parts.hostname), parts.port, timeout=10)
    connection.putrequest("POST", "/bulk")
    for name, value in {
        "Cookie": f"frontdesk={cookie}", "Content-Type": "application/x-www-form-urlencoded",
        "Content-Length": str(length), "Accept": "text/html", "Origin": desk.base_url,
    }.items():  # fmt: skip
        connection.putheader(name, value)
    connection.endheaders()
    answer = connection.getresponse()
    connection.close()
    return answer.status


def test_nobody_who_is_not_signed_in_has_a_file_read(desk: Stack) -> None:
    assert begin_upload(desk, "", 30_000_000) == 401
    assert begin_upload(desk, "forged", 30_000_000) == 401


def test_pasted_text_is_bounded_below_files(desk: Stack, ada: Web) -> None:
    cookie = str(ada.session.cookies["frontdesk"])
    token = ada.get(f"{desk.base_url}/bulk").form("upload").values["csrf_token"]
    pasted = "First name,Last name\n" + "Ann,Lee\n" * 150_000
    fields = {"csrf_token": token, "pasted": pasted}
    answer = ada.session.post(
        f"{desk.base_url}/bulk", files={name: (None, text) for name, text in fields.items()}, timeout=10,
        headers={"Origin": desk.base_url},
    )  # fmt: skip
    assert (answer.status_code, "at most 1,000,000 bytes; a file may be larger" in answer.text) == (413, True)
    assert begin_upload(desk, cookie, 1_100_000) == 413


def test_mended_row_is_no_longer_than_one_of_a_file(desk: Stack, ada: Web) -> None:
    page = planned(desk, ada, "Long Story")
    refused = page.form("/rows/2").submit(org_unit="x" * 10_001)
    assert refused.status == 400
    assert "A row has at most 10,000 characters." in refused.text
    assert "1 account will be created" in refused.text


# More lists than anybody needs


def test_a_creator_has_to_finish_lists_before_there_can_be_more(desk: Stack, hanna: Web) -> None:
    form = hanna.get(desk.base_url + BULK).form("upload")
    headers = {"Origin": desk.base_url, "Sec-Fetch-Site": "same-origin"}
    pasted, token = {**form.values, "pasted": "Alpha,Beta\nx,y\n"}, {"csrf_token": form.values["csrf_token"]}

    def send(url: str, data: Mapping[str, str]) -> Response:
        return hanna.session.post(url, data=data, headers=headers, allow_redirects=False, timeout=20)

    begun: list[str] = []
    while (answer := send(form.action, pasted)).status_code == 303 and len(begun) < MOST_OPEN_OF_CREATOR:
        begun.append(answer.headers["Location"])
    assert answer.status_code == 409
    assert "20 of your lists are not finished. Stop or throw away those" in answer.text
    for url in begun:
        assert send(f"{desk.base_url}{urlsplit(url).path}/cancel", token).status_code == 303
    assert send(form.action, pasted).status_code == 303


# The same list twice


def test_people_whom_another_job_has_made_since_the_last_reading_are_known(desk: Stack, ada: Web) -> None:
    content = "First name,Last name,Employee ID\nTwice,Made,T-1\nTwin,Made,\n"
    first = preview(desk, ada, content).press("Create 2 accounts")
    running = upload(desk, ada, content.encode())  # its planning and the run come in any order
    desk.run_tasks()
    assert "2 accounts were created" in ada.get(first.url).text
    for page in (ada.get(running.url), preview(desk, ada, content)):
        assert "1 account will be created" in page.text
        shown = ada.get(f"{page.url.partition('?')[0]}?show=all").text.replace(" ", "")
        assert "Thispersonhastheaccounttwicemade@northfield.example" in shown
        assert "twinmade@northfield.exampleinthesameorganizationalunithasthesamename" in shown


def test_a_files_name_turns_no_text_around(desk: Stack, ada: Web) -> None:
    page = upload(desk, ada, b"First name,Last name\nAnn,Named\n", "fee\u202evsc.exe\u202c<b>.csv")
    assert "feevsc.exe<b>.csv" in page.text
    assert "\u202e" not in page.html
    assert "<b>" not in page.html
