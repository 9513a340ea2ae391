"""What holds for every test."""

import re
from collections.abc import Iterator
from typing import Any

import pytest
from flask import Flask
from hypothesis import HealthCheck, settings
from xdist.scheduler.loadfile import LoadFileScheduling

from sandbox.datastore.server import DatastoreServer
from tests.routing import KnownRule

# Whether an example came quickly says something about the machine, not about the rule that it is an example of.
settings.register_profile("frontdesk", deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.load_profile("frontdesk")

Flask.url_rule_class = KnownRule

PLACES = ("browser", "contract", "journeys", "marketplace", "provisioning", "runtime", "sandbox", "torture", "forked")
pytest.register_assert_rewrite(*(f"tests.{name}" for name in (*PLACES, "forms", "stack", "stored", "web")))
"""What tests share asserts as well, and says what it found."""

EMULATED = re.compile(r"tests/contract/datastore/.*\[(ds|dsfs|fsds)\b")
"""Tests of the Datastore's suite that ask one of Google's emulators."""

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


LONGEST = (
    "test_screens_settings", "test_screens_accounts", "test_screens_doors", "test_screens_bulk", "test_bad_input",
    "test_crawl_killed", "test_secrets", "test_sample", "test_job_killed", "test_runner",
)  # fmt: skip
"""Files that take some twenty seconds or more come first, so that no worker is left with one of them at the end."""


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Run races without measuring coverage, which others do; begin with what takes longest."""
    for item in items:
        if item.path.stem in UNMEASURED:
            item.add_marker(pytest.mark.no_cover)
    items.sort(key=lambda item: LONGEST.index(item.path.stem) if item.path.stem in LONGEST else len(LONGEST))


class ByFile(LoadFileScheduling):
    """A file's tests on one worker; together whatever asks emulators, which take seconds to start for each worker."""

    def _split_scope(self, nodeid: str) -> str:
        return "emulators" if EMULATED.match(nodeid) else super()._split_scope(nodeid)


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_make_scheduler(config: pytest.Config, log: Any) -> ByFile:
    """Deal tests out to workers."""
    return ByFile(config, log)
