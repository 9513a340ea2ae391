"""The run of a job: what one task of a lane does, and what ends it. Called inside an ndb context.

    retry ─▶ create ─▶ steps ─▶ over        look ─▶ over        undo ─▶ over

A lane goes through its slices once in each phase, and comes back to those where something is to be tried later. It
works only while its job runs; when the job is paused or cancelled, nothing new is begun, and what Google was asked is
settled. When the last lane is over, so is the job.
"""

import logging
from collections.abc import Callable, Iterable
from contextlib import ExitStack, suppress
from datetime import UTC, datetime, timedelta
from functools import partial

from google.cloud import ndb

from provisioning.bulk.expiry import KEPT, PASSWORDS_KEPT
from provisioning.bulk.records import BulkJob, BulkLane, job_key
from provisioning.bulk.rows import Row
from provisioning.bulk.run.creating import Creating
from provisioning.bulk.run.following import Following
from provisioning.bulk.run.lanes import BESIDES, Lanes, LaneTask, Lease, LeaseLost, Phase, is_struck, naive
from provisioning.bulk.run.paced import ComeBack
from provisioning.bulk.run.shift import Books, OpenSlice, Shift
from provisioning.bulk.run.undoing import Undoing
from provisioning.bulk.status import Reason, packed_reason
from provisioning.bulk.strikes import MISTAKE, is_mistake
from runtime.audit import Actor, audit_entry
from runtime.clock import Clock
from runtime.datastore import tenant_namespace, transact
from runtime.google_problems import GoogleProblem
from runtime.lookup import look_up
from runtime.problems import Problem, Unavailable

WORK = timedelta(seconds=10)
"""How long one task works; short, so that other domains' jobs get their turn."""
PAUSE = timedelta(seconds=3)
"""The shortest time from a task that found nothing due to the next one."""
REFUSED = timedelta(minutes=1)
"""Until a stopped job asks again what became of its calls, where Google does not let us ask."""
APP = Actor("app", "bulk", "bulk")
_FOLLOWING: dict[Phase, Phase] = {"retry": "create", "create": "steps"}
_log = logging.getLogger("frontdesk.bulk")


