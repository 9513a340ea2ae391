"""The chains of tasks that work on a job at the same time, and the right of one task of each to write.

A job has LANES of them; the slices are dealt out like cards: lane 1 of 4 has slices 1, 5, 9, ... A task works under a
lease, and every write of its names the lease: a task that was slow, delivered twice, or presumed dead writes nothing
over what another one has written since. Called inside an ndb context.

Whoever starts or resumes a job does, in the transaction that counts its run:  put(job, *lanes.begin(tenant, job))
and after that transaction:                                                    lanes.enqueue(tenant, job)
"""

import secrets
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import partial
from typing import Literal, cast

from google.cloud import ndb

from provisioning.bulk.records import BulkJob, BulkLane, job_key, lane_key
from provisioning.bulk.strikes import DEATH, MOST_STRIKES
from runtime.clock import Clock
from runtime.datastore import transact
from runtime.problems import Unavailable
from runtime.tasks import Task, Tasks

Phase = Literal["retry", "create", "steps", "follow", "look", "undo"]
"""retry: rows that failed become ready again. create: accounts. steps: what follows after. look: what undoing would do.
undo: deleting. The first three follow each other. follow: steps alone, of a job that was cancelled."""
BESIDES: frozenset[Phase] = frozenset({"follow", "look"})
"""What is done to a job that is over, and leaves it as it is."""
PATH = "/tasks/bulk/run"
LANES = 4
LEASE = timedelta(minutes=2)
"""Longer than a wait for the pace and a few calls to Google with all their patience take; a task that was killed keeps
its lane waiting for so long."""
REVIVE = timedelta(seconds=60)
"""After so long without a sign of life a lane gets another task."""


class LeaseLost(Exception):
    """Another task works on the lane by now, or the job is gone."""


@dataclass(frozen=True)
class LaneTask:
    """What a task names. number: of the task within its lane and run."""

    tenant: str
    job: str
    run: int
    lane: int
    number: int


@dataclass(frozen=True)
class Lease:
    """A task's right to write."""

    task: LaneTask
    secret: str


