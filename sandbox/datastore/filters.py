"""Filters as a disjunction of conjunctions, which is what an index can answer."""

from itertools import product
from typing import NamedTuple

from sandbox.datastore.keys import PAST_DESCENDANTS, Partition, complete_reference, encode_path, partition_of
from sandbox.datastore.messages import CompositeFilter, Message, PropertyFilter
from sandbox.datastore.refusals import InvalidArgument
from sandbox.datastore.values import ENCODERS

KEY = "__key__"
MOST_DISJUNCTIONS = 30
MOST_IN, MOST_NOT_IN = 30, 10

_OPERATORS = {
    PropertyFilter.LESS_THAN: "<",
    PropertyFilter.LESS_THAN_OR_EQUAL: "<=",
    PropertyFilter.GREATER_THAN: ">",
    PropertyFilter.GREATER_THAN_OR_EQUAL: ">=",
    PropertyFilter.EQUAL: "=",
    PropertyFilter.NOT_EQUAL: "<>",
    PropertyFilter.IN: "IN",
    PropertyFilter.NOT_IN: "NOT IN",
}


class Condition(NamedTuple):
    """One comparison; operator as in SQL; values encoded, or paths when the name is `__key__`."""

    name: str
    operator: str
    values: tuple[bytes, ...]

    @property
    def is_equality(self) -> bool:
        """Whether it leaves the order of results to other conditions."""
        return self.operator in {"=", "IN"}


Conjunction = tuple[Condition, ...]


def disjuncts_of(query: Message, partition: Partition, request: Message) -> tuple[Conjunction, ...]:
    """What a Query's filter means: any of these, each with all its conditions."""
    if not query.HasField("filter") or query.filter.WhichOneof("filter_type") is None:
        return ((),)
    found = tuple(_Reader(partition, request).read(query.filter))
    if sum(_weight(conjunction) for conjunction in found) > MOST_DISJUNCTIONS:
        raise InvalidArgument(f"The query has more than {MOST_DISJUNCTIONS} disjunctions.")
    for conjunction in found:
        if sum(condition.operator in {"<>", "NOT IN"} for condition in conjunction) > 1:
            raise InvalidArgument("Only a single 'NOT_EQUAL' or 'NOT_IN' is allowed per query.")
    operators = {condition.operator for conjunction in found for condition in conjunction}
    if "NOT IN" in operators and ("IN" in operators or len(found) > 1):
        raise InvalidArgument("'NOT_IN' cannot be used in the same query with 'IN' or 'OR'.")
    return found


def _weight(conjunction: Conjunction) -> int:
    weight = 1
    for condition in conjunction:
        weight *= len(condition.values) if condition.operator == "IN" else 1
    return weight


class _Reader:
    def __init__(self, partition: Partition, request: Message) -> None:
        self._partition = partition
        self._request = request

    def read(self, item: Message) -> list[Conjunction]:
        match item.WhichOneof("filter_type"):
            case "property_filter":
                return [self._conditions(item.property_filter)]
            case "composite_filter":
                return self._composite(item.composite_filter)
        raise InvalidArgument("A filter must be set.")

    def _composite(self, item: Message) -> list[Conjunction]:
        if not item.filters:
            raise InvalidArgument("A composite filter must have at least one sub-filter.")
        parts = [self.read(inner) for inner in item.filters]
        if item.op == CompositeFilter.OR:
            return [conjunction for part in parts for conjunction in part]
        if item.op != CompositeFilter.AND:
            raise InvalidArgument("unsupported composite property operator")
        if sum(map(len, parts)) > len(parts) * MOST_DISJUNCTIONS:
            raise InvalidArgument(f"The query has more than {MOST_DISJUNCTIONS} disjunctions.")
        return [sum(combination, ()) for combination in product(*parts)]

    def _conditions(self, item: Message) -> Conjunction:
        name = item.property.name
        if item.op == PropertyFilter.HAS_ANCESTOR:
            return self._descendants(name, item.value)
        operator = _OPERATORS.get(item.op)
        if operator is None:
            raise InvalidArgument("a property filter must specify an operator")
        encode = self._path if name == KEY else self._value
        if operator in {"IN", "NOT IN"}:
            return (Condition(name, operator, tuple(encode(name, each) for each in _elements(operator, item.value))),)
        return (Condition(name, operator, (encode(name, item.value),)),)

    def _descendants(self, name: str, value: Message) -> Conjunction:
        path = self._path(name, value)
        return (Condition(KEY, ">=", (path,)), Condition(KEY, "<", (path + PAST_DESCENDANTS,)))

    def _path(self, name: str, value: Message) -> bytes:
        if name != KEY or value.WhichOneof("value_type") != "key_value":
            raise InvalidArgument("__key__ filter value must be a Key")
        if partition_of(value.key_value.partition_id, self._request) != self._partition:
            raise InvalidArgument("__key__ filter namespace does not match the query's")
        return encode_path(value.key_value)

    def _value(self, name: str, value: Message) -> bytes:
        if value.WhichOneof("value_type") == "key_value":
            complete_reference(value.key_value, self._request)
        return _encode(name, value)


def _elements(operator: str, value: Message) -> list[Message]:
    if value.WhichOneof("value_type") != "array_value" or not value.array_value.values:
        raise InvalidArgument(f"{operator.replace(' ', '_')} requires a non-empty ArrayValue.")
    elements = list(value.array_value.values)
    limit = MOST_IN if operator == "IN" else MOST_NOT_IN
    if len(elements) > limit:
        raise InvalidArgument(f"{operator.replace(' ', '_')} supports up to {limit} values.")
    return elements


def _encode(name: str, value: Message) -> bytes:
    variant = value.WhichOneof("value_type")
    if variant not in ENCODERS:
        what = {"array_value": "A list value", "entity_value": "An entity value"}.get(variant, "An empty value")
        raise InvalidArgument(f"{what} is not allowed")
    try:
        return ENCODERS[variant](value)
    except InvalidArgument as refusal:
        raise InvalidArgument(str(refusal).replace("The value", f'The value of property "{name}"', 1)) from None
