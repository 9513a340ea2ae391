"""Open transactions: what each has read, and whether that still holds.

Optimistic, as Datastore's mode of that name: reads come from one snapshot and are remembered; the commit, alone in
SQLite's writing transaction and so alone among all processes, checks them again. A read-only transaction needs nothing
but its snapshot.
"""

import random
import sqlite3
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field

from sandbox.datastore.catalog import Catalog
from sandbox.datastore.database import Database
from sandbox.datastore.holds import Holds
from sandbox.datastore.messages import Message
from sandbox.datastore.records import MICROSECONDS, Address, version_at
from sandbox.datastore.refusals import Aborted, InvalidArgument, Unimplemented

Clock = Callable[[], int]
"""Microseconds since 1970."""

IDLE_SECONDS = 60
"""After so long without a request a transaction is forgotten, as in production."""

Observation = tuple[Callable[[sqlite3.Connection], object], object]
"""How to look again, and what was seen."""


@dataclass(slots=True)
class Transaction:
    """One open transaction. `lock` guards its snapshot, which one thread may use at a time."""

    token: bytes
    read_only: bool
    touched: int
    closed: bool = False
    lock: threading.Lock = field(default_factory=threading.Lock)
    snapshot: sqlite3.Connection | None = None
    versions: dict[Address, int] = field(default_factory=dict)
    observations: list[Observation] = field(default_factory=list)

    def saw(self, address: Address, version: int) -> None:
        """Remembers a read by key; version 0: there was nothing."""
        if not self.read_only:
            self.versions.setdefault(address, version)

    def observed(self, look: Callable[[sqlite3.Connection], object], seen: object) -> None:
        """Remembers the answer to a query."""
        if not self.read_only:
            self.observations.append((look, seen))


class Transactions:
    """Those of this process; safe to use from several threads."""

    def __init__(self, database: Database, catalog: Catalog, clock: Clock, rng: random.Random) -> None:
        """rng: draws tokens."""
        self._database = database
        self._catalog = catalog
        self._clock = clock
        self._rng = rng
        self._holds = Holds()
        self._open: dict[bytes, Transaction] = {}
        self._lock = threading.Lock()

    def begin(self, options: Message) -> Transaction:
        """Opens one, with TransactionOptions."""
        if options.read_only.HasField("read_time"):
            raise Unimplemented("read_only.read_time")
        read_only = options.WhichOneof("mode") == "read_only"
        transaction = Transaction(self._rng.randbytes(16), read_only, self._clock())
        self._forget_idle(transaction.touched)
        with self._lock:
            self._open[transaction.token] = transaction
        return transaction

    def reading(self, options: Message) -> tuple[Transaction | None, bytes]:
        """What a read's ReadOptions ask for: the transaction, and its token when the read itself opens it."""
        match options.WhichOneof("consistency_type"):
            case "transaction":
                return self.find(options.transaction), b""
            case "new_transaction":
                transaction = self.begin(options.new_transaction)
                return transaction, transaction.token
            case "read_time":
                raise Unimplemented("read_options.read_time")
        return None, b""

    def find(self, token: bytes) -> Transaction:
        """The open transaction of that token; INVALID_ARGUMENT when there is none."""
        if not token:
            raise InvalidArgument("a transaction cannot be the empty string.")
        transaction = self._open.get(token)
        if transaction is None:
            raise _closed()
        transaction.touched = self._clock()
        return transaction

    def finish(self, token: bytes) -> Transaction | None:
        """Closes it, whatever comes of it; None when it was not open. Its holds stay until `release`."""
        with self._lock:
            transaction = self._open.pop(token, None)
        if transaction:
            with transaction.lock:
                transaction.closed = True
                self._drop_snapshot(transaction)
        return transaction

    def release(self, transaction: Transaction) -> None:
        """Lets others at the keys that it had read."""
        self._holds.release(transaction.token)

    def finish_all(self) -> None:
        """Closes every one of them."""
        for token in list(self._open):
            if transaction := self.finish(token):
                self.release(transaction)

    def _forget_idle(self, now: int) -> None:
        idle = [token for token, transaction in list(self._open.items())
                if now - transaction.touched > IDLE_SECONDS * MICROSECONDS]  # fmt: skip
        for token in idle:
            if transaction := self.finish(token):
                self.release(transaction)

    @contextmanager
    def view(self, transaction: Transaction | None, addresses: list[Address]) -> Iterator[sqlite3.Connection]:
        """The state that a read sees; addresses: the keys it asks for, which a transaction may have to wait for."""
        if transaction is None:
            with self._database.reading() as connection:
                yield connection
            return
        waited = not transaction.read_only and self._holds.acquire(transaction.token, addresses)
        with transaction.lock:
            if transaction.closed:
                self.release(transaction)
                raise _closed()
            if transaction.snapshot is None:
                transaction.snapshot = self._database.take_snapshot()
            elif waited:
                self._renew_snapshot(transaction)
            yield transaction.snapshot

    def _renew_snapshot(self, transaction: Transaction) -> None:
        # What we waited for has been committed since: with the old snapshot the commit must fail. A newer one is as
        # good as the old one, provided that all that was read is the same in it.
        newer = self._database.take_snapshot()
        if self._holds_in(newer, transaction):
            self._drop_snapshot(transaction)
            transaction.snapshot = newer
        else:
            self._database.give_back(newer)

    def _drop_snapshot(self, transaction: Transaction) -> None:
        if transaction.snapshot is not None:
            self._database.give_back(transaction.snapshot)
            transaction.snapshot = None

    def validate(self, connection: sqlite3.Connection, transaction: Transaction) -> None:
        """ABORTED unless all that it has read is still so; connection: the writer, before it has written."""
        if not self._holds_in(connection, transaction):
            raise Aborted

    def _holds_in(self, connection: sqlite3.Connection, transaction: Transaction) -> bool:
        return all(
            version_at(connection, self._catalog, address) == version
            for address, version in transaction.versions.items()
        ) and all(look(connection) == seen for look, seen in transaction.observations)


def _closed() -> InvalidArgument:
    return InvalidArgument("Transaction is invalid or closed.")
