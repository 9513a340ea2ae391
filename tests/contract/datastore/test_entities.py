"""Keys, mutations, ids and limits, request by request."""

from collections.abc import Callable
from typing import Any

import pytest
from google.cloud.datastore_v1.types import datastore, entity

from tests.contract.datastore.asking import EQ, where
from tests.contract.datastore.cases import INVALID
from tests.contract.datastore.conftest import Backend
from tests.contract.datastore.wire import NON_TRANSACTIONAL, TRANSACTIONAL, Wire, key, outcome, thing, value

EXISTS, MISSING = "ALREADY_EXISTS", "NOT_FOUND"


def _insert(*path: str | int) -> dict[str, Any]:
    return {"insert": thing(key(*path))}


def _put(**properties: Any) -> Callable[[Wire], Any]:
    return lambda wire: wire.put(thing(key("A", 1), **properties))


def _put_key(*path: str | int) -> Callable[[Wire], Any]:
    return lambda wire: wire.put(thing(key(*path)))


def _change(*mutations: Any) -> Callable[[Wire], Any]:
    return lambda wire: wire.change(*mutations)


def _lookup(lookup_key: Any) -> Callable[[Wire], Any]:
    return lambda wire: wire("Lookup", keys=[lookup_key])


def _in_namespace(namespace: str) -> Any:
    elsewhere = key("A", 1)
    elsewhere.partition_id.namespace_id = namespace
    return elsewhere


def _of_project(project: str) -> Any:
    elsewhere = key("A", 1)
    elsewhere.partition_id.project_id = project
    return elsewhere


REFUSED: dict[str, tuple[Callable[[Wire], Any], str]] = {
    "insert_existing": (_change(_insert("Old", 1)), EXISTS),
    "update_missing": (_change({"update": thing(key("A", 1))}), MISSING),
    "same_key_twice": (_change({"upsert": thing(key("A", 1))}, {"delete": key("A", 1)}), INVALID),
    "delete_incomplete": (_change({"delete": key("A")}), INVALID),
    "update_incomplete": (_change({"update": thing(key("A"))}), INVALID),
    "no_operation": (_change(datastore.Mutation()), INVALID),
    "no_mode": (lambda wire: wire("Commit", mutations=[_insert("A", 1)]), INVALID),
    "transactional_without_transaction": (
        lambda wire: wire("Commit", mode=TRANSACTIONAL, mutations=[_insert("A", 1)]), INVALID,
    ),
    "transaction_in_other_mode": (
        lambda wire: wire("Commit", mode=NON_TRANSACTIONAL, transaction=wire.begin(), mutations=[_insert("A", 1)]),
        INVALID,
    ),
    "empty_path": (_lookup(entity.Key()), INVALID),
    "lookup_incomplete": (_lookup(key("A")), INVALID),
    "lookup_id_zero": (_lookup(key("A", 0)), INVALID),
    "other_project": (_lookup(_of_project("other")), INVALID),
    "illegal_namespace": (_lookup(_in_namespace("a b")), INVALID),
    "long_namespace": (_lookup(_in_namespace("a" * 101)), INVALID),
    "empty_kind": (_put_key("", 1), INVALID),
    "reserved_kind": (_put_key("__x__", 1), INVALID),
    "reserved_name": (_put_key("A", "__x__"), INVALID),
    "reserved_property": (_put(__x__=1), INVALID),
    "empty_property": (_put(**{"": 1}), INVALID),
    "long_name": (_put_key("A", "n" * 1501), INVALID),
    "long_kind": (_put_key("k" * 1501, 1), INVALID),
    "long_property_name": (_put(**{"p" * 1501: 1}), INVALID),
    "long_indexed_text": (_put(p="é" * 750 + "x"), INVALID),
    "long_indexed_blob": (_put(p=b"x" * 1501), INVALID),
    "long_indexed_text_in_list": (_put(p=["x", "y" * 1501]), INVALID),
    "long_indexed_text_in_structure": (_put(p=entity.Entity(properties={"q": value("x" * 1501)})), INVALID),
    "indexed_text_that_must_not_be": (_put(p=entity.Value(string_value="x", meaning=15)), INVALID),
    "list_in_list": (_put(p=[[1]]), INVALID),
    "no_value": (_put(p=entity.Value()), INVALID),
    "allocate_complete": (lambda wire: wire("AllocateIds", keys=[key("A", 1)]), INVALID),
    "reserve_incomplete": (lambda wire: wire("ReserveIds", keys=[key("A")]), INVALID),
    "commit_of_rubbish": (lambda wire: wire.finish(b"rubbish", _insert("A", 1)), INVALID),
    "commit_of_nothing": (lambda wire: wire.finish(b"", _insert("A", 1)), INVALID),
    "rollback_of_nothing": (lambda wire: wire("Rollback", transaction=b""), INVALID),
    "no_query": (lambda wire: wire("RunQuery"), INVALID),
    "two_kinds": (lambda wire: wire("RunQuery", query={"kind": [{"name": "A"}, {"name": "B"}]}), INVALID),
}  # fmt: skip

