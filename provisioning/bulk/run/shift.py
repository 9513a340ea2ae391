"""One task's work on a lane: what it works for, the slices that it opens, and how it saves what it did."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from google.cloud import ndb

from provisioning.bulk.records import BulkJob, BulkLane, job_key
from provisioning.bulk.rows import Row, tally
from provisioning.bulk.run.lanes import BESIDES, Lanes, Lease, Phase, naive, slices_of
from provisioning.bulk.slices import Slices
from provisioning.bulk.status import added
from provisioning.bulk.uploads import LATEST
from runtime.audit import Actor
from runtime.clock import Clock
from runtime.lookup import look_up

VISIT = timedelta(seconds=45)
"""How long a task asks about one slice; where Google is slow, another one goes on."""
RENEW = timedelta(seconds=10)
"""After so long the lease is renewed by whoever asks whether to go on."""


@dataclass
class Shift:
    """job, lane: as they were read last. place: how many of the lane's slices this phase is done with; the record may
    be behind, where nothing had to be written. subject: in whose name Google is asked. until: aware. others: jobs that
    may make the same people, once somebody has looked (see other_jobs)."""

    lease: Lease
    job: BulkJob
    lane: BulkLane
    subject: str
    until: datetime
    place: int = 0
    others: list[BulkJob] | None = None

    def __post_init__(self) -> None:
        self.place = self.lane.place

    @property
    def tenant(self) -> str:
        """Whose job it is."""
        return self.lease.task.tenant

    @property
    def job_id(self) -> str:
        """The job's id."""
        return self.lease.task.job

    @property
    def actor(self) -> Actor:
        """In whose name accounts are made and deleted."""
        return Actor(**(self.job.started_by or self.job.created_by))

    @property
    def numbers(self) -> range:
        """The lane's slices."""
        return slices_of(self.job, self.lease.task.lane)

    @property
    def phase(self) -> Phase:
        """What is done to the slices."""
        return self.lane.phase  # type: ignore[no-any-return]

    @property
    def waiting(self) -> dict[int, float]:
        """Slices to be looked at again, and when, in seconds since 1970."""
        return {int(number): at for number, at in (self.lane.waiting or {}).items()}

    @property
    def next_number(self) -> int | None:
        """The slice that comes next in this phase; None after the last one."""
        return self.numbers[self.place] if self.place < len(self.numbers) else None

    def pass_by(self, number: int) -> None:
        """This phase is done with the slice, unless it is to be looked at again."""
        if number == self.next_number:
            self.place += 1


@dataclass
class OpenSlice:
    """Rows that are worked on. until: aware. counted: their tally when they were saved last. tried: names that were
    taken, by line; only the index remembers them for other tasks."""

    number: int
    rows: list[Row]
    until: datetime
    counted: dict[str, int] = field(default_factory=dict)
    tried: dict[int, set[str]] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.counted = tally(self.rows)

    def not_to_be_had(self, row: Row) -> set[str]:
        """Usernames that the row cannot have: those it had, from now on, and those of the others."""
        tried = self.tried.setdefault(row.line, {row.planned} if row.planned else set())
        tried.add(row.username)
        return tried | {other.username for other in self.rows if other.username}


class Books:
    """Opens and saves slices under a lease."""

    def __init__(self, lanes: Lanes, slices: Slices, clock: Clock) -> None:
        self._lanes = lanes
        self._slices = slices
        self._clock = clock

    def open(self, shift: Shift, number: int) -> OpenSlice:
        """One round trip. Raises NotFound when the job was deleted meanwhile."""
        (rows,) = self._slices.read(shift.tenant, shift.job_id, [number])
        return OpenSlice(number, rows, self._clock() + VISIT)

    def may_go_on(self, shift: Shift, page: OpenSlice, *, new: bool = True) -> bool:
        """Whether to make more calls about a slice. new: ones that are for the job, and not only settle what was asked.

        Raises LeaseLost.
        """
        return self._clock() < page.until and (not new or self.is_wanted(shift))

    def is_wanted(self, shift: Shift) -> bool:
        """Whether the job is still to be worked on in this run; reads it, and renews the lease. Raises LeaseLost."""
        if naive(self._clock()) - shift.lane.touched >= RENEW:
            shift.lane = self._lanes.renew(shift.lease)
        (job,) = look_up([job_key(shift.tenant, shift.job_id)])
        if job is None or job.run != shift.lease.task.run:
            return False
        shift.job = job
        return shift.phase in BESIDES or job.state == "running"

    def save(
        self,
        shift: Shift,
        page: OpenSlice,
        *,
        again_at: float | None,
        also: Callable[[], Iterable[ndb.Model]] = tuple,
    ) -> None:
        """Everything or nothing: the rows, what the lane counts and where it stands, and what `also` puts or returns.

        again_at: when to look at the slice again, in seconds since 1970. Raises LeaseLost.
        """
        entity = self._slices.entity(shift.tenant, shift.job_id, page.number, page.rows, self._kept_until())
        counted = tally(page.rows)
        less = {name: -count for name, count in page.counted.items()}

        def edit(lane: BulkLane) -> list[ndb.Model]:
            counts = added(lane.counts or {}, counted, less)
            lane.counts = {name: count for name, count in counts.items() if count}
            others = {number: at for number, at in (lane.waiting or {}).items() if int(number) != page.number}
            if again_at is not None:
                lane.waiting = {**others, str(page.number): again_at}
            elif lane.run == shift.lease.task.run:
                lane.waiting = others
            if lane.run == shift.lease.task.run:  # a run that was begun meanwhile has places of its own
                lane.place = shift.place
            return [entity, *also()]

        shift.lane = self._lanes.change(shift.lease, edit)
        page.counted = counted

    def leave(self, shift: Shift, page: OpenSlice, *, again_at: float | None) -> None:
        """Nothing of the slice was changed: note when to look at it again, if that is news."""
        if shift.waiting.get(page.number) != again_at:
            self.save(shift, page, again_at=again_at)

    def _kept_until(self) -> datetime:
        return naive(self._clock()) + LATEST
