"""A school whose Directory is read."""

from collections.abc import Iterator

import pytest

from tests.provisioning.conftest import Desk
from tests.provisioning.directory.reading import Reading


@pytest.fixture
def reading(desk: Desk) -> Iterator[Reading]:
    """In small pages: five of people, one of deleted people, one of groups."""
    reading = Reading(desk)
    reading.knobs(page_limit=60)
    yield reading
    reading.transport.close()
