"""What a Query message asks for, checked and complete: which rows, in which order, from where to where."""

from dataclasses import dataclass

from sandbox.datastore.cursors import Cursor, decode
from sandbox.datastore.filters import KEY, Condition, Conjunction, disjuncts_of
from sandbox.datastore.keys import Partition, partition_of
from sandbox.datastore.messages import EntityResult, Message, PropertyOrder
from sandbox.datastore.refusals import InvalidArgument, Unimplemented


@dataclass(frozen=True, slots=True)
class Plan:
    """A query. `sorts`: property and whether descending; `__key__` is always among them, and decides.

    So is every property of `projection` and `distinct`: an index that could answer the query would sort by it as well.
    """

    partition: Partition
    kind: str | None
    disjuncts: tuple[Conjunction, ...]
    sorts: tuple[tuple[str, bool], ...]
    projection: tuple[str, ...]
    distinct: tuple[str, ...]
    keys_only: bool
    every_value: bool
    offset: int
    limit: int | None
    start: Cursor | None = None
    end: Cursor | None = None

    @property
    def descending(self) -> tuple[bool, ...]:
        """For each part of a row's position, whether it sorts backwards."""
        return tuple(descending for _, descending in self.sorts)

    @property
    def result_type(self) -> int:
        """EntityResult.ResultType of the rows."""
        if self.keys_only:
            return int(EntityResult.KEY_ONLY)
        return int(EntityResult.PROJECTION if self.projection else EntityResult.FULL)


def plan_of(request: Message, query: Message, also: tuple[str, ...] = ()) -> Plan:
    """The plan of a RunQueryRequest's Query; also: further properties whose values the caller wants."""
    _check(query)
    partition = partition_of(request.partition_id, request)
    disjuncts = disjuncts_of(query, partition, request)
    names = [each.property.name for each in query.projection]
    projection = tuple(sorted(set(names) - {KEY}))
    distinct = tuple(each.name for each in query.distinct_on)
    orders = [(each.property.name, each.direction == PropertyOrder.DESCENDING) for each in query.order]
    kind = query.kind[0].name if query.kind else None
    _check_projection(names, disjuncts)
    _check_orders(orders, distinct)
    if kind is None:
        _check_kindless(orders, disjuncts, names)
    sorts = _sorts(orders, disjuncts, (*distinct, *projection, *also))
    return Plan(
        partition=partition,
        kind=kind,
        disjuncts=disjuncts,
        sorts=sorts,
        projection=projection,
        distinct=distinct,
        keys_only=names == [KEY],
        every_value=bool(projection or also),
        offset=query.offset,
        limit=query.limit.value if query.HasField("limit") else None,
        start=decode(query.start_cursor, len(sorts)) if query.start_cursor else None,
        end=decode(query.end_cursor, len(sorts)) if query.end_cursor else None,
    )


def _check(query: Message) -> None:
    if len(query.kind) > 1:
        raise InvalidArgument("multiple kinds not supported")
    if query.limit.value < 0:
        raise InvalidArgument("Limit must be non-negative.")
    if query.offset < 0:
        raise InvalidArgument("Offset must be non-negative.")
    if query.HasField("find_nearest"):
        raise Unimplemented("find_nearest")


def _check_projection(names: list[str], disjuncts: tuple[Conjunction, ...]) -> None:
    if len(set(names)) < len(names):
        raise InvalidArgument("Cannot project a property multiple times.")
    if any(condition.is_equality and condition.name in names for condition in _conditions(disjuncts)):
        raise InvalidArgument("Cannot use projection on a property with an equality filter.")


def _check_orders(orders: list[tuple[str, bool]], distinct: tuple[str, ...]) -> None:
    names = [name for name, _ in orders]
    for name in names:
        if names.count(name) > 1:
            raise InvalidArgument(f"order by clause cannot contain duplicate fields {name}")
    grouped = [name in distinct for name in names]
    if distinct and grouped != sorted(grouped, reverse=True):
        raise InvalidArgument("All group by properties must be ordered before any non group by properties.")
    if distinct and False in grouped and not set(distinct) <= set(names):
        raise InvalidArgument("All group by properties must be ordered before any non group by properties.")


def _check_kindless(orders: list[tuple[str, bool]], disjuncts: tuple[Conjunction, ...], names: list[str]) -> None:
    for condition in _conditions(disjuncts):
        if condition.name != KEY:
            raise InvalidArgument(f"kind is required for filter: {condition.name}")
    if orders and orders != [(KEY, False)]:
        raise InvalidArgument("kind is required for all orders except __key__ ascending")
    if set(names) - {KEY}:
        raise InvalidArgument("kind is required for a projection")


def _sorts(
    orders: list[tuple[str, bool]], disjuncts: tuple[Conjunction, ...], wanted: tuple[str, ...]
) -> tuple[tuple[str, bool], ...]:
    sorts = dict(orders)
    # An inequality sorts by its property, in the direction of the last order that was asked for.
    last = orders[-1][1] if orders else False
    for name in sorted({each.name for each in _conditions(disjuncts) if not each.is_equality} - {KEY}):
        sorts.setdefault(name, last)
    for name in (*wanted, KEY):
        sorts.setdefault(name, False)
    return tuple(sorts.items())


def _conditions(disjuncts: tuple[Conjunction, ...]) -> list[Condition]:
    return [condition for conjunction in disjuncts for condition in conjunction]
