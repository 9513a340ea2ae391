"""The form of a new account: the order it makes, and what may be chosen."""

from dataclasses import replace

from provisioning.accounts.account_form import AccountForm, Choices, is_token
from provisioning.accounts.domain_policy import DomainPolicy
from provisioning.accounts.rules import GroupRule, OrgUnitRule
from provisioning.directory.places import TenantPlaces
from provisioning.directory.port import OrgUnit

PLACES = TenantPlaces(("a.example", "b.example"), (OrgUnit("/", "/"), OrgUnit("/S", "S"), OrgUnit("/T", "T")))
CHOICES = Choices(PLACES.domains, PLACES.org_units[:2], ("nickname",))


def form(**typed: str) -> AccountForm:
    return AccountForm(typed, CHOICES)


def test_the_typed_username_comes_before_the_chosen_one() -> None:
    assert form(username="Typed.Name ", choice="chosen").username == "typed.name"
    assert form(username=" ", choice="chosen").username == "chosen"
    assert form().username == ""


def test_a_whole_address_is_taken_for_its_username() -> None:
    assert form(username="me@a.example").username == "me"
    assert form(username="me@b.example", domain="b.example").username == "me"
    assert form(username="me@b.example").username == "me@b.example"


def test_the_order_has_what_was_typed() -> None:
    filled = form(
        firstname=" Ada ", lastname="L ", choice="ada", domain="b.example", org_unit="/S", password=" x ",
        change_password="yes", operation="op", holder="token",
    )  # fmt: skip
    order = filled.order("page:1:token")
    assert (order.given_name, order.family_name, order.address) == ("Ada", "L", "ada@b.example")
    assert (order.org_unit_path, order.password, order.change_password) == ("/S", " x ", True)
    assert (order.operation, order.holder) == ("op", "page:1:token")
    assert filled.errors == {}


def test_places_that_are_not_offered_are_errors() -> None:
    filled = form(org_unit="/T", domain="c.example")
    assert filled.order("x").domain == "a.example"
    assert set(filled.errors) == {"org_unit", "domain"}


def test_empty_extra_fields_count_as_not_sent() -> None:
    fields = AccountForm({"firstname": "A", "field-nickname": "", "field-other": "x"}, CHOICES).naming_fields()
    assert fields == {"firstname": "A", "lastname": "", "nickname": None}


def test_creators_choose_among_the_allowed_units_and_the_default() -> None:
    policy = DomainPolicy(default_org_unit="/S", allowed_org_units=("/T", "/Gone"))
    assert Choices.of(policy, PLACES, "a.example", is_admin=False).org_units == PLACES.org_units[1:]
    assert Choices.of(policy, PLACES, "a.example", is_admin=True).org_units == PLACES.org_units
    assert Choices.of(DomainPolicy(), PLACES, "a.example", is_admin=False).org_units == PLACES.org_units


def test_without_verified_domains_the_primary_one_is_left() -> None:
    assert Choices.of(DomainPolicy(), TenantPlaces((), ()), "a.example", is_admin=True).domains == ("a.example",)


def test_tokens_are_long_and_plain() -> None:
    assert is_token("A" * 16)
    assert is_token("_-azAZ09" * 2)
    assert not any(is_token(text) for text in ("", "short", "A" * 65, "A" * 15 + "\n", "ä" * 16, "A" * 16 + "/"))


RULES = DomainPolicy(
    default_org_unit="/S",
    org_unit_rules=(OrgUnitRule("/T", "equals", "nickname", "tea"), OrgUnitRule("/Gone", "equals", "nickname", "gone")),
    group_rules=(GroupRule("t@a.example", "under", "", "/T"), GroupRule("[nickname]@a.example")),
    license="a/b",
)


def by_rules(**typed: str) -> AccountForm:
    typed = {name.replace("__", "-"): value for name, value in typed.items()}
    return AccountForm(typed, Choices.of(RULES, PLACES, "a.example", is_admin=True))


def test_rules_place_an_account_that_nobody_placed() -> None:
    assert by_rules(field__nickname="Tea").order("x").org_unit_path == "/T"
    assert by_rules(field__nickname="Tea", org_unit="/").order("x").org_unit_path == "/"
    assert by_rules().order("x").org_unit_path == "/S"
    assert "/Gone" in refused(by_rules(field__nickname="gone"))
    assert "of the list" in refused(by_rules(org_unit="/Elsewhere"))
    assert "of the list" in refused(form())


def refused(filled: AccountForm) -> str:
    filled.order("x")
    return filled.errors["org_unit"]


def test_what_the_rules_make_of_it_is_said_and_ordered() -> None:
    filled = by_rules(field__nickname="tea")
    assert filled.follows == "By the rules it goes to /T. It joins t@a.example, tea@a.example."
    assert [(step.kind, step.target) for step in filled.order("x").steps] == [
        ("group", "t@a.example"), ("group", "tea@a.example"), ("license", "a/b"),
    ]  # fmt: skip
    assert by_rules(org_unit="/T").follows == "It joins t@a.example."
    assert by_rules(org_unit="/").follows == ""
    assert form(org_unit="/S").follows == ""


def test_creators_go_by_the_rules_only_where_they_may() -> None:
    policy = replace(RULES, allowed_org_units=("/S",))
    choices = Choices.of(policy, PLACES, "a.example", is_admin=False)
    assert "/T" in refused(AccountForm({"field-nickname": "tea"}, choices))
