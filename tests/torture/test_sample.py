"""A sample of `make torture`: a small job, killed and disturbed in every way at once."""

from collections.abc import Iterator

import pytest

from tests.torture import scenarios
from tests.torture.scenarios import SAMPLE
from tests.torture.site import Outside
from tests.torture.trouble import ONCE

PEOPLE = 40


@pytest.fixture(scope="module")
def around() -> Iterator[Outside]:
    with Outside() as around:
        yield around


def test_a_job_that_is_killed_and_disturbed_in_every_way_ends_as_if_nothing_had_happened(around: Outside) -> None:
    figures = scenarios.sampled(around, PEOPLE)
    assert set(figures.killed) == {name for name, _ in SAMPLE}
    assert figures.faults.total() == len(ONCE)
    assert figures.rows["finished"] == figures.signed_in >= PEOPLE - 10
