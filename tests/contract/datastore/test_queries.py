"""What queries find, in which order, and page by page."""

from typing import Any

import pytest

from tests.contract.datastore.asking import ANCESTOR, EQ, GT, LE, both, by, names, only, where
from tests.contract.datastore.cases import ENTITIES, Case
from tests.contract.datastore.conftest import Backend
from tests.contract.datastore.query_cases import CASES
from tests.contract.datastore.wire import Wire, key, last_of, outcome, thing

NO_MORE, AFTER_LIMIT, AFTER_CURSOR = 3, 2, 4


def _stored(wire: Wire, count: int = 10) -> None:
    wire.put(*(thing(key("A", at), n=at, even=at % 2 == 0) for at in range(1, count + 1)))


def test_every_case_is_answered_as_expected(wire: Wire, backend: Backend) -> None:
    wire.put(*ENTITIES)
    wrong = {
        case.name: answer for case in CASES if (answer := _ask(wire, case)) != backend.says(case.finds, **case.differs)
    }
    assert wrong == {}


def _ask(wire: Wire, case: Case) -> Any:
    find = wire.rows if "projection" in case.asks else wire.keys
    return outcome(lambda: find(**case.asks))


def test_full_results_carry_the_whole_entity(wire: Wire) -> None:
    wire.put(*ENTITIES)
    found = wire.query(filter=where("b", EQ, "z")).entity_results[0]
    assert found.entity == wire("Lookup", keys=[key("A", 4)]).found[0].entity
    assert found.version > 0
    assert found.cursor


def test_projected_values_are_marked_as_read_from_an_index(wire: Wire) -> None:
    wire.put(*ENTITIES)
    found = wire.query(projection=only("a")).entity_results[0]
    assert found.entity.properties["a"].meaning == 18


def test_more_results_are_announced_only_when_there_are_some(wire: Wire, backend: Backend) -> None:
    _stored(wire)
    assert wire.query(limit=9).more_results == AFTER_LIMIT
    assert wire.query(limit=10).more_results == backend.says(NO_MORE, ds=AFTER_LIMIT, dsfs=AFTER_LIMIT)


def test_skipped_results_are_counted_without_being_sent(wire: Wire, backend: Backend) -> None:
    # ndb counts so, outside the emulators' environment variable.
    _stored(wire)
    batch = wire.query(projection=only("__key__"), filter=where("even", EQ, True), offset=1000, limit=1)
    assert (batch.skipped_results, len(batch.entity_results)) == (5, 0)
    batch = wire.query(offset=7, limit=0)
    assert batch.skipped_results == 7
    assert wire.keys(start_cursor=batch.end_cursor) == backend.says([8, 9, 10], fsds=list(range(1, 11)))


@pytest.mark.parametrize(
    "order", [by("n"), by("-n"), by("even", "-n"), by("-even", "n"), by("__key__"), by("-__key__"), []]
)
def test_pages_by_cursor_are_the_whole_in_order(wire: Wire, order: list[Any]) -> None:
    _stored(wire)
    pages, cursor = [], b""
    for _ in range(4):
        batch = wire.query(order=order, limit=3, start_cursor=cursor)
        pages += [last_of(each.entity.key) for each in batch.entity_results]
        cursor = batch.end_cursor
    assert pages == wire.keys(order=order)
    assert len(pages) == 10


def test_each_result_has_a_cursor_behind_it(wire: Wire) -> None:
    _stored(wire)
    cursors = [each.cursor for each in wire.query(order=by("n")).entity_results]
    assert wire.keys(order=by("n"), start_cursor=cursors[2], end_cursor=cursors[5]) == [4, 5, 6]
    assert wire.keys(order=by("n"), end_cursor=cursors[0]) == [1]
    assert wire.keys(order=by("n"), start_cursor=cursors[9]) == []


def test_reversed_query_begins_with_the_row_its_cursor_stood_behind(wire: Wire) -> None:
    _stored(wire)
    cursor = wire.query(order=by("n"), limit=4).end_cursor
    assert wire.keys(order=by("-n"), start_cursor=cursor) == [4, 3, 2, 1]
    assert wire.keys(order=by("-n"), end_cursor=cursor) == [10, 9, 8, 7, 6, 5]


def test_cursor_keeps_its_place_while_others_insert_and_delete(wire: Wire) -> None:
    _stored(wire)
    cursor = wire.query(order=by("n"), limit=4).end_cursor
    wire.change({"delete": key("A", 4)}, {"delete": key("A", 6)})
    wire.put(thing(key("A", 20), n=2), thing(key("A", 21), n=5), thing(key("A", 22), n=99))
    assert wire.keys(order=by("n"), start_cursor=cursor) == [5, 21, 7, 8, 9, 10, 22]


def test_end_cursor_is_announced_as_such(wire: Wire, backend: Backend) -> None:
    _stored(wire)
    end = wire.query(order=by("n"), limit=4).end_cursor
    more = wire.query(order=by("n"), end_cursor=end).more_results
    assert more == backend.says(AFTER_CURSOR, ds=AFTER_LIMIT, dsfs=AFTER_LIMIT, fsds=NO_MORE)


