"""Commits: all of a request's changes, in one writing transaction."""

import random
import sqlite3
from dataclasses import dataclass

from sandbox.datastore.catalog import Catalog, Naming
from sandbox.datastore.changes import Change
from sandbox.datastore.database import Database
from sandbox.datastore.indexing import entries_of
from sandbox.datastore.messages import Entity, Message, Mutation, MutationResult
from sandbox.datastore.records import Address, Record, find, set_time
from sandbox.datastore.refusals import Aborted, AlreadyExists, NotFound, Refusal
from sandbox.datastore.transactions import Clock, Transaction, Transactions

Row = tuple[int, bytes, bytes]
"""Property, value, path: a row of the index."""


@dataclass(slots=True)
class Slot:
    """An entity before and after the commit, None where it does not exist."""

    kind: int
    path: bytes
    before: Record | None
    after: Record | None
    change: Change | None = None

    def rows(self, naming: Naming) -> tuple[set[Row], set[Row]]:
        """The index rows before and after."""
        old = entries_of(Entity.FromString(self.before.body)) if self.before else set()
        new = self.change.entries if self.after and self.change else set()
        return self._rows(naming, old), self._rows(naming, new)

    def _rows(self, naming: Naming, entries: set[tuple[str, bytes]]) -> set[Row]:
        return {(naming.property(self.kind, name), value, self.path) for name, value in entries}


@dataclass(slots=True)
class Outcome:
    """What became of a commit; results: MutationResult messages, in the order of the mutations."""

    results: list[Message]
    index_updates: int
    moment: int


class Commits:
    """Writes; safe to use from several threads and processes."""

    def __init__(
        self, database: Database, catalog: Catalog, transactions: Transactions, clock: Clock, rng: random.Random
    ) -> None:
        """rng: draws ids."""
        self._database = database
        self._catalog = catalog
        self._transactions = transactions
        self._clock = clock
        self._rng = rng

    def commit(self, changes: list[Change], transaction: Transaction | None, *, atomic: bool) -> Outcome:
        """Applies the changes; all or none when atomic, else those before the first refusal, as Google's do.

        Raises Aborted (also when a transaction's reads no longer hold), AlreadyExists, NotFound.
        """
        refusal = None
        with self._database.writing() as connection:
            if transaction:
                self._transactions.validate(connection, transaction)
            batch = _Batch(connection, self._catalog.naming(connection), self._clock(), self._rng)
            try:
                for change in changes:
                    batch.apply(change)
            except Refusal as raised:
                if atomic:
                    raise
                refusal = raised
            index_updates = batch.write()
        batch.naming.settle()
        if refusal:
            raise refusal
        return Outcome(batch.results, index_updates, batch.moment)


class _Batch:
    """The changes of one commit, applied in memory and written at the end."""

    def __init__(self, connection: sqlite3.Connection, naming: Naming, moment: int, rng: random.Random) -> None:
        connection.execute("UPDATE counter SET version = version + 1")
        self._version: int = connection.execute("SELECT version FROM counter").fetchone()[0]
        self._connection = connection
        self._rng = rng
        self._slots: dict[Address, Slot] = {}
        self.naming = naming
        self.moment = moment
        self.results: list[Message] = []

    def apply(self, change: Change) -> None:
        slot = self._slot(change)
        while change.allocated and slot.after:
            change.allocate(self._rng)
            slot = self._slot(change)
        if _conflicts(change.mutation, slot.after):
            self.results.append(self._conflict(change, slot))
            return
        _check(change, slot)
        created = slot.after.created if slot.after else self.moment
        slot.after = Record(self._version, created, self.moment, change.body) if change.entity is not None else None
        slot.change = change
        self.results.append(self._result(slot.after, change))

    def _slot(self, change: Change) -> Slot:
        slot = self._slots.get(change.address)
        if slot is None:
            kind = self.naming.kind(change.address.partition, change.address.kind)
            record = find(self._connection, kind, change.address.path)
            slot = self._slots[change.address] = Slot(kind, change.address.path, record, record)
        return slot

    def _conflict(self, change: Change, slot: Slot) -> Message:
        # google/datastore/v1/datastore.proto: by default the server's entity is kept and the commit goes on.
        if change.mutation.conflict_resolution_strategy == Mutation.FAIL:
            raise Aborted
        result = self._result(slot.after, None)
        result.conflict_detected = True
        return result

    def _result(self, record: Record | None, change: Change | None) -> Message:
        result = MutationResult(version=record.version if record else self._version)
        if record:
            set_time(result.create_time, record.created)
            set_time(result.update_time, record.updated)
        if change and change.allocated:
            result.key.CopyFrom(change.key)
        return result

    def write(self) -> int:
        """Writes what changed; how many index rows that were."""
        touched = [slot for slot in self._slots.values() if slot.change]
        gone: list[Row] = []
        new: list[Row] = []
        for slot in touched:
            old_rows, new_rows = slot.rows(self.naming)
            gone += old_rows - new_rows
            new += new_rows - old_rows
        write = self._connection.executemany
        write("DELETE FROM entries WHERE property = ? AND value = ? AND path = ?", gone)
        write("INSERT INTO entries (property, value, path) VALUES (?, ?, ?)", new)
        write(
            "DELETE FROM entities WHERE kind = ? AND path = ?",
            [(slot.kind, slot.path) for slot in touched if not slot.after],
        )
        write(
            "REPLACE INTO entities (kind, path, version, created, updated, body) VALUES (?, ?, ?, ?, ?, ?)",
            [(slot.kind, slot.path, *slot.after) for slot in touched if slot.after],
        )
        return len(gone) + len(new)


def _check(change: Change, slot: Slot) -> None:
    if change.operation == "insert" and slot.after:
        raise AlreadyExists(f"entity already exists: {_named(change.key)}")
    if change.operation == "update" and not slot.after:
        raise NotFound(f"no entity to update: {_named(change.key)}")


def _named(key: Message) -> str:
    return "/".join(f"{element.kind}:{element.name or element.id}" for element in key.path)


def _conflicts(mutation: Message, record: Record | None) -> bool:
    match mutation.WhichOneof("conflict_detection_strategy"):
        case "base_version":
            return bool(mutation.base_version != (record.version if record else 0))
        case "update_time":
            expected = mutation.update_time.ToMicroseconds()
            return bool(expected != (record.updated if record else 0))
    return False
