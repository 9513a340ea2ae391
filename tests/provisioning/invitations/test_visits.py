"""Opening links, and knowing browsers again."""

import threading
from dataclasses import replace

import pytest

from provisioning.invitations.allowance import VISITS_A_PLACE, VISITS_BESIDES
from provisioning.invitations.problems import EnoughTried, InvitationOver, LinkUnknown, VisitOver
from provisioning.invitations.records import Visit
from provisioning.invitations.visits import KEPT, LASTS, network_of
from runtime.datastore import tenant_namespace
from runtime.limits import Spent
from tests.provisioning.conftest import PERSON, TENANT
from tests.provisioning.invitations.conftest import House

NETWORK = "203.0.113.7"


def kept_visits() -> list[Visit]:
    with tenant_namespace(TENANT):
        return list(Visit.query())


def test_a_forged_link_or_cookie_costs_no_reading(house: House) -> None:
    """Where there is no Datastore at all, the answer is the same."""
    said: list[type[Exception]] = []

    def elsewhere() -> None:
        forged = house.links.link(TENANT, "0" * 16)[:-1] + "-"
        for ask in (lambda: house.visits.open(forged, "", NETWORK), lambda: house.visits.current("x.y.z")):
            try:
                ask()
            except (LinkUnknown, VisitOver) as problem:
                said.append(type(problem))

    thread = threading.Thread(target=elsewhere)
    thread.start()
    thread.join()
    assert said == [LinkUnknown, VisitOver]


def test_a_link_opened_again_in_the_same_browser_goes_on_with_its_visit(house: House) -> None:
    link, other = house.invite(quota=5), house.invite()
    cookie = house.visits.open(link, "", NETWORK)
    assert house.visits.open(link, cookie, NETWORK) == cookie
    assert house.visits.open(link, "", NETWORK) != cookie
    assert house.visits.open(other, cookie, NETWORK) != cookie
    assert len(kept_visits()) == 3


def test_a_visit_ends_after_half_an_hour_and_is_swept_a_day_later(house: House) -> None:
    cookie = house.visits.open(house.invite(), "", NETWORK)
    house.desk.clock.advance(seconds=LASTS.total_seconds())
    with pytest.raises(VisitOver):
        house.visits.current(cookie)
    house.sweep.clear(TENANT)
    assert len(kept_visits()) == 1
    house.desk.clock.advance(seconds=KEPT.total_seconds() + 1)
    house.sweep.clear(TENANT)
    assert kept_visits() == []


@pytest.mark.parametrize("why", ["closed", "expired", "switched off", "not in use", "used up", "deleted"])
def test_a_link_that_opens_nothing_says_so_and_keeps_nothing(house: House, why: str) -> None:
    link = house.invite()
    if why == "closed":
        house.invitations.close(TENANT, PERSON, house.info(link).id)
    elif why == "expired":
        house.desk.clock.advance(days=7)
    elif why == "switched off":
        house.desk.policies.change(TENANT, PERSON, lambda policy: replace(policy, invitations_off=True))
    elif why == "not in use":
        house.in_use = False
    elif why == "used up":
        house.join(house.visit(link))
    else:
        link = house.links.link(TENANT, "f" * 16)
    before = len(kept_visits())
    with pytest.raises((InvitationOver, LinkUnknown)) as over:
        house.visits.open(link, "", NETWORK)
    assert "unlicensed" not in over.value.words
    assert len(kept_visits()) == before


def test_a_link_is_opened_so_many_times_a_day(house: House) -> None:
    link = house.invite()
    for _ in range(VISITS_BESIDES + VISITS_A_PLACE):
        house.visits.open(link, "", NETWORK)
    with pytest.raises(EnoughTried):
        house.visits.open(link, "", NETWORK)


def test_counters_hold_no_address_of_the_network(house: House) -> None:
    for address in (NETWORK, "2001:db8:1:2:3:4:5:6"):
        for _ in range(15):  # enough to be reported
            house.visits.open(house.invite(quota=9, days=1), "", address)
    with tenant_namespace(TENANT):
        keys = [str(key.id()) for key in Spent.query().fetch(keys_only=True)]
    assert any(key.startswith("visits/network/") for key in keys)
    assert not any("203.0" in key or "2001" in key for key in keys)


def test_all_addresses_of_an_ipv6_network_count_as_one(house: House) -> None:
    assert house.visits.network("2001:db8:1:2::1") == house.visits.network("2001:db8:1:2:a:b:c:d")
    assert house.visits.network("2001:db8:1:3::1") != house.visits.network("2001:db8:1:2::1")


@pytest.mark.parametrize(
    ("address", "network"),
    [
        ("203.0.113.7", "203.0.113.7"),
        ("::ffff:203.0.113.7", "203.0.113.7"),
        ("2001:db8::1", "2001:db8::/64"),
        ("2001:db8::7:8", "2001:db8::/64"),
        ("2001:db8:1:2:3:4:5:6", "2001:db8:1:2::/64"),
        ("", ""),
        ("unknown", "unknown"),
    ],
)
def test_addresses_of_one_place_are_one_network_however_they_are_written(address: str, network: str) -> None:
    assert network_of(address) == network
