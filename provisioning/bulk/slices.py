"""Keeps the rows of jobs, SLICE at a time, encrypted; and their first passwords apart from them, for a shorter time.

Called inside an ndb context. What is written together with something else is made here and put by the caller.
"""

import base64
import json
import zlib
from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime

from google.cloud import ndb

from provisioning.bulk.records import BulkSecrets, BulkSlice, secrets_key, slice_key
from provisioning.bulk.rows import Row
from runtime.lookup import look_up
from runtime.problems import NotFound
from runtime.sealing import Sealer

SLICE = 25
"""Rows that are kept, and worked on, together: as many as a killed task may have to look up again."""
AT_ONCE = 40
"""Slices read in one round trip."""
TROUBLED = frozenset({"problem", "failed", "review"})


class Slices:
    """The rows of every tenant's jobs."""

    def __init__(self, sealer: Sealer) -> None:
        self._sealer = sealer

    def read(self, tenant: str, job: str, numbers: Sequence[int]) -> list[list[Row]]:
        """The rows of these slices; one round trip. Raises NotFound when the job was deleted meanwhile."""
        found = look_up([slice_key(tenant, job, number) for number in numbers])
        return [self._rows(tenant, job, number, entity) for number, entity in zip(numbers, found, strict=True)]

    def all(self, tenant: str, job: str, count: int) -> Iterator[list[Row]]:
        """Every slice of a job, in order, AT_ONCE in memory. count: of slices."""
        for start in range(0, count, AT_ONCE):
            yield from self.read(tenant, job, range(start, min(start + AT_ONCE, count)))

    def troubled(self, tenant: str, job: str, limit: int, start: int = 0) -> list[int]:
        """The numbers of slices with a row that a person has to look at, from `start` on, in order."""
        query = BulkSlice.query(BulkSlice.job == job, BulkSlice.troubled == True, namespace=tenant)  # noqa: E712 - ndb's
        numbers = sorted(int(key.id().rpartition("/")[2]) for key in query.fetch(keys_only=True))
        return [number for number in numbers if number >= start][:limit]

    def left(self, tenant: str, job: str) -> list[int]:
        """The numbers of slices with a row that was left to another job, in order."""
        query = BulkSlice.query(BulkSlice.job == job, BulkSlice.left == True, namespace=tenant)  # noqa: E712 - ndb's
        return sorted(int(key.id().rpartition("/")[2]) for key in query.fetch(keys_only=True))

    def entity(self, tenant: str, job: str, number: int, rows: Sequence[Row], expires: datetime) -> BulkSlice:
        """A slice, to be put. expires: naive."""
        packed = zlib.compress(json.dumps([row.packed() for row in rows]).encode(), 3)
        return BulkSlice(
            key=slice_key(tenant, job, number), job=job, count=len(rows), expires=expires,
            troubled=any(row.state in TROUBLED for row in rows), left=any(row.is_left for row in rows),
            sealed=self._sealer.seal(packed, tenant, "bulk rows", f"{job}/{number}"),
        )  # fmt: skip

    def passwords(self, tenant: str, job: str, number: int) -> dict[int, str]:
        """The passwords of a slice's rows by line; none after their time."""
        (entity,) = look_up([secrets_key(tenant, job, number)])
        return {int(line): self.open_password(tenant, job, int(line), text) for line, text in _kept(entity).items()}

    def open_password(self, tenant: str, job: str, line: int, text: str) -> str:
        """The password that stands encrypted in BulkSecrets under this line."""
        return self._sealer.open(base64.b64decode(text), tenant, "first password", f"{job}/{line}").decode()

    def secrets_entity(
        self, tenant: str, job: str, number: int, passwords: Mapping[int, str], expires: datetime
    ) -> BulkSecrets:
        """All passwords of a slice, to be put. passwords: by line."""
        sealed = {
            str(line): base64.b64encode(
                self._sealer.seal(password.encode(), tenant, "first password", f"{job}/{line}")
            ).decode()
            for line, password in passwords.items()
        }
        return BulkSecrets(key=secrets_key(tenant, job, number), passwords=sealed, expires=expires)

    def _rows(self, tenant: str, job: str, number: int, entity: ndb.Model | None) -> list[Row]:
        if entity is None:
            raise NotFound("That job is not kept any more.")
        packed = self._sealer.open(entity.sealed, tenant, "bulk rows", f"{job}/{number}")
        return [Row.unpacked(row) for row in json.loads(zlib.decompress(packed))]


def _kept(entity: ndb.Model | None) -> Mapping[str, str]:
    return entity.passwords if entity else {}
