"""What can happen to a job, and what it becomes. Pure.

columns ─▶ planning ─▶ ready ─▶ running ─▶ done
   ▲          │ ▲        │       │   ▲       │ retry, undo
   └ failed ◀─┘ └────────┘       ▼   │       ▼
             other columns      paused    running

cancelled: from anywhere before the end; what was asked of Google by then is still settled, and can be undone.
"""

from typing import Literal, get_args

from runtime.problems import Conflict

JobState = Literal["columns", "planning", "ready", "running", "paused", "done", "cancelled", "failed"]
JobEvent = Literal[
    "choose",  # somebody says what the columns are
    "planned",  # every row has a plan
    "fail",  # the file cannot be planned
    "mend",  # somebody corrects a row
    "confirm",  # somebody agrees to the number of accounts
    "pause",  # somebody, or a problem that concerns all accounts
    "resume",
    "cancel",
    "finish",  # no row is left to be worked on
    "retry",  # rows that failed are begun again
    "follow",  # somebody wants the follow-ups done that were open when the job was cancelled
    "look",  # somebody wants to know what undoing would do
    "undo",  # accounts that nobody used are deleted again
]
STATES: tuple[JobState, ...] = get_args(JobState)
EVENTS: tuple[JobEvent, ...] = get_args(JobEvent)
UNCONFIRMED = frozenset({"columns", "planning", "ready", "failed"})
"""Nothing was asked of Google yet."""
OVER = frozenset({"done", "cancelled"})

TRANSITIONS: dict[tuple[JobState, JobEvent], JobState] = {
    ("columns", "choose"): "planning",
    ("columns", "cancel"): "cancelled",
    ("planning", "planned"): "ready",
    ("planning", "fail"): "failed",
    ("planning", "cancel"): "cancelled",
    ("failed", "choose"): "planning",
    ("failed", "cancel"): "cancelled",
    ("ready", "choose"): "planning",
    ("ready", "mend"): "ready",
    ("ready", "confirm"): "running",
    ("ready", "cancel"): "cancelled",
    ("running", "pause"): "paused",
    ("running", "cancel"): "cancelled",
    ("running", "finish"): "done",
    ("paused", "resume"): "running",
    ("paused", "cancel"): "cancelled",
    ("done", "retry"): "running",
    ("done", "look"): "done",
    ("done", "undo"): "running",
    ("cancelled", "follow"): "cancelled",
    ("cancelled", "look"): "cancelled",
    ("cancelled", "undo"): "running",
}
"""Everything else is refused."""
_NOW = {
    "columns": "it waits for somebody to say what its columns are",
    "planning": "it is being planned",
    "ready": "it waits for somebody to confirm it",
    "running": "it is running",
    "paused": "it is paused",
    "done": "it is done",
    "cancelled": "it was cancelled",
    "failed": "its file could not be planned",
}


class NotNow(Conflict):
    """The job is not, or not any more, in a state in which this can be done; somebody else may have been faster."""

    title = "The job has gone on meanwhile"
    code = "job_state"


def after(state: JobState, event: JobEvent) -> JobState:
    """What a job becomes. Raises NotNow."""
    following = TRANSITIONS.get((state, event))
    if following is None:
        raise NotNow(f"That cannot be done with this job now: {_NOW[state]}.")
    return following


def permits(state: JobState, event: JobEvent) -> bool:
    """Whether to offer it."""
    return (state, event) in TRANSITIONS
