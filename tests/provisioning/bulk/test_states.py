"""What can happen to a job: the whole table."""

import pytest

from provisioning.bulk.states import (
    EVENTS,
    OVER,
    STATES,
    TRANSITIONS,
    UNCONFIRMED,
    JobEvent,
    JobState,
    NotNow,
    after,
    permits,
)

ALLOWED: dict[JobState, set[JobEvent]] = {
    "columns": {"choose", "cancel"},
    "planning": {"planned", "fail", "cancel"},
    "failed": {"choose", "cancel"},
    "ready": {"choose", "mend", "confirm", "cancel"},
    "running": {"pause", "cancel", "finish"},
    "paused": {"resume", "cancel"},
    "done": {"retry", "look", "undo"},
    "cancelled": {"follow", "look", "undo"},
}


@pytest.mark.parametrize("state", STATES)
def test_only_so_much_can_happen(state: JobState) -> None:
    assert {event for event in EVENTS if permits(state, event)} == ALLOWED[state]
    for event in set(EVENTS) - ALLOWED[state]:
        with pytest.raises(NotNow, match="cannot be done with this job now"):
            after(state, event)


def test_nothing_runs_that_nobody_agreed_to() -> None:
    into_running = {(state, event) for (state, event), following in TRANSITIONS.items() if following == "running"}
    assert {event for _, event in into_running} == {"confirm", "resume", "retry", "undo"}
    assert {state for state, _ in into_running} & UNCONFIRMED == {"ready"}


def test_what_is_over_ends_nowhere_by_itself() -> None:
    assert all(event in {"retry", "follow", "look", "undo"} for state in OVER for event in ALLOWED[state])  # type: ignore[index]


def test_every_job_can_end() -> None:
    for state in set(STATES) - OVER:
        assert after(state, "cancel") == "cancelled"  # type: ignore[arg-type]
