"""The page of rules for new accounts: kept with an audit entry, held against the Directory, and nobody's work lost."""

from dataclasses import replace

import pytest

from provisioning.accounts.domain_policy import DomainPolicy
from provisioning.accounts.rules import GroupRule, OrgUnitRule
from sandbox.google.world import Fault
from sandbox.google.world import OrgUnit as SimulatedUnit
from tests.provisioning.conftest import ADMIN, PERSON, TENANT, Desk
from tests.provisioning.pages import Pages, Shown

RULES = "/manage/names/rules"
TEACHERS = "teachers@northfield.example"
TYPED = {
    "unit__0__match": "equals", "unit__0__column": "role", "unit__0__value": "teacher",
    "unit__0__target": "/Staff/Teachers", "unit__1__match": "always", "unit__1__target": "/Students/[class]",
    "group__0__match": "under", "group__0__value": "/Staff", "group__0__target": TEACHERS,
    "default_org_unit": "/Staff", "allowed_org_units": "/Students", "password_kind": "words", "password_length": "16",
    "password_words": "5", "license": "Google-Apps/1010020027", "seats": "40", "letter": "{address} {password}",
}  # fmt: skip
DECIDED = DomainPolicy(
    org_unit_rules=(OrgUnitRule("/Staff/Teachers", "equals", "role", "teacher"), OrgUnitRule("/Students/[class]")),
    group_rules=(GroupRule(TEACHERS, "under", "", "/Staff"),),
    default_org_unit="/Staff", allowed_org_units=("/Students",), password_kind="words", password_length=16,
    password_words=5, change_password=False, license="Google-Apps/1010020027", seats=40, letter="{address} {password}",
)  # fmt: skip


@pytest.fixture
def pages(desk: Desk) -> Pages:
    return Pages(desk, ADMIN, is_admin=True)


def seen(page: Shown) -> str:
    return next(field["value"] for field in page.document.all("input") if field["name"] == "seen")


def save(pages: Pages, **fields: str) -> Shown:
    return pages.post(RULES, **{**TYPED, "seen": seen(pages.get(RULES)), **fields})


def shown(page: Shown) -> dict[str, str]:
    fields = [*page.document.all("input"), *page.document.all("textarea")]
    return {field["name"]: field["value"] if field.tag == "input" else field.raw_text for field in fields}


def test_rules_are_kept_and_audited_and_shown_again(pages: Pages, desk: Desk) -> None:
    desk.policies.change(TENANT, PERSON, lambda before: replace(before, patterns="[lastname]", hold_seconds=60))
    assert "Saved" in save(pages).text
    assert desk.policies.of(TENANT) == replace(DECIDED, patterns="[lastname]", hold_seconds=60, patterns_version=2)
    [entry, _] = desk.audit()
    assert (entry.action, entry.actor_label) == ("policy.changed", ADMIN)
    assert entry.detail["after"]["group_rules"] == [
        {"group": TEACHERS, "match": "under", "column": "", "value": "/Staff"},
    ]
    fields = shown(pages.get(RULES))
    assert (fields["unit-1-target"], fields["group-0-target"], fields["letter"]) == (
        "/Students/[class]", TEACHERS, "{address} {password}",
    )  # fmt: skip


def test_groups_are_looked_up_when_they_are_new(pages: Pages, desk: Desk) -> None:
    page = save(pages, group__0__target="nobody@northfield.example")
    assert page.status == 400
    assert "Group rule 1: there is no group nobody@northfield.example. Make it in the Admin console" in page.text
    assert shown(page)["unit-0-value"] == "teacher"
    assert not desk.policies.is_chosen(TENANT)
    assert "Saved" in save(pages, group__0__target="[class]@northfield.example").text
    assert "Saved" in save(pages).text
    with desk.world.changing():
        desk.world.faults.append(Fault("/admin/directory/v1/groups", "GET", 503, count=-1))
    assert "Saved" in save(pages, seats="41").text  # nothing new to look up


