"""Many accounts at once, as people meet it, without scripts: from the upload to results, passwords and undoing."""

import csv
import http.client
import io
import json
import re
from collections.abc import Iterator
from urllib.parse import urlsplit

import pytest
import requests
from google.cloud import datastore

from sandbox.datastore.server import DatastoreServer
from sandbox.google import people
from sandbox.google.world import Fault
from tests.journeys.place import Person, person
from tests.stack import ADMIN, HELPDESK, SCHOOL, Stack, running_stack
from tests.stored import stored
from tests.web import Page, Web

BULK = "/bulk"
MEMBER = "nora.head@northfield.example"


@pytest.fixture(scope="module")
def desk(datastore_server: DatastoreServer) -> Iterator[Stack]:
    """The school, set up, with Hanna among the creators. Shared: each test uploads people of its own."""
    with pytest.MonkeyPatch.context() as environ, running_stack(datastore_server, environ) as running:
        running.set_up(creators=HELPDESK)
        yield running


@pytest.fixture(scope="module")
def ada(desk: Stack) -> Web:
    return desk.launch(ADMIN).web


def upload(desk: Stack, web: Web, content: bytes, name: str = "class.csv", **fields: str) -> Page:
    """A file, as browsers send it; the page that it leads to."""
    page = web.get(desk.base_url + BULK)
    token = page.form("upload").values["csrf_token"]
    answer = web.session.post(
        desk.base_url + BULK, data={"csrf_token": token, **fields}, files={"file": (name, content, "text/csv")},
        headers={"Origin": desk.base_url, "Sec-Fetch-Site": "same-origin"}, allow_redirects=False, timeout=20,
    )  # fmt: skip
    return web.get(answer.headers["Location"]) if answer.status_code == 303 else Page(web, answer, [])


def planned(desk: Stack, web: Web, *names: str) -> Page:
    """The preview of a list of people, "Maya Okonkwo"."""
    rows = "".join(f"{name.replace(' ', ',')}\n" for name in names)
    page = upload(desk, web, f"First name,Last name\n{rows}".encode())
    desk.run_tasks()
    return web.get(page.url)


def made(desk: Stack, web: Web, *names: str) -> Page:
    """The page of a job that is done."""
    page = planned(desk, web, *names).press(f"Create {len(names)} account")
    desk.run_tasks()
    return web.get(page.url)


def table(answer: requests.Response) -> list[list[str]]:
    return list(csv.reader(io.StringIO(answer.content.decode("utf-8-sig"))))


def again(desk: Stack, web: Web, page: Page, email: str = ADMIN) -> Page:
    """Show that it is still the same person; the page of the job, again."""
    chooser = page.click("Sign in again")
    assert chooser.heading == "Choose an account"
    return chooser.form(f"account-{desk.user(email).id}").submit()


def send(desk: Stack, page: Page, path: str) -> requests.Response:
    """The form of a page that answers with a file or a page of its own."""
    form = page.form(path)
    return page.web.session.post(
        form.action, data=form.values, headers={"Origin": desk.base_url, "Referer": page.url}, timeout=20,
        allow_redirects=False,
    )  # fmt: skip


def audit_of(desk: Stack, job: str) -> list[str]:
    """What was done with a job, in order."""
    entries = [row for name, row in stored(desk).items() if "AuditEntry" in name and row["target"] == job]
    return [str(entry["action"]) for entry in sorted(entries, key=lambda entry: str(entry["at"]))]


# In


def test_file_of_unknown_columns_is_asked_about_once(desk: Stack, ada: Web) -> None:
    content = "Vorname;Rufname;Familie\nMaya;Majka;Lund\n".encode("cp1252")
    page = upload(desk, ada, content, "7a.csv")
    assert "What do the columns hold?" in page.text
    assert "Maya" in page.text
    assert "2 columns are not recognised: Rufname, Familie" in page.text
    assert "First name is already in Vorname (column A)." in page.text
    page = page.form("Go on to the preview").submit("Go on to the preview", **{"column-2": "last_name"})
    desk.run_tasks()
    page = ada.get(page.url)
    assert "1 account will be created" in page.text
    assert "majalund@" not in page.text
    assert "mayalund" in page.text
    assert "1 column is not used: Rufname ·" in page.text
    assert "not recognised" not in page.click("Choose what it holds").text, "somebody left it out"

    second = upload(desk, ada, b"Vorname;Rufname;Familie\nNils;;Lund\n", "7b.csv")
    desk.run_tasks()
    assert "What will happen" in ada.get(second.url).text, "it is remembered"


