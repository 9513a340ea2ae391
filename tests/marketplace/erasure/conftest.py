"""A school that has something to delete."""

import pytest

from sandbox.google import seed
from tests.marketplace.conftest import house
from tests.marketplace.erasure.office import Office
from tests.marketplace.house import SCHOOL, House

__all__ = ["house"]


@pytest.fixture
def office(house: House) -> Office:
    """The school, in use, with entities of several kinds."""
    house.set_up()
    house.domains.state(SCHOOL)  # what Google says of the license is written down
    opened = Office(house)
    opened.fill(seed.NORTHFIELD)
    return opened