def test_only_super_administrators_lead_accounts_into_another_group(pages: Pages, desk: Desk) -> None:
    assert "Saved" in save(pages, group__0__target="[class]@northfield.example").text
    pages.renamed(is_super_admin=False)
    for group in (TEACHERS, "[role]@northfield.example"):
        refused = save(pages, group__0__target=group)
        assert refused.status == 400
        assert f"Group rule 1: only a super administrator leads accounts into another group, {group}." in refused.text
    for known in ({"group__0__match": "always"}, {"group__0__target": "", "group__0__value": ""}):
        assert "Saved" in save(pages, **{"group__0__target": "[class]@northfield.example", **known}).text
    assert desk.policies.of(TENANT).group_rules == ()


def test_letter_is_shown_before_it_is_saved(pages: Pages, desk: Desk) -> None:
    page = save(pages, letter="{address} {password} of [class] at {sign_in}", button="letter")
    assert "zoe.quill@northfield.example plaza-koala-ivory-stew-7 of «class» at https://sign-in.example" in page.text
    assert "Braces hold one of these" in save(pages, letter="{adress}", button="letter").text
    assert not desk.policies.is_chosen(TENANT)


def test_groups_of_other_customers_are_no_groups(pages: Pages) -> None:
    assert "there is no group crew@harbour.example" in save(pages, group__0__target="crew@harbour.example").text


def test_units_are_looked_up_as_they_are_now(pages: Pages, desk: Desk) -> None:
    assert "there is no organizational unit /New" in save(pages, unit__0__target="/New").text
    with desk.world.changing():
        desk.world.customers[TENANT].org_units.append(SimulatedUnit("id:03new", "/New", "New"))
    assert "Saved" in save(pages, unit__0__target="/New").text


def test_what_leads_nowhere_any_more_is_told(pages: Pages, desk: Desk) -> None:
    assert "leads nowhere" not in save(pages).text
    with desk.world.changing():
        units = desk.world.customers[TENANT].org_units
        units[:] = [unit for unit in units if not unit.path.startswith("/Staff")]
    desk.clock.advance(minutes=10)
    page = pages.get(RULES)
    assert page.status == 200
    assert "Some of it leads nowhere any more" in page.text
    assert "Rule 1: there is no organizational unit /Staff/Teachers." in page.text
    assert "Group rule 1: there is no organizational unit /Staff." in page.text


def test_nothing_typed_is_lost_when_google_does_not_answer(pages: Pages, desk: Desk) -> None:
    token = seen(pages.get(RULES))
    with desk.world.changing():
        desk.world.faults.append(Fault("/admin/directory/v1/groups", "GET", 503, count=-1))
    page = pages.post(RULES, **{**TYPED, "seen": token})
    assert page.status == 503
    assert shown(page)["unit-0-value"] == "teacher"
    assert not desk.policies.is_chosen(TENANT)


def test_the_second_of_two_administrators_is_told_and_loses_nothing(pages: Pages, desk: Desk) -> None:
    token = seen(pages.get(RULES))
    assert "Saved" in save(pages, seats="1").text
    page = pages.post(RULES, **{**TYPED, "seen": token})
    assert page.status == 409
    assert "Somebody else has saved other rules" in page.text
    assert desk.policies.of(TENANT).seats == 1
    assert "Saved" in pages.post(RULES, **{**TYPED, "seen": seen(page)}).text
    assert desk.policies.of(TENANT).seats == 40


def test_buttons_of_rows_move_them_and_save_nothing(pages: Pages, desk: Desk) -> None:
    page = save(pages, button="unit down 0")
    assert page.status == 200
    assert (shown(page)["unit-0-target"], shown(page)["unit-1-target"]) == ("/Students/[class]", "/Staff/Teachers")
    assert shown(page)["group-0-target"] == TEACHERS
    assert "unit-2-target" in shown(save(pages, button="unit add 2"))
    assert "group-0-target" not in shown(save(pages, button="group remove 0"))
    assert not desk.policies.is_chosen(TENANT)


def test_half_a_form_changes_nothing(pages: Pages, desk: Desk) -> None:
    assert save(pages, seen="").status == 400
    assert save(pages, button="unit fly 0").status == 400
    assert pages.post(RULES, seen=seen(pages.get(RULES))).status == 400
    assert not desk.policies.is_chosen(TENANT)


def test_typed_markup_is_text(pages: Pages) -> None:
    page = save(pages, unit__0__value='"><script>', button="unit add 2")
    assert '"><script>' not in page.html
    assert shown(page)["unit-0-value"] == '"><script>'
