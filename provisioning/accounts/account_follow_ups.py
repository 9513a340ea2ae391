"""What follows after accounts that are opened one by one: kept with the account, done by tasks, shown until it is done.

The steps are written in the transaction that records the account, so that none is ever forgotten. A task tries those
that are due and leaves the next task for the time of the next one; each names its number, so that a task that comes
twice or late changes nothing. Called inside an ndb context.
"""

import logging
import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from google.cloud import ndb

from provisioning.accounts.follow_ups import FollowUps
from provisioning.accounts.records import AccountSteps
from provisioning.accounts.steps import Step, next_time
from runtime.audit import Actor, audit_entry
from runtime.clock import Clock
from runtime.datastore import tenant_namespace, transact
from runtime.google_problems import GoogleProblem, GoogleThrottled
from runtime.pace import Pace
from runtime.problems import Conflict, Problem
from runtime.tasks import Task, Tasks

PATH = "/tasks/accounts/steps"
OVERDUE = timedelta(seconds=60)
"""After so long a task that should have come is taken for lost."""
MOST_TENDED, MOST_SHOWN = 500, 100
APP = Actor("app", "accounts", "follow-ups")
_log = logging.getLogger("frontdesk.accounts")
_MARK = re.compile(r"[0-9a-f]{32}")


@dataclass(frozen=True)
class AccountFollowUp:
    """An account, and what follows. state: open, failed or waiting."""

    mark: str
    address: str
    state: str
    steps: tuple[Step, ...]

    @property
    def unfinished(self) -> tuple[Step, ...]:
        """Those that are open or failed."""
        return tuple(step for step in self.steps if step.state in {"open", "failed"})


