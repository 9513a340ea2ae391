"""Projections and distinct results, with what each query finds."""

from tests.contract.datastore.asking import EQ, IN, by, names, only, where
from tests.contract.datastore.cases import INVALID, Case

PROJECTIONS = (
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
)
