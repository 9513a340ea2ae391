"""What people do with jobs: upload, say what the columns are, confirm, pause, resume, cancel, retry.

Each is one transition of states.TRANSITIONS, in one transaction with its entry in the audit, and leaves the work that
follows with the queue; where that fails, or the process is killed in between, the scheduler does it (bulk.room).
Called inside an ndb context. Who may do it is decided by the caller.
"""

import logging
import secrets
from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import timedelta
from itertools import islice
from typing import Literal

from google.cloud import ndb

from provisioning.accounts.domain_policy import DomainPolicy
from provisioning.accounts.person_names import visible
from provisioning.bulk.expiry import KEPT, PASSWORDS_KEPT
from provisioning.bulk.file.decoding import Dialect, sniff
from provisioning.bulk.file.file_problem import FileProblem
from provisioning.bulk.file.mapping import ColumnMapping, guess_mapping
from provisioning.bulk.file.reading import read_rows
from provisioning.bulk.job_ledger import JobLedger, counts_of, naive, packed_actor, whose
from provisioning.bulk.mappings import Mappings, require_usable
from provisioning.bulk.options import JobOptions
from provisioning.bulk.plan.planning import PlanTasks
from provisioning.bulk.problems import PlanChanged
from provisioning.bulk.records import BulkJob, job_key
from provisioning.bulk.rows import LEFT_TO
from provisioning.bulk.run.lanes import Lanes, Phase
from provisioning.bulk.status import JobStatus, over
from provisioning.bulk.uploads import LATEST, Uploads
from runtime.audit import Actor
from runtime.clock import Clock
from runtime.problems import Conflict, Unavailable

UNDO_WITHIN = timedelta(days=20)
"""As long as Google lets a deleted account be brought back."""
DELETING = timedelta(minutes=2)
"""So long before their end passwords count as being deleted already: clocks differ, and reading takes its time."""
IDLE = timedelta(days=7)
"""After so long a job that nobody confirmed is deleted."""
_log = logging.getLogger("frontdesk.bulk")
_Start = Literal["confirm", "resume", "retry", "follow", "look", "undo"]
_ACTIONS: dict[_Start, str] = {
    "confirm": "bulk.confirmed", "resume": "bulk.resumed", "retry": "bulk.retried", "look": "bulk.undo_previewed",
    "undo": "bulk.undone", "follow": "bulk.followed_up",
}  # fmt: skip


