"""People of a job whom another job makes, too: a plan knows only of jobs that were confirmed before it was made.

Right before accounts are made, whoever has one by another job is passed over; and whoever gets one by a job that was
confirmed earlier. That order never changes while both run, so that of two jobs exactly one makes a person. (A start is
seen once it is recorded: two jobs that are confirmed within the same few milliseconds, by machines whose clocks differ,
could both make somebody.) Called inside an ndb context.
"""

import threading
from collections.abc import Collection, Iterable, Iterator
from contextlib import suppress
from dataclasses import dataclass, field

from cachetools import LRUCache

from provisioning.bulk.plan.file_people import id_key
from provisioning.bulk.recognition import KnownPerson, full_name, makes, pass_over
from provisioning.bulk.records import BulkJob
from provisioning.bulk.rows import Row
from provisioning.bulk.run.shift import Shift
from provisioning.bulk.slices import Slices
from runtime.lookup import look_up
from runtime.problems import NotFound

REMEMBERED = 8
"""Jobs whose people a process remembers: 150,000 take some 10 MB."""
_LEFT_OUT = frozenset({"problem", "skipped"})


@dataclass
class _People:
    """A job's people by the hashes of their organization's ids, which do not change once it is confirmed.

    shared: by another job, the slices in which that one has the same ids.
    """

    ids: frozenset[int]
    shared: dict[str, dict[int, int]] = field(default_factory=dict)


class OtherJobs:
    """Of every tenant."""

    def __init__(self, slices: Slices) -> None:
        self._slices = slices
        self._lock = threading.Lock()
        self._people: LRUCache[tuple[str, str], _People] = LRUCache(REMEMBERED)

    def pass_over(self, shift: Shift, rows: Iterable[Row]) -> None:
        """Leave out rows that are ready, and whose person has or gets an account by another job.

        Costs one query for each task, as long as no other job was started since this one was uploaded.
        """
        waiting = {id_key(row.employee_id): row for row in rows if _may_be_passed_over(row)}
        if not waiting:
            return
        if shift.others is None:
            shift.others = _started_since(shift)
        for other in shift.others:
            for found in self._made_by(shift, other, waiting):
                row = waiting[id_key(found.employee_id)]
                if row.state == "ready" and row.employee_id.casefold() == found.employee_id.casefold():
                    name = full_name(found.given_name, found.family_name)
                    pass_over(row, KnownPerson(found.address, name, comes=not found.exists))

    def _made_by(self, shift: Shift, other: BulkJob, wanted: Collection[int]) -> list[Row]:
        """Another job's rows with these hashes that count, as they are now."""
        shared = self._shared(shift, other)
        numbers = sorted({shared[key] for key in wanted if key in shared})
        (now,) = look_up([other.key]) if numbers else (None,)
        if now is None:
            return []
        is_earlier = _order(now) < _order(shift.job)
        with suppress(NotFound):  # it has had its time meanwhile
            slices = self._slices.read(shift.tenant, other.key.id(), numbers)
            found = [row for rows in slices for row in rows if id_key(row.employee_id) in wanted]
            return [row for row in found if row.exists or (is_earlier and makes(row, now.mode, now.state))]
        return []

    def _shared(self, shift: Shift, other: BulkJob) -> dict[int, int]:
        """Where another job has the same ids; its slices are read once by a process."""
        with self._lock:
            people = self._people.get((shift.tenant, shift.job_id))
        if people is None:
            people = _People(frozenset(key for key, _ in self._ids(shift.tenant, shift.job)))
            with self._lock:
                self._people[shift.tenant, shift.job_id] = people
        shared = people.shared.get(other.key.id())
        if shared is None:
            shared = {key: number for key, number in self._ids(shift.tenant, other) if key in people.ids}
            people.shared[other.key.id()] = shared
        return shared

    def _ids(self, tenant: str, job: BulkJob) -> Iterator[tuple[int, int]]:
        """The hash of each id that the job's plan makes somebody of, and its slice."""
        with suppress(NotFound):
            for number, rows in enumerate(self._slices.all(tenant, job.key.id(), job.slices)):
                kept = (row for row in rows if row.employee_id and row.state not in _LEFT_OUT)
                yield from ((id_key(row.employee_id), number) for row in kept)


def _started_since(shift: Shift) -> list[BulkJob]:
    """Other jobs that were confirmed, or begun again, since this one was uploaded."""
    found = BulkJob.query(BulkJob.since >= shift.job.created, namespace=shift.tenant).fetch()
    return [job for job in found if job.run and job.key != shift.job.key]


def _may_be_passed_over(row: Row) -> bool:
    """Not where Google may have been asked for it."""
    return bool(row.state == "ready" and row.employee_id and not row.begun)


def _order(job: BulkJob) -> tuple[object, str]:
    return job.began, job.key.id()
