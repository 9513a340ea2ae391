"""A sample of `make torture`: two small jobs, killed, and disturbed in every way at once."""

from collections.abc import Iterator

import pytest

from tests.torture import scenarios
from tests.torture.site import Outside

PEOPLE = 60


@pytest.fixture(scope="module")
def around() -> Iterator[Outside]:
    with Outside() as around:
        yield around


def test_a_job_whose_instances_are_killed_at_named_points_ends_as_if_nothing_had_happened(around: Outside) -> None:
    figures = scenarios.at_named_points(around, PEOPLE, numbers=(2,))
    assert figures.killed.total() >= 15
    assert {"after insert", "before commit of a settlement", "after commit of intents"} <= figures.killed.keys()
    assert figures.rows["finished"] == figures.signed_in >= PEOPLE - 5


def test_a_job_that_is_disturbed_in_every_way_ends_as_if_nothing_had_happened(around: Outside) -> None:
    figures = scenarios.with_everything(around, PEOPLE, kills=8, seed=3)
    assert figures.killed.total() >= 5
    assert figures.faults.total() >= 5
    assert figures.rows["finished"] == figures.signed_in >= PEOPLE - 10
