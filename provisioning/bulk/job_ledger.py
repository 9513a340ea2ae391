"""Reads and changes the records of jobs. Every change is one transaction, with its entry in the audit.

Called inside an ndb context.
"""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import asdict
from datetime import UTC, datetime
from typing import Any, cast

from google.cloud import ndb

from provisioning.bulk.options import JobOptions
from provisioning.bulk.records import BulkJob, BulkLane, job_key, lane_key
from provisioning.bulk.rows import Finding
from provisioning.bulk.run.lanes import LANES, begins_again, is_in
from provisioning.bulk.states import OVER, STATES, JobEvent, after
from provisioning.bulk.status import JobStatus, added, over, pace, unpacked_reason
from runtime.audit import Actor, audit_entry
from runtime.clock import Clock
from runtime.datastore import tenant_namespace, transact
from runtime.lookup import look_up
from runtime.problems import NotFound

Edit = Callable[[BulkJob], Iterable[ndb.Model]]
"""Changes a job, which is put then, and returns what else is put. May be called more than once."""


class JobLedger:
    """The jobs of every tenant."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock

    def add(self, tenant: str, actor: Actor, job: BulkJob) -> None:
        """A new job, and who uploaded it."""

        def work() -> None:
            with tenant_namespace(tenant):
                detail = {"file": job.file_name, "bytes": job.size}
                entry = audit_entry(self._clock(), actor, "bulk.uploaded", job.key.id(), **detail)
            ndb.put_multi([job, entry])

        transact(work)

    def change(
        self, tenant: str, actor: Actor, job_id: str, event: JobEvent, action: str, edit: Edit, **told: object
    ) -> BulkJob:
        """What a person does with a job. action: for the audit; told: there too, besides what it became.

        Raises NotFound, NotNow, and what edit raises.
        """

        def work() -> BulkJob:
            job, now = require(job_key(tenant, job_id).get()), self._clock()
            before = job.state
            job.populate(state=after(job.state, event), touched=naive(now))
            with tenant_namespace(tenant):
                more = list(edit(job))
                became = {"file": job.file_name, "before": before, "after": job.state, "confirmed": job.confirmed}
                entry = audit_entry(now, actor, action, job_id, **became, **told)
            ndb.put_multi([job, *more, entry])
            return job

        return transact(work)

    def get(self, tenant: str, job_id: str) -> BulkJob:
        """The record. Raises NotFound."""
        return require(look_up([job_key(tenant, job_id)])[0])

    def status(self, tenant: str, job_id: str) -> JobStatus:
        """One round trip. Raises NotFound."""
        job, *lanes = look_up([job_key(tenant, job_id), *_lane_keys(tenant, job_id)])
        return status_of(require(job), [lane for lane in lanes if lane], self._clock())

    def recent(self, tenant: str, limit: int) -> list[JobStatus]:
        """The newest jobs, newest first; two round trips."""
        return self._statuses(tenant, BulkJob.query(namespace=tenant).order(-BulkJob.created).fetch(limit))

    def recent_of(self, tenant: str, person: str, limit: int) -> list[JobStatus]:
        """The same of those that a person uploaded. person: the id."""
        query = BulkJob.query(BulkJob.whose >= f"{person} ", BulkJob.whose < f"{person}!", namespace=tenant)
        return self._statuses(tenant, query.order(-BulkJob.whose).fetch(limit))

    def under_way(self, tenant: str) -> list[JobStatus]:
        """The jobs that were confirmed and are not over, in no order."""
        asked = [
            BulkJob.query(BulkJob.state == state, namespace=tenant).fetch_async() for state in ("running", "paused")
        ]
        return self._statuses(tenant, [job for answer in asked for job in answer.get_result()])

    def uploaders_of_open(self, tenant: str) -> list[str]:
        """Whose jobs are not over: a person's id for each. As many queries as there are such states, at once."""
        now = naive(self._clock())
        open_states = [state for state in STATES if state not in OVER]
        asked = [BulkJob.query(BulkJob.state == state, namespace=tenant).fetch_async() for state in open_states]
        return [job.created_by["id"] for answer in asked for job in answer.get_result() if job.expires > now]

    def _statuses(self, tenant: str, jobs: Sequence[BulkJob]) -> list[JobStatus]:
        keys = [key for job in jobs for key in _lane_keys(tenant, job.key.id())]
        lanes = look_up(keys) if keys else []
        dealt = [lanes[at : at + LANES] for at in range(0, len(lanes), LANES)]
        now = self._clock()
        return [status_of(job, [lane for lane in own if lane], now) for job, own in zip(jobs, dealt, strict=True)]


