"""The kinds that nobody stores: __namespace__, __kind__ and __property__."""

import sqlite3
from collections.abc import Callable, Iterator

from sandbox.datastore.catalog import Catalog, kinds_in, namespaces_in, properties_of
from sandbox.datastore.filters import KEY, Condition
from sandbox.datastore.keys import encode_path
from sandbox.datastore.messages import Key, Message
from sandbox.datastore.plans import Plan
from sandbox.datastore.refusals import InvalidArgument
from sandbox.datastore.values import BOOLEAN, DOUBLE, INTEGER, NULL, POINT, TEXT
from sandbox.datastore.values import KEY as KEY_TAG

NAMESPACE_KIND, KIND_KIND, PROPERTY_KIND = "__namespace__", "__kind__", "__property__"
METADATA_KINDS = frozenset({NAMESPACE_KIND, KIND_KIND, PROPERTY_KIND})

_DEFAULT_NAMESPACE_ID = 1
_REPRESENTATIONS = {
    NULL: "NULL",
    INTEGER: "INT64",
    BOOLEAN: "BOOLEAN",
    TEXT: "STRING",
    DOUBLE: "DOUBLE",
    POINT: "POINT",
    KEY_TAG: "REFERENCE",
}
_TESTS: dict[str, Callable[[bytes, tuple[bytes, ...]], bool]] = {
    "<": lambda path, values: path < values[0],
    "<=": lambda path, values: path <= values[0],
    ">": lambda path, values: path > values[0],
    ">=": lambda path, values: path >= values[0],
    "=": lambda path, values: path in values,
    "IN": lambda path, values: path in values,
    "<>": lambda path, values: path not in values,
    "NOT IN": lambda path, values: path not in values,
}


def metadata_rows(plan: Plan, connection: sqlite3.Connection) -> list[tuple[object, ...]]:
    """What the plan finds, as rows of a statement would be. Only keys can be asked for and compared."""
    if [name for name, _ in plan.sorts] != [KEY]:
        raise InvalidArgument(f"{plan.kind} can only be filtered and sorted by {KEY}")
    paths = [encode_path(key) for key in _keys(plan, connection)]
    found = [path for path in paths if any(_fits(path, conjunction) for conjunction in plan.disjuncts)]
    return [(0, path) for path in sorted(found, reverse=plan.descending[0])]


def _fits(path: bytes, conjunction: tuple[Condition, ...]) -> bool:
    for condition in conjunction:
        if condition.name != KEY:
            raise InvalidArgument(f"{condition.name} cannot be filtered in a metadata query")
    return all(_TESTS[condition.operator](path, condition.values) for condition in conjunction)


def _keys(plan: Plan, connection: sqlite3.Connection) -> Iterator[Message]:
    partition = plan.partition
    if plan.kind == NAMESPACE_KIND:
        for namespace in namespaces_in(connection, partition.project, partition.database):
            named = {"name": namespace} if namespace else {"id": _DEFAULT_NAMESPACE_ID}
            yield Key(path=[{"kind": NAMESPACE_KIND, **named}])
        return
    for number, kind in kinds_in(connection, partition):
        parent = {"kind": KIND_KIND, "name": kind}
        if plan.kind == KIND_KIND:
            yield Key(path=[parent])
            continue
        for _, name in properties_of(connection, number):
            yield Key(path=[parent, {"kind": PROPERTY_KIND, "name": name}])


def describe_metadata(entity: Message, plan: Plan, connection: sqlite3.Connection, catalog: Catalog) -> None:
    """Adds to an entity whose key is set what such entities hold: a property's types."""
    if plan.kind != PROPERTY_KIND:
        return
    kind = catalog.kind(connection, plan.partition, entity.key.path[0].name)
    number = catalog.property(connection, kind or 0, entity.key.path[1].name)
    tags = connection.execute("SELECT DISTINCT substr(value, 1, 1) FROM entries WHERE property = ?", (number,))
    names = entity.properties["property_representation"].array_value.values
    for (tag,) in tags.fetchall():
        names.add(string_value=_REPRESENTATIONS[tag])
