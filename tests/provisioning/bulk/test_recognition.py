"""Which rows of another job count as somebody who has, may have, or gets an account."""

import pytest

from provisioning.bulk.recognition import expected_address, makes, may_have_made
from provisioning.bulk.rows import HELD, UNKNOWN, Row
from tests.provisioning.bulk.place import row

LEFT = row(0, state="skipped", left_to=["job9/000000"], username="", planned="pupil0.example")
ASKED = [
    row(0, state="intent", begun=5.0),
    row(0, state="review", code=UNKNOWN, begun=5.0),
    row(0, state="ready", begun=5.0),
]
TO_BE_TRIED = [row(0, state="failed"), row(0, state="review", code=HELD), LEFT]
NOBODY = [
    row(0, state="problem"),
    row(0, state="skipped"),
    row(0, state="deleted", begun=5.0),
    row(0, state="review", code="address_taken"),
]


@pytest.mark.parametrize("state", ["running", "paused", "done", "cancelled"])
def test_what_exists_or_was_asked_for_counts_whatever_became_of_the_job(state: str) -> None:
    for found in (row(0, state="created"), row(0, state="finished", begun=5.0), row(0, state="kept"), *ASKED):
        assert may_have_made(found, "create")
        assert makes(found, "create", state, begins_again=False)
    for found in (row(0), *TO_BE_TRIED, *NOBODY):
        assert not may_have_made(found, "create")


def test_what_was_not_decided_when_a_job_was_undone_is_nobodys() -> None:
    assert [may_have_made(found, "undo") for found in ASKED] == [False] * 3
    assert [makes(found, "undo", "running", begins_again=False) for found in (row(0), *ASKED)] == [False] * 4


@pytest.mark.parametrize(
    ("found", "waits", "waits_again"),
    [(row(0), True, True), *((one, False, True) for one in TO_BE_TRIED), *((one, False, False) for one in NOBODY)],
)
def test_what_is_yet_to_be_made_counts_while_the_job_goes_on(found: Row, *, waits: bool, waits_again: bool) -> None:
    for state in ("running", "paused"):
        assert makes(found, "create", state, begins_again=False) == waits
        assert makes(found, "create", state, begins_again=True) == waits_again
    for state in ("done", "cancelled"):
        assert not makes(found, "create", state, begins_again=True)


def test_who_was_passed_over_is_known_by_the_address_of_the_preview() -> None:
    assert expected_address(LEFT) == expected_address(row(0)) == row(0).address
