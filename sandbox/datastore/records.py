"""Stored entities, by key."""

import sqlite3
from typing import NamedTuple

from sandbox.datastore.catalog import Catalog
from sandbox.datastore.keys import Partition, encode_path
from sandbox.datastore.messages import Message

MICROSECONDS = 1_000_000


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


def find(connection: sqlite3.Connection, kind: int | None, path: bytes) -> Record | None:
    """The entity of that kind's number and path."""
    row = connection.execute(
        "SELECT version, created, updated, body FROM entities WHERE kind = ? AND path = ?", (kind, path)
    ).fetchone()
    return Record(*row) if row else None


def find_at(connection: sqlite3.Connection, catalog: Catalog, address: Address) -> Record | None:
    """The entity at that address."""
    return find(connection, catalog.kind(connection, address.partition, address.kind), address.path)


def version_at(connection: sqlite3.Connection, catalog: Catalog, address: Address) -> int:
    """Its version, 0 when there is none."""
    kind = catalog.kind(connection, address.partition, address.kind)
    row = connection.execute(
        "SELECT version FROM entities WHERE kind = ? AND path = ?", (kind, address.path)
    ).fetchone()
    return row[0] if row else 0


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
