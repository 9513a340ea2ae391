"""What is decided for all rows of a file."""

from dataclasses import replace

import pytest

from marketplace.access import CustomerId, PersonId, Principal
from provisioning.accounts.account_form import Choices
from provisioning.accounts.domain_policy import DomainPolicy
from provisioning.bulk.pages.upload_form import PASTED, UploadForm
from provisioning.directory.port import OrgUnit
from tests.provisioning.conftest import DOMAIN

CHOICES = Choices((DOMAIN, "students." + DOMAIN), (OrgUnit("/Staff", "/Staff"), OrgUnit("/Students", "/Students")), ())
CREATOR = Principal(
    PersonId("7"), f"hanna@{DOMAIN}", "Hanna", DOMAIN, CustomerId("C1"), DOMAIN, is_admin=False, is_operator=False,
    delegated_admin=f"ada@{DOMAIN}",
)  # fmt: skip
DELEGATED = replace(CREATOR, is_admin=True)
SUPER = replace(DELEGATED, is_super_admin=True)
NARROW = DomainPolicy(default_org_unit="/New", allowed_org_units=("/Students",))


def form(**typed: str) -> UploadForm:
    return UploadForm(typed, CHOICES, "class.csv", b"First name,Last name\nZo,Quill\n")


def test_nothing_needs_to_be_chosen() -> None:
    options = form().options(DomainPolicy(), CREATOR)
    assert (options.domain, options.org_unit_path, options.change_password) == (DOMAIN, "", None)
    assert options.allowed_org_units == (), "anywhere"


def test_what_is_chosen_holds() -> None:
    chosen = form(domain="students." + DOMAIN, org_unit="/Staff", change_password="no")
    options = chosen.options(DomainPolicy(), SUPER)
    assert (options.domain, options.org_unit_path, options.change_password) == ("students." + DOMAIN, "/Staff", False)
    assert chosen.errors == {}


def test_creators_stay_where_they_may_place_accounts_and_administrators_do_not() -> None:
    assert form().options(NARROW, CREATOR).allowed_org_units == ("/New", "/Students")
    assert form().options(NARROW, DELEGATED).allowed_org_units == ()


def test_only_super_administrators_name_groups_and_no_creator_an_address_of_the_domains_own() -> None:
    planned = [form().options(DomainPolicy(), who) for who in (CREATOR, DELEGATED, SUPER)]
    assert [(one.by_rule_only, one.may_name_roles) for one in planned] == [(True, False), (True, True), (False, True)]


def test_who_may_do_less_goes_on_with_no_job_that_was_planned_for_more() -> None:
    creators, delegated, supers = (form().options(NARROW, who) for who in (CREATOR, DELEGATED, SUPER))
    assert creators.is_within(creators)
    assert creators.is_within(delegated)
    assert creators.is_within(supers)
    assert delegated.is_within(supers)
    assert not delegated.is_within(creators)
    assert not supers.is_within(delegated)
    narrower = DomainPolicy(default_org_unit="/New", allowed_org_units=("/Students", "/Staff"))
    assert creators.is_within(form().options(narrower, CREATOR)), "more is allowed by now"
    assert not form().options(narrower, CREATOR).is_within(creators), "less"
    assert not form().options(DomainPolicy(), CREATOR).is_within(creators), "anywhere is more than some places"


@pytest.mark.parametrize(
    "wrong", [{"domain": "evil.example"}, {"org_unit": "/Nowhere"}, {"change_password": "perhaps"}]
)
def test_what_was_not_offered_is_refused(wrong: dict[str, str]) -> None:
    tried = form(**wrong)
    tried.options(DomainPolicy(), SUPER)
    assert list(tried.errors) == list(wrong)


def test_nothing_sent_is_an_error_at_the_file() -> None:
    empty = UploadForm({}, CHOICES)
    empty.options(DomainPolicy(), SUPER)
    assert list(empty.errors) == ["file"]


def test_an_empty_file_is_called_empty() -> None:
    said = []
    for name in ("list.csv", PASTED):
        tried = UploadForm({}, CHOICES, name)
        tried.options(DomainPolicy(), SUPER)
        said.append(tried.errors["file"])
    assert said == ["list.csv is empty: choose another.", "Choose a file, or paste rows into the field."]
