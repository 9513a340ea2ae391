"""Isolation, conflicts and the life of a transaction, request by request."""

from collections.abc import Iterator
from typing import Any

import pytest

from tests.contract.datastore.asking import EQ, where
from tests.contract.datastore.cases import INVALID
from tests.contract.datastore.conftest import Backend
from tests.contract.datastore.wire import TRANSACTIONAL, Wire, connected, key, outcome, thing

ABORTED = "ABORTED"
A1, A2 = key("A", 1), key("A", 2)


@pytest.fixture
def two(optimistic: Backend) -> Iterator[Wire]:
    """A client of an optimistic Datastore that holds two entities."""
    with connected(optimistic.address) as wire:
        wire.put(thing(A1, n=1), thing(A2, n=2))
        yield wire


def _write(n: int) -> dict[str, Any]:
    return {"upsert": thing(A1, n=n)}


def test_commit_applies_everything_at_once(two: Wire) -> None:
    transaction = two.begin()
    assert two.get(A1, transaction=transaction) == [1]
    two.finish(transaction, _write(10), {"delete": A2}, {"insert": thing(key("A", 3), n=3)})
    assert two.get(A1, A2, key("A", 3)) == [10, 3]


def test_refused_mutation_takes_the_whole_transaction_back(two: Wire) -> None:
    assert outcome(lambda: two.finish(two.begin(), _write(10), {"insert": thing(A2)})) == "ALREADY_EXISTS"
    assert two.get(A1) == [1]


def test_several_mutations_of_one_entity_apply_in_their_order(two: Wire) -> None:
    new = key("A", 3)
    two.finish(two.begin(), {"insert": thing(new, n=1)}, {"delete": new}, {"insert": thing(new, n=2)}, {"delete": A1})
    assert two.get(A1, new) == [2]


def test_change_of_what_was_read_aborts_the_commit(two: Wire) -> None:
    transaction = two.begin()
    two.get(A1, A2, transaction=transaction)
    two.put(thing(A2, n=20))
    assert outcome(lambda: two.finish(transaction, _write(10))) == ABORTED
    assert two.get(A1, A2) == [1, 20]


@pytest.mark.parametrize("change", [{"upsert": thing(key("A", 3), n=3)}, {"delete": A1}])
def test_creation_or_deletion_of_what_was_read_aborts_the_commit(two: Wire, change: dict[str, Any]) -> None:
    transaction = two.begin()
    two.get(A1, key("A", 3), transaction=transaction)
    two.change(change)
    assert outcome(lambda: two.finish(transaction, {"upsert": thing(A2, n=20)})) == ABORTED


def test_deleted_and_created_anew_is_a_change_too(two: Wire) -> None:
    transaction = two.begin()
    two.get(A1, transaction=transaction)
    two.change({"delete": A1})
    two.put(thing(A1, n=1))
    assert outcome(lambda: two.finish(transaction, _write(10))) == ABORTED


def test_second_of_two_transactions_on_one_entity_is_aborted(two: Wire) -> None:
    first, second = two.begin(), two.begin()
    two.get(A1, transaction=first)
    two.get(A1, transaction=second)
    assert outcome(lambda: bool(two.finish(second, _write(2)))) is True
    assert outcome(lambda: two.finish(first, _write(3))) == ABORTED
    assert two.get(A1) == [2]


def test_write_skew_is_prevented(two: Wire) -> None:
    first, second = two.begin(), two.begin()
    for transaction in (first, second):
        two.get(A1, A2, transaction=transaction)
    two.finish(first, {"upsert": thing(A1, n=0)})
    assert outcome(lambda: two.finish(second, {"upsert": thing(A2, n=0)})) == ABORTED


def test_transactions_on_different_entities_both_commit(two: Wire) -> None:
    first, second = two.begin(), two.begin()
    two.get(A1, transaction=first)
    two.get(A2, transaction=second)
    two.finish(first, {"upsert": thing(A1, n=10)})
    two.finish(second, {"upsert": thing(A2, n=20)})
    assert two.get(A1, A2) == [10, 20]


def test_transaction_that_changes_nothing_commits_in_spite_of_others(two: Wire) -> None:
    transaction = two.begin()
    two.get(A1, transaction=transaction)
    two.put(thing(A1, n=9))
    assert outcome(lambda: len(two.finish(transaction).mutation_results)) == 0


def test_blind_write_is_not_aborted(two: Wire) -> None:
    transaction = two.begin()
    two.put(thing(A1, n=9))
    two.finish(transaction, _write(10))
    assert two.get(A1) == [10]


def test_reads_do_not_see_the_transactions_own_mutations(two: Wire) -> None:
    # Mutations travel with the commit, so until then there is nothing to see.
    transaction = two.begin()
    assert two.get(A1, transaction=transaction) == [1]
    assert two.get(A1, transaction=transaction) == [1]
    two.finish(transaction, _write(10))


def test_ancestor_query_inside_a_transaction_guards_against_newcomers(two: Wire) -> None:
    two.put(thing(key("P", 1, "A", 1), n=1))
    transaction = two.begin()
    descendants = where("__key__", 11, key("P", 1))
    assert two.keys(filter=descendants, read_options={"transaction": transaction}) == [1]
    two.put(thing(key("P", 1, "A", 2), n=1))
    assert outcome(lambda: two.finish(transaction, {"upsert": thing(key("P", 1, "A", 3))})) == ABORTED


