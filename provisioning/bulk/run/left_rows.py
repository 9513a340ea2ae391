"""Rows that were left to another job, which has come to its end without making their accounts, or has deleted them.

Which these are depends on two jobs, so that it is looked up and not kept. Right before such a row's account is made it
is found out, as of every row, whether anybody else makes it (other_jobs). Called inside an ndb context.
"""

from collections.abc import Collection, Iterable, Sequence
from contextlib import suppress

from provisioning.bulk.recognition import take_back
from provisioning.bulk.rows import Row
from provisioning.bulk.run.standing import Standing, standings
from provisioning.bulk.slices import AT_ONCE, Slices
from provisioning.bulk.states import OVER
from provisioning.bulk.status import JobStatus
from runtime.problems import NotFound


class LeftRows:
    """Of every tenant's jobs."""

    def __init__(self, slices: Slices) -> None:
        self._slices = slices

    def lines(self, tenant: str, job: JobStatus) -> frozenset[int]:
        """The lines of such rows of a job that is over. Raises NotFound when it was deleted meanwhile.

        Costs nothing where no row was left to another job, and one round trip where those made all their accounts.
        """
        is_over = job.state in OVER and job.mode == "create"
        if not is_over or not self._ended(tenant, job.left_to):
            return frozenset()
        numbers = self._slices.left(tenant, job.id)
        found: set[int] = set()
        for at in range(0, len(numbers), AT_ONCE):
            pages = self._slices.read(tenant, job.id, numbers[at : at + AT_ONCE])
            found.update(row.line for row in self._left_out(tenant, [row for rows in pages for row in rows]))
        return frozenset(found)

    def take_back(self, tenant: str, rows: Iterable[Row]) -> bool:
        """Have such rows made by their own job after all; whether there was any."""
        left_out = self._left_out(tenant, rows)
        for row in left_out:
            take_back(row)
        return bool(left_out)

    def _left_out(self, tenant: str, rows: Iterable[Row]) -> list[Row]:
        """Those of whom none of the others has made an account, or will."""
        left = [row for row in rows if row.is_left]
        slices: dict[str, set[int]] = {}
        for job, _, number in (at.rpartition("/") for row in left for at in row.left_to):
            slices.setdefault(job, set()).add(int(number))
        ended = self._ended(tenant, slices)
        made = {job: self._made(tenant, standing, sorted(slices[job])) for job, standing in ended.items()}
        return [row for row in left if all(_is_without(row, made.get(at.rpartition("/")[0])) for at in row.left_to)]

    def _made(self, tenant: str, standing: Standing, numbers: Sequence[int]) -> frozenset[str] | None:
        """The ids of people in these slices of a job who have an account by it, or will; None when it was deleted."""
        made: set[str] = set()
        with suppress(NotFound):
            for at in range(0, len(numbers), AT_ONCE):
                for page in self._slices.read(tenant, standing.job.key.id(), numbers[at : at + AT_ONCE]):
                    made.update(row.employee_id.casefold() for row in page if standing.makes(row))
            return frozenset(made)
        return None

    def _ended(self, tenant: str, jobs: Collection[str]) -> dict[str, Standing]:
        return {job: found for job, found in standings(tenant, jobs).items() if found.may_have_left_out}


def _is_without(row: Row, made: frozenset[str] | None) -> bool:
    """made: by a job that has come to an end; None where that is not known."""
    return made is not None and row.employee_id.casefold() not in made