def test_two_columns_cannot_hold_the_same_and_a_password_is_not_shown(desk: Stack, ada: Web) -> None:
    page = upload(desk, ada, b"Given,Family,Kennwort\nMaya,Berg,Secret-Word-1\n")
    refused = page.form("Go on to the preview").submit(
        "Go on to the preview", **{"column-0": "first_name", "column-1": "first_name"}
    )

    assert refused.status == 200
    assert "First name is already in Given (column A)." in refused.text
    assert "Secret-Word-1" not in page.html + refused.html


def test_letters_can_be_read_another_way(desk: Stack, ada: Web) -> None:
    page = upload(desk, ada, "First name,Last name\nZoë,Müller\n".encode("cp1252"))
    assert "does not say how its letters are written" in page.text
    assert "Müller" in page.text
    wrong = page.form("Read it like this").submit("Read it like this", encoding="UTF-8")
    assert "makes no sense" in wrong.text
    assert "Go on to the preview" not in wrong.text


def test_every_row_is_shown_with_what_is_wrong_and_mended_in_place(desk: Stack, ada: Web) -> None:
    rows = "Ida,Moe\n,Alone\nHanna,Helpdesk\nIda,Moe\n"
    page = upload(desk, ada, f"First name,Last name\n{rows}".encode())
    desk.run_tasks()
    page = ada.get(page.url)
    assert "3 accounts will be created" in page.text
    assert [row[0] for row in page.rows[1:]] == ["3"], "problems come first"
    assert "First name (column A): A first name is needed." in page.text
    refused = page.form("/rows/3").submit(first_name="<b>")
    assert "there is still something wrong First name (column A): " in refused.text
    page = refused.form("/rows/3").submit(first_name="Solo")
    assert "Line 3 was corrected: Solo Alone gets soloalone@northfield.example." in page.text
    assert "4 accounts will be created" in page.text
    shown = page.click("All 4")
    assert "soloalone@northfield.example" in shown.text.replace(" ", "")
    assert "hannahelpdesk@" in shown.text.replace(" ", ""), "hanna.helpdesk is taken"


def test_addresses_and_passwords_of_the_file_are_mended_in_place_too(desk: Stack, ada: Web) -> None:
    header = "First name,Last name,Email,Password,Password hash function"
    rows = "Emmy,Mended,emmy@elsewhere.example,short,\nHash,Mended,,abcdef0123456789,SHA-1\n"
    page = upload(desk, ada, f"{header}\n{rows}".encode())
    desk.run_tasks()
    page = ada.get(page.url)
    page = page.form("/rows/2").submit(email="emmy.m@northfield.example")
    assert "1 account will be created" in page.text, "the password that stood there is not sent back, and one is made"
    page = page.form("/rows/3").submit(password_hash="")
    assert "2 accounts will be created" in page.text
    shown = page.click("All 2").text.replace(" ", "")
    assert "emmy.m@northfield.example" in shown
    emptied = ada.get(f"{page.url.partition('?')[0]}?show=all").form("/rows/2").submit(email="")
    assert "emmymended@northfield.example" in emptied.text.replace(" ", "")


def test_rows_come_by_the_page(desk: Stack, ada: Web) -> None:
    names = [f"Pupil{number:03} Page" for number in range(60)]
    page = planned(desk, ada, *names)
    assert "Rows 1 to 25 of 60" in page.text
    second = page.click("More rows")
    assert [row[0] for row in second.rows[1:]][:2] == ["27", "28"]
    last = second.click("More rows")
    assert "Rows 51 to 60 of 60" in last.text
    assert next(row[0] for row in last.click("Rows before").rows[1:]) == "27"


def test_more_than_a_hundred_are_created_only_by_their_number(desk: Stack, ada: Web) -> None:
    page = planned(desk, ada, *(f"Pupil{number:03} Many" for number in range(101)))
    for typed, words in (("", "No number"), ("100", "101 accounts would be created"), ("many", "is no number")):
        refused = page.form("confirm").submit(number=typed)
        assert refused.status == 400
        assert words in refused.text
    assert "Throw this list away" in refused.text
    gone = page.press("Throw this list away")
    assert "This list was thrown away" in gone.text


