"""What is reckoned for a job's page."""

from datetime import UTC, datetime

import pytest

from provisioning.bulk.status import Reason, added, over, pace, packed_reason, unpacked_reason


@pytest.mark.parametrize(
    ("mode", "counts", "expected"),
    [
        ("create", {"ready": 3, "intent": 1, "created": 2, "finished": 4, "failed": 1, "review": 1, "skipped": 9}, 8),
        ("undo", {"created": 2, "finished": 1, "deleted": 4, "kept": 1}, 5),
        ("create", {}, 0),
    ],
)
def test_rows_that_are_done_with(mode: str, counts: dict[str, int], expected: int) -> None:
    assert over(mode, counts, 0) == expected


def test_rows_that_the_plan_left_to_another_list_are_not_among_those_that_somebody_agreed_to() -> None:
    counts = {"created": 2, "skipped": 5, "passed_over": 4}
    assert (over("create", counts, 3), over("undo", counts, 3)) == (3, 0)


def test_counts_are_summed_by_name() -> None:
    assert added({"ready": 3}, {"ready": -1, "created": 1}, {}) == {"ready": 2, "created": 1}


def test_the_time_that_is_left_is_reckoned_from_what_was_done() -> None:
    assert pace(80, 320, 10) == (8.0, 40)
    assert pace(0, 320, 10) == (0.0, None)
    assert pace(5, 320, 0) == (0.0, None)


def test_a_reason_is_kept_with_its_time() -> None:
    for at in (None, datetime(2026, 11, 21, 8, tzinfo=UTC)):
        reason = Reason("seats", "No seats", "There are none.", "Buy some.", "raw", at)
        assert unpacked_reason(packed_reason(reason)) == reason
    assert unpacked_reason(None) is None
