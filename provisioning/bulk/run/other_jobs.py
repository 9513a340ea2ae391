"""People of a job whom another job makes, too: a plan knows only of jobs that were confirmed before it was made.

Right before accounts are made, whoever has one by another job is passed over, or may have one, because Google was asked
and has not said; and whoever gets one by a job that was confirmed, or begun again, earlier. That order never changes
while both run, so that of two jobs exactly one makes a person. (A start is seen once it is recorded: two jobs that are
confirmed within the same few milliseconds, by machines whose clocks differ, could both make somebody.) Called inside an
ndb context.

Of whom Google was asked already nobody is passed over: it has to be found out what came of that. But where another job
has the person by now, as a retry may find, Google is not asked again.
"""

import threading
from collections.abc import Collection, Iterable, Iterator
from contextlib import suppress
from dataclasses import dataclass, field

from cachetools import LRUCache

from provisioning.bulk.plan.file_people import id_key
from provisioning.bulk.recognition import KnownPerson, expected_address, full_name, pass_over
from provisioning.bulk.records import BulkJob, slice_key
from provisioning.bulk.rows import Row
from provisioning.bulk.run.shift import Shift
from provisioning.bulk.run.standing import standings
from provisioning.bulk.slices import Slices
from runtime.problems import NotFound

REMEMBERED = 8
"""Jobs whose people a process remembers: 150,000 take some 10 MB."""


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
        waiting = {row.line: row for row in rows if row.state == "ready" and not row.begun}
        for line, known in self.known(shift, waiting.values()).items():
            pass_over(waiting[line], known)

    def known(self, shift: Shift, rows: Iterable[Row]) -> dict[int, KnownPerson]:
        """Who has or gets the accounts by other jobs, by the lines of the rows. Costs as `pass_over`."""
        wanted = {id_key(row.employee_id): row for row in rows if row.employee_id}
        if wanted and shift.others is None:
            shift.others = _started_since(shift)
        known: dict[int, KnownPerson] = {}
        for other in shift.others or () if wanted else ():
            for number, found in self._made_by(shift, other, wanted):
                row = wanted[id_key(found.employee_id)]
                if row.employee_id.casefold() == found.employee_id.casefold():
                    known.setdefault(row.line, _known(found, slice_key(shift.tenant, other.key.id(), number).id()))
        return known

    def _made_by(self, shift: Shift, other: BulkJob, wanted: Collection[int]) -> list[tuple[int, Row]]:
        """Another job's rows with these hashes that count, as they are now, and their slices."""
        shared, job_id = self._shared(shift, other), other.key.id()
        numbers = sorted({shared[key] for key in wanted if key in shared})
        now = standings(shift.tenant, [job_id] if numbers else []).get(job_id)
        if now is None:
            return []
        counts = now.makes if _order(now.job) < _order(shift.job) else now.may_have_made
        with suppress(NotFound):  # it has had its time meanwhile
            pages = zip(numbers, self._slices.read(shift.tenant, job_id, numbers), strict=True)
            found = [(number, row) for number, rows in pages for row in rows if id_key(row.employee_id) in wanted]
            return [(number, row) for number, row in found if counts(row)]
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
        """The hash of each id of whom the job may make somebody, now or when it is begun again, and its slice."""
        with suppress(NotFound):
            for number, rows in enumerate(self._slices.all(tenant, job.key.id(), job.slices)):
                kept = (row for row in rows if row.employee_id and _may_be_made(row))
                yield from ((id_key(row.employee_id), number) for row in kept)


def _started_since(shift: Shift) -> list[BulkJob]:
    """Other jobs that were confirmed, or begun again, since this one was uploaded."""
    found = BulkJob.query(BulkJob.since >= shift.job.created, namespace=shift.tenant).fetch()
    return [job for job in found if job.began and job.key != shift.job.key]


def _may_be_made(row: Row) -> bool:
    return row.state != "problem" and (row.state != "skipped" or row.is_left)


def _known(found: Row, at: str) -> KnownPerson:
    """at: its slice."""
    name = full_name(found.given_name, found.family_name)
    return KnownPerson(expected_address(found), name, comes=not found.exists, left_to=(at,))


def _order(job: BulkJob) -> tuple[object, str]:
    return job.began, job.key.id()