class JobRuns:
    """Works on the jobs of every tenant."""

    def __init__(
        self,
        lanes: Lanes,
        books: Books,
        creating: Creating,
        following: Following,
        undoing: Undoing,
        administrator: Callable[[str], str],
        clock: Clock,
        *,
        work: timedelta = WORK,
    ) -> None:
        """administrator: by tenant, raises Problem for one not in use. work: how long one task works."""
        self._lanes = lanes
        self._books = books
        self._creating = creating
        self._following = following
        self._undoing = undoing
        self._administrator = administrator
        self._clock = clock
        self._work = work

    def step(self, task: LaneTask) -> None:
        """One task: work on the lane until the time is up, then leave the rest to the next task.

        Harmless when called again, at any time. Raises Unavailable when the same task is to be sent again; so it is too
        after an exception that nobody foresaw, until there were too many of them: the job is paused then, and says so.
        """
        taken = self._lanes.take(task)
        if taken is None:
            self._send_on(task)
            return
        lease, lane = taken
        with ExitStack() as watched:
            watched.push(partial(self._note_mistake, lease))
            try:
                self._begin(lease, lane)
            except LeaseLost:
                _log.warning("a task of job %s of %s lost its lease", task.job, task.tenant)

    def tend(self, tenant: str) -> None:
        """What the scheduler does every minute: give lanes whose task was lost another one."""
        for job in BulkJob.query(BulkJob.is_at_work == True, namespace=tenant).fetch():  # noqa: E712 - ndb's
            self._lanes.revive(tenant, job)

    def _send_on(self, task: LaneTask) -> None:
        """An old task: where the next one was not left with the queue before this one was killed, it is now."""
        following = self._lanes.next_of(task)
        if following:
            self._lanes.send(following)

    def _note_mistake(self, lease: Lease, _kind: object, error: BaseException | None, _trace: object) -> None:
        """On the way out of a task: what nobody foresaw counts against the lane. Who is killed does not come here."""
        if not is_mistake(error):
            return
        task = lease.task
        _log.error("a mistake of ours in job %s of %s (%s)", task.job, task.tenant, _reference(task), exc_info=error)
        with suppress(LeaseLost):
            self._lanes.let_go(lease, MISTAKE)

    def _begin(self, lease: Lease, lane: BulkLane) -> None:
        job = look_up([job_key(lease.task.tenant, lease.task.job)])[0]
        if job is None:
            return
        shift = Shift(lease, job, lane, "", self._clock() + self._work)
        if is_struck(lane):
            self._stop(shift, _defeated(lease.task))
            self._lanes.rest(lease)  # the next task would come no further
            return
        try:
            shift.subject = self._administrator(lease.task.tenant)
        except Problem as problem:
            self._stop(shift, problem)
            self._lanes.rest(lease)  # nobody can be asked
            return
        try:
            self._go_on(shift)
        except ComeBack as pause:
            self._lanes.pass_on(lease, self._clock() + timedelta(seconds=pause.seconds))
        except Unavailable:
            self._lanes.let_go(lease)  # the queue sends this task again, and it is to find the lane free
            raise
        except Problem as problem:
            self._stop(shift, problem)
            if shift.phase in BESIDES:
                self._lanes.rest(lease)  # until somebody wants it again
            else:
                self._lanes.pass_on(lease, self._clock() + PAUSE)  # the next task settles what was asked

    def _go_on(self, shift: Shift) -> None:
        is_over = False
        while not is_over:
            if not self._books.is_wanted(shift):
                self._wind_up(shift)
                return
            number = self._next(shift)
            if number is not None:
                self._visit(shift, number)
            elif not self._turn(shift):
                return
            is_over = self._clock() >= shift.until  # after one slice at least, however slow everything is
        self._lanes.pass_on(shift.lease, place=shift.place)

    def _next(self, shift: Shift) -> int | None:
        """A slice that waited long enough, or the next one."""
        now = self._clock().timestamp()
        due = sorted((at, number) for number, at in shift.waiting.items() if at <= now)
        return due[0][1] if due else shift.next_number

    def _visit(self, shift: Shift, number: int) -> None:
        page = self._books.open(shift, number)
        match shift.phase:
            case "retry":
                self._creating.begin_again(shift, page)
            case "create":
                self._creating.work(shift, page, new=True)
            case "steps":
                self._creating.work(shift, page, new=True)  # a name that was found to be taken now is replaced, too
                self._following.work(shift, page)
            case "follow":
                self._creating.work(shift, page, new=False)
                self._following.work(shift, page)
            case "look":
                self._creating.work(shift, page, new=False)
                self._undoing.look(shift, page)
            case "undo":
                self._creating.work(shift, page, new=False)
                self._undoing.work(shift, page, new=True)

    def _turn(self, shift: Shift) -> bool:
        """After the last slice: the next phase (True), or the end of this task, and of the lane if nothing waits."""
        following = _FOLLOWING.get(shift.phase)
        if following:
            self._enter(shift, following)
            return True
        waiting = shift.waiting.values()
        if waiting:
            self._lanes.pass_on(shift.lease, self._wake(waiting))
        else:
            self._lanes.finish(shift.lease, self._close)
        return False

    def _enter(self, shift: Shift, phase: Phase) -> None:
        def edit(lane: BulkLane) -> list[ndb.Model]:
            if lane.run == shift.lease.task.run:
                lane.populate(phase=phase, place=0)
            return []

        shift.lane, shift.place = self._lanes.change(shift.lease, edit), 0

    def _wind_up(self, shift: Shift) -> None:
        """The job does not run any more, or another run does: settle what was asked, and rest."""
        if shift.job.run != shift.lease.task.run:
            self._lanes.pass_on(shift.lease)  # to the first task of that run, which settles it
            return
        open_until = []
        first = [] if shift.next_number is None else [shift.next_number]
        for number in dict.fromkeys([*first, *shift.waiting]):
            page = self._books.open(shift, number)
            at_least = self._settle(shift, page)
            open_until += [max(row.next_at, at_least) for row in page.rows if _is_open(row)]
        if open_until:
            self._lanes.pass_on(shift.lease, self._wake(open_until))
        else:
            self._lanes.rest(shift.lease)

    def _settle(self, shift: Shift, page: OpenSlice) -> float:
        """Of one slice; when it makes sense to ask again where Google does not let us, in seconds since 1970."""
        try:
            if any(row.state == "intent" for row in page.rows):
                self._creating.work(shift, page, new=False)
            if any(row.undo == "asked" for row in page.rows):
                self._undoing.work(shift, page, new=False)
        except GoogleProblem as problem:
            _log.warning("job %s of %s cannot be settled: %s %s", shift.job_id, shift.tenant, problem.what, problem.raw)
            self._creating.give_up(shift, page)
            return (self._clock() + REFUSED).timestamp()
        return 0.0

    def _wake(self, moments: Iterable[float]) -> datetime:
        return max(datetime.fromtimestamp(min(moments), UTC), self._clock() + PAUSE)

    def _stop(self, shift: Shift, problem: Problem) -> None:
        """Something that concerns every account: the job is paused, and says why."""
        _log.warning("job %s of %s stops: %s %s", shift.job_id, shift.tenant, problem.what, problem.raw)
        reason = Reason(problem.code, problem.title, problem.what, problem.advice, problem.raw)
        run = shift.lease.task.run

        def work() -> None:
            job = job_key(shift.tenant, shift.job_id).get()
            if job and (job.state, job.run) == ("running", run):
                job.populate(state="paused", reason=packed_reason(reason), touched=naive(self._clock()))
                ndb.put_multi([job, self._entry(shift.tenant, job, "bulk.paused", reason=problem.code)])

        transact(work)
        self._lanes.hurry(shift.tenant, shift.job)

    def _close(self, job: BulkJob) -> list[ndb.Model]:
        """In a transaction: the last lane is over. A job that was looked at, or is cancelled, stays what it is."""
        if job.state not in {"running", "paused"}:
            return []
        now = naive(self._clock())
        job.populate(state="done", ended=now, touched=now, reason=None, expires=now + KEPT)
        if job.mode == "create":
            job.passwords_until = now + PASSWORDS_KEPT
        return [self._entry(job.key.namespace(), job, "bulk.finished", mode=job.mode)]

    def _entry(self, tenant: str, job: BulkJob, action: str, **detail: object) -> ndb.Model:
        with tenant_namespace(tenant):
            return audit_entry(self._clock(), APP, action, job.key.id(), file=job.file_name, **detail)


def _reference(task: LaneTask) -> str:
    """What finds in the log what went wrong."""
    return f"{task.job}-{task.run}-{task.lane}"


def _defeated(task: LaneTask) -> Problem:
    """Why the job of a lane that cannot be worked on is paused."""
    return Problem(
        f"A part of this job failed again and again (reference {_reference(task)}). Accounts that exist are kept.",
        advice="Resume the job. If it stops here again, tell the operator of Frontdesk the reference.",
    )


def _is_open(row: Row) -> bool:
    return row.state == "intent" or row.undo == "asked"
