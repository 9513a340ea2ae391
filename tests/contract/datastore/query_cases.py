"""Queries as data, with what each finds, and where one of Google's emulators is known to answer otherwise."""

import datetime as dt
from dataclasses import dataclass, field
from typing import Any

from google.cloud.datastore_v1.types import entity

from tests.contract.datastore.asking import (
    ANCESTOR,
    EQ,
    GE,
    GT,
    IN,
    LE,
    LT,
    NE,
    NOT_IN,
    both,
    by,
    either,
    names,
    only,
    where,
)  # fmt: skip
from tests.contract.datastore.wire import key, thing, value

INVALID, UNKNOWN = "INVALID_ARGUMENT", "UNKNOWN"
NOT_ON_DS: dict[str, Any] = {"ds": INVALID, "dsfs": INVALID}
"""Google's Datastore emulator does not know this kind of query."""
NOT_EQUAL_ON_DS: dict[str, Any] = {"ds": UNKNOWN, "dsfs": UNKNOWN}
"""... and stumbles over this one."""


@dataclass(frozen=True)
class Case:
    """A query; `finds`: ids, or (id, properties), or the status it is refused with. `differs`: by emulator."""

    name: str
    asks: dict[str, Any]
    finds: Any
    differs: dict[str, Any] = field(default_factory=dict)


def _moment(year: int) -> Any:
    return dt.datetime(year, 1, 1, tzinfo=dt.UTC)


ENTITIES = (
    thing(key("A", 1), a=1, b="x", t=_moment(2020), bl=b"zz", f=1.5, bo=True, n=None),
    thing(key("A", 2), a=2, b="x", t=_moment(2021), bl=b"yy", f=2.5, bo=False, n=3),
    thing(key("A", 3), a=2, b="y", t=_moment(1960), bl=b"aa", f=-1.5, bo=False, n="s"),
    thing(key("A", 4), a=1, b="z", f=2.5),
    thing(key("A", 5), a=9, m=[1, 5, 3]),
    thing(key("A", 6), a=9, m=[2, 2]),
    thing(key("A", 7), a=9, m=[]),
    thing(key("A", 8), a=9, m=[4], hidden=value(1, indexed=False)),
    thing(key("A", 1, "A", "kid"), a=1),
    thing(
        key("C", 1),
        g=entity.Value(geo_point_value={"latitude": 1.5, "longitude": 2}),
        s=entity.Entity(properties={"x": value(1), "y": value([1, 2])}),
    ),
)
"""What is stored before each case."""