def test_preview_that_changed_is_not_confirmed(desk: Stack, ada: Web) -> None:
    page = planned(desk, ada, "Old Preview", "Other Preview")
    page.form("/rows/2").submit(first_name="New")
    late = page.form("confirm").submit()

    assert late.status == 409
    assert "has changed meanwhile" in late.text
    assert "2 accounts will be created" in late.text


def test_file_may_be_larger_than_other_requests_and_too_large_is_a_page(desk: Stack, ada: Web) -> None:
    page = upload(desk, ada, b"First name,Last name,Note\nMaya,Large,x\n" + b"," * 1_200_000)
    assert "What do the columns hold?" in page.text
    parts = urlsplit(desk.base_url)
    connection = http.client.HTTPConnection(str(parts.hostname), parts.port, timeout=10)
    connection.putrequest("POST", BULK)
    connection.putheader("Cookie", f"frontdesk={ada.session.cookies['frontdesk']}")
    connection.putheader("Content-Type", "multipart/form-data; boundary=x")
    connection.putheader("Content-Length", "40000000")
    connection.endheaders()
    answer = connection.getresponse()
    assert (answer.status, b"31,557,280 bytes" in answer.read()) == (413, True)
    connection.close()


# The run, and files out


def test_list_becomes_accounts_and_what_failed_can_be_uploaded_again(desk: Stack, ada: Web) -> None:
    content = b"First name,Last name,Note\nEdda,Vik,=1+1\n,Nobody,x\n"
    page = upload(desk, ada, content, "School of July.csv", org_unit="/Students")
    page = (
        page.form("Go on to the preview").submit("Go on to the preview") if "What do the columns" in page.text else page
    )
    desk.run_tasks()
    page = ada.get(page.url).press("Create 1 account")
    assert "0 of 1" in page.text
    desk.run_tasks()
    page = page.click("Look again")
    assert "1 account was created" in page.text
    assert desk.user("eddavik@northfield.example").org_unit_path == "/Students"

    audit = ada.get(f"{desk.base_url}/manage/audit")
    assert ["Bulk confirmed" in row[2] for row in audit.rows if row[3:4] == ["School of July.csv"]].count(True) == 1
    results = ada.session.get(page.link("Results").url, timeout=10)
    assert 'filename="results-School of July.csv"' in results.headers["Content-Disposition"]
    header, first, second = table(results)
    assert header[:3] == ["First name", "Last name", "Note"]
    assert first[2] == "'=1+1"
    assert "eddavik@northfield.example" in first
    assert "Left out" in second
    failed = ada.session.get(page.link("failed.csv").url, timeout=10)
    assert [row[1] for row in table(failed)] == ["Last name", "Nobody"]

    mended = failed.content.replace(b"\n,Nobody", b"\nPeer,Nobody")
    second_page = upload(desk, ada, mended)
    desk.run_tasks()
    assert "1 account will be created" in ada.get(second_page.url).text, "it is known by its columns"


def test_progress_is_not_sent_again_while_nothing_changes(desk: Stack, ada: Web) -> None:
    page = planned(desk, ada, "Quiet Progress").press("Create 1 account")
    state = page.url + "/state"
    first = ada.session.get(state, timeout=10)
    assert first.status_code == 200
    assert 'data-state="running"' in first.text
    same = ada.session.get(state, headers={"If-None-Match": first.headers["ETag"]}, timeout=10)
    assert (same.status_code, same.content) == (304, b"")
    desk.run_tasks()
    other = ada.session.get(state, headers={"If-None-Match": first.headers["ETag"]}, timeout=10)
    assert other.status_code == 200
    assert 'data-state="done"' in other.text


def test_paused_job_begins_nothing_and_goes_on_where_it_was(desk: Stack, ada: Web) -> None:
    page = planned(desk, ada, "Pausing One", "Pausing Two").press("Create 2 accounts").press("Pause")
    assert "Nothing new is begun" in page.text
    desk.run_tasks()
    page = page.click("Look again")
    assert "0 of 2" in page.text
    assert "pausingtwo@" in page.text, "the rows are there to be looked at"
    page = page.press("Resume")
    desk.run_tasks()
    assert "2 accounts were created" in ada.get(page.url).text
    late = page.press("Pause")
    assert late.status == 409
    assert "The job has gone on meanwhile" in late.text
    assert "2 accounts were created" in late.text, "who is too late is shown the job as it is"