class BulkJobs:
    """The jobs of every tenant."""

    def __init__(
        self,
        ledger: JobLedger,
        uploads: Uploads,
        mappings: Mappings,
        plans: PlanTasks,
        lanes: Lanes,
        policy_of: Callable[[str], DomainPolicy],
        clock: Clock,
        *,
        new_id: Callable[[], str] = lambda: secrets.token_hex(8),
    ) -> None:
        """policy_of: by tenant. new_id: of a job, not to be guessed."""
        self._ledger = ledger
        self._uploads = uploads
        self._mappings = mappings
        self._plans = plans
        self._lanes = lanes
        self._policy_of = policy_of
        self._clock = clock
        self._new_id = new_id

    def upload(self, tenant: str, actor: Actor, file_name: str, data: bytes, options: JobOptions) -> str:
        """Keep a file; the id of its job, which is planned at once where the columns are clear. Raises FileProblem."""
        dialect = sniff(data)
        _, header = next(read_rows([data], dialect), (0, []))
        if not header:
            raise FileProblem("no_rows", "The file has no rows.", advice="Upload a file with a header and a row.")
        guess = self.guess(tenant, header)
        job = self._new_job(tenant, actor, file_name, options)
        job.populate(size=len(data), header=header, mapping=guess.fields, notes=[])
        _set_dialect(job, dialect)
        job.state = "planning" if guess.is_complete and dialect.is_certain else "columns"
        job.parts = self._uploads.keep(tenant, job.key.id(), data)
        self._ledger.add(tenant, actor, job)
        if job.state == "planning":
            _leave(lambda: self._plans.enqueue(tenant, job))
        return str(job.key.id())

    def guess(self, tenant: str, header: Sequence[str]) -> ColumnMapping:
        """What columns called so hold: as somebody said before, or as far as can be told."""
        return guess_mapping(header, self._mappings.of(tenant, header), self._policy_of(tenant).file_fields())

    def sample(self, tenant: str, job_id: str, dialect: Dialect, limit: int) -> list[list[str]]:
        """The header and the first rows of the file, read like this. Raises FileProblem, NotFound."""
        job = self._ledger.get(tenant, job_id)
        rows = read_rows(self._uploads.pieces(tenant, job_id, job.parts), dialect)
        return [cells for _, cells in islice(rows, limit + 1)]

    def choose_columns(
        self, tenant: str, actor: Actor, job_id: str, mapping: Mapping[str, int], dialect: Dialect
    ) -> None:
        """What the columns are; remembered for files with this header. The plan is made anew.

        mapping: a field's name to the number of its column. Raises ColumnsRefused, FileProblem, NotFound, NotNow.
        """
        (header,) = self.sample(tenant, job_id, dialect, 0) or [[]]
        require_usable(mapping, len(header), self._policy_of(tenant).file_fields())

        def edit(job: BulkJob) -> list[ndb.Model]:
            job.populate(
                header=header, mapping=dict(mapping), reason=None, notes=[], rows=0, planned_rows=0, tally=None
            )
            job.populate(plan_task=job.plan_task + 1, plan_lease="", plan_strikes=0, plan_version=job.plan_version + 1)
            job.since = naive(self._clock())
            _set_dialect(job, dialect)
            return [self._mappings.entity(tenant, header, mapping)]

        job = self._ledger.change(tenant, actor, job_id, "choose", "bulk.columns_chosen", edit)
        _leave(lambda: self._plans.enqueue(tenant, job))

    def status(self, tenant: str, job_id: str) -> JobStatus:
        """Where a job is; one round trip. Raises NotFound."""
        return self._ledger.status(tenant, job_id)

    def recent(self, tenant: str, limit: int) -> list[JobStatus]:
        """The newest jobs, newest first."""
        return self._ledger.recent(tenant, limit)

    def recent_of(self, tenant: str, person: str, limit: int) -> list[JobStatus]:
        """The same of those that a person uploaded. person: the id."""
        return self._ledger.recent_of(tenant, person, limit)

    def uploaders_of_open(self, tenant: str) -> list[str]:
        """Whose jobs are not over: a person's id for each."""
        return self._ledger.uploaders_of_open(tenant)

    def confirm(self, tenant: str, actor: Actor, job_id: str, number: int, plan_version: int) -> None:
        """Make the accounts. number: how many, as the person read or typed; plan_version: of the preview they saw.

        Raises PlanChanged when it is another number or another plan, NotFound, NotNow.
        """

        def edit(job: BulkJob) -> None:
            ready = (job.tally or {}).get("ready", 0)
            if (plan_version, number) != (job.plan_version, ready) or not ready:
                raise PlanChanged(f"The preview says {ready} accounts now; {number} were confirmed.")
            job.populate(confirmed=number, mode="create", began=naive(self._clock()), confirmed_by=packed_actor(actor))
            job.apart = (job.tally or {}).get("passed_over", 0)

        job = self._start(tenant, actor, job_id, "confirm", edit, "create")
        self._uploads.drop(tenant, job_id, job.parts)  # it can hold passwords; the rows have all that is needed

    def pause(self, tenant: str, actor: Actor, job_id: str) -> None:
        """Begin nothing new; what was asked of Google is settled. Raises NotFound, NotNow."""

        def edit(job: BulkJob) -> list[ndb.Model]:
            job.reason = None
            return []

        job = self._ledger.change(tenant, actor, job_id, "pause", "bulk.paused", edit)
        self._lanes.hurry(tenant, job)

    def resume(self, tenant: str, actor: Actor, job_id: str) -> None:
        """Go on, as a new run. Raises NotFound, NotNow."""
        self._start(tenant, actor, job_id, "resume", lambda _job: None, None)

    def cancel(self, tenant: str, actor: Actor, job_id: str) -> None:
        """Begin nothing new for good; what was asked of Google is settled. Raises NotFound, NotNow."""

        def edit(job: BulkJob) -> list[ndb.Model]:
            now = naive(self._clock())
            kept = PASSWORDS_KEPT if job.run else timedelta(0)
            job.populate(ended=now, reason=None, passwords_until=now + kept, expires=now + (KEPT if job.run else IDLE))
            return []

        job = self._ledger.change(tenant, actor, job_id, "cancel", "bulk.cancelled", edit)
        self._lanes.hurry(tenant, job)

    def retry_failed(self, tenant: str, actor: Actor, job_id: str) -> None:
        """Begin the rows that failed again, and those that were left to a job which has stopped, as a new run.

        Raises Conflict when there are none, or the job was undone, or while passwords that were shown are not deleted
        yet; NotFound, NotNow.
        """

        def edit(job: BulkJob) -> None:
            counts = counts_of(job, self._lanes.of(tenant, job))
            if job.mode == "undo" or not any(counts.get(name, 0) for name in counts if _is_tried_again(name)):
                raise Conflict("No row of this job can be tried again.", advice="Upload what is missing as a new list.")
            # Another run would open another window on the same ones, or keep its own while these are being deleted.
            ends = job.passwords_until and job.passwords_until <= naive(self._clock()) + DELETING
            if job.holds_secrets and (job.window_until or ends):
                raise Conflict(
                    "Its first passwords were shown, or have had their time, and are not deleted yet.",
                    advice="Try again in half an hour.",
                )
            job.populate(mode="create", ended=None, passwords_until=None, window_until=None, holds_secrets=True)
            job.populate(began=naive(self._clock()), confirmed=job.confirmed + job.apart, apart=0)

        self._start(tenant, actor, job_id, "retry", edit, "retry")

    def follow_up(self, tenant: str, actor: Actor, job_id: str) -> None:
        """Do what is still open after the accounts that a cancelled job has made: groups, aliases, a license, details.

        Raises Conflict when nothing is, NotFound, NotNow.
        """

        def edit(job: BulkJob) -> None:
            self._require_at_rest(job)
            if job.mode == "undo" or not counts_of(job, self._lanes.of(tenant, job)).get("open_steps", 0):
                raise Conflict("No follow-up of this job is open.")

        self._start(tenant, actor, job_id, "follow", edit, "follow")

    def look(self, tenant: str, actor: Actor, job_id: str) -> None:
        """See which accounts of the job undoing would delete; JobStatus.to_delete and to_keep say so in the end.

        Raises Conflict when it is too late, NotFound, NotNow.
        """
        self._start(tenant, actor, job_id, "look", self._require_in_time, "look")

    def undo(self, tenant: str, actor: Actor, job_id: str, number: int) -> None:
        """Delete the accounts that this job made and nobody used. number: how many, as the person read after `look`.

        Raises PlanChanged, Conflict when it is too late, NotFound, NotNow.
        """

        def edit(job: BulkJob) -> None:
            self._require_in_time(job)
            found = counts_of(job, self._lanes.of(tenant, job)).get("undo_delete", 0)
            if number != found or not found:
                raise PlanChanged(f"{found} accounts of this job can be deleted now; {number} were confirmed.")
            job.populate(confirmed=number, mode="undo", began=naive(self._clock()), ended=None)

        self._start(tenant, actor, job_id, "undo", edit, "undo")

    def _start(
        self,
        tenant: str,
        actor: Actor,
        job_id: str,
        event: _Start,
        edit: Callable[[BulkJob], None],
        phase: Phase | None,
    ) -> BulkJob:
        """A new run: its lanes begin at their first slice in this phase, or go on where they stood."""

        def begin(job: BulkJob) -> Iterable[ndb.Model]:
            edit(job)
            job.populate(run=job.run + 1, reason=None, since=naive(self._clock()))
            if event != "look":
                job.populate(started_by=packed_actor(actor), expires=max(job.expires, naive(self._clock()) + LATEST))
            job.since_over = over(job.mode, counts_of(job, self._lanes.of(tenant, job)), job.apart)
            return self._lanes.begin(tenant, job, phase)

        job = self._ledger.change(tenant, actor, job_id, event, _ACTIONS[event], begin)
        _leave(lambda: self._lanes.enqueue(tenant, job))
        return job

    def _require_in_time(self, job: BulkJob) -> None:
        if not job.began:
            raise Conflict("It was cancelled before it was confirmed.", advice="There is no account to be deleted.")
        now = naive(self._clock())
        if now > (job.ended or now) + UNDO_WITHIN:
            raise Conflict(f"Accounts can be deleted together for {UNDO_WITHIN.days} days, which are over.")
        self._require_at_rest(job)

    def _require_at_rest(self, job: BulkJob) -> None:
        if job.is_at_work:
            raise Conflict("What was asked of Google is still being settled.", advice="Try again in a minute.")

    def _new_job(self, tenant: str, actor: Actor, file_name: str, options: JobOptions) -> BulkJob:
        now = naive(self._clock())
        return BulkJob(
            key=job_key(tenant, self._new_id()), file_name=visible(file_name)[:200] or "file",
            options=options.packed(), created=now, created_by=packed_actor(actor), touched=now, since=now,
            whose=whose(actor, now), expires=now + IDLE,
        )  # fmt: skip


def _leave(enqueue: Callable[[], None]) -> None:
    """What was decided is recorded: when the queue does not answer, the scheduler leaves the tasks with it later."""
    try:
        enqueue()
    except Unavailable as problem:
        _log.warning("a job waits for the scheduler: %s %s", problem.what, problem.raw)


def _is_tried_again(name: str) -> bool:
    """Whether rows that count as this may be; see rows.tally."""
    return name in {"failed", "review", "failed_steps"} or name.startswith(LEFT_TO)


def _set_dialect(job: BulkJob, dialect: Dialect) -> None:
    job.populate(encoding=dialect.encoding, delimiter=dialect.delimiter, is_certain=dialect.is_certain)