def test_cursor_and_offset_and_limit_work_together(wire: Wire) -> None:
    _stored(wire)
    cursor = wire.query(limit=2).end_cursor
    assert wire.keys(start_cursor=cursor, offset=2, limit=3) == [5, 6, 7]


def test_projected_lists_continue_behind_a_cursor(wire: Wire) -> None:
    wire.put(thing(key("A", 1), m=[1, 4]), thing(key("A", 2), m=[2, 3]))
    first = wire.query(projection=only("m"), order=by("m"), limit=2)
    rest = wire.rows(projection=only("m"), order=by("m"), start_cursor=first.end_cursor)
    assert rest == [(2, {"m": 3}), (1, {"m": 4})]


def test_distinct_groups_continue_behind_a_cursor(wire: Wire) -> None:
    wire.put(*(thing(key("A", at), n=at // 3) for at in range(3, 12)))
    fields = {"projection": only("n"), "distinct_on": names("n"), "order": by("n")}
    first = wire.query(**fields, limit=1)
    assert wire.rows(**fields, start_cursor=first.end_cursor) == [(6, {"n": 2}), (9, {"n": 3})]


def test_negative_zero_is_a_value_of_its_own(wire: Wire) -> None:
    wire.put(thing(key("A", 1), n=0.0), thing(key("A", 2), n=-0.0), thing(key("A", 3), n=-1.0))
    assert [wire.keys(filter=where("n", EQ, zero)) for zero in (0.0, -0.0)] == [[1], [2]]
    assert wire.keys(order=by("n")) == [3, 2, 1]


def test_deeper_levels_and_sibling_kinds_stay_apart(wire: Wire) -> None:
    wire.put(
        thing(key("P", "a", "A", 1)),
        thing(key("P", "a", "A", 1, "A", 2)),
        thing(key("P", "ab", "A", 3)),
        thing(key("P", "a", "Q", 1, "A", 4)),
    )
    assert wire.keys(filter=where("__key__", ANCESTOR, key("P", "a"))) == [1, 2, 4]
    assert wire.keys(filter=where("__key__", ANCESTOR, key("P", "a", "A", 1))) == [1, 2]


def test_names_sort_by_their_bytes_after_all_ids(wire: Wire, backend: Backend) -> None:
    texts = ["a", "a\x00", "a\x00b", "a\x01", "aa", "B", "é", "\U0001f600", "\uffff"]
    wire.put(*(thing(key("A", name)) for name in texts), thing(key("A", 2**62)), thing(key("A", 1)))
    # ds compares UTF-16, where the characters beyond the first 65,536 come before U+FFFF.
    expected = backend.says(sorted(texts, key=str.encode), **dict.fromkeys(("ds", "dsfs"), sorted(texts, key=_utf16)))
    assert wire.keys() == [1, 2**62, *expected]


def _utf16(name: str) -> bytes:
    return name.encode("utf-16-be")


def test_changed_entity_is_found_by_its_new_values_only(wire: Wire) -> None:
    wire.put(thing(key("A", 1), n=1, gone="x", m=[1, 2]))
    wire.put(thing(key("A", 1), n=2, m=[2, 3]))
    found = [wire.keys(filter=where(*each)) for each in (("n", EQ, 1), ("gone", EQ, "x"), ("m", EQ, 1))]
    assert found == [[], [], []]
    assert wire.keys(filter=both(where("n", EQ, 2), where("m", EQ, 2), where("m", EQ, 3))) == [1]


def test_deleted_entity_is_found_no_more(wire: Wire) -> None:
    _stored(wire, 2)
    wire.change({"delete": key("A", 1)})
    assert wire.keys() == wire.keys(order=by("n")) == [2]


def test_namespaces_and_projects_do_not_see_each_other(wire: Wire) -> None:
    elsewhere = key("A", 2)
    elsewhere.partition_id.namespace_id = "C0123"
    wire.put(thing(key("A", 1), n=1), thing(elsewhere, n=1))
    inside = wire("RunQuery", partition_id={"namespace_id": "C0123"}, query={"kind": [{"name": "A"}]}).batch
    assert [last_of(each.entity.key) for each in inside.entity_results] == [2]
    assert wire.keys() == wire.keys(filter=where("n", GT, 0)) == wire.keys(kind=None) == [1]


def test_large_answer_arrives_whole(wire: Wire) -> None:
    wire.put(*(thing(key("A", at), n=at) for at in range(1, 701)))
    found: list[str | int] = []
    cursor = b""
    while len(found) < 700:
        batch = wire.query(filter=where("n", LE, 700), start_cursor=cursor)
        found += [last_of(each.entity.key) for each in batch.entity_results]
        cursor = batch.end_cursor
        assert batch.entity_results
    assert found == list(range(1, 701))
