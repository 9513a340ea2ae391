"""Answers to RunQuery and RunAggregationQuery, on a connection that shows one state."""

import sqlite3
from collections.abc import Iterable

from sandbox.datastore.catalog import Catalog
from sandbox.datastore.cursors import encode
from sandbox.datastore.filters import KEY
from sandbox.datastore.keys import decode_path, partition_id
from sandbox.datastore.messages import Message
from sandbox.datastore.metadata import METADATA_KINDS, describe_metadata, metadata_rows
from sandbox.datastore.plans import Plan
from sandbox.datastore.records import describe, find
from sandbox.datastore.scans import Page, Row, Scan
from sandbox.datastore.statements import statement_of
from sandbox.datastore.values import decode_value


class Queries:
    """Runs plans; safe to use from several threads, each with its connection."""

    def __init__(self, catalog: Catalog) -> None:
        """catalog: of the same database as the connections."""
        self._catalog = catalog

    def scan(self, connection: sqlite3.Connection, plan: Plan) -> Scan:
        """The plan's rows."""
        return Scan(plan, self._rows(connection, plan))

    def _rows(self, connection: sqlite3.Connection, plan: Plan) -> Iterable[tuple[object, ...]]:
        if plan.kind in METADATA_KINDS:
            return metadata_rows(plan, connection)
        statement = statement_of(plan, connection, self._catalog)
        return connection.execute(statement.sql, statement.values) if statement else ()

    def signature(self, connection: sqlite3.Connection, plan: Plan) -> object:
        """Equal whenever the plan's answer is: what a transaction compares at its commit."""
        page = self.scan(connection, plan).page()
        key_at = [name for name, _ in plan.sorts].index(KEY)
        find_version = "SELECT version FROM entities WHERE kind = ? AND path = ?"
        versions = [connection.execute(find_version, (row.kind, row.position[key_at])).fetchone() for row in page.rows]
        return page.skipped, page.more, [row.position for row in page.rows], versions

    def answer(self, connection: sqlite3.Connection, plan: Plan, batch: Message) -> None:
        """Fills a QueryResultBatch."""
        page = self.scan(connection, plan).page()
        batch.entity_result_type = plan.result_type
        batch.more_results = page.more
        self._set_cursors(batch, page)
        fill = _Filling(connection, plan, self._catalog).fill
        add = batch.entity_results.add
        for row in page.rows:
            fill(add(), row)

    @staticmethod
    def _set_cursors(batch: Message, page: Page) -> None:
        batch.skipped_results = page.skipped
        batch.skipped_cursor = page.skipped_end
        batch.end_cursor = page.end


class _Filling:
    """Makes EntityResults of rows."""

    def __init__(self, connection: sqlite3.Connection, plan: Plan, catalog: Catalog) -> None:
        self._connection = connection
        self._plan = plan
        self._catalog = catalog
        self._descending = plan.descending
        self._partition_id = partition_id(plan.partition)
        names = [name for name, _ in plan.sorts]
        self._key_at = names.index(KEY)
        self._projected = [(name, names.index(name)) for name in plan.projection]
        self._is_stored = plan.kind not in METADATA_KINDS
        self._is_full = self._is_stored and not plan.keys_only and not plan.projection

    def fill(self, result: Message, row: Row) -> None:
        path = row.position[self._key_at]
        result.cursor = encode(row.position, self._descending)
        if self._is_full:
            record = find(self._connection, row.kind, path)
            if record:
                describe(result, record)
            return
        self._fill_key(result.entity, path)
        for name, at in self._projected:
            result.entity.properties[name].CopyFrom(decode_value(row.position[at]))
        if not self._is_stored and not self._plan.keys_only:
            describe_metadata(result.entity, self._plan, self._connection, self._catalog)

    def _fill_key(self, entity: Message, path: bytes) -> None:
        entity.key.partition_id.CopyFrom(self._partition_id)
        decode_path(path, entity.key)
