"""Plans jobs in tasks of less than a minute each, saved some slices at a time; a killed one is gone on with.

A task reads the file once for what its rows share, goes through the Directory as it was read last, remembers the names
that earlier tasks gave, and plans from there on. Called inside an ndb context.
"""

import logging
from collections.abc import Iterator
from contextlib import ExitStack, suppress
from dataclasses import asdict
from datetime import timedelta
from functools import partial
from itertools import islice

from google.cloud import ndb

from provisioning.bulk.file.decoding import Dialect
from provisioning.bulk.file.file_problem import FileProblem
from provisioning.bulk.file.file_rows import FileRows
from provisioning.bulk.file.reading import read_rows
from provisioning.bulk.file.values import values_of
from provisioning.bulk.options import JobOptions
from provisioning.bulk.plan.file_people import ListedRow
from provisioning.bulk.plan.plan_context import PlanContext
from provisioning.bulk.plan.plan_ledger import LeaseLost, PlanLease, PlanLedger, clear, is_struck
from provisioning.bulk.plan.planner import Planner
from provisioning.bulk.plan.surroundings import Surroundings
from provisioning.bulk.recognition import expected_address
from provisioning.bulk.records import BulkJob
from provisioning.bulk.rows import Finding, Row, tally
from provisioning.bulk.slices import SLICE, Slices
from provisioning.bulk.status import Reason, added, packed_reason
from provisioning.bulk.strikes import MISTAKE, is_mistake
from provisioning.bulk.uploads import LATEST, Uploads
from runtime.clock import Clock
from runtime.problems import Problem
from runtime.tasks import Task, Tasks

PATH = "/tasks/bulk/plan"
WORK = timedelta(seconds=45)
"""How long one task plans."""
TOGETHER = 10
"""Slices written in one transaction, which takes 10 MB at most."""
MOST_KEPT = 700_000
"""Bytes of a slice, encrypted. Datastore takes a little over a million; what becomes of the rows is to fit in too."""
_log = logging.getLogger("frontdesk.bulk")


