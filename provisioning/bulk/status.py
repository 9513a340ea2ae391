"""A job as pages show it: values, and how they are reckoned."""

import hashlib
import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from datetime import datetime
from typing import Any, Literal

from provisioning.bulk.options import JobOptions
from provisioning.bulk.rows import LEFT_TO, Finding
from provisioning.bulk.states import JobEvent, JobState, permits
from runtime.audit import Actor

_CREATE_OVER = ("created", "finished", "failed", "review", "passed_over")
_UNDO_OVER = ("deleted", "kept")


@dataclass(frozen=True)
class Reason:
    """Why a job is paused or failed. raw: for administrators. retry_at: aware; when it makes sense to go on."""

    code: str
    title: str
    what: str
    advice: str
    raw: str = ""
    retry_at: datetime | None = None


@dataclass(frozen=True)
class JobStatus:
    """All of a job but its rows. Times are aware.

    counts: of rows by state, and "warnings" and "open_steps", see rows.tally; the plan's until it runs, then what
    became of them. total: accounts that somebody agreed to, 0 before; over: those of them about which nothing is
    left to do but steps. rows: 0 until the file was read once; planned_rows: how far planning got. rate: accounts a
    second since it was started or resumed; seconds_left: None when there is nothing to reckon with.
    notes: about the job as a whole. encoding, delimiter, is_certain: how the file is read.
    passwords_until: None until there are any; window_until: of the one window in which they can be had.
    is_at_work: whether a run has something left to do; also of a job that was paused or cancelled, or is looked at
    for undoing (is_looking), or whose follow-ups are done after all (is_following). begins_again: see lanes.
    apart: see over.
    """

    id: str
    state: JobState
    mode: Literal["create", "undo"]
    run: int
    file_name: str
    size: int
    created: datetime
    created_by: Actor
    confirmed_by: Actor | None
    started_by: Actor | None
    began: datetime | None
    ended: datetime | None
    reason: Reason | None
    encoding: str
    delimiter: str
    is_certain: bool
    header: tuple[str, ...]
    mapping: Mapping[str, int]
    options: JobOptions
    rows: int
    slices: int
    planned_rows: int
    plan_version: int
    confirmed: int
    counts: Mapping[str, int]
    rate: float
    seconds_left: int | None
    passwords_until: datetime | None
    window_until: datetime | None
    expires: datetime
    is_at_work: bool = False
    is_following: bool = False
    is_looking: bool = False
    begins_again: bool = False
    apart: int = 0
    notes: tuple[Finding, ...] = field(default=())

    @property
    def over(self) -> int:
        """Accounts that are done with: made, refused, not needed any more, or given to a person; when undoing, deleted
        or left."""
        return over(self.mode, self.counts, self.apart)

    @property
    def total(self) -> int:
        """Accounts that somebody agreed to make, or to delete again."""
        return self.confirmed

    @property
    def existing(self) -> int:
        """Accounts that exist by this job."""
        return sum(self.counts.get(state, 0) for state in ("created", "finished", "kept"))

    @property
    def to_delete(self) -> int:
        """Accounts that undoing would delete, once that was looked at."""
        return self.counts.get("undo_delete", 0)

    @property
    def to_keep(self) -> int:
        """Accounts that undoing would leave."""
        return self.counts.get("undo_keep", 0)

    @property
    def troubled(self) -> int:
        """Rows that a person has to look at."""
        return sum(self.counts.get(state, 0) for state in ("problem", "failed", "review"))

    @property
    def left_to(self) -> dict[str, int]:
        """How many rows were left to other jobs, by their ids."""
        found = {name.removeprefix(LEFT_TO): count for name, count in self.counts.items() if name.startswith(LEFT_TO)}
        return {job: count for job, count in found.items() if count}

    @property
    def left_over(self) -> int:
        """Rows of which no account came: those that a person has to look at, and of a stopped job those not begun."""
        return self.troubled + (self.counts.get("ready", 0) if self.state == "cancelled" else 0)

    def permits(self, event: JobEvent) -> bool:
        """Whether to offer it now."""
        return permits(self.state, event)

    @property
    def version(self) -> str:
        """Changes with whatever a page shows of it, but the time: for ETag."""
        shown = {name: value for name, value in asdict(self).items() if name not in {"rate", "seconds_left"}}
        return hashlib.sha256(json.dumps(shown, default=str, sort_keys=True).encode()).hexdigest()[:16]


def over(mode: str, counts: Mapping[str, int], apart: int) -> int:
    """See JobStatus.over. apart: rows that the plan left to other jobs, and that nobody agreed to yet."""
    if mode == "undo":
        return sum(counts.get(state, 0) for state in _UNDO_OVER)
    return sum(counts.get(state, 0) for state in _CREATE_OVER) - apart


def added(*many: Mapping[str, int]) -> dict[str, int]:
    """Counts by name, summed."""
    names = dict.fromkeys(name for counts in many for name in counts)
    return {name: sum(counts.get(name, 0) for counts in many) for name in names}


def pace(done: int, total: int, seconds: float) -> tuple[float, int | None]:
    """(a second, seconds left). done: in the last so many seconds; total: what is left."""
    if done <= 0 or seconds <= 0:
        return 0.0, None
    rate = done / seconds
    return rate, round(total / rate)


def packed_reason(reason: Reason) -> dict[str, Any]:
    """For JSON."""
    return {**asdict(reason), "retry_at": reason.retry_at.isoformat() if reason.retry_at else None}


def unpacked_reason(packed: Mapping[str, Any] | None) -> Reason | None:
    """The opposite of `packed_reason`."""
    if not packed:
        return None
    at = packed.get("retry_at")
    return Reason(**{**packed, "retry_at": datetime.fromisoformat(at) if at else None})