class Lanes:
    """The lanes of every tenant's jobs."""

    def __init__(self, tasks: Tasks, clock: Clock, *, lease: timedelta = LEASE) -> None:
        """clock: leases are measured by it. lease: how long a task's right lasts from its last write."""
        self._tasks = tasks
        self._clock = clock
        self._lease = lease

    def begin(self, tenant: str, job: BulkJob, phase: Phase | None = None) -> list[BulkLane]:
        """The lanes of a run, to be put in the transaction that counted it in job.run; sets job.lanes.

        phase: where all of them begin, at their first slice; None lets them go on where they stood. Counts go on.
        Also sets job.is_at_work, which is how `tend` finds the job.
        """
        now = naive(self._clock())
        job_id = job.key.id()
        job.lanes = job.lanes or max(1, min(LANES, job.slices))
        job.is_at_work = True
        keys = [lane_key(tenant, job_id, number) for number in range(job.lanes)]
        lanes = [found or _new_lane(key, job, now) for key, found in zip(keys, ndb.get_multi(keys), strict=True)]
        for lane in lanes:
            lane.populate(run=job.run, task=0, rests=False, strikes=0, wake=None, touched=now)
            if phase:
                lane.populate(phase=phase, place=0, waiting={}, is_over=False)
        return lanes

    def enqueue(self, tenant: str, job: BulkJob) -> None:
        """Leave the first task of each lane of job.run with the queue. Raises Unavailable: `revive` does it then."""
        for number in range(job.lanes):
            self.send(LaneTask(tenant, job.key.id(), job.run, number, 0))

    def send(self, task: LaneTask, not_before: datetime | None = None) -> None:
        """not_before: aware."""
        name = f"bulk-{task.tenant}-{task.job}-{task.run}-{task.lane}-{task.number}"
        self._tasks.enqueue(Task(name, PATH, vars(task), not_before=not_before))

    def of(self, tenant: str, job: BulkJob) -> list[BulkLane]:
        """The lanes of a job; one round trip, also inside a transaction."""
        keys = [lane_key(tenant, job.key.id(), number) for number in range(job.lanes)]
        return [lane for lane in ndb.get_multi(keys) if lane]

    def take(self, task: LaneTask) -> tuple[Lease, BulkLane] | None:
        """The lease for this task; None for a task whose work is done or is another one's by now.

        Raises Unavailable while another task has the lease: it may have been killed.
        """
        lease = Lease(task, secrets.token_urlsafe(9))

        def work() -> BulkLane | None:
            lane, now = _key(task).get(), naive(self._clock())
            if not lane or not _is_open(lane) or (lane.run, lane.task) != (task.run, task.number):
                return None
            if is_leased(lane, now):
                wait = int((lane.leased_until - now).total_seconds()) + 1
                raise Unavailable("Another task is at work.", retry_after=wait)
            _count_death(lane)
            lane.populate(lease=lease.secret, leased_until=now + self._lease, touched=now, wake=None)
            lane.put()
            return cast(BulkLane, lane)

        lane = transact(work)
        return (lease, lane) if lane else None

    def next_of(self, task: LaneTask) -> LaneTask | None:
        """For an old task: the one after it, where it is to work now and may not have been left with the queue."""
        lane, now = _key(task).get(), naive(self._clock())
        is_next = lane and (lane.run, lane.task) == (task.run, task.number + 1)
        if not is_next or not _is_open(lane) or is_leased(lane, now):
            return None
        return LaneTask(task.tenant, task.job, task.run, task.lane, task.number + 1)

    def change(self, lease: Lease, edit: Callable[[BulkLane], Iterable[ndb.Model]]) -> BulkLane:
        """Change the lane, and put what edit returns, in one transaction that renews the lease. Raises LeaseLost.

        edit: may run more than once.
        """

        def work() -> BulkLane:
            lane = self._leased(lease)
            more = list(edit(lane))
            ndb.put_multi([lane, *more])
            return lane

        return transact(work)

    def renew(self, lease: Lease) -> BulkLane:
        """The whole time again. Raises LeaseLost."""
        return self.change(lease, lambda _lane: ())

    def pass_on(self, lease: Lease, wake: datetime | None = None, *, place: int | None = None) -> None:
        """The task ends here, and the next one goes on, at `wake` (aware) if that is given. Raises LeaseLost.

        place: see BulkLane, where the phase is done with slices in which nothing had to be written.
        """

        def edit(lane: BulkLane) -> list[ndb.Model]:
            lane.populate(lease="", strikes=0)
            if lane.run == lease.task.run:  # a run that was started meanwhile has its own first task
                lane.populate(task=lane.task + 1, wake=naive(wake) if wake else None)
                lane.place = lane.place if place is None else place
            return []

        lane = self.change(lease, edit)
        if lane.run == lease.task.run:
            task = lease.task
            self.send(LaneTask(task.tenant, task.job, task.run, task.lane, lane.task), wake)

    def let_go(self, lease: Lease, strikes: int = 0) -> None:
        """The task ends with a problem and is sent again. strikes: MISTAKE, where it was one. Raises LeaseLost."""

        def edit(lane: BulkLane) -> list[ndb.Model]:
            lane.populate(lease="", strikes=lane.strikes + strikes)
            return []

        self.change(lease, edit)

    def rest(self, lease: Lease) -> None:
        """The job does not run any more, and nothing that was asked is open: until it is resumed. Raises LeaseLost."""
        self._end(lease, lambda _job: (), rests=True)

    def finish(self, lease: Lease, close: Callable[[BulkJob], Iterable[ndb.Model]]) -> None:
        """The lane is over. If it was the last one, `close` changes the job, and what it returns is put too.

        Raises LeaseLost. A run that was started meanwhile goes on: nothing is over then.
        """
        self._end(lease, close, rests=False)

    def _end(self, lease: Lease, close: Callable[[BulkJob], Iterable[ndb.Model]], *, rests: bool) -> None:
        tenant, job_id, run = lease.task.tenant, lease.task.job, lease.task.run

        def work() -> None:
            lane, job = self._leased(lease), job_key(tenant, job_id).get()
            lane.lease = ""
            changed: list[ndb.Model] = []
            if job and lane.run == run:
                lane.populate(rests=rests, is_over=not rests)
                lanes = [lane, *(other for other in self.of(tenant, job) if other.key != lane.key)]
                if not any(_is_open(other) for other in lanes):
                    job.is_at_work = False
                    changed = [job, *(close(job) if all(other.is_over for other in lanes) else ())]
            ndb.put_multi([lane, *changed])

        transact(work)

    def revive(self, tenant: str, job: BulkJob) -> None:
        """Give every lane that nobody has worked on for a while another task."""
        self._renew_tasks(tenant, job, self._is_stuck)

    def hurry(self, tenant: str, job: BulkJob) -> None:
        """The job was paused or cancelled: lanes that wait for a later moment get a task now, to settle and rest."""
        self._renew_tasks(tenant, job, self._waits)

    def _renew_tasks(self, tenant: str, job: BulkJob, applies: Callable[[BulkLane], bool]) -> None:
        for lane in self.of(tenant, job):
            task = transact(partial(self._renumbered, tenant, lane.key, applies)) if applies(lane) else None
            if task:
                self.send(task)

    def _renumbered(self, tenant: str, key: ndb.Key, applies: Callable[[BulkLane], bool]) -> LaneTask | None:
        lane = key.get()
        if not lane or not applies(lane):
            return None
        _count_death(lane)
        lane.populate(task=lane.task + 1, lease="", wake=None, touched=naive(self._clock()))
        lane.put()
        job_id, _, number = key.id().rpartition("/")
        return LaneTask(tenant, job_id, lane.run, int(number), lane.task)

    def _waits(self, lane: BulkLane) -> bool:
        now = naive(self._clock())
        return bool(_is_open(lane) and not is_leased(lane, now) and lane.wake and lane.wake > now)

    def _is_stuck(self, lane: BulkLane) -> bool:
        now = naive(self._clock())
        if not _is_open(lane) or is_leased(lane, now):
            return False
        return bool(now - max(lane.touched, lane.wake or lane.touched) >= REVIVE)

    def _leased(self, lease: Lease) -> BulkLane:
        """In a transaction: the lane, with the lease renewed. Raises LeaseLost."""
        lane, now = _key(lease.task).get(), naive(self._clock())
        if not lane or lane.lease != lease.secret:
            raise LeaseLost
        lane.populate(leased_until=now + self._lease, touched=now)
        return cast(BulkLane, lane)


