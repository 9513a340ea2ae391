"""A sample of `make torture`: a small job, killed and disturbed in every way at once."""

from collections.abc import Iterator

import pytest

from tests.torture import scenarios
from tests.torture.site import Outside

PEOPLE = 40


@pytest.fixture(scope="module")
def around() -> Iterator[Outside]:
    with Outside() as around:
        yield around


def test_a_job_that_is_killed_and_disturbed_in_every_way_ends_as_if_nothing_had_happened(around: Outside) -> None:
    figures = scenarios.sampled(around, PEOPLE)
    assert figures.killed.total() >= 3
    assert figures.faults.total() >= 1
    assert figures.rows["finished"] == figures.signed_in >= PEOPLE - 10
