"""A plan as one SQL statement over the index.

Each property of the sorts is one reading of `entries`, joined by path; so is each further equality. What remains is an
ordinary SQL query whose rows are positions: the values of the sorts, in their order. A disjunction is a UNION.
"""

import sqlite3
from dataclasses import dataclass, field

from sandbox.datastore.catalog import Catalog
from sandbox.datastore.filters import KEY, Condition, Conjunction
from sandbox.datastore.keys import Partition
from sandbox.datastore.plans import Plan

_KINDS = "SELECT id FROM kinds WHERE project = ? AND database = ? AND namespace = ?"


@dataclass(frozen=True, slots=True)
class Statement:
    """SQL and its values; a row is the kind's number, then the position."""

    sql: str
    values: tuple[object, ...]


def statement_of(plan: Plan, connection: sqlite3.Connection, catalog: Catalog) -> Statement | None:
    """The statement, or None when nothing was ever stored that it could find."""
    kind = catalog.kind(connection, plan.partition, plan.kind) if plan.kind is not None else None
    if plan.kind is not None and kind is None:
        return None
    selects = []
    for conjunction in plan.disjuncts:
        names = {name for name, _ in plan.sorts} | {condition.name for condition in conjunction}
        numbers = {name: catalog.property(connection, kind or 0, name) for name in names - {KEY}}
        known = {name: number for name, number in numbers.items() if number is not None}
        if len(known) == len(numbers):
            selects.append(_Select(plan, conjunction, kind, known).build())
    if not selects:
        return None
    order = ", ".join(f"{at} DESC" if descending else str(at) for at, (_, descending) in enumerate(plan.sorts, start=2))
    sql = " UNION ".join(select.sql for select in selects) + " ORDER BY " + order
    return Statement(sql, tuple(value for select in selects for value in select.values))


@dataclass(slots=True)
class _Select:
    """One conjunction."""

    plan: Plan
    conjunction: Conjunction
    kind: int | None
    numbers: dict[str, int]
    tables: list[str] = field(default_factory=list)
    where: list[str] = field(default_factory=list)
    values: list[object] = field(default_factory=list)
    readings: dict[str, str] = field(default_factory=dict)
    spare: list[Condition] = field(default_factory=list)

    def build(self) -> Statement:
        for name, descending in self.plan.sorts:
            if name != KEY:
                self._read_sorted(name, descending=descending)
        for condition in self.conjunction:
            if condition.name not in self.readings and condition.name != KEY:
                self.spare.append(condition)
        for condition in self.spare:
            self._compare(f"{self._table(condition.name)}.value", condition)
        if not self.tables:
            self._read_entities()
        for condition in self.conjunction:
            if condition.name == KEY:
                self._compare("t0.path", condition)
        self._bound()
        columns = ", ".join("t0.path" if name == KEY else self.readings[name] for name, _ in self.plan.sorts)
        kind = "t0.kind" if self.kind is None else str(self.kind)
        # Only an IN beside the sorts can find the same row twice.
        distinct = "DISTINCT " if any(condition.operator == "IN" for condition in self.spare) else ""
        sql = f"SELECT {distinct}{kind}, {columns} FROM {', '.join(self.tables)} WHERE {' AND '.join(self.where)}"  # noqa: S608 - numbers and names of ours
        return Statement(sql, tuple(self.values))

    def _table(self, name: str) -> str:
        """Another reading of a property's entries."""
        table = f"t{len(self.tables)}"
        self.tables.append(f"entries {table}")
        self.where.append(f"{table}.property = {self.numbers[name]}")
        if table != "t0":
            self.where.append(f"{table}.path = t0.path")
        return table

    def _read_entities(self) -> None:
        self.tables.append("entities t0")
        if self.kind is None:
            self.where.append(f"t0.kind IN ({_KINDS})")
            self.values += Partition(*self.plan.partition)
        else:
            self.where.append(f"t0.kind = {self.kind}")

    def _read_sorted(self, name: str, *, descending: bool) -> None:
        table = self._table(name)
        self.readings[name] = f"{table}.value"
        mine = [condition for condition in self.conjunction if condition.name == name]
        equalities = [condition for condition in mine if condition.is_equality]
        # The value that is sorted by satisfies every inequality and one equality; another value of the same list may
        # satisfy the other equalities.
        self.spare += equalities[1:]
        chosen = [condition for condition in mine if not condition.is_equality] + equalities[:1]
        for condition in chosen:
            self._compare(f"{table}.value", condition)
        if not self.plan.every_value and not (equalities and equalities[0].operator == "="):
            self._first_hit(table, self.numbers[name], chosen, descending=descending)

    def _first_hit(self, table: str, number: int, chosen: list[Condition], *, descending: bool) -> None:
        """Of an entity's several values, the one that comes first; `+` keeps SQLite from searching by it."""
        extreme = "MAX" if descending else "MIN"
        self.where.append(
            f"+{table}.value = (SELECT {extreme}(m.value) FROM entries m"  # noqa: S608 - numbers and names of ours
            f" WHERE m.property = {number} AND m.path = {table}.path"
            + "".join(f" AND {self._comparison('m.value', condition)}" for condition in chosen)
            + ")"
        )

    def _compare(self, column: str, condition: Condition) -> None:
        self.where.append(self._comparison(column, condition))

    def _comparison(self, column: str, condition: Condition) -> str:
        """The text; its values are noted in the order in which the texts are written."""
        self.values += condition.values
        if condition.operator in {"IN", "NOT IN"}:
            return f"{column} {condition.operator} ({', '.join('?' * len(condition.values))})"
        return f"{column} {condition.operator} ?"

    def _bound(self) -> None:
        """Begins and ends the reading near the cursors; what is left is compared row by row."""
        name, descending = self.plan.sorts[0]
        column = "t0.path" if name == KEY else self.readings[name]
        for cursor, backwards in ((self.plan.start, descending), (self.plan.end, not descending)):
            if cursor is not None:
                self._compare(column, Condition(name, "<=" if backwards else ">=", (cursor.position[0],)))
