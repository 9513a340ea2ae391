"""The page of a new account and the settings, as people without scripts and as the page's script see them."""

from collections.abc import Sequence
from dataclasses import replace

import pytest

from provisioning.accounts.domain_policy import Creator
from provisioning.accounts.rules import GroupRule, OrgUnitRule
from provisioning.naming.holder import Holder
from provisioning.naming.holds import Holds
from provisioning.naming.live_occupancy import DirectoryOccupancy
from provisioning.naming.suggestions import Suggestions
from runtime.datastore import DataUnavailable
from runtime.limits import Limits
from sandbox.google.passwords import password_matches
from tests.provisioning.conftest import ADMIN, DOMAIN, HELPDESK, PERSON, TENANT, Desk
from tests.provisioning.pages import Pages, Shown

NEW = "/accounts/new"
TOKEN = "holder-token-of-the-page"


class ForgetfulHolds(Holds):
    """Datastore is away whenever names are to be released."""

    def release(self, holder: Holder, presented: Sequence[str] | None = None) -> None:
        raise DataUnavailable


@pytest.fixture
def pages(desk: Desk) -> Pages:
    """The help desk's, whom the administrator has listed."""
    user = desk.user(HELPDESK)
    assert user is not None
    creators = (Creator(user.id, HELPDESK),)
    desk.policies.change(TENANT, PERSON, lambda before: replace(before, creators=creators))
    return Pages(desk, HELPDESK, is_admin=False)


@pytest.fixture
def admin_pages(desk: Desk) -> Pages:
    return Pages(desk, ADMIN, is_admin=True)


def suggested(pages: Pages, **fields: str) -> Shown:
    """The page after names were typed and Suggest was pressed."""
    values = pages.get(NEW).values() | {"firstname": "Zoë", "lastname": "Quill", "step": "suggest"} | fields
    return pages.post(NEW, **values)


def create(pages: Pages, page: Shown, **fields: str) -> Shown:
    return pages.post(NEW, **(page.values() | {"step": "create"} | fields))


def test_account_is_shown_although_the_other_names_could_not_be_released(desk: Desk) -> None:
    limits = Limits(desk.clock)
    occupancy = DirectoryOccupancy(desk.directory, lambda _tenant: ADMIN, limits, desk.clock)
    desk.suggestions = Suggestions(ForgetfulHolds(desk.clock), desk.taken, occupancy, limits)
    pages = Pages(desk, ADMIN, is_admin=True)
    page = create(pages, pages.get(NEW), firstname="Zoë", lastname="Quill", username="zoe.quill", org_unit="/")
    assert page.status == 200
    assert desk.user(f"zoe.quill@{DOMAIN}") is not None
    assert f"zoe.quill@{DOMAIN}" in page.text


def test_home_of_a_creator_leads_to_a_new_account(pages: Pages) -> None:
    assert NEW in [link["href"] for link in pages.get("/").document.all("a")]


def test_home_of_others_says_whom_to_ask(desk: Desk) -> None:
    page = Pages(desk, HELPDESK, is_admin=False).get("/")
    assert f"ask {ADMIN}" in page.text
    assert NEW not in page.html


@pytest.mark.parametrize(
    ("method", "path"),
    [
        *(("GET", NEW), ("POST", NEW), ("POST", "/accounts/suggestions"), ("POST", "/accounts/suggestions/check")),
        *(("POST", "/accounts/suggestions/renew"), ("POST", "/accounts/placement")),
    ],
)
def test_others_cannot_create_and_are_told_whom_to_ask(desk: Desk, method: str, path: str) -> None:
    pages = Pages(desk, HELPDESK, is_admin=False)
    answer = Shown(pages.client.open(path, method=method, data={"holder": TOKEN}))
    assert answer.status == 403
    assert ADMIN in answer.text


def test_only_administrators_give_addresses_of_the_domains_own(pages: Pages, desk: Desk) -> None:
    page = suggested(pages)
    refused = create(pages, page, username="Security", org_unit="/Students")
    assert refused.status == 400
    assert "security is a reserved word." in refused.text
    pages.renamed(is_admin=True)
    assert "Account created" in create(pages, page, username="Security", org_unit="/Students").text
    assert desk.user(f"security@{DOMAIN}")