ACCEPTED: dict[str, Callable[[Wire], Any]] = {
    "text_of_1500_bytes": _put(p="é" * 750),
    "unindexed_text_of_1048487_bytes": _put(p=value("x" * 1_048_487, indexed=False)),
    "dotted_property": _put(**{"a.b": 1}),
    "negative_id": _put_key("A", -1),
    "no_mutations": _change(),
    "no_keys": lambda wire: wire("Lookup", keys=[]),
    "delete_missing": _change({"delete": key("A", 99)}),
    "501_mutations": lambda wire: wire.put(*(thing(key("A", at)) for at in range(1, 502))),
    "reserve_ids": lambda wire: wire("ReserveIds", keys=[key("A", 77)]),
}


def test_requests_that_cannot_be_fulfilled_are_refused(wire: Wire) -> None:
    wire.put(thing(key("Old", 1)))
    wrong = {name: got for name, (call, status) in REFUSED.items() if (got := outcome(lambda: call(wire))) != status}  # noqa: B023
    assert wrong == {}
    assert wire.keys() == []


def test_requests_at_the_limits_are_accepted(wire: Wire) -> None:
    refused = {name: got for name, call in ACCEPTED.items() if isinstance(got := outcome(lambda: call(wire)), str)}  # noqa: B023
    assert refused == {}


@pytest.mark.parametrize("sizes", [(1_048_488,), (600_000, 600_000)])
def test_values_and_entities_beyond_a_mebibyte_are_refused(
    wire: Wire, backend: Backend, sizes: tuple[int, ...]
) -> None:
    properties = {f"p{at}": value("x" * size, indexed=False) for at, size in enumerate(sizes)}
    answer = outcome(lambda: bool(_put(**properties)(wire)))
    # ds takes them, and would take them only here.
    assert answer == backend.says(INVALID, ds=True, dsfs=True)


def test_stored_entity_comes_back_as_it_was(wire: Wire) -> None:
    sent = thing(
        key("P", "é\x00/", "A", 7),
        text="ü", blob=b"\x00\xff", number=-(2**63), double=1.5, yes=True, none=None, listed=[1, "a", None], empty=[],
        place=entity.Value(geo_point_value={"latitude": -1.5, "longitude": 180}), ref=key("B", 1),
        inner=entity.Entity(properties={"x": value("y" * 2000, indexed=False)}),
        meant=entity.Value(string_value="x", meaning=15, exclude_from_indexes=True),
    )  # fmt: skip
    wire.put(sent)
    # A reference that leaves its project out is in the request's.
    sent.properties["ref"].key_value.partition_id.project_id = wire.project
    found = wire("Lookup", keys=[key("P", "é\x00/", "A", 7)]).found[0].entity
    assert found.key.path == entity.Entity.pb(sent).key.path
    assert dict(found.properties) == dict(entity.Entity.pb(sent).properties)


def test_found_and_missing_echo_the_key_that_was_asked_for(wire: Wire) -> None:
    wire.put(thing(key("A", 1)))
    asked = [key("A", 1), key("A", 2)]
    for each in asked:
        each.partition_id.project_id = wire.project
    answer = wire("Lookup", keys=asked)
    echoed = [answer.found[0].entity.key, answer.missing[0].entity.key]
    assert [each.SerializeToString() for each in echoed] == [entity.Key.serialize(each) for each in asked]


def test_non_transactional_commit_keeps_what_came_before_the_refusal(wire: Wire) -> None:
    wire.put(thing(key("A", 1)))
    assert outcome(lambda: wire.change({"upsert": thing(key("A", 2), n=2)}, _insert("A", 1))) == EXISTS
    assert wire.get(key("A", 2)) == [2]


