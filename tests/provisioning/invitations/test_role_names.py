"""No stranger gets an address by which somebody could speak for the domain."""

import pytest

from provisioning.invitations.problems import NameNotFree
from provisioning.naming.role_names import ROLE_NAMES
from tests.provisioning.conftest import DOMAIN
from tests.provisioning.invitations.conftest import CALLER, House, wish


@pytest.mark.parametrize("username", ["admin", "Administrator", "webmaster", "hostmaster", f"security@{DOMAIN}"])
def test_an_address_of_the_domain_itself_cannot_be_had(house: House, username: str) -> None:
    with pytest.raises(NameNotFree):
        house.joining.create(house.visit(house.invite()), wish(username=username), CALLER)
    assert house.desk.user(f"{username.partition('@')[0].lower()}@{DOMAIN}") is None


def test_no_pattern_leads_to_one(house: House) -> None:
    named = wish(given_name="Ad", family_name="Min")
    suggested = house.joining.suggest(house.visit(house.invite(quota=30)), named, CALLER)
    assert suggested
    assert ROLE_NAMES.isdisjoint(suggested)
