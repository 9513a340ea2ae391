"""The setup steps that need the Directory."""

from dataclasses import replace

import pytest

from marketplace.setup_step import SetupContext
from provisioning.accounts.domain_policy import DomainPolicy
from provisioning.setup_steps import defaults_step, directory_steps
from runtime.google_problems import AccessRefused, NotDelegated
from sandbox.google import marketplace
from tests.provisioning.conftest import ADMIN, DOMAIN, HELPDESK, TENANT, Desk

CONTEXT = SetupContext(ADMIN, "100", DOMAIN, TENANT)
GOOD = {
    "patterns": "[lastname]",
    "language": "de",
    "default_org_unit": "/Staff",
    "password_length": "14",
    "creators": HELPDESK,
}


def test_directory_steps_are_green_once_access_is_granted(desk: Desk) -> None:
    results = {step.id: step.check(CONTEXT) for step in directory_steps(desk.directory)}
    assert list(results) == ["users-readable", "groups-readable", "org-units-readable", "domains-readable"]
    assert {result.state for result in results.values()} == {"ok"}
    assert "northfield.example, students.northfield.example" in results["domains-readable"].text
    assert "organizational units" in results["org-units-readable"].text


@pytest.mark.parametrize("number", range(4))
def test_directory_steps_pass_googles_refusals_on(desk: Desk, number: int) -> None:
    step = directory_steps(desk.directory)[number]
    with pytest.raises(AccessRefused):
        step.check(replace(CONTEXT, admin_email=HELPDESK))
    marketplace.revoke_data_access(desk.world, TENANT)
    desk.transport.forget(ADMIN)
    with pytest.raises(NotDelegated):
        step.check(CONTEXT)


def test_defaults_wait_for_the_customer_and_then_for_the_choice(desk: Desk) -> None:
    step = defaults_step(desk.policies, desk.directory)
    assert "customer" in step.check(replace(CONTEXT, customer_id="")).text
    assert step.check(CONTEXT).state == "waiting"
    assert step.save(CONTEXT, GOOD) == ()
    assert step.check(CONTEXT).state == "ok"


def test_defaults_are_kept_with_the_people_who_may_create(desk: Desk) -> None:
    defaults_step(desk.policies, desk.directory).save(CONTEXT, GOOD)
    policy = desk.policies.of(TENANT)
    assert (policy.patterns, policy.default_org_unit, policy.password_length) == ("[lastname]", "/Staff", 14)
    assert policy.language == "de"
    assert not policy.change_password
    assert [creator.email for creator in policy.creators] == [HELPDESK]
    assert desk.audit()[0].actor_label == ADMIN


def test_defaults_saved_again_keep_what_they_do_not_ask(desk: Desk) -> None:
    step = defaults_step(desk.policies, desk.directory)
    desk.policies.change(TENANT, desk.asker().actor, lambda before: replace(before, reserved_words=("boss",)))
    step.save(CONTEXT, GOOD)
    assert desk.policies.of(TENANT).reserved_words == ("boss",)


def test_defaults_that_are_wrong_come_back_as_typed_and_are_not_kept(desk: Desk) -> None:
    step = defaults_step(desk.policies, desk.directory)
    places = {"default_org_unit": "/Nowhere", "creators": "nobody@x.example"}
    wrong = {"patterns": "[", "language": "xx", "password_length": "x", **places}
    fields = {field.name: field for field in step.save(CONTEXT, wrong)}
    assert {name for name, field in fields.items() if field.error} == set(wrong)
    assert fields["patterns"].value == "["
    assert not desk.policies.is_chosen(TENANT)


def test_defaults_without_a_customer_are_not_kept(desk: Desk) -> None:
    step = defaults_step(desk.policies, desk.directory)
    assert step.save(replace(CONTEXT, customer_id=""), {**GOOD, "creators": ""}) != ()


def test_default_fields_show_the_present_values_and_all_units(desk: Desk) -> None:
    fields = {field.name: field for field in defaults_step(desk.policies, desk.directory).fields(CONTEXT)}
    assert fields["patterns"].value == DomainPolicy().patterns
    assert ("/Staff/Office", "/Staff/Office") in fields["default_org_unit"].options
    assert fields["change_password"].value == "yes"
