"""Count, sum and average."""

import math
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from itertools import islice

from sandbox.datastore.filters import KEY
from sandbox.datastore.keys import check_name
from sandbox.datastore.messages import Message, Value
from sandbox.datastore.plans import Plan
from sandbox.datastore.refusals import InvalidArgument
from sandbox.datastore.scans import Row
from sandbox.datastore.values import number_in

MOST_AGGREGATIONS = 5
_INT64 = range(-(1 << 63), 1 << 63)


@dataclass(frozen=True, slots=True)
class Aggregation:
    """One of them. `name`: the property, empty for a count. `up_to`: where a count stops, None: nowhere."""

    alias: str
    operator: str
    name: str
    up_to: int | None


def aggregations_in(query: Message) -> list[Aggregation]:
    """Those of an AggregationQuery, checked; without an alias they are property_1, property_2..."""
    found = [_aggregation(each, f"property_{at}") for at, each in enumerate(query.aggregations, start=1)]
    if not found:
        raise InvalidArgument("Aggregations can not be empty.")
    if len(found) > MOST_AGGREGATIONS:
        raise InvalidArgument(f"A query can have at most {MOST_AGGREGATIONS} aggregations.")
    aliases = [each.alias for each in found]
    for alias in aliases:
        if aliases.count(alias) > 1:
            raise InvalidArgument(f"Aggregation aliases contain duplicate alias: {alias}.")
    return found


def _aggregation(message: Message, default_alias: str) -> Aggregation:
    operator = message.WhichOneof("operator")
    if operator is None:
        raise InvalidArgument("An aggregation must specify an operator.")
    alias = message.alias or default_alias
    check_name("property.name", alias)
    if operator == "count":
        up_to = message.count.up_to.value if message.count.HasField("up_to") else None
        if up_to is not None and up_to < 0:
            raise InvalidArgument("The `up_to` value in a COUNT aggregation must be greater than or equal to zero.")
        return Aggregation(alias, operator, "", up_to)
    name = getattr(message, operator).property.name
    if name == KEY:
        raise InvalidArgument(f"Aggregations are not supported for the property: {KEY}")
    return Aggregation(alias, operator, name, None)


def properties_in(aggregations: Iterable[Aggregation]) -> tuple[str, ...]:
    """The properties whose values are needed; only entities that have them all take part, also in a count."""
    return tuple(sorted({each.name for each in aggregations if each.name}))


def aggregate(aggregations: list[Aggregation], plan: Plan, rows: Iterable[Row]) -> dict[str, Message]:
    """The values, by alias; rows: all of the plan's."""
    end = None if plan.limit is None else plan.offset + plan.limit
    if end is None and not any(each.up_to is None for each in aggregations):
        end = plan.offset + max(each.up_to or 0 for each in aggregations)
    positions = [row.position for row in islice(rows, plan.offset, end)]
    names = [name for name, _ in plan.sorts]
    answers = {}
    for each in aggregations:
        if each.operator == "count":
            count = len(positions) if each.up_to is None else min(len(positions), each.up_to)
            answers[each.alias] = Value(integer_value=count)
        else:
            at = names.index(each.name)
            numbers = [number for position in positions if (number := number_in(position[at])) is not None]
            answers[each.alias] = _OPERATORS[each.operator](numbers)
    return answers


def _sum(numbers: list[int | float]) -> Message:
    if all(isinstance(number, int) for number in numbers) and sum(numbers) in _INT64:
        return Value(integer_value=sum(numbers))
    return Value(double_value=_total(numbers))


def _average(numbers: list[int | float]) -> Message:
    return Value(double_value=_total(numbers) / len(numbers)) if numbers else Value(null_value=0)


def _total(numbers: list[int | float]) -> float:
    try:
        return math.fsum(numbers)
    except (ValueError, OverflowError):
        # Both infinities at once, or beyond the largest double: what plain addition makes of it.
        return float(sum(map(float, numbers)))


_OPERATORS: dict[str, Callable[[list[int | float]], Message]] = {"sum": _sum, "avg": _average}