def require(job: ndb.Model | None) -> BulkJob:
    """Raises NotFound."""
    if job is None:
        raise NotFound("There is no such job, or it is not kept any more.", advice="Look at the list of jobs.")
    return cast(BulkJob, job)


def counts_of(job: BulkJob, lanes: Iterable[BulkLane]) -> dict[str, int]:
    """The rows of a job by state: as planned, and from the first run on what the lanes count together."""
    counts = [lane.counts or {} for lane in lanes]
    return added(*counts) if counts else dict(job.tally or {})


def status_of(job: BulkJob, lanes: Sequence[BulkLane], now: datetime) -> JobStatus:
    """All that pages show."""
    counts = counts_of(job, lanes)
    rate, seconds_left = _pace(job, counts, now)
    return JobStatus(
        id=job.key.id(), state=job.state, mode=job.mode, run=job.run, file_name=job.file_name, size=job.size,
        created=aware(job.created), created_by=Actor(**job.created_by),
        confirmed_by=_actor(job.confirmed_by), started_by=_actor(job.started_by),
        began=_aware(job.began), ended=_aware(job.ended), reason=unpacked_reason(job.reason),
        encoding=job.encoding, delimiter=job.delimiter, is_certain=job.is_certain, header=tuple(job.header or ()),
        mapping=job.mapping or {}, options=JobOptions.unpacked(job.options), rows=job.rows, slices=job.slices,
        planned_rows=job.planned_rows, plan_version=job.plan_version, confirmed=job.confirmed, counts=counts,
        rate=rate, seconds_left=seconds_left, passwords_until=_aware(job.passwords_until),
        window_until=_aware(job.window_until), expires=aware(job.expires),
        is_at_work=job.is_at_work, is_following=job.is_at_work and is_in(lanes, "follow"),
        is_looking=job.is_at_work and is_in(lanes, "look"), begins_again=begins_again(lanes), apart=job.apart,
        notes=tuple(Finding(**note) for note in job.notes or ()),
    )  # fmt: skip


def packed_actor(actor: Actor) -> dict[str, Any]:
    """For a record."""
    return asdict(actor)


def whose(actor: Actor, created: datetime) -> str:
    """Sorts jobs by who uploaded them, and then by when. created: naive."""
    return f"{actor.id} {created.isoformat(timespec='microseconds')}"


def naive(moment: datetime) -> datetime:
    """As Datastore keeps it."""
    return moment.astimezone(UTC).replace(tzinfo=None)


def aware(moment: datetime) -> datetime:
    """As everybody else has it."""
    return moment.replace(tzinfo=UTC)


def _aware(moment: datetime | None) -> datetime | None:
    return aware(moment) if moment else None


def _actor(packed: dict[str, Any] | None) -> Actor | None:
    return Actor(**packed) if packed else None


def _pace(job: BulkJob, counts: dict[str, int], now: datetime) -> tuple[float, int | None]:
    if job.state not in {"planning", "running"} or not job.since:
        return 0.0, None
    seconds = (now - aware(job.since)).total_seconds()
    if job.state == "planning":
        return pace(job.planned_rows, job.rows - job.planned_rows, seconds)
    done = over(job.mode, counts, job.apart)
    return pace(done - job.since_over, max(job.confirmed - done, 0), seconds)


def _lane_keys(tenant: str, job_id: str) -> list[ndb.Key]:
    return [lane_key(tenant, job_id, lane) for lane in range(LANES)]
