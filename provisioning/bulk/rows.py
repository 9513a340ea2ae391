"""The rows of a job: what the file said, what is planned, and what became of each. Pure values.

A row goes one way:  ready -> intent -> created -> finished,  or ends in  problem, skipped, failed, review;
undoing a job leads from created or finished to deleted, or to kept. What failed, and what was left to another job that
has stopped, may be tried again.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from typing import Any, Literal

from provisioning.accounts.steps import Step

RowState = Literal[
    "ready",  # to be created
    "problem",  # cannot be created as it stands: findings say why
    "skipped",  # this person has an account already
    "intent",  # Google may have been asked: the address shows whether the account exists
    "created",  # the account exists, and steps are open
    "finished",  # the account exists, and every step is done, failed or waiting for mail
    "failed",  # surely not created; may be tried again
    "review",  # a person has to decide: somebody else has the address, or Google does not say
    "deleted",  # undone
    "kept",  # was to be undone, and was left because it was used or changed since
]
EXISTING = frozenset({"created", "finished", "kept"})
"""States of rows whose account exists by this job."""
UNKNOWN, HELD = "unknown", "name_held"
"""Codes of reviews: Google does not say whether the account exists; somebody else is given the name."""
UNDECIDED = frozenset({UNKNOWN, HELD})
"""Codes of reviews that may come to another end by asking again."""
LEFT_TO = "left to "
"""Before another job's id: how many rows were left to that job, see tally."""
Severity = Literal["error", "warning", "note"]


@dataclass(frozen=True)
class Finding:
    """What was seen about a row. column: a field's name, see columns; "" for the row as a whole.

    error: the row is left out. warning: a person should look, and may go on. note: for example a name cut to fit.
    """

    code: str
    sentence: str
    column: str = ""
    severity: Severity = "error"


@dataclass
class Row:
    """One person of a job.

    line: where the row begins in the file, as editors count. cells: as they stood there, but a typed password. values:
    by field, trimmed. username, domain: of the address; planned: the username that the preview showed, once another
    one had to be taken. mark: names the account's making at Google. person_id: Google's, once the account exists.
    begun: seconds since 1970, when Google was asked first. refused: since when it refuses the address and shows nobody
    there; 0 if it does not. next_at: of an intent, when to ask again. left_to: of a row that is skipped because of
    other jobs', the slices of those, as job/number. undo: what undoing would do, once that was looked at. code,
    sentence, raw: of what stood in the way; raw is for administrators only.
    """

    line: int
    cells: list[str]
    values: dict[str, str]
    state: RowState = "ready"
    findings: list[Finding] = field(default_factory=list)
    given_name: str = ""
    family_name: str = ""
    username: str = ""
    domain: str = ""
    pattern: str = ""
    is_chosen: bool = False  # the file named the username: it is never replaced by another one
    org_unit_path: str = "/"
    change_password: bool = True
    employee_id: str = ""
    planned: str = ""
    steps: list[Step] = field(default_factory=list)
    mark: str = ""
    person_id: str = ""
    begun: float = 0.0
    refused: float = 0.0
    next_at: float = 0.0
    attempts: int = 0
    left_to: list[str] = field(default_factory=list)
    undo: Literal["", "delete", "keep", "asked"] = ""
    code: str = ""
    sentence: str = ""
    raw: str = ""

    @property
    def address(self) -> str:
        """The primary address; "" before one is planned."""
        return f"{self.username}@{self.domain}" if self.username else ""

    @property
    def exists(self) -> bool:
        """Whether its account exists by this job."""
        return self.state in EXISTING

    @property
    def is_asked(self) -> bool:
        """Whether Google may have been asked for its account, and has not said what came of it."""
        return self.state == "intent" or (self.state in {"ready", "review"} and self.begun > 0)

    @property
    def is_undecided(self) -> bool:
        """Whether a person is asked, and another try may come to another end."""
        return self.state == "review" and self.code in UNDECIDED

    @property
    def is_left(self) -> bool:
        """Whether another job has its person."""
        return self.state == "skipped" and bool(self.left_to)

    @property
    def is_expected(self) -> bool:
        """Whether another job has its person, and had not made the account yet when that was found."""
        return self.state == "skipped" and any(finding.code == "comes_by_another" for finding in self.findings)

    def packed(self) -> dict[str, Any]:
        """For JSON; what is at its default is left out."""
        kept = {name: value for name, value in vars(self).items() if name not in _USUAL or value != _USUAL[name]}
        if self.findings:
            kept["findings"] = [vars(finding) for finding in self.findings]
        if self.steps:
            kept["steps"] = [step.packed() for step in self.steps]
        return kept

    @classmethod
    def unpacked(cls, packed: dict[str, Any]) -> "Row":
        """The opposite of `packed`."""
        findings = [Finding(**finding) for finding in packed.get("findings", ())]
        steps = [Step.unpacked(step) for step in packed.get("steps", ())]
        own = {"cells": [*packed["cells"]], "values": {**packed["values"]}, "findings": findings, "steps": steps}
        return cls(**{**packed, **own, "left_to": [*packed.get("left_to", ())]})


_USUAL: dict[str, Any] = {
    name: value for name, value in vars(Row(0, [], {})).items() if name not in {"line", "cells", "values"}
}


_STEPS: dict[str, frozenset[str]] = {"open": frozenset({"created"}), "failed": EXISTING}


def tally(rows: Iterable[Row]) -> dict[str, int]:
    """How many rows are in each state; also "warnings": how many are ready or skipped and have one; "passed_over": how
    many could be made, and are skipped; LEFT_TO with a job's id: how many of those because of that job;
    "undecided": how many reviews may be tried again; "open_steps", "failed_steps"; and once undoing was looked at,
    "undo_delete" and "undo_keep"."""
    counts: dict[str, int] = {}
    for row in rows:
        for name in _kinds(row):
            counts[name] = counts.get(name, 0) + 1
        for name, states in _STEPS.items():
            steps = sum(step.state == name for step in row.steps) if row.state in states else 0
            if steps:
                counts[f"{name}_steps"] = counts.get(f"{name}_steps", 0) + steps
    return counts


def _kinds(row: Row) -> Iterator[str]:
    """What a row counts as."""
    yield row.state
    if row.state in {"ready", "skipped"} and any(finding.severity == "warning" for finding in row.findings):
        yield "warnings"
    if row.state == "skipped" and row.planned:
        yield "passed_over"
    if row.is_left:
        yield from (LEFT_TO + job for job in dict.fromkeys(at.rpartition("/")[0] for at in row.left_to))
    if row.is_undecided:
        yield "undecided"
    if row.undo and row.exists:
        yield f"undo_{row.undo}"
