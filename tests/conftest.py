"""What holds for every test."""

from collections.abc import Iterator

import pytest
from hypothesis import HealthCheck, settings

from sandbox.datastore.server import DatastoreServer

# Whether an example came quickly says something about the machine, not about the rule that it is an example of.
settings.register_profile("frontdesk", deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.load_profile("frontdesk")

PLACES = ("browser", "contract", "journeys", "marketplace", "provisioning", "runtime", "sandbox", "torture", "forked")
pytest.register_assert_rewrite(*(f"tests.{name}" for name in (*PLACES, "forms", "stack", "stored", "web")))
"""What tests share asserts as well, and says what it found."""

UNMEASURED = {
    "test_job_killed",
    "test_plan_killed",
    "test_races",
    "test_index_races",
    "test_crawl_killed",
    "test_opening_races",
    "test_joining_races",
    "test_processes",
}
"""Races and kills reach nothing that other tests do not, and tracing would make them other races."""


@pytest.fixture(scope="session")
def datastore_server() -> Iterator[DatastoreServer]:
    """One for the run; whoever uses it takes a project of its own."""
    with DatastoreServer(None) as server:
        yield server


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Run races without measuring coverage, which others do."""
    for item in items:
        if item.path.stem in UNMEASURED:
            item.add_marker(pytest.mark.no_cover)
