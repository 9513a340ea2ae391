"""Makes the accounts of a slice's rows. What a process says to Google is recorded before, and what came of it after:

    hold names -> record intents and passwords -> ask Google once for each -> record outcomes, audit, names

Whom another job makes is passed over before all that (other_jobs).

A row that is found as an intent may have been asked by a process that was killed: its address shows that. Every record
is one transaction that names the lease. Called inside an ndb context.
"""

import logging
from collections.abc import Callable, Container, Iterable, Sequence

from google.cloud import ndb

from provisioning.accounts import passwords, steps
from provisioning.accounts.creation import AccountCreation, Created, Outcome, Taken, Unknown
from provisioning.accounts.explanation import explain_conflict
from provisioning.accounts.policy import Policies
from provisioning.bulk.due import again_at
from provisioning.bulk.recognition import KnownPerson, pass_over
from provisioning.bulk.rows import UNKNOWN, Row
from provisioning.bulk.run.left_rows import LeftRows
from provisioning.bulk.run.other_jobs import OtherJobs
from provisioning.bulk.run.outcomes import begin, mark_of, retried, settle, to_review, withdraw
from provisioning.bulk.run.paced import Calls, PacedCalls
from provisioning.bulk.run.row_names import RowNames
from provisioning.bulk.run.shift import Books, OpenSlice, Shift
from provisioning.bulk.slices import Slices
from provisioning.bulk.uploads import LATEST
from provisioning.directory.port import NewAccount
from provisioning.naming.occupancy import OccupantKind
from provisioning.naming.taken import TakenNames
from runtime.audit import audit_entry
from runtime.clock import Clock
from runtime.datastore import OUTAGES, tenant_namespace
from runtime.google_problems import GoogleThrottled, GoogleUnreachable
from runtime.pace import Pace
from runtime.problems import Unavailable

_INDEXED: dict[str, OccupantKind] = {
    "user": "user", "alias": "alias", "group": "group", "group alias": "group alias", "deleted": "deleted",
}  # fmt: skip
_log = logging.getLogger("frontdesk.bulk")
Asked = Calls[Row, Outcome | KnownPerson]
"""A person who is known: another job has them, and nothing came of asking Google for them here."""


