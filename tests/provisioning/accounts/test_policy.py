"""The domain's policy: kept with an audit entry, read with defaults, and who may create."""

from dataclasses import replace

import pytest

from marketplace.access import CustomerId, PersonId, Principal
from provisioning.accounts.domain_policy import Creator, DomainPolicy
from provisioning.accounts.records import POLICY_ID, DomainPolicyRecord
from provisioning.accounts.rules import GroupRule, OrgUnitRule
from provisioning.naming.policy import DEFAULT_FORBIDDEN_WORDS
from runtime.datastore import tenant_namespace
from runtime.google_problems import GoogleUnreachable
from runtime.problems import Forbidden
from sandbox.google import marketplace
from sandbox.google.seed import HARBOUR
from tests.provisioning.conftest import ADMIN, HELPDESK, PERSON, TENANT, Desk


def principal(person: str = "200", tenant: str = TENANT, *, is_admin: bool = False) -> Principal:
    return Principal(
        PersonId(person), "x@northfield.example", "X", "northfield.example", CustomerId(tenant), "northfield.example",
        is_admin=is_admin, is_operator=False, delegated_admin=ADMIN,
    )  # fmt: skip


def test_a_domain_that_chose_nothing_has_the_defaults(desk: Desk) -> None:
    assert desk.policies.of(TENANT) == DomainPolicy()
    assert not desk.policies.is_chosen(TENANT)


def test_a_change_is_kept_for_its_tenant_only(desk: Desk) -> None:
    chosen = DomainPolicy(
        patterns="[lastname]", number_of_suggestions=5, hold_seconds=60, language="de",
        cached_usernames=False, cache_expiration_hours=6, shrink_limit=25, reserved_words=("boss",),
        forbidden_words=("ass",), default_org_unit="/Staff", allowed_org_units=("/Staff", "/Students"),
        org_unit_rules=(OrgUnitRule("/Students/[class]", "begins", "class", "5"), OrgUnitRule("/Staff")),
        group_rules=(GroupRule("all@northfield.example", "under", "", "/Staff"),),
        password_kind="words", password_length=20, password_words=6, change_password=False,
        license="Google-Apps/1010020020", seats=40, welcome=True, letter="{address} {password}",
        invitations_off=True, invitations_a_day=7, creators=(Creator("1", "a@northfield.example"),),
    )  # fmt: skip
    desk.policies.change(TENANT, PERSON, lambda _before: chosen)
    assert desk.policies.of(TENANT) == replace(chosen, patterns_version=2)
    assert desk.policies.is_chosen(TENANT)
    assert desk.policies.of(HARBOUR) == DomainPolicy()


def test_a_change_leaves_an_entry_with_what_differs(desk: Desk) -> None:
    desk.policies.change(TENANT, PERSON, lambda before: replace(before, number_of_suggestions=4))
    [entry] = desk.audit()
    assert (entry.action, entry.actor_label) == ("policy.changed", PERSON.label)
    assert entry.detail == {"before": {"number_of_suggestions": 3}, "after": {"number_of_suggestions": 4}}


def test_a_change_of_nothing_leaves_no_second_entry(desk: Desk) -> None:
    desk.policies.change(TENANT, PERSON, lambda before: before)
    desk.policies.change(TENANT, PERSON, lambda before: before)
    assert desk.policies.is_chosen(TENANT)
    assert len(desk.audit()) == 1


def test_a_record_from_before_a_value_existed_has_its_default(desk: Desk) -> None:
    with tenant_namespace(TENANT):
        DomainPolicyRecord(id=POLICY_ID, patterns="[lastname]").put()
    assert desk.policies.of(TENANT) == DomainPolicy(patterns="[lastname]")


def test_administrators_and_listed_people_may_create(desk: Desk) -> None:
    desk.policies.change(TENANT, PERSON, lambda before: replace(before, creators=(Creator("200", "x@y.example"),)))
    assert desk.policies.may_create(principal("200"))
    assert desk.policies.may_create(principal("300", is_admin=True))
    assert not desk.policies.may_create(principal("300"))
    assert not desk.policies.may_create(principal("200", HARBOUR))


def test_everybody_else_is_told_whom_to_ask(desk: Desk) -> None:
    with pytest.raises(Forbidden) as refused:
        desk.policies.require_creator(principal("300"))
    assert ADMIN in refused.value.advice


def test_creators_are_found_by_address_and_kept_by_id(desk: Desk) -> None:
    found, wrong = desk.policies.find_creators(TENANT, ADMIN, f" {HELPDESK.upper()},\n{HELPDESK} {ADMIN}")
    assert wrong == ""
    assert [creator.email for creator in found] == [HELPDESK, ADMIN]
    assert found[0].id == desk.user(HELPDESK).id  # type: ignore[union-attr]


@pytest.mark.parametrize("typed", ["nobody.here@northfield.example", "hanna.helpdesk", "x" * 300])
def test_somebody_who_is_not_in_the_domain_is_named(desk: Desk, typed: str) -> None:
    found, wrong = desk.policies.find_creators(TENANT, ADMIN, f"{HELPDESK} {typed}")
    assert found == ()
    assert typed[:100] in wrong


def test_a_person_of_another_customer_is_no_creator(desk: Desk) -> None:
    """As if Google let our administrator see them."""
    marketplace.install(desk.world, HARBOUR)
    found, wrong = desk.policies.find_creators(TENANT, "hugo.admin@harbour.example", "hugo.admin@harbour.example")
    assert (found, bool(wrong)) == ((), True)


def test_creators_are_not_dropped_when_google_does_not_answer(desk: Desk) -> None:
    desk.break_google(503, method="GET", count=-1)
    with pytest.raises(GoogleUnreachable):
        desk.policies.find_creators(TENANT, ADMIN, HELPDESK)


def test_a_creator_who_was_renamed_or_deleted_stays_listed_until_removed(desk: Desk) -> None:
    listed = (Creator("77", "gone@northfield.example"),)
    desk.policies.change(TENANT, PERSON, lambda before: replace(before, creators=listed))
    assert desk.policies.find_creators(TENANT, ADMIN, "gone@northfield.example") == (listed, "")


def test_naming_has_the_defaults_for_an_empty_list_and_the_words_on_top() -> None:
    naming = DomainPolicy(patterns=" ", reserved_words=("boss",), forbidden_words=("xyz",)).naming()
    assert naming.cached
    assert not DomainPolicy(cached_usernames=False).naming().cached
    assert naming.patterns == DomainPolicy().naming().patterns
    assert {"boss", "abuse"} <= naming.reserved_words
    assert naming.forbidden_words == DEFAULT_FORBIDDEN_WORDS | {"xyz"}


def test_extra_fields_are_those_of_the_patterns_once() -> None:
    patterns = "[firstname].[C1_secondLastname], [nickname][secondLastname], [lastname][#]"
    assert DomainPolicy(patterns=patterns).extra_fields() == ("secondLastname", "nickname")


def test_fields_that_the_rules_look_at_are_asked_for_too() -> None:
    policy = DomainPolicy(
        patterns="[nickname].[lastname]",
        org_unit_rules=(OrgUnitRule("/Students/[Class]", "equals", "FirstName", "x"),),
        group_rules=(GroupRule("a@x.example", "equals", "NICKNAME", "x"), GroupRule("[class]@x.example")),
    )
    assert policy.pattern_fields() == ("nickname",)
    assert policy.extra_fields() == ("nickname", "Class")
