"""Two customers: whatever the administrator of one sends, nothing of the other is seen or changed."""

import re
from collections.abc import Iterator
from dataclasses import dataclass

import pytest
import requests

from sandbox.datastore.server import DatastoreServer
from tests.journeys.place import FORMS, Person, person, routes_of
from tests.journeys.rest import Rest, issue_key, order, refused
from tests.stack import HELPDESK, SCHOOL, Stack, running_stack
from tests.stored import accounts_at_google, nothing_written, rows_of
from tests.web import Page, Web

HARBOUR, HUGO = "harbour.example", "hugo.admin@harbour.example"
LAST = ("setup.enable", "manage.turn_off", "sign_in.logout", "sign_in.switch")
"""Forms after which the session, or the domain, is not what it was."""
HOLDER = "H" * 22
COME_BACK = re.compile(r'(?<=[?&;]next=)[^"]*')
"""The address that was asked for, in links that lead back to it."""


@dataclass
class Two:
    """The school, in use; and Hugo, who administers the other customer. `foreign`: what he may have heard of."""

    stack: Stack
    ada: Web
    hugo: Person
    hanna: Person
    school: Rest
    harbour: Rest

    @property
    def foreign(self) -> dict[str, str]:
        """Everything that names the school: as fields, in queries, as headers."""
        customer, key_id = self.stack.customer(SCHOOL).id, self.school.key.split("_")[1]
        return {
            "tenant": customer, "customer": customer, "customer_id": customer, "customerId": customer,
            "domain": SCHOOL, "hd": SCHOOL, "primary_domain": SCHOOL, "key_id": key_id, "key": self.school.key,
            "person": self.stack.user(HELPDESK).id, "delegated_admin": "ada.admin@northfield.example",
            "namespace": customer, "rule_domain": SCHOOL,
        }  # fmt: skip

    @property
    def headers(self) -> dict[str, str]:
        """The same as headers that other programs believe."""
        customer = self.stack.customer(SCHOOL).id
        return {"X-Tenant": customer, "X-Customer-Id": customer, "X-Goog-Authenticated-User-Email": HELPDESK,
                "X-Appengine-User-Email": HELPDESK, "X-Forwarded-User": HELPDESK}  # fmt: skip

    def school_rows(self) -> dict[str, dict[str, object]]:
        """Everything that is kept about the school, to the byte."""
        return rows_of(self.stack, self.stack.customer(SCHOOL).id, "northfield")

    def paths(self, method: str) -> list[tuple[str, str]]:
        """(endpoint, address) of every route that is not public text, with the school's own ids in it."""
        key_id = self.school.key.split("_")[1]
        found = [(r.endpoint, r.path.replace("0123456789abcdef", key_id)) for r in routes_of(self.stack)]
        if method == "GET":
            return [(endpoint, path) for endpoint, path in found if endpoint not in FORMS and endpoint != "static"]
        forms = [(endpoint, path) for endpoint, path in found if endpoint in FORMS]
        return sorted(forms, key=lambda form: LAST.index(form[0]) if form[0] in LAST else -1)


def two_customers(stack: Stack) -> Two:
    ada = stack.set_up(creators=HELPDESK)
    hugo = stack.set_up(HARBOUR, HUGO)
    school = Rest(stack, ada, issue_key(ada, stack.base_url, "Timetable of the school"))
    school.call("POST", "create", order(username="first.pupil"))
    return Two(
        stack, ada, person(stack, hugo.get(f"{stack.base_url}/")), person(stack, stack.launch(HELPDESK)), school,
        Rest(stack, hugo, issue_key(hugo, stack.base_url, "Crew lists")),
    )  # fmt: skip


@pytest.fixture(scope="module")
def two(datastore_server: DatastoreServer) -> Iterator[Two]:
    """Shared: leave the school as it was."""
    with pytest.MonkeyPatch.context() as environ, running_stack(datastore_server, environ) as running:
        yield two_customers(running)


def test_no_page_shows_anything_of_another_customer(two: Two) -> None:
    secrets = ("C01nf4k7q", "ada.admin", "first.pupil", "Timetable of the school", two.school.key, "hanna")
    query = "&".join(f"{name}={value}" for name, value in two.foreign.items() if name != "key")
    for endpoint, path in two.paths("GET"):
        for address in (path, f"{path}?{query}"):
            answer = two.hugo.send("GET", address, **two.headers)
            sent = ("C01nf4k7q",) if endpoint.startswith("sign_in.") else ()
            text = COME_BACK.sub("", answer.text)
            said = [secret for secret in secrets if secret in text and secret not in sent]
            assert answer.status_code < 500
            assert not said, (address, said)


def test_domain_in_the_address_is_decoration(two: Two) -> None:
    setup = two.hugo.send("GET", f"/marketplace/setup/{SCHOOL}/").text
    manage = two.hugo.send("GET", f"/marketplace/manage/{SCHOOL}/").text

    for html in (setup, manage):
        assert HARBOUR in html
        assert SCHOOL not in html


def test_key_of_another_customer_is_not_found(two: Two) -> None:
    key_id = two.school.key.split("_")[1]
    with nothing_written(two.stack):
        answer = two.hugo.send("POST", f"/manage/keys/{key_id}/revoke", {"csrf_token": two.hugo.csrf})
        unknown = two.hugo.send("POST", "/manage/keys/0123456789abcdef/revoke", {"csrf_token": two.hugo.csrf})

    assert answer.status_code == unknown.status_code == 404
    assert said(answer) == said(unknown)
    assert two.school.call("GET", "config").status_code == 200


