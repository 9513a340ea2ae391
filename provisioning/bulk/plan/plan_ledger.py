"""The right of one task to plan a job, and what it writes under it. Called inside an ndb context.

Every write of a plan names the lease: a task that was slow, delivered twice, or presumed dead writes nothing over what
another one has written since, and what it wrote before counts in the same transaction.
"""

import secrets
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import timedelta
from typing import cast

from google.cloud import ndb

from provisioning.bulk.job_ledger import naive
from provisioning.bulk.records import BulkJob, BulkSecrets, BulkSlice, job_key
from provisioning.bulk.states import JobEvent, after
from provisioning.bulk.strikes import DEATH, MOST_STRIKES
from runtime.clock import Clock
from runtime.problems import Unavailable
from runtime.transaction import Transaction, transact

LEASE = timedelta(minutes=2)
"""Longer than going through a Directory of a million people takes; a killed task keeps others waiting for so long."""
REVIVE = timedelta(seconds=60)
"""A plan that nobody has worked on for so long gets another task."""
AT_ONCE = 400


class LeaseLost(Exception):
    """Another task plans the job by now, or it was cancelled."""


@dataclass(frozen=True)
class PlanLease:
    """A task's right to write."""

    tenant: str
    job: str
    secret: str


class PlanLedger:
    """The plans of every tenant's jobs."""

    def __init__(self, clock: Clock) -> None:
        """clock: leases are measured by it."""
        self._clock = clock

    def take(self, tenant: str, job_id: str, number: int) -> tuple[PlanLease, BulkJob] | None:
        """The lease for this task; None for a task whose work is done or is another one's by now.

        Raises Unavailable while another task has the lease: it may have been killed.
        """
        lease = PlanLease(tenant, job_id, secrets.token_urlsafe(9))

        def work(transaction: Transaction) -> BulkJob | None:
            (job,) = transaction.look_up([job_key(tenant, job_id)])
            now = naive(self._clock())
            if job is None or (job.state, job.plan_task) != ("planning", number):
                return None
            if job.plan_lease and job.plan_leased_until > now:
                wait = int((job.plan_leased_until - now).total_seconds()) + 1
                raise Unavailable("Another task is planning the job.", retry_after=wait)
            _count_death(job)
            job.populate(plan_lease=lease.secret, plan_leased_until=now + LEASE, touched=now)
            transaction.put(job)
            return cast(BulkJob, job)

        job = transact(work)
        return (lease, job) if job else None

    def save(self, lease: PlanLease, edit: Callable[[BulkJob], object], entities: Iterable[ndb.Model] = ()) -> BulkJob:
        """Change the job, and put these, in one transaction that renews the lease. Raises LeaseLost.

        edit: may run more than once.
        """
        listed = list(entities)

        def work(transaction: Transaction) -> BulkJob:
            (job,) = transaction.look_up([job_key(lease.tenant, lease.job)])
            if job is None or (job.state, job.plan_lease) != ("planning", lease.secret):
                raise LeaseLost
            now = naive(self._clock())
            job.populate(plan_leased_until=now + LEASE, touched=now)
            edit(job)
            transaction.put(job, *listed)
            return cast(BulkJob, job)

        return transact(work)

    def pass_on(self, lease: PlanLease) -> BulkJob:
        """The task ends here and the next one goes on. Raises LeaseLost."""
        return self.save(lease, lambda job: job.populate(plan_task=job.plan_task + 1, plan_lease=""))

    def let_go(self, lease: PlanLease, strikes: int = 0) -> None:
        """The task ends with a problem, and is sent again. strikes: MISTAKE, where it was one. Raises LeaseLost."""
        self.save(lease, lambda job: job.populate(plan_lease="", plan_strikes=job.plan_strikes + strikes))

    def end(self, lease: PlanLease, event: JobEvent, **values: object) -> None:
        """Planning is over. event: planned or fail. Raises LeaseLost."""

        def edit(job: BulkJob) -> None:
            job.populate(state=after(job.state, event), plan_lease="", **values)
            job.plan_version += 1

        self.save(lease, edit)

    def revive(self, tenant: str, job_id: str) -> BulkJob | None:
        """A job that nobody has planned for a while, with a new task to be left with the queue; None if all is well."""

        def work(transaction: Transaction) -> BulkJob | None:
            (job,) = transaction.look_up([job_key(tenant, job_id)])
            now = naive(self._clock())
            if job is None or job.state != "planning" or now - job.touched < REVIVE:
                return None
            if job.plan_lease and job.plan_leased_until > now:
                return None
            _count_death(job)
            job.populate(plan_task=job.plan_task + 1, plan_lease="", touched=now)
            transaction.put(job)
            return cast(BulkJob, job)

        return transact(work)

    def waiting(self, tenant: str, job_id: str, number: int) -> BulkJob | None:
        """For an old task: the job, where the next task is to work now and may not have been left with the queue."""
        job = job_key(tenant, job_id).get()
        if job is None or (job.state, job.plan_task) != ("planning", number + 1):
            return None
        return None if job.plan_lease and job.plan_leased_until > naive(self._clock()) else job


def is_struck(job: BulkJob) -> bool:
    """Whether so much went wrong with its plan that a person has to know."""
    return bool(job.plan_strikes >= MOST_STRIKES)


def _count_death(job: BulkJob) -> None:
    """Before the plan goes to another task: the last one never let it go."""
    if job.plan_lease:
        job.plan_strikes += DEATH


def clear(tenant: str, job_id: str) -> None:
    """Delete the slices of an earlier plan, and their passwords."""
    query = BulkSlice.query(BulkSlice.job == job_id, namespace=tenant)
    while keys := query.fetch(AT_ONCE, keys_only=True):
        ndb.delete_multi([*keys, *(ndb.Key(BulkSecrets, key.id(), namespace=tenant) for key in keys)])