@pytest.mark.parametrize("read_only", [True, False])
def test_transaction_reads_one_state_throughout(embedded: Backend, read_only: bool) -> None:
    # In Google's emulators a later read sees later commits; the commit is then aborted all the same.
    with connected(embedded.address) as wire:
        wire.put(thing(A1, n=1), thing(A2, n=2))
        transaction = wire.begin(read_only=read_only)
        assert wire.get(A1, transaction=transaction) == [1]
        wire.put(thing(A2, n=20), thing(key("A", 3), n=2))
        assert wire.get(A2, transaction=transaction) == [2]
        assert wire.keys(filter=where("n", EQ, 2), read_options={"transaction": transaction}) == [2]
        assert wire.get(A2) == [20]


@pytest.mark.parametrize("changed", [where("n", EQ, 1), None])
def test_query_inside_a_transaction_is_checked_at_its_commit(embedded: Backend, changed: Any) -> None:
    with connected(embedded.address) as wire:
        wire.put(thing(A1, n=1), thing(A2, n=2))
        asked = {"filter": changed} if changed else {}
        harmless, harmful = wire.begin(), wire.begin()
        for transaction in (harmless, harmful):
            assert wire.keys(**asked, limit=1, read_options={"transaction": transaction}) == [1]
        wire.put(thing(A2, n=3))
        assert outcome(lambda: bool(wire.finish(harmless, {"upsert": thing(key("B", 1))}))) is True
        wire.put(thing(A1, n=1, other=True))
        assert outcome(lambda: wire.finish(harmful, {"upsert": thing(key("B", 2))})) == ABORTED


def test_new_transaction_begins_with_the_read(two: Wire) -> None:
    answer = two("Lookup", keys=[A1], read_options={"new_transaction": {"read_write": {}}})
    assert answer.found[0].entity.properties["n"].integer_value == 1
    two.put(thing(A1, n=5))
    assert outcome(lambda: two.finish(answer.transaction, _write(6))) == ABORTED


def test_new_transaction_begins_with_a_query(embedded: Backend) -> None:
    with connected(embedded.address) as wire:
        wire.put(thing(A1, n=1))
        options: dict[str, Any] = {"new_transaction": {"read_only": {}}}
        answer = wire("RunQuery", query={"kind": [{"name": "A"}]}, read_options=options)
        wire.put(thing(A1, n=2))
        assert wire.get(A1, transaction=answer.transaction) == [1]


def test_single_use_transaction_inserts_all_or_nothing(two: Wire) -> None:
    def insert(*ids: int) -> Any:
        mutations = [{"insert": thing(key("A", each), n=each)} for each in ids]
        return two("Commit", mode=TRANSACTIONAL, single_use_transaction={"read_write": {}}, mutations=mutations)

    assert len(insert(3, 4).mutation_results) == 2
    assert outcome(lambda: insert(5, 3)) == "ALREADY_EXISTS"
    assert two.get(key("A", 4), key("A", 5)) == [4]


def test_read_only_transaction_cannot_write(optimistic: Backend) -> None:
    with connected(optimistic.address) as wire:
        transaction = wire.begin(read_only=True)
        assert wire.get(A1, transaction=transaction) == []
        assert outcome(lambda: wire.finish(transaction, _write(1))) == INVALID
        assert wire.get(A1) == []


def test_read_only_transaction_reads_and_commits(backend: Backend) -> None:
    with connected(backend.address) as wire:
        wire.put(thing(A1, n=1))
        transaction = wire.begin(read_only=True)
        assert wire.get(A1, transaction=transaction) == [1]
        answer = outcome(lambda: len(wire.finish(transaction).mutation_results))
        assert answer == backend.says(0, fsds=INVALID)


def test_rollback_takes_nothing_over_and_ends_the_transaction(two: Wire) -> None:
    transaction = two.begin()
    two.get(A1, transaction=transaction)
    two("Rollback", transaction=transaction)
    assert outcome(lambda: two.finish(transaction, _write(10))) == INVALID
    assert two.get(A1) == [1]


def test_transaction_commits_once(two: Wire) -> None:
    transaction = two.begin()
    two.finish(transaction, _write(10))
    assert outcome(lambda: two.finish(transaction, _write(11))) == INVALID
    assert two.get(A1) == [10]


def test_unknown_transaction_is_refused_but_may_be_rolled_back(optimistic: Backend) -> None:
    with connected(optimistic.address) as wire:
        unknown = b"unknown"
        read = outcome(lambda: wire.get(A1, transaction=unknown))
        assert read == optimistic.says(INVALID, ds="UNKNOWN", dsfs="UNKNOWN")
        assert outcome(lambda: wire.finish(unknown, _write(1))) == INVALID
        # ndb rolls back after a commit that failed, when the transaction is gone already.
        rolled_back = outcome(lambda: wire("Rollback", transaction=unknown).ByteSize())
        assert rolled_back == optimistic.says(0, ds=INVALID, dsfs=INVALID)


def test_aborted_transaction_is_gone(two: Wire, optimistic: Backend) -> None:
    transaction = two.begin()
    two.get(A1, transaction=transaction)
    two.put(thing(A1, n=5))
    answers = [outcome(lambda: two.finish(transaction, _write(6))) for _ in range(2)]
    assert answers == [ABORTED, INVALID]