def said(answer: requests.Response) -> str:
    """What the page says, without the id of the request."""
    return Page(Web(), answer, []).text.replace(answer.headers["X-Request-Id"], "")


def test_logs_keys_and_settings_are_each_customers_own(two: Two) -> None:
    for who, own, foreign in ((two.ada, "Timetable of the school", "Crew lists"),
                              (two.harbour.admin, "Crew lists", "Timetable of the school")):  # fmt: skip
        keys = who.get(f"{two.stack.base_url}/manage/keys").text
        audit = who.get(f"{two.stack.base_url}/manage/audit").text
        assert own in keys
        assert foreign not in keys
        assert ("first.pupil" in audit) == (who is two.ada)
    assert "hanna" not in two.harbour.admin.get(f"{two.stack.base_url}/manage/creators").html
    two.harbour.settings(patterns="[lastname].[firstname]", number_of_suggestions="1")
    assert two.school.call("GET", "config").json()["numberOfSuggestions"] == 3


def test_people_of_another_customer_are_nobody_here(two: Two) -> None:
    page = two.harbour.admin.get(f"{two.stack.base_url}/manage/creators")

    with nothing_written(two.stack):
        page = page.form("/manage/creators").submit(creators=HELPDESK)

    assert page.status == 400
    assert "is not a person in your domain" in page.text


def test_key_opens_nothing_of_another_customer_whatever_is_sent_with_it(two: Two) -> None:
    before, config = two.school_rows(), {"domain": HARBOUR}
    extra = {**two.foreign, "domain": SCHOOL}

    assert two.harbour.call("POST", "config", extra).json().items() >= config.items()
    assert two.harbour.call("GET", f"config?domain={SCHOOL}&tenant=C01nf4k7q").json().items() >= config.items()
    assert two.harbour.call("POST", "suggest", {"firstname": "First", "lastname": "Mate", **extra}).status_code == 200
    sent = order(username="first.mate", **extra)
    assert two.harbour.call("POST", "create", sent).status_code == 200
    assert two.stack.world.user_by_email("first.mate@harbour.example")
    assert not two.stack.world.user_by_email(f"first.mate@{SCHOOL}")
    refused(two.harbour.call("POST", "create", order(username=f"second.mate@{SCHOOL}")), 400)
    assert two.school_rows() == before


def test_names_held_by_one_page_cannot_be_released_by_another(two: Two) -> None:
    """Not from another customer, and not by another person of the same one, who knows the page's token."""
    hold = {"firstname": "Carlos", "lastname": "Alvarez", "holder": HOLDER}
    names = two.hanna.send("POST", "/accounts/suggestions", {**hold, "csrf_token": two.hanna.csrf}).json()["names"]
    ada = person(two.stack, two.ada.get(f"{two.stack.base_url}/"))
    before = {name: row for name, row in two.school_rows().items() if "/Hold/" in name}
    assert len(before) >= 3

    for other in (two.hugo, ada):
        released = other.send("POST", "/accounts/suggestions/release", {"holder": HOLDER, "csrf_token": other.csrf})
        assert released.status_code == 204

    assert {name: row for name, row in two.school_rows().items() if "/Hold/" in name} == before
    checked = {"username": names[0], "holder": "A" * 22, "csrf_token": ada.csrf}
    assert "just been offered" in ada.send("POST", "/accounts/suggestions/check", checked).json()["reason"]
    harbour = {"username": names[0], "holder": HOLDER, "csrf_token": two.hugo.csrf}
    assert two.hugo.send("POST", "/accounts/suggestions/check", harbour).json()["reason"] == ""


def test_cookie_and_token_of_two_sessions_do_not_mix(two: Two) -> None:
    mixed = Person(two.stack, two.hugo.cookie, two.hanna.csrf)
    with nothing_written(two.stack):
        for endpoint, path in two.paths("POST"):
            assert mixed.send("POST", path, {**FORMS[endpoint], "csrf_token": mixed.csrf}).status_code == 403


def test_no_form_changes_anything_of_another_customer(stack: Stack) -> None:
    """Every form of the map, sent by Hugo with the school's ids wherever an id can stand."""
    two = two_customers(stack)
    before, accounts = two.school_rows(), of_school(stack)
    answers = {}

    for endpoint, path in two.paths("POST"):
        fields = {**two.foreign, **FORMS[endpoint], "csrf_token": two.hugo.csrf}
        answers[endpoint] = two.hugo.send("POST", path, fields, **two.headers).status_code

    assert two.school_rows() == before
    assert of_school(stack) == accounts
    assert two.school.call("GET", "config").status_code == 200
    assert refused(two.harbour.call("GET", "config"), 403), "his own domain he has turned off"
    assert not any(status >= 500 for status in answers.values()), answers
    assert {answers[name] for name in answers if name.startswith("operators.")} == {403}
    assert answers["keys.revoke"] == 404


def of_school(stack: Stack) -> list[str]:
    """The school's accounts at Google."""
    assert accounts_at_google(stack)
    return sorted(str(user) for user in stack.world.users.values() if user.customer_id == stack.customer(SCHOOL).id)