def slices_of(job: BulkJob, lane: int) -> range:
    """The numbers of a lane's slices, in order."""
    return range(lane, job.slices, job.lanes)


def is_leased(lane: BulkLane, now: datetime) -> bool:
    """Whether a task works on it, or was killed a moment ago. now: naive."""
    return bool(lane.lease) and lane.leased_until > now


def is_struck(lane: BulkLane) -> bool:
    """Whether so much went wrong with it that a person has to know."""
    return bool(lane.strikes >= MOST_STRIKES)


def begins_again(lanes: Iterable[BulkLane]) -> bool:
    """Whether a job is looking for rows that are to be tried again, of which it has not found all yet."""
    return is_in(lanes, "retry")


def is_in(lanes: Iterable[BulkLane], phase: Phase) -> bool:
    """Whether this is still to be done to some of a job's slices."""
    return any(lane.phase == phase and not lane.is_over for lane in lanes)


def naive(moment: datetime) -> datetime:
    """As Datastore keeps it."""
    return moment.replace(tzinfo=None)


def _count_death(lane: BulkLane) -> None:
    """Before the lane goes to another task: the last one never let it go."""
    if lane.lease:
        lane.strikes += DEATH


def _is_open(lane: BulkLane) -> bool:
    return not (lane.is_over or lane.rests)


def _key(task: LaneTask) -> ndb.Key:
    return lane_key(task.tenant, task.job, task.lane)


def _new_lane(key: ndb.Key, job: BulkJob, now: datetime) -> BulkLane:
    """The first one has the counts of the plan; each adds what changes by its work, so that their sum is right."""
    is_first = key.id().endswith("/0")
    return BulkLane(key=key, run=job.run, counts=dict(job.tally or {}) if is_first else {}, waiting={}, touched=now)