def test_an_account_is_made_without_scripts(pages: Pages, desk: Desk) -> None:
    page = suggested(pages)
    assert page.choices() == ["zoequill", "zoe.quill", "zoe_quill"]
    assert "kept for you for about 2 minutes" in page.text
    done = create(pages, page, choice="zoe.quill", org_unit="/Students")
    assert done.status == 200
    assert "Account created" in done.text
    user = desk.user(f"zoe.quill@{DOMAIN}")
    assert user is not None
    assert (user.org_unit_path, user.change_password_at_next_login) == ("/Students", True)
    [password] = done.document.all("input", where=lambda field: field["id"] == "password")
    assert password_matches(user, password["value"])
    assert done.answer.headers["Cache-Control"] == "no-store"
    entry = desk.audit()[0]
    assert (entry.actor_id, entry.actor_label, entry.request_id) == (user_id(desk), HELPDESK, "request-1")


def user_id(desk: Desk) -> str:
    user = desk.user(HELPDESK)
    assert user is not None
    return user.id


def test_pressed_twice_it_is_one_account(pages: Pages, desk: Desk) -> None:
    page = suggested(pages)
    first, again = (create(pages, page, choice="zoe.quill") for _ in range(2))
    assert (first.status, again.status) == (200, 200)
    assert "Nothing was done twice" in again.text
    assert len(desk.users_of(f"zoe.quill@{DOMAIN}")) == 1


def test_a_typed_username_and_password_are_taken(pages: Pages, desk: Desk) -> None:
    page = suggested(pages)
    create(pages, page, username="Zozo", password="my own password", change_password="")
    user = desk.user(f"zozo@{DOMAIN}")
    assert user is not None
    assert password_matches(user, "my own password")


def test_the_secondary_domain_can_be_chosen(pages: Pages, desk: Desk) -> None:
    page = suggested(pages, domain="students.northfield.example")
    assert "zoequill@students.northfield.example" in page.text
    create(pages, page, choice="zoequill")
    assert desk.user("zoequill@students.northfield.example") is not None


def test_names_come_back_when_the_form_does(pages: Pages) -> None:
    again = create(pages, suggested(pages), password="short")
    assert again.status == 400
    assert "8 to 100 characters" in again.text
    assert again.values()["firstname"] == "Zoë"
    assert again.values()["username"] == "zoequill"


def test_a_name_that_was_lost_is_answered_with_others(pages: Pages, desk: Desk) -> None:
    page = suggested(pages)
    desk.clock.advance(seconds=160)
    desk.holds.secure(Holder(TENANT, DOMAIN, "somebody else"), "zoequill", 120)
    again = create(pages, page, choice="zoequill")
    assert again.status == 409
    assert "zoequill" not in again.choices()
    assert len(again.choices()) == 3
    assert "Somebody else has just been offered or given zoequill. Choose another username." in again.text
    assert create(pages, again, choice=again.choices()[0]).status == 200


def test_an_undecided_account_keeps_the_form_and_continues(pages: Pages, desk: Desk) -> None:
    page = suggested(pages)
    desk.break_google(503)
    undecided = create(pages, page, choice="zoe.quill")
    assert undecided.status == 503
    assert "exactly the same again" in undecided.text
    kept = ("operation", "holder", "password")
    assert [undecided.values()[name] for name in kept] == [page.values()[name] for name in kept]
    assert undecided.values()["username"] == "zoe.quill"
    assert "Account created" in create(pages, undecided).text


def test_another_password_is_made_and_the_names_stay(pages: Pages) -> None:
    page = suggested(pages)
    again = pages.post(NEW, **(page.values() | {"step": "password"}))
    assert again.values()["password"] != page.values()["password"]
    assert again.choices() == page.choices()


def test_suggest_without_names_says_what_is_missing(pages: Pages) -> None:
    assert "firstname is missing" in suggested(pages, firstname="").text


def test_other_fields_of_the_patterns_are_asked(pages: Pages, desk: Desk) -> None:
    desk.policies.change(
        TENANT, PERSON, lambda before: replace(before, patterns="[nickname].[lastname], [#][lastname]")
    )
    page = suggested(pages, **{"field-nickname": "Zaz"})
    assert page.choices()[0] == "zaz.quill"


