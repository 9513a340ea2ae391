"""The parts of a query, briefly."""

from typing import Any

from google.cloud.datastore_v1.types import query

from tests.contract.datastore.wire import value

LT, LE, GT, GE, EQ, IN, NE, ANCESTOR, NOT_IN = 1, 2, 3, 4, 5, 6, 9, 11, 13


def where(name: str, operator: int, content: Any) -> Any:
    """A property filter."""
    return query.Filter(property_filter={"property": {"name": name}, "op": operator, "value": value(content)})


def both(*filters: Any) -> Any:
    """Their conjunction."""
    return query.Filter(composite_filter={"op": "AND", "filters": list(filters)})


def either(*filters: Any) -> Any:
    """Their disjunction."""
    return query.Filter(composite_filter={"op": "OR", "filters": list(filters)})


def by(*names: str) -> list[Any]:
    """Orders; a minus in front is descending."""
    return [{"property": {"name": name.lstrip("-")}, "direction": 2 if name[0] == "-" else 1} for name in names]


def only(*names: str) -> list[Any]:
    """A projection."""
    return [{"property": {"name": name}} for name in names]


def names(*these: str) -> list[Any]:
    """For distinct_on."""
    return [{"name": name} for name in these]
