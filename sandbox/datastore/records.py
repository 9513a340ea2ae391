"""Stored entities, by key."""

import sqlite3
from collections.abc import Iterable
from functools import cache
from itertools import chain
from typing import NamedTuple

from sandbox.datastore.catalog import Catalog
from sandbox.datastore.keys import Partition, encode_path
from sandbox.datastore.messages import Message

MICROSECONDS = 1_000_000
_TOGETHER = 100

# CROSS JOIN: one search of the primary key for each place. `(kind, path) IN (VALUES ...)` would read the whole table.
_FIND_TOGETHER = """
WITH asked (kind, path) AS (VALUES (?, ?))
SELECT entities.kind, entities.path, version, created, updated, body
FROM asked CROSS JOIN entities ON entities.kind = asked.kind AND entities.path = asked.path
"""

Place = tuple[int, bytes]
"""The number of a kind, and a path."""


class Record(NamedTuple):
    """A stored entity; times in microseconds since 1970, body as serialised."""

    version: int
    created: int
    updated: int
    body: bytes


class Address(NamedTuple):
    """A complete key as the store sees it."""

    partition: Partition
    kind: str
    path: bytes


def address_of(key: Message, partition: Partition) -> Address:
    """The address of a complete key; refuses an incomplete one."""
    return Address(partition, key.path[-1].kind if key.path else "", encode_path(key))


def find(connection: sqlite3.Connection, kind: int, path: bytes) -> Record | None:
    """The entity of that kind's number and path."""
    row = connection.execute(
        "SELECT version, created, updated, body FROM entities WHERE kind = ? AND path = ?", (kind, path)
    ).fetchone()
    return Record(*row) if row else None


def find_all(connection: sqlite3.Connection, places: Iterable[Place]) -> dict[Place, Record]:
    """The entities at these places, as far as there are some; one statement for a hundred."""
    wanted = list(places)
    found = {}
    for at in range(0, len(wanted), _TOGETHER):
        part = wanted[at : at + _TOGETHER]
        rows = connection.execute(_find_together(len(part)), list(chain.from_iterable(part)))
        found.update({(kind, path): Record(*record) for kind, path, *record in rows})
    return found


@cache
def _find_together(count: int) -> str:
    return _FIND_TOGETHER.replace("(?, ?)", ", ".join(["(?, ?)"] * count))


def find_at(connection: sqlite3.Connection, catalog: Catalog, addresses: Iterable[Address]) -> dict[Address, Record]:
    """The entities at these addresses, as far as there are some."""
    places = {
        address: (kind, address.path)
        for address in addresses
        if (kind := catalog.kind(connection, address.partition, address.kind)) is not None
    }
    found = find_all(connection, places.values())
    return {address: found[place] for address, place in places.items() if place in found}


def set_time(timestamp: Message, microseconds: int) -> None:
    """Writes a time into a message; the zero needs no writing."""
    timestamp.seconds, rest = divmod(microseconds, MICROSECONDS)
    timestamp.nanos = rest * 1000


def describe(result: Message, record: Record) -> None:
    """Fills an EntityResult."""
    result.entity.ParseFromString(record.body)
    result.version = record.version
    set_time(result.create_time, record.created)
    set_time(result.update_time, record.updated)
