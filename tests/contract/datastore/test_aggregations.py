"""Count, sum and average. Google's Datastore emulator has none of them."""

from typing import Any

import pytest
from google.cloud.datastore_v1.types import query

from tests.contract.datastore.asking import EQ, where
from tests.contract.datastore.cases import ENTITIES, INVALID
from tests.contract.datastore.conftest import Backend
from tests.contract.datastore.wire import Wire, key, outcome, plain_value, thing, value

ABSENT = {"ds": "UNIMPLEMENTED", "dsfs": "UNIMPLEMENTED"}
COUNT: dict[str, Any] = {"count": {}, "alias": "count"}


def _of(operator: str, name: str) -> dict[str, Any]:
    return {operator: {"property": {"name": name}}, "alias": f"{operator} {name}"}


def _up_to(limit: int) -> dict[str, Any]:
    return {"count": {"up_to": limit}, "alias": "count"}


def _aggregate(wire: Wire, *aggregations: dict[str, Any], **nested: Any) -> Any:
    asked = query.AggregationQuery(
        nested_query=query.Query(**{"kind": [{"name": "A"}], **nested}), aggregations=list(aggregations)
    )

    def call() -> dict[str, Any]:
        answer = wire("RunAggregationQuery", aggregation_query=asked).batch.aggregation_results[0]
        return {name: plain_value(each) for name, each in answer.aggregate_properties.items()}

    return outcome(call)


@pytest.mark.parametrize(
    ("aggregations", "nested", "expected"),
    [
        ([COUNT], {}, {"count": 9}),
        ([COUNT], {"filter": where("a", EQ, 1)}, {"count": 3}),
        ([COUNT], {"kind": [{"name": "Nothing"}]}, {"count": 0}),
        ([COUNT], {"limit": 2}, {"count": 2}),
        ([COUNT], {"limit": 2, "offset": 8}, {"count": 1}),
        ([_up_to(3)], {}, {"count": 3}),
        ([_up_to(0)], {}, {"count": 0}),
        ([_up_to(100)], {}, {"count": 9}),
        ([_up_to(-1)], {}, INVALID),
        ([_of("sum", "a"), _of("avg", "a")], {}, {"sum a": 43, "avg a": 43 / 9}),
        ([_of("sum", "f"), _of("avg", "f")], {}, {"sum f": 5.0, "avg f": 1.25}),
        ([_of("sum", "b"), _of("avg", "b")], {}, {"sum b": 0, "avg b": None}),
        ([_of("sum", "n"), _of("avg", "n")], {}, {"sum n": 3, "avg n": 3.0}),
        ([_of("sum", "m")], {}, {"sum m": 15}),
        ([_of("sum", "nothing"), _of("avg", "nothing")], {}, {"sum nothing": 0, "avg nothing": None}),
        # Only entities that have every property take part, also in the count.
        ([COUNT, _of("sum", "f"), _of("avg", "n")], {}, {"count": 3, "sum f": 2.5, "avg n": 3.0}),
        ([{"count": {}}, {"sum": {"property": {"name": "a"}}}], {}, {"property_1": 9, "property_2": 43}),
        ([COUNT, COUNT], {}, INVALID),
        ([], {}, INVALID),
        ([_of("sum", "__key__")], {}, INVALID),
        ([{"count": {}, "alias": "__x__"}], {}, INVALID),
    ],
)
def test_aggregation_of_what_the_query_finds(
    wire: Wire, backend: Backend, aggregations: list[Any], nested: dict[str, Any], expected: Any
) -> None:
    wire.put(*ENTITIES)
    assert _aggregate(wire, *aggregations, **nested) == backend.says(expected, **ABSENT)


def test_sum_that_leaves_64_bits_becomes_a_double(wire: Wire, backend: Backend) -> None:
    wire.put(*(thing(key("A", at), n=2**62) for at in (1, 2, 3)))
    assert _aggregate(wire, _of("sum", "n")) == backend.says({"sum n": 3.0 * 2**62}, **ABSENT)


def test_sum_of_integers_and_doubles_is_a_double(wire: Wire, backend: Backend) -> None:
    wire.put(thing(key("A", 1), n=1), thing(key("A", 2), n=0.5), thing(key("A", 3), n=value(9, indexed=False)))
    assert _aggregate(wire, _of("sum", "n"), COUNT) == backend.says({"sum n": 1.5, "count": 2}, **ABSENT)


def test_count_inside_a_transaction_is_checked_at_its_commit(embedded: Backend) -> None:
    with_wire = Wire(embedded.address)
    asked = query.AggregationQuery(nested_query=query.Query(kind=[{"name": "A"}]), aggregations=[COUNT])
    transaction = with_wire.begin()
    with_wire("RunAggregationQuery", aggregation_query=asked, read_options={"transaction": transaction})
    with_wire.put(thing(key("A", 1), n=1))
    assert outcome(lambda: with_wire.finish(transaction, {"upsert": thing(key("B", 1))})) == "ABORTED"
    with_wire.channel.close()
