"""Deletes accounts that a job made and nobody used, by their immutable ids; before that, says which these are.

An account is looked at again right before it is deleted, and rows are recorded as asked before that. What is gone
already, as Google says twice, counts as deleted. Called inside an ndb context.
"""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC
from typing import Literal

from google.cloud import ndb

from provisioning.bulk.due import again_at
from provisioning.bulk.rows import Row
from provisioning.bulk.run.paced import Calls, ComeBack, PacedCalls
from provisioning.bulk.run.shift import Books, OpenSlice, Shift
from provisioning.bulk.run.undo_rules import reason_to_keep
from provisioning.directory.port import Directory
from runtime.audit import audit_entry
from runtime.clock import Clock
from runtime.datastore import tenant_namespace
from runtime.google_problems import (
    AccessRefused,
    AlreadyExists,
    GoogleNotFound,
    GoogleProblem,
    GoogleUnreachable,
    InvalidValue,
    LimitReached,
    NotReadyYet,
)
from runtime.pace import Pace

SETTLING = 600.0
"""Seconds after an account was asked for in which "not found" may mean: not to be seen yet."""
AGAIN = 30.0
"""Seconds until an account that Google is not ready to show or to delete is looked at again."""
PATIENCE = 3600.0
NOT_SEEN = "not_seen"
"""The code of an account that Google said once not to know; said twice, AGAIN apart, it is believed."""
_LATER = (GoogleUnreachable, NotReadyYet)
_REFUSALS = (AccessRefused, AlreadyExists, InvalidValue, LimitReached)


@dataclass(frozen=True)
class Verdict:
    """What is to become of one account, or has become of it. later: it is not known yet."""

    end: Literal["delete", "deleted", "keep", "later"]
    code: str = ""
    sentence: str = ""


_NOT_SHOWN = Verdict("keep", "not_shown", "It was created after somebody looked what undoing would delete.")


class Undoing:
    """The work of the phases "look" and "undo"."""

    def __init__(self, books: Books, directory: Directory, pace: Pace, clock: Clock) -> None:
        """pace: of calls that make no accounts."""
        self._books = books
        self._directory = directory
        self._calls = PacedCalls(pace)
        self._clock = clock

    def look(self, shift: Shift, page: OpenSlice) -> None:
        """Say of every account of the slice what undoing would do. Raises LeaseLost, ComeBack."""
        if page.number == shift.next_number:
            for row in page.rows:
                if row.exists:
                    row.undo, row.next_at, row.code, row.sentence = "", 0.0, "", ""
        rows = [row for row in page.rows if row.exists and not row.undo and row.next_at <= self._now()]
        calls = self._decide(shift, page, rows, lambda row: self._verdict(shift, row))
        for row in calls.left:
            if calls.problem:  # what cannot be looked at is not deleted
                _keep(row, Verdict("keep", calls.problem.code, calls.problem.words))
        self._close(shift, page, changed=bool(rows))
        if calls.wait:
            raise ComeBack(calls.wait)

    def work(self, shift: Shift, page: OpenSlice, *, new: bool) -> None:
        """Finish what was asked and is due; new: also delete what may be deleted.

        Raises LeaseLost, ComeBack, and GoogleProblem for what stops the job; the slice is saved by then.
        """
        before = {row.line for row in page.rows if row.undo == "asked"}
        if new:
            self._intend(shift, page)
        rows = [row for row in page.rows if row.undo == "asked" and row.next_at <= self._now()]
        calls = self._decide(shift, page, rows, lambda row: self._deletion(shift, row), new=new)
        for row in calls.left:
            row.undo = "asked" if row.line in before else "delete"  # nobody asked for it after all
        deleted = [row for row, verdict in calls.done if verdict.end == "deleted"]
        self._close(shift, page, deleted, changed=bool(rows), passes=new)
        calls.require_end()

    def _intend(self, shift: Shift, page: OpenSlice) -> None:
        """Record which accounts Google is about to be asked to delete: those that were shown to whoever said so."""
        existing = [row for row in page.rows if row.exists and row.undo != "asked"]
        for row in existing:
            if row.undo == "delete":
                row.undo, row.next_at = "asked", 0.0
                continue
            if not row.undo:
                _keep(row, _NOT_SHOWN)
            row.state = "kept"
        if existing:
            self._books.save(shift, page, again_at=self._now())

    def _decide(
        self, shift: Shift, page: OpenSlice, rows: Sequence[Row], call: Callable[[Row], Verdict], *, new: bool = True
    ) -> Calls[Row, Verdict]:
        calls = self._calls.make(shift.tenant, rows, call, lambda: self._books.may_go_on(shift, page, new=new))
        for row, verdict in calls.done:
            self._note(row, verdict)
        return calls

    def _note(self, row: Row, verdict: Verdict) -> None:
        match verdict.end:
            case "later":
                row.next_at, row.code = self._now() + AGAIN, verdict.code
            case "keep":
                _keep(row, verdict)
            case "delete":
                row.undo, row.code, row.sentence = "delete", "", ""
            case "deleted":
                row.state, row.undo, row.code, row.sentence = "deleted", "", "", ""

    def _verdict(self, shift: Shift, row: Row) -> Verdict:
        """What Google shows now. Raises GoogleProblem for what concerns all."""
        try:
            seen = self._directory.activity(shift.subject, row.person_id)
        except GoogleNotFound:
            is_sure = row.code == NOT_SEEN and self._now() - row.begun >= SETTLING
            return Verdict("deleted") if is_sure else Verdict("later", NOT_SEEN)
        except _LATER as problem:
            return self._later(shift, problem)
        reason = reason_to_keep(row, seen)
        return Verdict("keep", *reason) if reason else Verdict("delete")

    def _deletion(self, shift: Shift, row: Row) -> Verdict:
        """Look, and delete. Raises GoogleProblem for what concerns all."""
        verdict = self._verdict(shift, row)
        if verdict.end != "delete":
            return verdict
        try:
            self._directory.delete(shift.subject, row.person_id)
        except GoogleNotFound:
            return Verdict("deleted")  # an earlier call's answer was lost
        except _LATER as problem:
            return self._later(shift, problem)
        except _REFUSALS as problem:
            return Verdict("keep", problem.code, f"Google did not delete it: {problem.what}.")
        return Verdict("deleted")

    def _later(self, shift: Shift, problem: GoogleProblem) -> Verdict:
        began = shift.job.since or shift.job.touched
        if self._now() - began.replace(tzinfo=UTC).timestamp() < PATIENCE:
            return Verdict("later")
        return Verdict("keep", problem.code, f"Google did not say what became of it: {problem.what}.")

    def _close(
        self, shift: Shift, page: OpenSlice, deleted: Sequence[Row] = (), *, changed: bool, passes: bool = True
    ) -> None:
        moment = again_at(shift.phase, page.rows)
        if passes:
            shift.pass_by(page.number)  # what is pending waits for another look
        if changed:
            self._books.save(shift, page, again_at=moment, also=lambda: self._entries(shift, deleted))
        else:
            self._books.leave(shift, page, again_at=moment)

    def _entries(self, shift: Shift, deleted: Iterable[Row]) -> list[ndb.Model]:
        with tenant_namespace(shift.tenant):
            return [
                audit_entry(
                    self._clock(), shift.actor, "account.deleted", row.address, id=row.person_id, job=shift.job_id
                )
                for row in deleted
            ]

    def _now(self) -> float:
        return self._clock().timestamp()


def _keep(row: Row, verdict: Verdict) -> None:
    if row.undo == "asked":
        row.state = "kept"
    row.undo, row.code, row.sentence = "keep", verdict.code, verdict.sentence
