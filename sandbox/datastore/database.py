"""The SQLite file: its tables, its readers and its one writer.

Readers work on snapshots (write-ahead log), so they never wait. Writers queue in this process first and only then at
SQLite's own lock, whose polling is slow and unfair; other processes may write the same file.
"""

import shutil
import sqlite3
import tempfile
import threading
from collections import deque
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

FORMAT = 1
BUSY_SECONDS = 30.0
READERS_KEPT = 32
"""As many as there are callers in a burst: each open transaction has one, and opening one costs 0.3 ms of CPU."""

# `entries` is the index: reading it along its primary key gives values in order; its second order finds the values of
# one entity. `names` rows are never deleted, because every process that has the file open remembers their ids.
_TABLES = """
CREATE TABLE IF NOT EXISTS kinds (
    id INTEGER PRIMARY KEY, project TEXT, database TEXT, namespace TEXT, name TEXT,
    UNIQUE (project, database, namespace, name)
);
CREATE TABLE IF NOT EXISTS properties (id INTEGER PRIMARY KEY, kind INTEGER, name TEXT, UNIQUE (kind, name));
CREATE TABLE IF NOT EXISTS entities (
    kind INTEGER, path BLOB, version INTEGER, created INTEGER, updated INTEGER, body BLOB, PRIMARY KEY (kind, path)
) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS entries (
    property INTEGER, value BLOB, path BLOB, PRIMARY KEY (property, value, path)
) WITHOUT ROWID;
CREATE INDEX IF NOT EXISTS entries_by_path ON entries (property, path, value);
CREATE TABLE IF NOT EXISTS counter (version INTEGER);
INSERT INTO counter SELECT 0 WHERE NOT EXISTS (SELECT 1 FROM counter);
"""


class WrongFormat(Exception):
    """The file was written by another version of this program, or by another program."""


class Database:
    """One file, open; safe to use from several threads."""

    def __init__(self, path: Path, *, durable: bool = True) -> None:
        """durable: what is committed survives the end of the process; not needed for a file that goes with it."""
        self._path = path
        self._synchronous = "NORMAL" if durable else "OFF"
        self._readers: deque[sqlite3.Connection] = deque()
        self._write_lock = threading.Lock()
        self._closed = False
        self._writer = self._connect()
        self._create()

    def _connect(self) -> sqlite3.Connection:
        connection = sqlite3.connect(
            self._path, timeout=BUSY_SECONDS, isolation_level=None, check_same_thread=False, cached_statements=256
        )
        connection.execute(f"PRAGMA synchronous = {self._synchronous}")
        connection.execute("PRAGMA cache_size = -32000")
        return connection

    def _create(self) -> None:
        with self.writing() as connection:
            found = connection.execute("PRAGMA user_version").fetchone()[0]
            if found == 0:
                for statement in _TABLES.split(";\n"):
                    connection.execute(statement)
                connection.execute(f"PRAGMA user_version = {FORMAT}")
        if found not in {0, FORMAT}:
            self.close()
            raise WrongFormat(
                f"{self._path} has format {found}, not {FORMAT}. Move it away to start with an empty one."
            )
        # Not inside a transaction; harmless when another process has already done it.
        self._writer.execute("PRAGMA journal_mode = WAL")

    @contextmanager
    def reading(self) -> Iterator[sqlite3.Connection]:
        """A connection on which everything is as it was at the first read."""
        connection = self.take_snapshot()
        try:
            yield connection
        finally:
            self.give_back(connection)

    def take_snapshot(self) -> sqlite3.Connection:
        """As `reading`, until `give_back`; one thread may use it at a time."""
        try:
            connection = self._readers.pop()
        except IndexError:
            connection = self._connect()
        connection.execute("BEGIN")
        return connection

    def give_back(self, connection: sqlite3.Connection) -> None:
        """Ends the snapshot."""
        connection.execute("ROLLBACK")
        if self._closed or len(self._readers) >= READERS_KEPT:
            connection.close()
        else:
            self._readers.append(connection)

    @contextmanager
    def writing(self) -> Iterator[sqlite3.Connection]:
        """The one writer, of all processes; commits at the end, or takes everything back on an exception."""
        with self._write_lock:
            connection = self._writer
            connection.execute("BEGIN IMMEDIATE")
            try:
                yield connection
                connection.execute("COMMIT")
            finally:
                if connection.in_transaction:
                    connection.execute("ROLLBACK")

    def empty(self) -> None:
        """Deletes every entity; names keep their ids and the version goes on counting."""
        with self.writing() as connection:
            connection.execute("DELETE FROM entries")
            connection.execute("DELETE FROM entities")

    def close(self) -> None:
        """Closes what is not in use; snapshots still out are closed when they are given back."""
        self._closed = True
        while self._readers:
            self._readers.pop().close()
        with self._write_lock:
            self._writer.close()


class TemporaryDatabase(Database):
    """In memory as far as the machine can: a file in /dev/shm, else in the folder for temporary files.

    SQLite's own memory databases have no write-ahead log, so their readers and writers would wait for each other.
    """

    def __init__(self) -> None:
        """Creates a folder of its own; `close` removes it."""
        shared_memory = Path("/dev/shm")  # noqa: S108 - a folder of our own is made inside
        parent = shared_memory if shared_memory.is_dir() else None
        self._folder = Path(tempfile.mkdtemp(prefix="datastore-", dir=parent))
        super().__init__(self._folder / "datastore.sqlite", durable=False)

    def close(self) -> None:
        """Closes it and forgets everything."""
        super().close()
        shutil.rmtree(self._folder, ignore_errors=True)
