"""Does what follows after the accounts of a slice were made. Every step may be repeated, so nothing is recorded before
it, and a killed task's are done again. Called inside an ndb context."""

from provisioning.accounts.follow_ups import FollowUps
from provisioning.accounts.steps import Step
from provisioning.bulk.due import again_at
from provisioning.bulk.rows import Row
from provisioning.bulk.run.paced import Calls, PacedCalls
from provisioning.bulk.run.shift import Books, OpenSlice, Shift
from runtime.clock import Clock
from runtime.pace import Pace

Done = tuple[int, Step]
"""The place of a step among its row's, and the step as it is now."""


class Following:
    """The work of the phase "steps"."""

    def __init__(self, books: Books, follow_ups: FollowUps, pace: Pace, clock: Clock) -> None:
        """pace: of calls that make no accounts."""
        self._books = books
        self._follow_ups = follow_ups
        self._calls = PacedCalls(pace)
        self._clock = clock

    def work(self, shift: Shift, page: OpenSlice) -> None:
        """Attempt every step that is due, each once; the steps of one account one after the other.

        Raises LeaseLost, ComeBack, and GoogleProblem for what stops the job; the slice is saved by then.
        """
        calls, attempted = Calls[Row, Done](), False
        while not calls.left and (rows := [row for row in page.rows if self._due(row) is not None]):
            calls = self._attempt(shift, page, rows)
            attempted = attempted or bool(calls.done)
        self._close(shift, page, attempted=attempted)
        calls.require_end()

    def _attempt(self, shift: Shift, page: OpenSlice, rows: list[Row]) -> Calls[Row, Done]:
        """The next step of each row."""

        def call(row: Row) -> Done:
            place = self._due(row) or 0
            step = row.steps[place]
            return place, self._follow_ups.attempt(shift.subject, row.person_id, row.address, step, begun=row.begun)

        calls = self._calls.make(shift.tenant, rows, call, lambda: self._books.may_go_on(shift, page))
        for row, (place, step) in calls.done:
            row.steps[place] = step
        return calls

    def _close(self, shift: Shift, page: OpenSlice, *, attempted: bool) -> None:
        for row in page.rows:
            if row.state == "created" and all(step.is_over for step in row.steps):
                row.state, attempted = "finished", True
        if all(self._due(row) is None for row in page.rows):
            shift.pass_by(page.number)
        moment = again_at(shift.phase, page.rows)
        if attempted:
            self._books.save(shift, page, again_at=moment)
        else:
            self._books.leave(shift, page, again_at=moment)

    def _due(self, row: Row) -> int | None:
        """The place of the first step that may be attempted now."""
        if row.state != "created":
            return None
        now = self._clock().timestamp()
        due = (place for place, step in enumerate(row.steps) if step.state == "open" and step.next_at <= now)
        return next(due, None)