class PlanTasks:
    """The planning of every tenant's jobs."""

    def __init__(
        self,
        surroundings: Surroundings,
        planner: Planner,
        uploads: Uploads,
        slices: Slices,
        tasks: Tasks,
        clock: Clock,
        *,
        work: timedelta = WORK,
    ) -> None:
        """work: how long one task plans."""
        self._surroundings = surroundings
        self._planner = planner
        self._uploads = uploads
        self._slices = slices
        self._tasks = tasks
        self._clock = clock
        self._work = work
        self._ledger = PlanLedger(clock)

    def enqueue(self, tenant: str, job: BulkJob) -> None:
        """Leave the job's task with the queue. Raises Unavailable: `tend` does it then."""
        job_id, number = job.key.id(), job.plan_task
        payload = {"tenant": tenant, "job": job_id, "number": number}
        self._tasks.enqueue(Task(f"bulk-plan-{tenant}-{job_id}-{number}", PATH, payload))

    def tend(self, tenant: str) -> None:
        """What the scheduler does every minute: give jobs whose task was lost another one."""
        for key in BulkJob.query(BulkJob.state == "planning", namespace=tenant).fetch(keys_only=True):
            if job := self._ledger.revive(tenant, key.id()):
                self.enqueue(tenant, job)

    def step(self, tenant: str, job_id: str, number: int) -> None:
        """One task: plan until the time is up, then leave the rest to the next one.

        Harmless when called again, at any time. Raises Problem with `retry`: the same task is to be sent again. It is
        after an exception that nobody foresaw, too, until there were too many of them: the job says so then.
        """
        taken = self._ledger.take(tenant, job_id, number)
        if taken is None:
            if job := self._ledger.waiting(tenant, job_id, number):
                self.enqueue(tenant, job)
            return
        lease, job = taken
        with ExitStack() as watched:
            watched.push(partial(self._note_mistake, lease))
            self._begin(lease, job)

    def _begin(self, lease: PlanLease, job: BulkJob) -> None:
        try:
            if is_struck(job):
                raise _defeated(job)
            self._plan(lease, job)
        except LeaseLost:
            _log.warning("a task that planned job %s of %s lost its lease", lease.job, lease.tenant)
        except Problem as problem:
            self._stop(lease, problem)

    def _note_mistake(self, lease: PlanLease, _kind: object, error: BaseException | None, _trace: object) -> None:
        """On the way out of a task: what nobody foresaw counts against the plan. Who is killed does not come here."""
        if not is_mistake(error):
            return
        told = (lease.job, lease.tenant, _reference(lease.job))
        _log.error("a mistake of ours while job %s of %s was planned (%s)", *told, exc_info=error)
        with suppress(LeaseLost):
            self._ledger.let_go(lease, MISTAKE)

    def _plan(self, lease: PlanLease, job: BulkJob) -> None:
        until = self._clock() + self._work
        if not job.planned_rows:
            clear(lease.tenant, lease.job)
        listed = ((line, values_of(cells, job.mapping)) for line, cells in self._rows(lease.tenant, job))
        context = self._surroundings.of(lease.tenant, JobOptions.unpacked(job.options), _bare(listed))
        done = job.planned_rows
        for rows in self._slices.all(lease.tenant, lease.job, done // SLICE):
            for row in rows:
                if row.username or row.planned:
                    context.names.add(expected_address(row))
        rest = islice(self._rows(lease.tenant, job), done, None)
        while batch := list(islice(rest, SLICE * TOGETHER)):
            job = self._save(lease, job, batch, context)
            if self._clock() >= until and job.planned_rows < context.file.rows:
                self.enqueue(lease.tenant, self._ledger.pass_on(lease))
                return
        self._finish(lease, job, context)

    def _save(
        self, lease: PlanLease, job: BulkJob, batch: list[tuple[int, list[str]]], context: PlanContext
    ) -> BulkJob:
        """Plan and write a batch; what it says is counted in the same transaction."""
        entities: list[ndb.Model] = []
        counts: dict[str, int] = {}
        first = job.planned_rows // SLICE
        for at in range(0, len(batch), SLICE):
            rows, passwords = self._planned(batch[at : at + SLICE], job, context)
            counts = added(counts, tally(rows))
            entities += self._entities(lease, first + at // SLICE, rows, passwords)
        planned = job.planned_rows + len(batch)

        def edit(job: BulkJob) -> None:
            job.populate(
                planned_rows=planned, slices=-(-planned // SLICE), rows=context.file.rows, plan_strikes=0,
                tally=added(job.tally, counts) if first else counts,
            )  # fmt: skip

        return self._ledger.save(lease, edit, entities)

    def _planned(
        self, batch: list[tuple[int, list[str]]], job: BulkJob, context: PlanContext
    ) -> tuple[list[Row], dict[int, str]]:
        """The rows of a slice, and the passwords that the file gives."""
        made = FileRows(job.header, job.mapping)
        rows, passwords = [], {}
        for line, cells in batch:
            row, password = made.row(line, cells)
            if password:
                passwords[line] = password
            rows.append(row)
        self._planner.plan(rows, context, passwords)
        return rows, passwords

    def _entities(
        self, lease: PlanLease, number: int, rows: list[Row], passwords: dict[int, str]
    ) -> Iterator[ndb.Model]:
        expires = self._clock().replace(tzinfo=None) + LATEST
        kept = self._slices.entity(lease.tenant, lease.job, number, rows, expires)
        if len(kept.sealed) > MOST_KEPT:
            raise FileProblem(
                "too_much_text", f"The rows from line {rows[0].line} on hold too much text to be kept together.",
                line=rows[0].line, advice="Leave out columns that nobody needs for an account, and upload it again.",
            )  # fmt: skip
        yield kept
        if passwords:
            yield self._slices.secrets_entity(lease.tenant, lease.job, number, passwords, expires)

    def _finish(self, lease: PlanLease, job: BulkJob, context: PlanContext) -> None:
        notes = [*context.notes, *_seats(context, job.tally.get("ready", 0))]
        self._ledger.end(lease, "planned", notes=[asdict(note) for note in notes])

    def _stop(self, lease: PlanLease, problem: Problem) -> None:
        """What can be tried again is; for the rest a person is needed."""
        try:
            if problem.retry:
                self._ledger.let_go(lease)
                raise problem
            self._ledger.end(lease, "fail", reason=packed_reason(_reason(problem)))
        except LeaseLost:
            _log.warning("a problem of a task that lost its lease: %s", problem.what)

    def _rows(self, tenant: str, job: BulkJob) -> Iterator[tuple[int, list[str]]]:
        """The file's rows without the header, from the beginning. Raises FileProblem as it gets there."""
        dialect = Dialect(job.encoding, job.delimiter, job.is_certain)
        return islice(read_rows(self._uploads.pieces(tenant, job.key.id(), job.parts), dialect), 1, None)


def _bare(listed: Iterator[ListedRow]) -> Iterator[ListedRow]:
    """Passwords need not be compared."""
    return ((line, {name: value for name, value in values.items() if name != "password"}) for line, values in listed)


def _seats(context: PlanContext, ready: int) -> list[Finding]:
    seats = context.policy.seats
    if not context.policy.license or not seats or ready <= seats:
        return []
    sentence = f"{ready:,} accounts are to get a license, and your domain has {seats:,} in all."
    return [Finding("seats_short", sentence, "license", "warning")]


def _reference(job_id: str) -> str:
    """What finds in the log what went wrong."""
    return f"{job_id}-plan"


def _defeated(job: BulkJob) -> Problem:
    """Why a job that cannot be planned needs a person."""
    what = (
        f"The file could not be read through: planning failed again and again (reference {_reference(job.key.id())})."
    )
    return Problem(what, advice="Try again. If it stops here again, tell the operator of Frontdesk the reference.")


def _reason(problem: Problem) -> Reason:
    return Reason(problem.code, problem.title, problem.what, problem.advice, problem.raw)
