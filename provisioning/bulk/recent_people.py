"""Who is in the Directory: as it was read last, and those whom jobs have made since, or are about to make.

A list that is uploaded a second time, mended or by mistake, would else make everybody again until the Directory is read
once more. Called inside an ndb context.
"""

from collections.abc import Iterator
from datetime import datetime

from provisioning.bulk.job_ledger import JobLedger
from provisioning.bulk.recognition import expected_address, makes
from provisioning.bulk.records import slice_key
from provisioning.bulk.rows import Row
from provisioning.bulk.slices import Slices
from provisioning.bulk.status import JobStatus
from provisioning.directory.port import ListedGroup, ListedUser
from provisioning.directory.snapshot_store import SnapshotStore
from runtime.problems import NotFound

MOST_JOBS = 50
"""The newest jobs that are looked at, besides those under way."""


class RecentPeople:
    """Of every tenant."""

    def __init__(self, snapshots: SnapshotStore, ledger: JobLedger, slices: Slices) -> None:
        self._snapshots = snapshots
        self._ledger = ledger
        self._slices = slices

    def people(self, tenant: str) -> Iterator[ListedUser]:
        """Everybody in the last reading."""
        return self._snapshots.people(tenant)

    def people_of_jobs(self, tenant: str) -> Iterator[tuple[ListedUser, str]]:
        """Whom jobs have made since, or are going to make, the newest last, and in which slice they stand (see
        Row.left_to). Who is yet to be made has no id."""
        reading = self._snapshots.in_force(tenant)
        since = reading.began if reading else None
        jobs = {job.id: job for job in [*self._ledger.recent(tenant, MOST_JOBS), *self._ledger.under_way(tenant)]}
        for job in sorted(jobs.values(), key=lambda job: job.created):
            if _made_after(job, since):
                yield from ((_listed(row), at) for at, row in self._rows(tenant, job) if _makes(job, row))

    def groups(self, tenant: str) -> Iterator[ListedGroup]:
        """Every group in the last reading."""
        return self._snapshots.groups(tenant)

    def _rows(self, tenant: str, job: JobStatus) -> Iterator[tuple[str, Row]]:
        try:
            for number, rows in enumerate(self._slices.all(tenant, job.id, job.slices)):
                at = slice_key(tenant, job.id, number).id()
                yield from ((at, row) for row in rows)
        except NotFound:
            return  # the job has had its time meanwhile


def _made_after(job: JobStatus, since: datetime | None) -> bool:
    return job.run > 0 and (since is None or job.ended is None or job.ended >= since or job.is_at_work)


def _makes(job: JobStatus, row: Row) -> bool:
    return makes(row, job.mode, job.state, begins_again=job.begins_again)


def _listed(row: Row) -> ListedUser:
    ids = (row.employee_id,) if row.employee_id else ()
    return ListedUser(
        row.person_id, expected_address(row), (), (), row.given_name, row.family_name, row.org_unit_path,
        suspended=False, archived=False, organization_ids=ids,
    )  # fmt: skip