def test_stopped_job_is_over(desk: Stack, ada: Web) -> None:
    page = planned(desk, ada, "Never Made").press("Create 1 account")
    page = page.form("/cancel").submit("Stop for good")
    desk.run_tasks()
    page = ada.get(page.url)
    assert "Stopped" in page.text
    assert "Resume" not in page.text
    assert "Only 1 row without an account" in page.text
    left = page.click("Only 1 row without an account").html.splitlines()
    assert [line.startswith("Never,Made") for line in left[1:]] == [True], "what was not begun can be uploaded again"
    assert "nevermade" not in str([user.primary_email for user in desk.world.users.values()])


def test_stopped_job_says_which_follow_ups_it_leaves_undone_and_does_them_when_asked(desk: Stack, ada: Web) -> None:
    page = upload(desk, ada, b"First name,Last name,Department\nHalf,Done,7a\n")
    desk.run_tasks()
    page = ada.get(page.url).press("Create 1 account")
    desk.world.faults.append(Fault("/admin/directory/v1/users/", "PATCH", 503, count=-1))
    desk.run_tasks()
    page = ada.get(page.url)
    assert "follow-ups that are still open (groups, aliases, details) are not done" in page.text
    page.form("/cancel").submit("Stop for good")
    desk.run_tasks()
    desk.world.faults.clear()
    page = ada.get(f"{page.url}?show=follow-ups")
    assert "1 follow-up not done, because the list was stopped" in page.text
    assert "Created, follow-ups not done Not done, because the list was stopped: details" in page.text
    page = page.press("Do 1 follow-up")
    assert "The follow-ups are being done." in page.text
    desk.clock.advance(minutes=5)
    desk.run_tasks()
    page = ada.get(page.url)
    assert "Stopped" in page.text
    assert "follow-up" not in page.text
    assert desk.user("halfdone@northfield.example").more["organizations"]


# Passwords


def test_passwords_need_a_fresh_sign_in_and_are_gone_after_their_window(desk: Stack, ada: Web) -> None:
    page = made(desk, ada, "Pia Pass", "Olav Pass")
    job = page.path.rpartition("/")[2]
    stale = person(desk, page)
    refused = stale.send("POST", f"/bulk/{job}/passwords.csv", {"csrf_token": stale.csrf}, Referer=page.url)
    assert refused.status_code == 303
    assert refused.headers["Location"].endswith(f"/marketplace/again?next=/bulk/{job}")
    assert "bulk.passwords_shown" not in audit_of(desk, job)

    page = again(desk, ada, page)
    assert page.path == f"/bulk/{job}"
    answer = send(desk, page, "/passwords.csv")
    assert answer.headers["Cache-Control"] == "no-store"
    rows = table(answer)
    assert [row[2] for row in rows[1:]] == ["piapass@northfield.example", "olavpass@northfield.example"]
    signed_in = desk.browser().get(f"{desk.google.url}/accounts/signin").form("signin")
    assert "Choose a new password" in signed_in.submit(email=rows[1][2], password=rows[1][3]).heading
    letters = Page(ada, send(desk, page, "/letters"), [])
    assert [len(letters.document.all("article")), rows[2][3] in letters.text] == [2, True]
    assert "northfield.example" in letters.text
    assert audit_of(desk, job)[-2:] == ["bulk.passwords_shown", "bulk.passwords_shown"]

    assert "ada.admin@northfield.example took the letters at" in ada.get(page.url).text
    desk.clock.advance(minutes=6)
    assert send(desk, page, "/passwords.csv").status_code == 303, "five minutes are over"
    page = again(desk, ada, ada.get(page.url))
    assert send(desk, page, "/passwords.csv").status_code == 200
    desk.clock.advance(minutes=10)
    page = ada.get(page.url)
    assert "were shown, and are deleted" in page.text
    assert "Letters to print" not in page.text


