"""What is decided for all rows of a file."""

import pytest

from provisioning.accounts.account_form import Choices
from provisioning.accounts.domain_policy import DomainPolicy
from provisioning.bulk.pages.upload_form import PASTED, UploadForm
from provisioning.directory.port import OrgUnit
from tests.provisioning.conftest import DOMAIN

CHOICES = Choices((DOMAIN, "students." + DOMAIN), (OrgUnit("/Staff", "/Staff"), OrgUnit("/Students", "/Students")), ())
NARROW = DomainPolicy(default_org_unit="/New", allowed_org_units=("/Students",))


def form(**typed: str) -> UploadForm:
    return UploadForm(typed, CHOICES, "class.csv", b"First name,Last name\nZo,Quill\n")


def test_nothing_needs_to_be_chosen() -> None:
    options = form().options(DomainPolicy(), is_admin=False)
    assert (options.domain, options.org_unit_path, options.change_password) == (DOMAIN, "", None)
    assert options.allowed_org_units == (), "anywhere"


def test_what_is_chosen_holds() -> None:
    chosen = form(domain="students." + DOMAIN, org_unit="/Staff", change_password="no")
    options = chosen.options(DomainPolicy(), is_admin=True)
    assert (options.domain, options.org_unit_path, options.change_password) == ("students." + DOMAIN, "/Staff", False)
    assert chosen.errors == {}


def test_creators_stay_where_they_may_place_accounts_and_administrators_do_not() -> None:
    assert form().options(NARROW, is_admin=False).allowed_org_units == ("/New", "/Students")
    assert form().options(NARROW, is_admin=True).allowed_org_units == ()


@pytest.mark.parametrize(
    "wrong", [{"domain": "evil.example"}, {"org_unit": "/Nowhere"}, {"change_password": "perhaps"}]
)
def test_what_was_not_offered_is_refused(wrong: dict[str, str]) -> None:
    tried = form(**wrong)
    tried.options(DomainPolicy(), is_admin=True)
    assert list(tried.errors) == list(wrong)


def test_nothing_sent_is_an_error_at_the_file() -> None:
    empty = UploadForm({}, CHOICES)
    empty.options(DomainPolicy(), is_admin=True)
    assert list(empty.errors) == ["file"]


def test_an_empty_file_is_called_empty() -> None:
    said = []
    for name in ("list.csv", PASTED):
        tried = UploadForm({}, CHOICES, name)
        tried.options(DomainPolicy(), is_admin=True)
        said.append(tried.errors["file"])
    assert said == ["list.csv is empty: choose another.", "Choose a file, or paste rows into the field."]
