"""Remembers what a domain's people said about the columns of their files. Called inside an ndb context."""

import hashlib
import json
from collections.abc import Collection, Mapping, Sequence

from google.cloud import ndb

from provisioning.bulk.file.columns import FIELDS
from provisioning.bulk.file.mapping import missing
from provisioning.bulk.file.result_columns import is_ours
from provisioning.bulk.problems import ColumnsRefused
from provisioning.bulk.records import BulkMapping
from runtime.clock import Clock


class Mappings:
    """By the header, as it is written, but for the columns that we added at its end: see result_columns."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock

    def of(self, tenant: str, header: Sequence[str]) -> dict[str, int] | None:
        """A field's name to the number of its column, as somebody said; None when nobody did."""
        kept = _key(tenant, header).get()
        return dict(kept.mapping) if kept else None

    def entity(self, tenant: str, header: Sequence[str], mapping: Mapping[str, int]) -> ndb.Model:
        """To be put together with the job that it was said for."""
        saved = self._clock().replace(tzinfo=None)
        return BulkMapping(key=_key(tenant, header), mapping=dict(mapping), saved=saved)


def require_usable(mapping: Mapping[str, int], width: int, extra: Collection[str]) -> None:
    """mapping: as it was chosen; width: how many columns there are; extra: the domain's own fields. Raises
    ColumnsRefused."""
    if missing(mapping) or not {*FIELDS, *extra}.issuperset(mapping):
        raise ColumnsRefused("A first and a last name are needed.")
    if not all(0 <= place < width for place in mapping.values()):
        raise ColumnsRefused("The file has no such column.")


def _key(tenant: str, header: Sequence[str]) -> ndb.Key:
    names = [name.strip() for name in header]
    while names and is_ours(names[-1]):
        names.pop()
    digest = hashlib.sha256(json.dumps(names).encode()).hexdigest()
    return ndb.Key(BulkMapping, digest, namespace=tenant)