def test_letters_say_what_columns_of_the_file_say_and_come_one_by_one(desk: Stack, ada: Web) -> None:
    rules = ada.get(f"{desk.base_url}/manage/names/rules").form("rules-form")
    refused = rules.submit("See how it looks", letter="{address} {password} [class")
    assert "Brackets hold the name of a column" in refused.text
    shown = rules.submit("See how it looks", letter="For {name} of [class]: {address} {password}")
    assert "For Zoë Quill of «class»: zoe.quill@northfield.example plaza-koala-ivory-stew-7" in shown.text
    shown.form("rules-form").submit("Save")
    page = upload(desk, ada, b"First name,Last name,Class\nLetty,Seven,7a\nLars,<b>None</b>,\nLina,Nine,<b>9c</b>\n")
    desk.run_tasks()
    page = ada.get(page.url).press("Create 2 accounts")
    desk.run_tasks()
    answer = send(desk, again(desk, ada, ada.get(page.url)), "/letters")
    first, second = Page(ada, answer, []).document.all("article")
    assert first.text.startswith("For Letty Seven of 7a: lettyseven@northfield.example ")
    assert second.text.startswith("For Lina Nine of <b>9c</b>: ")
    assert "These were all 2 letters." in Page(ada, answer, []).text
    assert "Content-Length" not in answer.headers, "not all of them in memory"
    assert answer.headers["Cache-Control"] == "no-store"
    ada.get(f"{desk.base_url}/manage/names/rules").form("rules-form").submit("Save", letter="")


def test_google_that_knows_of_an_old_sign_in_is_believed(desk: Stack) -> None:
    web = desk.launch(ADMIN).web
    page = made(desk, web, "Elder Sign")
    desk.world.knobs.session_age_claims = True
    try:
        desk.clock.advance(minutes=6)
        page = again(desk, web, page)
    finally:
        desk.world.knobs.session_age_claims = False
    assert "more than five minutes ago" in page.text
    assert "Letters to print" not in page.text


def test_passwords_are_for_administrators_and_whoever_started_the_job(desk: Stack, ada: Web) -> None:
    hanna = desk.launch(HELPDESK)
    own = made(desk, hanna.web, "Hannas Own")
    job = own.path.rpartition("/")[2]
    assert "Letters to print" in again(desk, hanna.web, own, HELPDESK).text
    assert "Hannas Own" in ada.get(f"{own.url}?show=all").text, "an administrator sees the job"
    adas = made(desk, ada, "Adas Own").path.rpartition("/")[2]
    assert hanna.web.get(f"{desk.base_url}/bulk/{adas}").status == 404
    assert adas not in hanna.web.get(desk.base_url + BULK).html
    fresh = person(desk, hanna.web.get(desk.base_url + BULK))
    assert fresh.send("POST", f"/bulk/{adas}/passwords.csv", {"csrf_token": fresh.csrf}).status_code == 404

    member = fresh_member(desk)
    for path in ("/passwords.csv", "/letters"):
        assert member.send("POST", f"/bulk/{job}{path}", {"csrf_token": member.csrf}).status_code == 403


def fresh_member(desk: Stack) -> Person:
    """Somebody who may not create accounts, and has just signed in."""
    web = desk.launch(MEMBER).web
    chooser = web.get(f"{desk.base_url}/marketplace/again?next=/")
    return person(desk, chooser.form(f"account-{desk.user(MEMBER).id}").submit())


# Undoing


def test_undoing_shows_first_what_is_left_and_why(desk: Stack, ada: Web) -> None:
    page = made(desk, ada, "Undo Me", "Undo Too", "Keep Me")
    people.move_user(desk.world, desk.user("keepme@northfield.example").id, org_unit="/Staff")
    page = page.press("See what can be undone")
    assert "Nothing is deleted yet" in page.text
    desk.run_tasks()
    page = ada.get(page.url)
    assert "2 accounts would be deleted" in page.text
    left = page.click("Which are left, and why")
    assert "It was moved to /Staff." in left.text
    page = page.form("/undo").submit("Delete 2 accounts")
    desk.run_tasks()
    page = ada.get(page.url)
    assert re.search("2 deleted again 1 kept", page.text)
    alive = {user.primary_email for user in desk.world.users.values() if not user.deletion_time}
    assert "keepme@northfield.example" in alive
    gone = {"undome@northfield.example", "undotoo@northfield.example"}
    assert not alive & gone
    header, *results = table(page.click("Results").answer)
    assert {row[header.index("Account deleted")] for row in results} == {*gone, ""}