CASES = (
    Case(
        "every_property",
        {"projection": only("t", "bl", "bo", "f", "n")},
        [
            (3, {"bl": "aa", "bo": False, "f": -1.5, "n": "s", "t": -315619200000000}),
            (2, {"bl": "yy", "bo": False, "f": 2.5, "n": 3, "t": 1609459200000000}),
            (1, {"bl": "zz", "bo": True, "f": 1.5, "n": None, "t": 1577836800000000}),
        ],
    ),
    Case(
        "projection_sorted_by_name",
        {"projection": only("b", "a")},
        [(1, {"a": 1, "b": "x"}), (4, {"a": 1, "b": "z"}), (2, {"a": 2, "b": "x"}), (3, {"a": 2, "b": "y"})],
    ),
    Case(
        "projection_ordered",
        {"projection": only("b", "a"), "order": by("-a", "b")},
        [(2, {"a": 2, "b": "x"}), (3, {"a": 2, "b": "y"}), (1, {"a": 1, "b": "x"}), (4, {"a": 1, "b": "z"})],
    ),
    Case(
        "projection_descending_tie",
        {"projection": only("b", "a"), "order": by("-a")},
        [(2, {"a": 2, "b": "x"}), (3, {"a": 2, "b": "y"}), (1, {"a": 1, "b": "x"}), (4, {"a": 1, "b": "z"})],
        {"fsds": [(3, {"a": 2, "b": "y"}), (2, {"a": 2, "b": "x"}), (4, {"a": 1, "b": "z"}), (1, {"a": 1, "b": "x"})]},
    ),
    Case("projection_of_sub_property", {"kind": "C", "projection": only("s.x")}, [(1, {"s.x": 1})]),
    Case(
        "projection_of_list",
        {"projection": only("m")},
        [(5, {"m": 1}), (6, {"m": 2}), (5, {"m": 3}), (8, {"m": 4}), (5, {"m": 5})],
        {
            "ds": [(7, {"m": None}), (5, {"m": 1}), (6, {"m": 2}), (5, {"m": 3}), (8, {"m": 4}), (5, {"m": 5})],
            "dsfs": [(7, {"m": None}), (5, {"m": 1}), (6, {"m": 2}), (5, {"m": 3}), (8, {"m": 4}), (5, {"m": 5})],
        },
    ),
    Case(
        "projection_of_key_is_keys_only",
        {"projection": only("__key__")},
        [(1, {}), ("kid", {}), (2, {}), (3, {}), (4, {}), (5, {}), (6, {}), (7, {}), (8, {})],
    ),
    Case("projection_of_equality", {"projection": only("a"), "filter": where("a", EQ, 1)}, INVALID),
    Case("projection_of_in", {"projection": only("a"), "filter": where("a", IN, [1, 2])}, INVALID),
    Case("projection_twice", {"projection": only("a", "a")}, INVALID),
    Case(
        "distinct",
        {"projection": only("b"), "distinct_on": names("b")},
        [(1, {"b": "x"}), (3, {"b": "y"}), (4, {"b": "z"})],
    ),
    Case(
        "distinct_of_one_among_two",
        {"projection": only("b", "a"), "distinct_on": names("b")},
        [(1, {"a": 1, "b": "x"}), (3, {"a": 2, "b": "y"}), (4, {"a": 1, "b": "z"})],
        {
            "ds": [(1, {"a": 1, "b": "x"}), (4, {"a": 1, "b": "z"}), (2, {"a": 2, "b": "x"}), (3, {"a": 2, "b": "y"})],
            "dsfs": [
                (1, {"a": 1, "b": "x"}),
                (4, {"a": 1, "b": "z"}),
                (2, {"a": 2, "b": "x"}),
                (3, {"a": 2, "b": "y"}),
            ],
        },
    ),
    Case(
        "distinct_of_both",
        {"projection": only("b", "a"), "distinct_on": names("a", "b")},
        [(1, {"a": 1, "b": "x"}), (4, {"a": 1, "b": "z"}), (2, {"a": 2, "b": "x"}), (3, {"a": 2, "b": "y"})],
    ),
    Case("distinct_without_projection", {"distinct_on": names("b")}, [1, 3, 4]),
    Case(
        "distinct_ordered_by_another",
        {"projection": only("b", "a"), "distinct_on": names("b"), "order": by("a")},
        INVALID,
    ),
    Case("sub_property", {"kind": "C", "filter": where("s.x", EQ, 1)}, [1]),
    Case("sub_property_list", {"kind": "C", "filter": where("s.y", EQ, 2)}, [1]),
    Case("unindexed_property", {"filter": where("hidden", EQ, 1)}, []),
    Case(
        "list_order",
        {"order": by("m")},
        [5, 6, 8],
        {"ds": [7, 5, 6, 8], "dsfs": [7, 5, 6, 8], "fsds": [5, 6, 5, 8, 5]},
    ),
    Case(
        "list_order_descending",
        {"order": by("-m")},
        [5, 8, 6],
        {"ds": [5, 8, 6, 7], "dsfs": [5, 8, 6, 7], "fsds": [5, 8, 5, 6, 5]},
    ),
    Case("list_inequality", {"filter": where("m", GT, 2)}, [5, 8], {"fsds": [5, 8, 5]}),
    Case("list_same_value_in_range", {"filter": both(where("m", GT, 3), where("m", LT, 4))}, []),
    Case("list_two_equalities", {"filter": both(where("m", EQ, 1), where("m", EQ, 5))}, [5]),
    Case("list_equality_and_order", {"filter": where("m", EQ, 5), "order": by("m")}, [5], {"fsds": [5, 5, 5]}),
    Case("list_empty_is_not_null", {"filter": where("m", EQ, None)}, [], {"ds": [7], "dsfs": [7]}),
    Case("list_not_equal", {"filter": where("m", NE, 2)}, [5, 8], {**NOT_EQUAL_ON_DS, "fsds": [5, 5, 8, 5]}),
    Case(
        "list_not_in",
        {"filter": where("m", NOT_IN, [1, 2])},
        [5, 8],
        {**NOT_ON_DS, "fsds": [5, 8, 5]},
    ),
    Case(
        "two_inequalities",
        {"filter": both(where("a", GT, 0), where("f", GT, 0.0))},
        [1, 4, 2],
        NOT_ON_DS,
    ),
    Case(
        "two_inequalities_ordered",
        {"filter": both(where("f", GT, 0.0), where("a", GT, 0)), "order": by("-a")},
        [2, 4, 1],
        NOT_ON_DS,
    ),
    Case(
        "inequality_ordered_by_another",
        {"filter": where("a", GT, 1), "order": by("b")},
        [2, 3],
        NOT_ON_DS,
    ),
    Case("inequality_sorts", {"filter": where("b", GT, "")}, [1, 2, 3, 4]),
    Case("inequality_below", {"filter": where("b", LE, "x")}, [1, 2]),
    Case("inequality_crosses_types", {"filter": where("n", GT, 0)}, [2, 3]),
    Case("inequality_of_null", {"filter": where("n", GE, None)}, [1, 2, 3]),
    Case("order_ascending", {"order": by("a")}, [1, "kid", 4, 2, 3, 5, 6, 7, 8]),
    Case(
        "order_descending_ties",
        {"order": by("-a")},
        [5, 6, 7, 8, 2, 3, 1, "kid", 4],
        {"fsds": [8, 7, 6, 5, 3, 2, 4, "kid", 1]},
    ),
    Case("order_descending_with_key", {"order": by("-a", "__key__")}, [5, 6, 7, 8, 2, 3, 1, "kid", 4]),
    Case("order_descending_both", {"order": by("-a", "-__key__")}, [8, 7, 6, 5, 3, 2, 4, "kid", 1]),
    Case("order_of_equality", {"filter": where("a", EQ, 1), "order": by("-a", "__key__")}, [1, "kid", 4]),
    Case("order_of_another", {"filter": where("a", EQ, 1), "order": by("-b")}, [4, 1]),
    Case("order_by_key_descending", {"order": by("-__key__")}, [8, 7, 6, 5, 4, 3, 2, "kid", 1]),
    Case("order_by_key_then_property", {"order": by("__key__", "a")}, [1, "kid", 2, 3, 4, 5, 6, 7, 8]),
    Case(
        "order_twice",
        {"order": by("a", "-a")},
        INVALID,
        {"ds": [1, "kid", 4, 2, 3, 5, 6, 7, 8], "dsfs": [1, "kid", 4, 2, 3, 5, 6, 7, 8]},
    ),
    Case("order_without_direction", {"order": [{"property": {"name": "a"}}]}, [1, "kid", 4, 2, 3, 5, 6, 7, 8]),
    Case("key_greater", {"filter": where("__key__", GT, key("A", 2))}, [3, 4, 5, 6, 7, 8]),
    Case(
        "key_in",
        {"filter": where("__key__", IN, [key("A", 2), key("A", 1)])},
        [1, 2],
        NOT_ON_DS,
    ),
    Case(
        "key_not_equal",
        {"filter": where("__key__", NE, key("A", 2))},
        [1, "kid", 3, 4, 5, 6, 7, 8],
        NOT_EQUAL_ON_DS,
    ),
    Case(
        "key_not_in",
        {"filter": where("__key__", NOT_IN, [key("A", 2)])},
        [1, "kid", 3, 4, 5, 6, 7, 8],
        NOT_ON_DS,
    ),
    Case("key_and_property", {"filter": both(where("__key__", GT, key("A", 1)), where("a", EQ, 2))}, [2, 3]),
    Case("key_compared_with_number", {"filter": where("__key__", GT, 5)}, INVALID),
    Case("ancestor", {"filter": where("__key__", ANCESTOR, key("A", 1))}, [1, "kid"]),
    Case("ancestor_and_equality", {"filter": both(where("__key__", ANCESTOR, key("A", 1)), where("b", EQ, "x"))}, [1]),
    Case("ancestor_without_kind", {"kind": None, "filter": where("__key__", ANCESTOR, key("A", 1))}, [1, "kid"]),
    Case("kindless_key", {"kind": None, "filter": where("__key__", GT, key("A", 7))}, [8, 1]),
    Case("kindless_property", {"kind": None, "filter": where("a", EQ, 1)}, INVALID),
    Case("kindless_order", {"kind": None, "order": by("a")}, INVALID),
    Case("kindless_key_descending", {"kind": None, "order": by("-__key__")}, INVALID),
    Case("equality_null", {"filter": where("n", EQ, None)}, [1]),
    Case("equality_of_integer_and_double", {"filter": where("f", EQ, 2)}, []),
    Case("equality_of_boolean", {"filter": where("bo", EQ, False)}, [2, 3]),
    Case("equality_of_blob", {"filter": where("bl", EQ, b"yy")}, [2]),
    Case("equality_of_text_and_blob", {"filter": where("bl", EQ, "yy")}, [2]),
    Case("equality_of_timestamp", {"filter": where("t", EQ, _moment(2021))}, [2]),
    Case("equality_of_two", {"filter": both(where("a", EQ, 2), where("b", EQ, "x"))}, [2]),
    Case("not_equal", {"filter": where("a", NE, 2)}, [1, "kid", 4, 5, 6, 7, 8], NOT_EQUAL_ON_DS),
    Case("not_equal_null", {"filter": where("n", NE, None)}, [2, 3], NOT_EQUAL_ON_DS),
    Case("not_equal_twice", {"filter": both(where("a", NE, 2), where("b", NE, "x"))}, INVALID),
    Case("not_in", {"filter": where("a", NOT_IN, [1, 2])}, [5, 6, 7, 8], NOT_ON_DS),
    Case("not_in_null", {"filter": where("n", NOT_IN, [None])}, [2, 3], NOT_ON_DS),
    Case("not_in_with_in", {"filter": both(where("a", NOT_IN, [1]), where("b", IN, ["x", "y"]))}, INVALID),
    Case("not_in_or", {"filter": either(where("a", NOT_IN, [1]), where("b", EQ, "x"))}, INVALID),
    Case("not_in_eleven", {"filter": where("a", NOT_IN, list(range(11)))}, INVALID),
    Case("in", {"filter": where("a", IN, [2, 1])}, [1, "kid", 2, 3, 4], NOT_ON_DS),
    Case("in_one", {"filter": where("a", IN, [2])}, [2, 3]),
    Case("in_with_null", {"filter": where("n", IN, [None, 3])}, [1, 2], NOT_ON_DS),
    Case("in_empty", {"filter": where("a", IN, [])}, INVALID),
    Case("in_without_list", {"filter": where("a", IN, 1)}, INVALID),
    Case(
        "in_ordered",
        {"filter": where("a", IN, [2, 1]), "order": by("-a", "__key__")},
        [2, 3, 1, "kid", 4],
        NOT_ON_DS,
    ),
    Case("in_thirty_one", {"filter": where("a", IN, list(range(31)))}, INVALID),
    Case("or", {"filter": either(where("a", EQ, 2), where("b", EQ, "z"))}, [2, 3, 4], NOT_ON_DS),
    Case(
        "or_inequalities",
        {"filter": either(where("a", GT, 2), where("b", GT, "x"))},
        [4, 3],
        NOT_ON_DS,
    ),
    Case(
        "or_ordered",
        {"filter": either(where("a", EQ, 2), where("b", EQ, "z")), "order": by("-f", "__key__")},
        [2, 4, 3],
        NOT_ON_DS,
    ),
    Case(
        "or_inside_and",
        {"filter": both(where("a", GE, 1), either(where("b", EQ, "x"), where("f", EQ, 2.5)))},
        [1, 4, 2],
        NOT_ON_DS,
    ),
    Case(
        "or_overlapping",
        {"filter": either(where("a", GT, 1), where("f", EQ, 2.5))},
        [4, 2, 3, 5, 6, 7, 8],
        NOT_ON_DS,
    ),
    Case("limit_and_offset", {"offset": 2, "limit": 3}, [2, 3, 4]),
    Case("limit_zero", {"limit": 0}, []),
    Case("limit_negative", {"limit": -1}, INVALID),
    Case("offset_beyond", {"offset": 200}, []),
    Case("offset_negative", {"offset": -1}, INVALID),
    Case("unknown_kind", {"kind": "Nothing"}, []),
    Case("unknown_property", {"filter": where("nothing", EQ, 1)}, []),
    Case("filter_without_operator", {"filter": where("a", 0, 2)}, INVALID),
    Case("filter_with_list", {"filter": where("a", EQ, [1])}, INVALID),
    Case(
        "filter_with_entity",
        {"kind": "C", "filter": where("s", EQ, entity.Entity(properties={"x": value(1)}))},
        INVALID,
    ),
    Case("filter_with_long_text", {"filter": where("b", EQ, "x" * 1501)}, INVALID),
    Case("filter_empty_composite", {"filter": both()}, INVALID),
    Case("cursor_of_another_kind", {"start_cursor": b"rubbish"}, INVALID),
)