class Creating:
    """The work of the phase "create", and of settling what it left open."""

    def __init__(
        self,
        books: Books,
        names: RowNames,
        slices: Slices,
        creation: AccountCreation,
        pace: Pace,
        policies: Policies,
        taken: TakenNames,
        clock: Clock,
        *,
        new_password: Callable[[passwords.PasswordChoices], str] = passwords.generate,
    ) -> None:
        """pace: of creates."""
        self._books = books
        self._names = names
        self._slices = slices
        self._others = OtherJobs(slices)
        self._left = LeftRows(slices)
        self._creation = creation
        self._pace = pace
        self._calls = PacedCalls(pace)
        self._policies = policies
        self._taken = taken
        self._clock = clock
        self._new_password = new_password

    def work(self, shift: Shift, page: OpenSlice, *, new: bool) -> None:
        """Settle what was asked and is due; new: also make the accounts of rows that are ready.

        Raises LeaseLost, ComeBack, and GoogleProblem for what stops the job; the slice is saved by then.
        """
        while True:
            before = {row.line for row in page.rows if row.state == "intent" or row.begun}
            asked = [row for row in page.rows if row.state == "intent" and row.next_at <= self._now()]
            ready = new and any(row.state == "ready" for row in page.rows)
            known = self._slices.passwords(shift.tenant, shift.job_id, page.number) if asked or ready else {}
            fresh = self._intend(shift, page, known) if ready else []
            if not asked and not fresh:
                return self._leave(shift, page, new=new)
            calls = self._ask(shift, page, [*asked, *fresh], known, before, new=new)
            self._settle(shift, page, calls, before, new=new)
            calls.require_end()
            if calls.left:
                return None

    def begin_again(self, shift: Shift, page: OpenSlice) -> None:
        """The work of the phase "retry": what failed, and what was left to a job that has stopped, becomes ready.

        Raises LeaseLost.
        """
        shift.pass_by(page.number)
        came_back = self._left.take_back(shift.tenant, page.rows)
        if retried(page.rows, self._now()) or came_back:
            self._books.save(shift, page, again_at=None)

    def give_up(self, shift: Shift, page: OpenSlice) -> None:
        """Google cannot be asked: what has been open for long enough is left to a person. Raises LeaseLost."""
        old = [row for row in page.rows if row.state == "intent" and self._now() - row.begun >= steps.PATIENCE]
        for row in old:
            to_review(row, UNKNOWN, "Google could not be asked whether the account exists.")
        if old:
            self._books.save(shift, page, again_at=again_at(shift.phase, page.rows))

    def _intend(self, shift: Shift, page: OpenSlice, known: dict[int, str]) -> list[Row]:
        """Hold the names of ready rows, and record that Google is about to be asked; those rows. Adds to known."""
        _give_up_without_password([row for row in page.rows if row.state == "ready" and row.begun], known)
        self._others.pass_over(shift, page.rows)
        policy = self._policies.of(shift.tenant)
        rows = self._names.secure(shift, policy, page)
        for row in rows:
            known.setdefault(row.line, self._new_password(policy))
            begin(row, mark_of(shift.tenant, shift.job_id, row), self._now())
        expires = self._clock().replace(tzinfo=None) + LATEST
        secrets = self._slices.secrets_entity(shift.tenant, shift.job_id, page.number, known, expires)
        self._books.save(shift, page, again_at=self._now(), also=lambda: [secrets])
        return rows

    def _ask(
        self, shift: Shift, page: OpenSlice, rows: Sequence[Row], known: dict[int, str], before: set[int], *, new: bool
    ) -> Asked:
        elsewhere = self._others.known(shift, (row for row in rows if row.line in before))

        def call(row: Row) -> Outcome | KnownPerson:
            account = _account(row, known[row.line])
            if row.line in elsewhere:
                return self._creation.find(shift.subject, account, begun=row.begun) or elsewhere[row.line]
            return self._creation.create(shift.subject, account, asked_before=row.line in before, refused=row.refused)

        _give_up_without_password(rows, known)
        self._creation.prepare(shift.subject)
        asked = [row for row in rows if row.state == "intent"]
        return self._calls.make(shift.tenant, asked, call, lambda: self._books.may_go_on(shift, page, new=new))

    def _settle(self, shift: Shift, page: OpenSlice, calls: Asked, before: set[int], *, new: bool) -> None:
        """One transaction: the rows, their names, the audit."""
        now = self._now()
        asked_as = {row.line: (row.domain, row.username) for row, _ in calls.done}
        asked_as |= {row.line: (row.domain, row.username) for row in calls.left}
        self._learn(shift.tenant, calls.done)
        for row, outcome in calls.done:
            self._note(shift, page, row, outcome, now)
        for row in calls.left:
            if row.line not in before:
                withdraw(row)
        created = [row for row, outcome in calls.done if isinstance(outcome, Created)]
        kept = {row.line for row in page.rows if row.state == "intent"} | {row.line for row in created}
        unused = [name for line, name in asked_as.items() if line not in kept]
        moment = again_at(shift.phase, page.rows)
        self._pass_by(shift, page, new=new)

        def also() -> Iterable[ndb.Model]:
            self._names.close(shift.tenant, shift.job_id, page.number, created, unused)
            return self._entries(shift, created)

        self._books.save(shift, page, again_at=moment, also=also)

    def _note(self, shift: Shift, page: OpenSlice, row: Row, outcome: Outcome | KnownPerson, now: float) -> None:
        if isinstance(outcome, KnownPerson):
            withdraw(row)
            pass_over(row, outcome)
            return
        if isinstance(outcome, Taken):
            outcome = explain_conflict(self._taken, shift.tenant, row.address, outcome)
            if self._names.another(shift, self._policies.of(shift.tenant), row, page):
                return
        if isinstance(outcome, Unknown) and isinstance(outcome.problem, GoogleThrottled | GoogleUnreachable):
            self._pace.slow_down(shift.tenant, outcome.problem.retry_after)
        settle(row, outcome, now)

    def _learn(self, tenant: str, done: Iterable[tuple[Row, Outcome | KnownPerson]]) -> None:
        """Have the index not offer the names again. What became of the accounts does not depend on it."""
        found: dict[str, list[tuple[str, OccupantKind]]] = {}
        for row, outcome in done:
            if isinstance(outcome, Created | Taken):
                kind = "user" if isinstance(outcome, Created) else _INDEXED.get(outcome.kind, "other")
                found.setdefault(row.domain, []).append((row.username, kind))
        for domain, entries in found.items():
            try:
                self._taken.add_all(tenant, domain, entries)
            except (Unavailable, *OUTAGES) as problem:
                _log.warning("the index did not learn which names are taken: %s", problem)

    def _leave(self, shift: Shift, page: OpenSlice, *, new: bool) -> None:
        """In later phases others save what the slice waits for."""
        if shift.phase != "create":
            return
        self._pass_by(shift, page, new=new)
        self._books.leave(shift, page, again_at=again_at(shift.phase, page.rows))

    def _pass_by(self, shift: Shift, page: OpenSlice, *, new: bool) -> None:
        if new and shift.phase == "create" and not any(row.state == "ready" for row in page.rows):
            shift.pass_by(page.number)

    def _entries(self, shift: Shift, created: Iterable[Row]) -> list[ndb.Model]:
        with tenant_namespace(shift.tenant):
            return [
                audit_entry(
                    self._clock(), shift.actor, "account.created", row.address,
                    id=row.person_id, given_name=row.given_name, family_name=row.family_name,
                    org_unit=row.org_unit_path, change_password=row.change_password, job=shift.job_id,
                )
                for row in created
            ]  # fmt: skip

    def _now(self) -> float:
        return self._clock().timestamp()


def _give_up_without_password(rows: Iterable[Row], known: Container[int]) -> None:
    """Rows that Google was asked for, and whose password has had its time: an account that turns up now has it still,
    so that another one would be told to people and open nothing.
    """
    for row in rows:
        if row.line not in known:
            to_review(row, UNKNOWN, "Its password was deleted before Google said whether the account exists.")


def _account(row: Row, password: str) -> NewAccount:
    return NewAccount(
        email=row.address,
        given_name=row.given_name,
        family_name=row.family_name,
        password=password,
        org_unit_path=row.org_unit_path,
        change_password_at_next_sign_in=row.change_password,
        mark=row.mark,
        employee_id=row.employee_id,
    )