def test_creators_are_kept_to_the_allowed_units(pages: Pages, desk: Desk) -> None:
    desk.policies.change(TENANT, PERSON, lambda before: replace(before, allowed_org_units=("/Students",)))
    page = suggested(pages)
    refused = create(pages, page, choice="zoe.quill", org_unit="/Staff")
    assert refused.status == 400
    assert "organizational unit of the list" in refused.text
    assert desk.user(f"zoe.quill@{DOMAIN}") is None


def test_a_foreign_domain_is_refused(pages: Pages, desk: Desk) -> None:
    refused = create(pages, suggested(pages), choice="zoe.quill", domain="harbour.example")
    assert refused.status == 400
    assert desk.user("zoe.quill@harbour.example") is None


def test_the_script_gets_names_and_how_long_they_are_kept(pages: Pages) -> None:
    answer = pages.post("/accounts/suggestions", holder=TOKEN, firstname="Hanna", lastname="Helpdesk").json
    assert answer["names"][0] == "hannahelpdesk"
    assert 110 <= answer["seconds"] <= 120
    assert answer["passed"] == [{"name": "hanna.helpdesk", "reason": "a person has this address"}]


def test_the_same_page_is_given_the_same_names_another_page_others(pages: Pages) -> None:
    fields = {"firstname": "Zoë", "lastname": "Quill"}
    first, again = (pages.post("/accounts/suggestions", holder=TOKEN, **fields).json for _ in range(2))
    other = pages.post("/accounts/suggestions", holder="another-page-of-theirs", **fields).json
    assert again["names"] == first["names"]
    assert not set(other["names"]) & set(first["names"])


def test_a_page_in_use_keeps_its_names_for_as_long_again(pages: Pages, desk: Desk) -> None:
    fields = {"holder": TOKEN, "firstname": "Zoë", "lastname": "Quill"}
    first = pages.post("/accounts/suggestions", **fields).json
    desk.clock.advance(seconds=100)
    renewed = pages.post("/accounts/suggestions/renew", **fields).json
    assert renewed["names"] == first["names"]
    assert 110 <= renewed["seconds"] <= 120
    desk.clock.advance(seconds=100)
    other = pages.post("/accounts/suggestions", **(fields | {"holder": "another-page-of-theirs"})).json
    assert not set(other["names"]) & set(first["names"])


def test_a_name_that_somebody_else_took_meanwhile_is_not_kept(pages: Pages, desk: Desk) -> None:
    pages.post("/accounts/suggestions", holder=TOKEN, firstname="Zoë", lastname="Quill")
    desk.clock.advance(seconds=160)
    desk.holds.secure(Holder(TENANT, DOMAIN, "somebody else"), "zoe.quill", 120)
    assert pages.post("/accounts/suggestions/renew", holder=TOKEN).json["names"] == ["zoequill", "zoe_quill"]


def test_a_page_without_names_keeps_none(pages: Pages) -> None:
    assert pages.post("/accounts/suggestions/renew", holder=TOKEN).json == {"names": [], "seconds": 0}


def test_a_page_that_is_left_gives_its_names_back(pages: Pages) -> None:
    fields = {"firstname": "Zoë", "lastname": "Quill"}
    first = pages.post("/accounts/suggestions", holder=TOKEN, **fields).json
    assert pages.post("/accounts/suggestions/release", holder=TOKEN).status == 204
    other = pages.post("/accounts/suggestions", holder="another-page-of-theirs", **fields).json
    assert other["names"] == first["names"]


@pytest.mark.parametrize(
    ("username", "reason"),
    [
        ("hanna.helpdesk", "a person has this address"),
        ("front.desk", "it is another address of a person"),
        ("abuse", "it is reserved"),
        ("a..b", "two dots stand in a row"),
        ("zoe.quill", ""),
        ("Zoe.Quill@northfield.example", ""),
        (" \u200bzoe.quill\ufeff", ""),
    ],
)
def test_a_typed_name_is_looked_up_with_its_reason(pages: Pages, username: str, reason: str) -> None:
    answer = pages.post("/accounts/suggestions/check", holder=TOKEN, username=username).json
    assert answer["reason"] == reason
    assert answer["address"].endswith("@northfield.example")


