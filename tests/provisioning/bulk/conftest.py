"""A school with jobs."""

from collections.abc import Iterator

import pytest

from tests.provisioning.bulk.place import BulkPlace
from tests.provisioning.conftest import Desk


@pytest.fixture
def place(desk: Desk) -> Iterator[BulkPlace]:
    place = BulkPlace(desk)
    yield place
    place.transport.close()