class AccountFollowUps:
    """Sees to the steps of single accounts."""

    def __init__(
        self, follow_ups: FollowUps, administrator: Callable[[str], str], tasks: Tasks, pace: Pace, clock: Clock
    ) -> None:
        """administrator: in whose name a tenant's Directory is asked; raises Problem for a tenant not in use."""
        self._follow_ups = follow_ups
        self._administrator = administrator
        self._tasks = tasks
        self._pace = pace
        self._clock = clock

    def entity(self, tenant: str, mark: str, person_id: str, address: str, steps: Sequence[Step]) -> ndb.Model:
        """To be put in the transaction that records the account. steps: not empty. Then call `start`."""
        now = self._clock().timestamp()
        return AccountSteps(
            key=ndb.Key(AccountSteps, mark, namespace=tenant), person_id=person_id, address=address, number=1,
            steps=[step.packed() for step in steps], state=_state(steps) or "waiting", begun=now, due=now,
        )  # fmt: skip

    def start(self, tenant: str, mark: str) -> None:
        """Have the steps begun now. Never fails: what is not queued is found by `tend`."""
        try:
            self._enqueue(tenant, mark, 1, None)
        except Problem as problem:
            _log.warning("follow-ups are left to the schedule: %s %s", problem.what, problem.raw)

    def of(self, tenant: str, mark: str) -> AccountFollowUp | None:
        """What follows after one account; None when nothing does, or all is done."""
        record = self._read(tenant, mark)
        return _shown(record) if record else None

    def unfinished(self, tenant: str) -> list[AccountFollowUp]:
        """Accounts of which something has failed, and then those of which something is open."""
        with tenant_namespace(tenant):
            found = [
                record
                for state in ("failed", "open")
                for record in AccountSteps.query(AccountSteps.state == state).fetch(MOST_SHOWN)
            ]
        return [_shown(record) for record in found]

    def step(self, tenant: str, mark: str, number: int) -> None:
        """One task. Raises Problem where the tenant is not in use."""
        record = self._read(tenant, mark)
        if record is not None and (record.state, record.number) == ("open", number):
            record = self._save(tenant, mark, number, self._attempted(tenant, record))
        # Also an old task: the next one may not have been left with the queue when this one was killed.
        if record is not None and (record.state, record.number) == ("open", number + 1):
            self._enqueue(tenant, mark, record.number, record.due)

    def tend(self, tenant: str) -> None:
        """What the scheduler does: find those whose task was lost."""
        overdue = (self._clock() - OVERDUE).timestamp()
        with tenant_namespace(tenant):
            found = list(AccountSteps.query(AccountSteps.state == "open").fetch(MOST_TENDED))
        for record in found:
            if record.due < overdue:
                self._change(tenant, record.key.id(), record.number, lambda _record: None)

    def retry(self, tenant: str, actor: Actor, mark: str) -> None:
        """Begin the failed steps of an account again. Raises Conflict when none has failed any more."""

        def edit(record: AccountSteps) -> None:
            steps = [step.reopened() for step in _steps(record)]
            record.populate(steps=[step.packed() for step in steps], state="open", begun=self._clock().timestamp())
            self._entry(actor, "account.follow_ups_retried", record, steps).put()

        self._change(tenant, mark, self._failed(tenant, mark).number, edit)

    def dismiss(self, tenant: str, actor: Actor, mark: str) -> None:
        """Leave an account as it is, without what has failed. Raises Conflict when nothing has failed any more."""
        number = self._failed(tenant, mark).number

        def work() -> None:
            record = AccountSteps.get_by_id(mark)
            if record is not None and record.number == number:
                self._entry(actor, "account.follow_ups_dismissed", record, _steps(record)).put()
                record.key.delete()

        with tenant_namespace(tenant):
            transact(work)

    def _attempted(self, tenant: str, record: AccountSteps) -> list[Step]:
        """The steps after each that is due was tried; what concerns all of them parks the rest."""
        subject, steps = self._administrator(tenant), _steps(record)
        now, stopped = self._clock().timestamp(), None
        for index, step in enumerate(steps):
            if step.state != "open" or step.next_at > now:
                continue
            if stopped is None and self._pace.wait_for(tenant, self._pace.reserve(tenant, 1)[0]):
                try:
                    steps[index] = self._follow_ups.attempt(
                        subject, record.person_id, record.address, step, begun=record.begun
                    )
                except GoogleProblem as problem:
                    stopped = self._stopped(tenant, problem)
            if stopped is not None:
                steps[index] = step.parked(
                    stopped.code, stopped.words, now=now, begun=record.begun, at_least=stopped.retry_after
                )
        return steps

    def _stopped(self, tenant: str, problem: GoogleProblem) -> GoogleProblem:
        if isinstance(problem, GoogleThrottled):
            self._pace.slow_down(tenant, problem.retry_after)
        _log.warning("follow-ups of %s have to wait: %s %s", tenant, problem.what, problem.raw)
        return problem

    def _save(self, tenant: str, mark: str, number: int, steps: list[Step]) -> AccountSteps | None:
        """The record as it is now; None when another task was faster, or everything is done."""

        def work() -> AccountSteps | None:
            record: AccountSteps | None = AccountSteps.get_by_id(mark)
            if record is None or record.number != number:
                return None
            state = _state(steps)
            if state != "open":
                self._entry(APP, "account.followed_up", record, steps).put()
            if not state:
                record.key.delete()
                return None
            due = max(self._clock().timestamp(), next_time(steps) or 0.0)
            record.populate(steps=[step.packed() for step in steps], state=state, number=number + 1, due=due)
            record.put()
            return record

        with tenant_namespace(tenant):
            return transact(work)

    def _change(self, tenant: str, mark: str, number: int, edit: Callable[[AccountSteps], None]) -> None:
        """Change what is kept, and leave a new task for it, unless it was changed meanwhile."""

        def work() -> int | None:
            record = AccountSteps.get_by_id(mark)
            if record is None or record.number != number:
                return None
            record.populate(number=number + 1, due=self._clock().timestamp())
            edit(record)
            record.put()
            return number + 1

        with tenant_namespace(tenant):
            changed = transact(work)
        if changed:
            self._enqueue(tenant, mark, changed, None)

    def _failed(self, tenant: str, mark: str) -> AccountSteps:
        record = self._read(tenant, mark) if _MARK.fullmatch(mark) else None
        if record is None or record.state != "failed":
            raise Conflict("Nothing of this account has failed any more.")
        return record

    def _read(self, tenant: str, mark: str) -> AccountSteps | None:
        with tenant_namespace(tenant):
            return AccountSteps.get_by_id(mark)  # type: ignore[no-any-return]

    def _entry(self, actor: Actor, action: str, record: AccountSteps, steps: Sequence[Step]) -> ndb.Model:
        told = {
            state: [f"{step.kind} {step.target}".strip() for step in steps if step.state == state]
            for state in ("done", "failed", "open", "waiting")
        }
        return audit_entry(
            self._clock(), actor, action, record.address, **{state: names for state, names in told.items() if names}
        )

    def _enqueue(self, tenant: str, mark: str, number: int, due: float | None) -> None:
        payload: dict[str, str | int] = {"tenant": tenant, "mark": mark, "number": number}
        when = datetime.fromtimestamp(due, UTC) if due else None
        self._tasks.enqueue(Task(f"steps-{tenant}-{mark}-{number}", PATH, payload, not_before=when))


def _steps(record: AccountSteps) -> list[Step]:
    return [Step.unpacked(packed) for packed in record.steps]


def _state(steps: Sequence[Step]) -> str:
    """Of an account: the first of these that one of its steps is in; "" when all are done."""
    states = {step.state for step in steps}
    return next((state for state in ("open", "failed", "waiting") if state in states), "")


def _shown(record: AccountSteps) -> AccountFollowUp:
    return AccountFollowUp(record.key.id(), record.address, record.state, tuple(_steps(record)))