def test_the_rules_place_an_account_and_say_so_beforehand(pages: Pages, desk: Desk) -> None:
    rules = (OrgUnitRule("/Students", "begins", "class", "5"),)
    groups = (GroupRule("teachers@northfield.example", "under", "", "/Students"),)
    desk.policies.change(TENANT, PERSON, lambda before: replace(before, org_unit_rules=rules, group_rules=groups))
    page = pages.get(NEW)
    assert (page.values()["org_unit"], page.values()["field-class"]) == ("", "")
    assert "By the rules it goes to /." in page.text
    words = "By the rules it goes to /Students. It joins teachers@northfield.example."
    assert pages.post("/accounts/placement", field__class="5a").json["follows"] == words
    page = suggested(pages, field__class="5a")
    assert words in page.text
    assert create(pages, page, username="zoe.quill").status == 200
    user = desk.user("zoe.quill@northfield.example")
    assert user is not None
    assert user.org_unit_path == "/Students"


def test_another_persons_token_is_another_holder(pages: Pages, desk: Desk) -> None:
    pages.post("/accounts/suggestions", holder=TOKEN, firstname="Zoë", lastname="Quill")
    pages.renamed(person="somebody-else", is_admin=True)
    answer = pages.post("/accounts/suggestions/check", holder=TOKEN, username="zoequill").json
    assert answer["reason"] == "somebody else, or another tab of yours, has just been offered it"


@pytest.mark.parametrize("holder", ["", "short", "x" * 65, "../../etc/passwd-and-more"])
def test_a_bad_token_is_refused(pages: Pages, holder: str) -> None:
    assert pages.post("/accounts/suggestions", holder=holder, firstname="A", lastname="B").status == 400


def test_names_are_saved_and_audited(admin_pages: Pages, desk: Desk) -> None:
    fields = {
        "patterns": "[lastname].[firstname]", "number_of_suggestions": "2", "hold_seconds": "60", "language": "de",
        "patterns_version": "1", "cached_usernames": "no", "cache_expiration_hours": "6", "shrink_limit": "25",
    }  # fmt: skip
    assert "Saved" in admin_pages.post("/manage/names", **fields).text
    policy = desk.policies.of(TENANT)
    assert (policy.patterns, policy.number_of_suggestions, policy.language) == ("[lastname].[firstname]", 2, "de")
    assert (policy.cached_usernames, policy.cache_expiration_hours, policy.shrink_limit) == (False, 6, 25)
    audit = admin_pages.get("/manage/audit").text
    assert "Settings changed" in audit
    assert "number of suggestions: 3 → 2" in audit
    assert "cached usernames: yes → no" in audit


def test_wrong_names_are_shown_again_with_what_is_wrong(admin_pages: Pages, desk: Desk) -> None:
    page = admin_pages.post("/manage/names", patterns="[", number_of_suggestions="99")
    assert page.status == 400
    assert "this bracket is never closed" in page.text
    assert 'value="99"' in page.html
    assert not desk.policies.is_chosen(TENANT)


def test_creators_are_saved_and_applied(admin_pages: Pages, desk: Desk) -> None:
    assert "Saved" in admin_pages.post("/manage/creators", creators=HELPDESK).text
    assert Pages(desk, HELPDESK, is_admin=False).get(NEW).status == 200
    wrong = admin_pages.post("/manage/creators", creators="nobody@northfield.example")
    assert wrong.status == 400
    assert "nobody@northfield.example is not a person" in wrong.text


def test_saving_names_keeps_the_creators(admin_pages: Pages, desk: Desk) -> None:
    admin_pages.post("/manage/creators", creators=HELPDESK)
    admin_pages.post(
        "/manage/names", patterns="", number_of_suggestions="3", hold_seconds="120", language="",
        cached_usernames="yes", cache_expiration_hours="24", shrink_limit="10", patterns_version="1",
    )  # fmt: skip
    assert [creator.email for creator in desk.policies.of(TENANT).creators] == [HELPDESK]


@pytest.mark.parametrize(
    "path", ["/manage/names", "/manage/names/rules", "/manage/creators", "/manage/audit", "/manage/keys"]
)
def test_settings_are_for_administrators(pages: Pages, path: str) -> None:
    assert pages.get(path).status == 403
    if path != "/manage/audit":
        assert pages.post(path, name="x", days="30").status == 403


def test_typed_markup_is_text(pages: Pages) -> None:
    page = suggested(pages, firstname='<script>"', lastname="O'Brien & Søn")
    assert "<script>&#34;" not in page.html
    assert page.values()["firstname"] == '<script>"'
