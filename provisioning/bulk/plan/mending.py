"""Corrects one row of a plan, and plans it again beside the others, which stay as they are.

Called inside an ndb context.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from google.cloud import ndb

from provisioning.bulk.file.columns import FIELDS
from provisioning.bulk.file.lines import MAX_ROW
from provisioning.bulk.file.values import values_of
from provisioning.bulk.job_ledger import JobLedger, naive
from provisioning.bulk.options import JobOptions
from provisioning.bulk.plan.planner import Planner
from provisioning.bulk.plan.surroundings import Surroundings
from provisioning.bulk.problems import PlanChanged
from provisioning.bulk.recognition import expected_address
from provisioning.bulk.records import BulkJob
from provisioning.bulk.rows import Row, tally
from provisioning.bulk.slices import Slices
from provisioning.bulk.states import after
from provisioning.bulk.status import added
from provisioning.bulk.uploads import LATEST
from runtime.audit import Actor
from runtime.clock import Clock
from runtime.problems import BadRequest, NotFound

_BESIDE = {"username": "email", "email": "username"}
"""A column of the one may hold the other, which values_of calls by its own name."""
ATTEMPTS = 3
"""Somebody else may mend another row at the same moment."""


@dataclass
class _Place:
    """Where a row is: number of its slice, the slice's rows, and its place among them."""

    number: int
    rows: list[Row]
    at: int

    @property
    def row(self) -> Row:
        return self.rows[self.at]


class Mending:
    """Of the jobs of every tenant."""

    def __init__(
        self, ledger: JobLedger, surroundings: Surroundings, planner: Planner, slices: Slices, clock: Clock
    ) -> None:
        self._ledger = ledger
        self._surroundings = surroundings
        self._planner = planner
        self._slices = slices
        self._clock = clock

    def mend(self, tenant: str, actor: Actor, job_id: str, line: int, values: Mapping[str, str]) -> Row:
        """Take these values for a row, those not named as they are, and plan it again; the row as it is then.

        values: by field; "" takes one away. The plan has another version. Reads the whole job: seconds for the
        largest. Raises BadRequest, NotFound, NotNow, PlanChanged when others mended rows again and again meanwhile.
        """
        for _ in range(ATTEMPTS - 1):
            try:
                return self._mend(tenant, actor, job_id, line, values)
            except PlanChanged:
                continue
        return self._mend(tenant, actor, job_id, line, values)

    def _mend(self, tenant: str, actor: Actor, job_id: str, line: int, values: Mapping[str, str]) -> Row:
        job = self._ledger.get(tenant, job_id)
        after(job.state, "mend")
        place = self._find(tenant, job, line)
        passwords = self._slices.passwords(tenant, job_id, place.number)
        mended = _mended(place.row, values, job.mapping)
        if "password" in values:
            passwords = _with_password(passwords, line, values["password"].strip())
        self._plan(tenant, job, mended, passwords)
        return self._save(tenant, actor, job, place, mended, passwords)

    def _find(self, tenant: str, job: BulkJob, line: int) -> _Place:
        for number, rows in enumerate(self._slices.all(tenant, job.key.id(), job.slices)):
            for at, row in enumerate(rows):
                if row.line == line:
                    return _Place(number, rows, at)
        raise NotFound("There is no row at that line.")

    def _plan(self, tenant: str, job: BulkJob, row: Row, passwords: Mapping[int, str]) -> None:
        """The row comes after all others, whose names it leaves to them; those that are left out do not count.

        The others are read as they are needed: all at once they would fill the memory of a web server.
        """
        addresses: list[str] = []

        def listed() -> Iterator[tuple[int, dict[str, str]]]:
            for rows in self._slices.all(tenant, job.key.id(), job.slices):
                others = [other for other in rows if other.line != row.line]
                addresses.extend(expected_address(other) for other in others if other.username or other.planned)
                yield from ((other.line, other.values) for other in others if other.state != "problem")
            yield row.line, row.values

        context = self._surroundings.of(tenant, JobOptions.unpacked(job.options), listed())
        for address in addresses:
            context.names.add(address)
        self._planner.plan([row], context, passwords)

    def _save(
        self, tenant: str, actor: Actor, job: BulkJob, place: _Place, row: Row, passwords: Mapping[int, str]
    ) -> Row:
        version, expires = job.plan_version, naive(self._clock()) + LATEST
        less = {name: -count for name, count in tally([place.row]).items()}
        rows = [*place.rows[: place.at], row, *place.rows[place.at + 1 :]]

        def edit(job: BulkJob) -> list[ndb.Model]:
            if job.plan_version != version:
                raise PlanChanged("Somebody mended another row at the same moment.", advice="Try again.")
            counts = added(job.tally, less, tally([row]))
            job.populate(tally={name: count for name, count in counts.items() if count}, plan_version=version + 1)
            job_id = job.key.id()
            return [
                self._slices.entity(tenant, job_id, place.number, rows, expires),
                self._slices.secrets_entity(tenant, job_id, place.number, passwords, expires),
            ]

        self._ledger.change(tenant, actor, job.key.id(), "mend", "bulk.mended", edit, line=row.line)
        return row


def _mended(row: Row, typed: Mapping[str, str], mapping: Mapping[str, int]) -> Row:
    """The row as it would have been read with these values, not planned yet."""
    kept = {name: value.strip() for name, value in typed.items() if name in {*FIELDS, *row.values, *mapping}}
    kept.pop("password", None)
    fields = {**row.values, **kept}
    if sum(map(len, fields.values())) > MAX_ROW:
        raise BadRequest(f"A row has at most {MAX_ROW:,} characters.", advice="Shorten what you typed.")
    numbers = {name: at for at, name in enumerate(fields)}
    cells = list(row.cells)
    for name, value in kept.items():
        at = mapping.get(name, mapping.get(_BESIDE.get(name, "")))
        if at is not None and at < len(cells):
            cells[at] = value
    return Row(row.line, cells, values_of(list(fields.values()), numbers))


def _with_password(passwords: Mapping[int, str], line: int, password: str) -> dict[int, str]:
    others = {one: kept for one, kept in passwords.items() if one != line}
    return {**others, line: password} if password else others
