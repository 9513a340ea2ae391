"""Small numbers for kinds and properties, which keep the index narrow."""

import sqlite3
from collections.abc import Iterator

from sandbox.datastore.keys import Partition

_FIND_KIND = "SELECT id FROM kinds WHERE project = ? AND database = ? AND namespace = ? AND name = ?"
_ADD_KIND = "INSERT INTO kinds (project, database, namespace, name) VALUES (?, ?, ?, ?)"
_FIND_PROPERTY = "SELECT id FROM properties WHERE kind = ? AND name = ?"
_ADD_PROPERTY = "INSERT INTO properties (kind, name) VALUES (?, ?)"


class Catalog:
    """Remembers committed numbers, which never change; safe to use from several threads."""

    def __init__(self) -> None:
        """Starts knowing nothing."""
        self._known: dict[tuple[object, str], int] = {}

    def kind(self, connection: sqlite3.Connection, partition: Partition, name: str) -> int | None:
        """The kind's number, None when nothing of it was ever stored. Not for a connection that has written."""
        return self._find(connection, _FIND_KIND, (partition, name), (*partition, name))

    def property(self, connection: sqlite3.Connection, kind: int, name: str) -> int | None:
        """The number of a kind's property, None when it was never indexed. Not for a connection that has written."""
        return self._find(connection, _FIND_PROPERTY, (kind, name), (kind, name))

    def _find(
        self, connection: sqlite3.Connection, sql: str, name: tuple[object, str], values: tuple[object, ...]
    ) -> int | None:
        found = self._known.get(name)
        if found is None and (row := connection.execute(sql, values).fetchone()):
            found = self._known[name] = row[0]
        return found

    def naming(self, connection: sqlite3.Connection) -> "Naming":
        """For one writing transaction."""
        return Naming(self._known, connection)


class Naming:
    """Finds or makes numbers inside one writing transaction.

    What it makes may yet be rolled back, so others hear of it only by `settle`, after the commit.
    """

    def __init__(self, known: dict[tuple[object, str], int], connection: sqlite3.Connection) -> None:
        """known: what is committed."""
        self._known = known
        self._connection = connection
        self._new: dict[tuple[object, str], int] = {}

    def kind(self, partition: Partition, name: str) -> int:
        """The kind's number."""
        return self._number((partition, name), _FIND_KIND, _ADD_KIND, (*partition, name))

    def property(self, kind: int, name: str) -> int:
        """The number of a kind's property."""
        return self._number((kind, name), _FIND_PROPERTY, _ADD_PROPERTY, (kind, name))

    def _number(self, name: tuple[object, str], find: str, add: str, values: tuple[object, ...]) -> int:
        number = self._known.get(name) or self._new.get(name)
        if number is None:
            row = self._connection.execute(find, values).fetchone()
            number = row[0] if row else self._connection.execute(add, values).lastrowid or 0
            self._new[name] = number
        return number

    def settle(self) -> None:
        """The transaction is committed."""
        self._known.update(self._new)


def kinds_in(connection: sqlite3.Connection, partition: Partition) -> Iterator[tuple[int, str]]:
    """The kinds of a partition that have an entity, in the order of their names."""
    yield from connection.execute(
        "SELECT id, name FROM kinds WHERE project = ? AND database = ? AND namespace = ?"
        " AND EXISTS (SELECT 1 FROM entities WHERE kind = kinds.id) ORDER BY CAST(name AS BLOB)",
        partition,
    ).fetchall()


def namespaces_in(connection: sqlite3.Connection, project: str, database: str) -> list[str]:
    """The namespaces that have an entity, in order."""
    rows = connection.execute(
        "SELECT DISTINCT namespace FROM kinds WHERE project = ? AND database = ?"
        " AND EXISTS (SELECT 1 FROM entities WHERE kind = kinds.id) ORDER BY CAST(namespace AS BLOB)",
        (project, database),
    )
    return [namespace for (namespace,) in rows]


def properties_of(connection: sqlite3.Connection, kind: int) -> list[tuple[int, str]]:
    """The indexed properties of a kind that some entity has, in the order of their names."""
    return connection.execute(
        "SELECT id, name FROM properties WHERE kind = ?"
        " AND EXISTS (SELECT 1 FROM entries WHERE property = properties.id) ORDER BY CAST(name AS BLOB)",
        (kind,),
    ).fetchall()