def test_kind_and_property_first_met_in_a_refused_commit_are_usable_later(wire: Wire) -> None:
    wire.put(thing(key("A", 1)))
    refused = {"single_use_transaction": {"read_write": {}}, "mode": TRANSACTIONAL}
    mutations = [{"upsert": thing(key("New", 1), fresh=1)}, _insert("A", 1)]
    assert outcome(lambda: wire("Commit", mutations=mutations, **refused)) == EXISTS
    wire.put(thing(key("Other", 1), other=1), thing(key("New", 2), fresh=1))
    assert wire.keys(kind="New", filter=where("fresh", EQ, 1)) == wire.keys(kind="New") == [2]
    assert wire.keys(kind="Other", filter=where("other", EQ, 1)) == wire.keys(kind="Other") == [1]


def test_incomplete_keys_receive_different_ids_in_the_result(wire: Wire) -> None:
    answer = wire.change({"insert": thing(key("P", 1, "A"), n=1)}, {"upsert": thing(key("A"), n=2)}, _insert("A", 5))
    keys = [each.key for each in answer.mutation_results]
    assert [len(each.path) for each in keys] == [2, 1, 0]
    assert wire.get(*(entity.Key(path=[{"kind": e.kind, "id": e.id} for e in each.path]) for each in keys[:2])) == [
        1,
        2,
    ]


def test_allocated_ids_are_distinct_and_usable(wire: Wire) -> None:
    answer = wire("AllocateIds", keys=[key("A")] * 50 + [key("P", 1, "A")])
    ids = [each.path[-1].id for each in answer.keys]
    assert len(set(ids)) == 51
    assert all(0 < each < 2**53 for each in ids)
    assert [element.kind for element in answer.keys[50].path] == ["P", "A"]


def test_versions_grow_with_every_write(wire: Wire) -> None:
    versions = [wire.put(thing(key("A", 1), n=at)).mutation_results[0].version for at in range(3)]
    assert versions == sorted(set(versions))
    assert wire("Lookup", keys=[key("A", 1)]).found[0].version == versions[-1]


def test_update_keeps_the_time_of_creation(embedded: Backend) -> None:
    # Google's Datastore emulator gives no times.
    wire = Wire(embedded.address)
    first, second = (wire.put(thing(key("A", 1), n=at)).mutation_results[0] for at in range(2))
    found = wire("Lookup", keys=[key("A", 1)]).found[0]
    wire.channel.close()
    assert found.create_time == first.create_time == second.create_time
    assert found.update_time == second.update_time
    assert second.update_time.ToMicroseconds() > first.update_time.ToMicroseconds()


def test_wrong_base_version_leaves_the_entity_and_says_so(wire: Wire, backend: Backend) -> None:
    version = wire.put(thing(key("A", 1), n=1)).mutation_results[0].version
    results = [
        wire.change({"upsert": thing(key("A", 1), n=n), "base_version": base}).mutation_results[0]
        for n, base in ((2, version), (3, version))
    ]
    # fsds ignores it.
    assert [each.conflict_detected for each in results] == [False, backend.says(True, fsds=False)]
    assert wire.get(key("A", 1)) == [backend.says(2, fsds=3)]
    assert (results[1].version == results[0].version) is backend.says(True, fsds=False)


def test_base_version_zero_means_that_there_is_nothing_yet(embedded: Backend) -> None:
    wire = Wire(embedded.address)
    change = {"upsert": thing(key("A", 1), n=1), "base_version": 0}
    conflicts = [wire.change(change).mutation_results[0].conflict_detected for _ in range(2)]
    deletion = {"delete": key("A", 1), "base_version": 0, "conflict_resolution_strategy": "FAIL"}
    assert outcome(lambda: wire.change(deletion)) == "ABORTED"
    wire.channel.close()
    assert conflicts == [False, True]


def test_what_is_not_simulated_is_refused_instead_of_ignored(embedded: Backend) -> None:
    wire = Wire(embedded.address)
    calls = [
        lambda: wire("RunQuery", gql_query={"query_string": "SELECT * FROM A"}),
        lambda: wire("Lookup", keys=[key("A", 1)], property_mask={"paths": ["n"]}),
        lambda: wire("Lookup", keys=[key("A", 1)], read_options={"read_time": {"seconds": 1}}),
        lambda: wire.change({"upsert": thing(key("A", 1)), "property_mask": {"paths": ["n"]}}),
    ]
    answers = [outcome(call) for call in calls]
    wire.channel.close()
    assert answers == ["UNIMPLEMENTED"] * 4
