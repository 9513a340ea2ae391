"""Asking that everything be deleted, and taking it back: what is closed meanwhile, and what nobody gets around."""

from datetime import timedelta

import pytest

from marketplace.access import CustomerId
from marketplace.rules import Standing
from runtime.datastore import tenant_namespace
from runtime.problems import BadRequest, Conflict, Forbidden, NotFound
from sandbox.google import marketplace, people, seed
from tests.marketplace.erasure.office import HARBOUR, Office
from tests.marketplace.house import SCHOOL, STUDENTS, VENDOR, House

WEEK = timedelta(days=7)


def test_a_customer_that_leaves_is_served_by_nobody(office: Office) -> None:
    house = office.house
    assert office.requests.serves(seed.NORTHFIELD)
    assert house.domains.active() == [seed.NORTHFIELD]

    office.ask()

    assert not office.requests.serves(seed.NORTHFIELD)
    assert house.domains.active() == []
    assert {house.standing(name) for name in (SCHOOL, STUDENTS)} == {Standing.LEAVING}
    with pytest.raises(Forbidden):
        house.domains.require_active(CustomerId(seed.NORTHFIELD))
    with pytest.raises(NotFound):
        house.domains.tenant_of(SCHOOL)
    assert not office.requests.serves("C0never")


def test_taken_back_all_is_as_it_was(office: Office) -> None:
    before = office.house.domains.stored(SCHOOL)
    office.ask()

    assert office.requests.take_back(seed.NORTHFIELD, office.house.actor()) == SCHOOL

    assert office.house.domains.stored(SCHOOL) == before
    assert office.requests.serves(seed.NORTHFIELD)
    assert office.requests.of(seed.NORTHFIELD) is None
    office.house.clock.advance(days=8)
    office.work()
    assert office.house.audit(seed.NORTHFIELD)[-2:] == ["erasure.asked", "erasure.taken_back"]
    with pytest.raises(NotFound):
        office.requests.take_back(seed.NORTHFIELD, VENDOR)


def test_asked_again_it_stays_as_it_was(office: Office) -> None:
    office.ask()
    before = office.requests.of(seed.NORTHFIELD)
    office.house.clock.advance(days=2)
    office.ask(domain=SCHOOL)
    assert before is not None
    assert office.requests.of(seed.NORTHFIELD) == before
    assert before.due_at - before.asked_at == WEEK


@pytest.mark.parametrize("typed", ["", STUDENTS, HARBOUR, "northfield"])
def test_another_name_than_the_primary_one_deletes_nothing(office: Office, typed: str) -> None:
    with pytest.raises(BadRequest, match="not the name"):
        office.requests.ask(SCHOOL, typed, VENDOR, "operator")
    assert office.requests.serves(seed.NORTHFIELD)


def test_a_secondary_domain_stands_for_its_customer(office: Office) -> None:
    assert office.requests.ask(STUDENTS, SCHOOL, VENDOR, "operator").customer == seed.NORTHFIELD


@pytest.mark.parametrize("typed", [HARBOUR, "", "no domain", "x" * 2000])
def test_what_was_never_set_up_has_nothing_to_delete(office: Office, typed: str) -> None:
    with pytest.raises(NotFound):
        office.requests.ask(typed, typed, VENDOR, "operator")


def test_at_once_is_for_operators_and_for_customers_who_uninstalled(office: Office) -> None:
    house = office.house
    with pytest.raises(Conflict, match="has uninstalled"):
        office.ask(at_once=True)
    marketplace.delete_app(house.world, seed.NORTHFIELD)
    house.clock.advance(minutes=2)
    with pytest.raises(Conflict):
        office.requests.ask(SCHOOL, SCHOOL, house.actor(), "administrator", at_once=True)
    assert office.requests.of(seed.NORTHFIELD) is None
    office.ask()
    office.ask(at_once=True)
    found = office.requests.of(seed.NORTHFIELD)
    assert found is not None
    assert found.due_at <= house.clock()


def test_a_domain_managed_by_hand_waits(house: House) -> None:
    house.operators.add_independent(HARBOUR, VENDOR)
    house.install(seed.HARBOUR)
    house.pin("hugo.admin@harbour.example")
    marketplace.delete_app(house.world, seed.HARBOUR)
    office = Office(house)
    with pytest.raises(Conflict):
        office.ask(at_once=True, domain=HARBOUR)
    office.ask(domain=HARBOUR)


def test_setup_and_release_change_nothing_of_a_customer_that_leaves(office: Office) -> None:
    house = office.house
    office.ask()
    with pytest.raises(Conflict, match="to be deleted"):
        house.pin()
    people.lapse_domain(house.world, seed.NORTHFIELD)
    house.domains.quarantine(SCHOOL, VENDOR, "C0other")
    with pytest.raises(Conflict, match="to be deleted"):
        house.operators.release(SCHOOL, VENDOR)


def test_once_deleting_has_begun_nobody_takes_it_back(office: Office) -> None:
    office.ask()
    office.house.clock.advance(days=7, seconds=1)
    office.deletion.start_due()
    office.belongings.meanwhile[1] = refused_to_take_back = _Refused(office)
    office.work()
    assert refused_to_take_back.standing is Standing.ERASING
    with tenant_namespace(seed.NORTHFIELD):
        assert office.house.entries() == []


class _Refused:
    """Somebody who would take it back in the middle."""

    def __init__(self, office: Office) -> None:
        self.office = office
        self.standing = Standing.ACTIVE

    def __call__(self) -> None:
        with pytest.raises(Conflict, match="has begun"):
            self.office.requests.take_back(seed.NORTHFIELD, VENDOR)
        self.standing = self.office.house.domains.stored(SCHOOL).standing
