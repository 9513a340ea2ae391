"""Domains and organizational units are remembered for some minutes, for each tenant."""

import pytest

from provisioning.directory.places import KEPT
from provisioning.directory.port import OrgUnit
from runtime.google_problems import GoogleUnreachable
from sandbox.google import marketplace
from sandbox.google.seed import HARBOUR
from sandbox.google.world import Fault
from sandbox.google.world import OrgUnit as SimulatedUnit
from tests.provisioning.conftest import ADMIN, DOMAIN, TENANT, Desk


def test_places_are_the_verified_domains_and_all_units(desk: Desk) -> None:
    with desk.world.changing():
        desk.world.customers[TENANT].domains[1].verified = False
    places = desk.places.of(TENANT, ADMIN)
    assert places.domains == (DOMAIN,)
    assert OrgUnit("/Staff/Office", "Office") in places.org_units


def test_places_are_asked_again_when_they_are_old(desk: Desk) -> None:
    before = desk.places.of(TENANT, ADMIN)
    with desk.world.changing():
        desk.world.customers[TENANT].org_units.append(SimulatedUnit("id:03new", "/New", "New"))
    assert desk.places.of(TENANT, ADMIN) is before
    desk.clock.advance(seconds=KEPT.total_seconds())
    assert OrgUnit("/New", "New") in desk.places.of(TENANT, ADMIN).org_units


def test_a_failure_is_not_remembered(desk: Desk) -> None:
    with desk.world.changing():
        desk.world.faults.append(Fault("/admin/directory/v1/customer", status=503, count=-1))
    with pytest.raises(GoogleUnreachable):
        desk.places.of(TENANT, ADMIN)
    with desk.world.changing():
        desk.world.faults.clear()
    assert desk.places.of(TENANT, ADMIN).domains


def test_tenants_do_not_share_places(desk: Desk) -> None:
    marketplace.install(desk.world, HARBOUR)
    assert desk.places.of(TENANT, ADMIN).domains[0] == DOMAIN
    assert desk.places.of(HARBOUR, "hugo.admin@harbour.example").domains == ("harbour.example",)
