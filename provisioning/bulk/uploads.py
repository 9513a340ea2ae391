"""Keeps uploaded files, encrypted, in pieces. Called inside an ndb context."""

from collections.abc import Iterator
from datetime import datetime, timedelta

from google.cloud import ndb

from provisioning.bulk.records import BulkPart, part_key
from runtime.clock import Clock
from runtime.lookup import look_up
from runtime.problems import NotFound
from runtime.sealing import Sealer

PIECE = 900_000
"""Bytes of a file in one entity; Datastore takes a little over a million."""
LATEST = timedelta(days=60)
"""When parts and rows of a job are deleted at the latest, whatever becomes of it."""


class Uploads:
    """The files of every tenant's jobs. They can hold passwords."""

    def __init__(self, sealer: Sealer, clock: Clock) -> None:
        self._sealer = sealer
        self._clock = clock

    def keep(self, tenant: str, job: str, data: bytes) -> int:
        """Keep a file; how many pieces it takes."""
        expires = self._clock().replace(tzinfo=None) + LATEST
        starts = range(0, len(data), PIECE)
        for number, start in enumerate(starts):
            self._part(tenant, job, number, data[start : start + PIECE], expires).put()
        return len(starts)

    def pieces(self, tenant: str, job: str, count: int) -> Iterator[bytes]:
        """The file from its beginning, one piece in memory at a time. Raises NotFound when it was deleted meanwhile."""
        for number in range(count):
            (part,) = look_up([part_key(tenant, job, number)])
            if part is None:
                raise NotFound("That file is not kept any more.", advice="Upload it again.")
            yield self._sealer.open(part.sealed, tenant, "bulk file", f"{job}/{number}")

    def drop(self, tenant: str, job: str, count: int) -> None:
        """Delete a file."""
        ndb.delete_multi([part_key(tenant, job, number) for number in range(count)])

    def _part(self, tenant: str, job: str, number: int, piece: bytes, expires: datetime) -> BulkPart:
        sealed = self._sealer.seal(piece, tenant, "bulk file", f"{job}/{number}")
        return BulkPart(key=part_key(tenant, job, number), sealed=sealed, expires=expires)