def test_list_that_we_could_not_plan_is_tried_again(desk: Stack, ada: Web) -> None:
    page = upload(desk, ada, b"First name,Last name\nTry,Again\n")
    words = {"title": "Ours", "what": "Planning failed (reference abc-plan).", "advice": "Try again."}
    job = page.path.rpartition("/")[2]
    with desk.world.changing() as world:
        world.queued_tasks.clear()
    client = datastore.Client(project=desk.settings.google_cloud_project, namespace=desk.customer(SCHOOL).id)
    entity = client.get(client.key("BulkJob", job))
    entity.update(state="failed", reason=json.dumps({"code": "internal", **words}).encode())
    client.put(entity)
    client.close()
    page = ada.get(page.url)
    assert "The file could not be read through" in page.text
    assert "reference abc-plan" in page.text
    page = page.press("Try again")
    desk.run_tasks()
    page = ada.get(page.url)
    assert "1 account will be created" in page.text


# Two lists with the same people


def shared(desk: Stack, web: Web, name: str, *people: str) -> Page:
    """The preview of a list of people with IDs, "Maya Okonkwo P1"."""
    rows = "".join(f"{person.replace(' ', ',')}\n" for person in people)
    page = upload(desk, web, f"First name,Last name,Employee ID\n{rows}".encode(), name)
    desk.run_tasks()
    return web.get(page.url)


def test_rows_left_to_a_list_that_is_stopped_are_tried_again(desk: Stack, ada: Web) -> None:
    first = shared(desk, ada, "first.csv", "Lena Left Q1", "Nils Left Q2")
    page = shared(desk, ada, "second.csv", "Lena Left Q1", "Nils Left Q2", "Otto Left Q3")
    first = first.press("Create 2 accounts").press("Pause")
    page.press("Create 3 accounts")
    desk.run_tasks()
    page = ada.get(page.url)
    assert "1 account was created 2 have an account, or get one by another list" in page.text
    assert "left to another list" not in page.text, "it may go on"
    first.form("/cancel").submit("Stop for good")
    desk.run_tasks()
    page = ada.get(page.url)
    assert "2 rows were left to another list, which has stopped without opening these accounts." in page.text
    left = page.click("Only 2 rows without an account").html.splitlines()
    assert [line.split(",")[0] for line in left[1:]] == ["Lena", "Nils"]
    page = page.press("Try the 2 rows again")
    desk.run_tasks()
    page = ada.get(page.url)
    assert "3 accounts were created" in page.text
    assert "left to another list" not in page.text
    addresses = [user.primary_email for user in desk.world.users.values()]
    assert [addresses.count(f"{name}left@northfield.example") for name in ("lena", "nils", "otto")] == [1, 1, 1]


def test_rows_that_the_preview_left_to_a_list_which_is_stopped_then_are_tried_again(desk: Stack, ada: Web) -> None:
    first = shared(desk, ada, "first.csv", "Ines Early Q11").press("Create 1 account").press("Pause")
    page = shared(desk, ada, "second.csv", "Ines Early Q11", "Jon Late Q12")
    skipped = ada.get(f"{page.url}?show=skipped")
    assert "1 have an account, or get one by another list" in skipped.text
    assert "Left to another list" in skipped.text
    assert "Another list is about to open inesearly@northfield.example" in skipped.text
    assert skipped.click("The other list").url == first.url
    page.press("Create 1 account")
    desk.run_tasks()
    first.form("/cancel").submit("Stop for good")
    desk.run_tasks()
    page = ada.get(page.url)
    assert "1 row was left to another list, which has stopped without opening this account." in page.text
    page.press("Try the 1 row again")
    desk.run_tasks()
    assert "2 accounts were created" in ada.get(page.url).text
    assert desk.user("inesearly@northfield.example")


def test_undoing_tells_of_lists_that_left_people_to_this_one(desk: Stack, ada: Web) -> None:
    first = shared(desk, ada, "first.csv", "Rita Relied Q8")
    second = shared(desk, ada, "relying.csv", "Rita Relied Q8", "Solo Relied Q9")
    first.press("Create 1 account")
    desk.run_tasks()
    second.press("Create 2 accounts")
    desk.run_tasks()
    assert "left to another list" not in ada.get(second.url).text, "it has made its account"
    ada.get(first.url).press("See what can be undone")
    desk.run_tasks()
    page = ada.get(first.url)
    assert "Other lists left people to this one 1 person of relying.csv" in page.text
    page.form("/undo").submit("Delete 1 account")
    desk.run_tasks()
    assert "1 row was left to another list, which has stopped without opening this account." in ada.get(second.url).text
