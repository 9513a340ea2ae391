"""Deletes what has had its time: jobs with all that belongs to them, and passwords before that.

What was left by a process that was killed goes by its own date. Called inside an ndb context.
"""

from collections.abc import Iterable
from datetime import datetime, timedelta
from itertools import islice
from typing import Any

from google.cloud import ndb

from provisioning.bulk.job_ledger import naive, require
from provisioning.bulk.plan.plan_ledger import clear
from provisioning.bulk.records import (
    BulkJob,
    BulkPart,
    BulkSecrets,
    BulkSlice,
    lane_key,
    part_key,
    secrets_key,
)
from provisioning.bulk.run.lanes import LANES
from runtime.clock import Clock
from runtime.datastore import transact

PASSWORDS_KEPT = timedelta(hours=72)
"""So long after the end of a job its first passwords are deleted, unless they were shown before."""
KEPT = timedelta(days=30)
"""So long after its end a job is deleted."""
AT_ONCE = 500
"""Entities deleted with one call."""
JOBS = 20
"""Jobs of a tenant deleted in one go of the scheduler; the next one goes on."""
_BEGINNING = datetime(1970, 1, 1)  # noqa: DTZ001 - as Datastore gives it back
"""Null sorts before every moment, so that a job without a date, which is at work, would be found by `<= now` alone."""


class Expiry:
    """Of every tenant's jobs."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock

    def tend(self, tenant: str) -> None:
        """What the scheduler does every few minutes."""
        now = naive(self._clock())
        for job in BulkJob.query(BulkJob.expires <= now, namespace=tenant).fetch(JOBS):
            self._delete_job(tenant, job)
        until = BulkJob.passwords_until
        for job in BulkJob.query(until > _BEGINNING, until <= now, namespace=tenant).fetch():
            if job.holds_secrets:
                self._delete_passwords(tenant, job)
        for kind in (BulkPart, BulkSlice, BulkSecrets):
            _delete_expired(kind, tenant, now)

    def _delete_job(self, tenant: str, job: BulkJob) -> None:
        """The job itself comes last: while it is there, whatever is left of it is found again."""
        job_id = job.key.id()
        _delete(part_key(tenant, job_id, number) for number in range(job.parts))
        clear(tenant, job_id)
        _delete([*(lane_key(tenant, job_id, lane) for lane in range(LANES)), job.key])

    def _delete_passwords(self, tenant: str, job: BulkJob) -> None:
        """Also the file, which can hold some; it is there still if whoever confirmed the job was killed."""
        _delete(secrets_key(tenant, job.key.id(), number) for number in range(job.slices))
        _delete(part_key(tenant, job.key.id(), number) for number in range(job.parts))

        def work() -> None:
            kept = require(job.key.get())
            if kept.passwords_until == job.passwords_until:
                kept.holds_secrets = False
                kept.put()

        transact(work)


def _delete_expired(kind: Any, tenant: str, now: datetime) -> None:
    _delete(kind.query(kind.expires <= now, namespace=tenant).fetch(AT_ONCE, keys_only=True))


def _delete(keys: Iterable[ndb.Key]) -> None:
    rest = iter(keys)
    while some := list(islice(rest, AT_ONCE)):
        ndb.delete_multi(some)
