"""Transactions in two calls: all or nothing, again when somebody was faster, and ended when the work fails."""

import threading
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import grpc
import pytest
from google.auth.credentials import AnonymousCredentials
from google.cloud import ndb
from google.cloud.datastore_v1.types import LookupResponse

from runtime.datastore import HOT_ATTEMPTS, Datastore, DataUnavailable
from runtime.problems import Conflict, Unavailable
from runtime.transaction import Transaction, transact
from sandbox.datastore.server import DatastoreServer


class Tally(ndb.Model):  # type: ignore[misc]
    """A row of these tests."""

    value = ndb.IntegerProperty(required=True)


def key(name: str) -> ndb.Key:
    return ndb.Key(Tally, name)


def add_one(transaction: Transaction) -> int:
    """One more in the row "a"."""
    (row,) = transaction.look_up([key("a")])
    value: int = row.value + 1 if row else 1
    transaction.put(Tally(id="a", value=value))
    return value


def asked(server: DatastoreServer, before: Counter[str]) -> dict[str, int]:
    return dict(server.calls - before)


@pytest.mark.usefixtures("in_datastore")
def test_read_and_write_are_two_calls(datastore_server: DatastoreServer) -> None:
    before = Counter(datastore_server.calls)
    assert transact(add_one) == 1
    assert asked(datastore_server, before) == {"Lookup": 1, "Commit": 1}
    assert transact(add_one) == 2
    assert key("a").get().value == 2


@pytest.mark.usefixtures("in_datastore")
def test_writes_without_a_read_are_one_call(datastore_server: DatastoreServer) -> None:
    Tally(id="b", value=1).put()
    before = Counter(datastore_server.calls)

    def work(transaction: Transaction) -> None:
        transaction.put(Tally(id="a", value=1), Tally(id="c", value=3))
        transaction.delete(key("b"), key("never there"))

    transact(work)
    assert asked(datastore_server, before) == {"Commit": 1}
    assert [row and row.value for row in ndb.get_multi([key("a"), key("b"), key("c")])] == [1, None, 3]


@pytest.mark.usefixtures("in_datastore")
def test_no_work_is_no_call(datastore_server: DatastoreServer) -> None:
    before = Counter(datastore_server.calls)
    assert transact(lambda _: 7) == 7
    assert asked(datastore_server, before) == {}


@pytest.mark.usefixtures("in_datastore")
def test_reads_of_one_transaction_belong_together() -> None:
    attempts = []

    def work(transaction: Transaction) -> None:
        (first,) = transaction.look_up([key("a")])
        attempts.append(first and first.value)
        if len(attempts) == 1:
            Tally(id="a", value=5).put()
        transaction.look_up([key("b")])
        transaction.put(Tally(id="b", value=first.value if first else 0))

    transact(work)
    assert attempts == [None, 5]
    assert key("b").get().value == 5


@pytest.mark.usefixtures("in_datastore")
def test_failing_work_changes_nothing_and_ends_the_transaction(datastore_server: DatastoreServer) -> None:
    before = Counter(datastore_server.calls)

    def work(transaction: Transaction) -> None:
        add_one(transaction)
        raise Conflict("Changed one's mind.")

    with pytest.raises(Conflict):
        transact(work)
    assert asked(datastore_server, before) == {"Lookup": 1, "Rollback": 1}
    assert key("a").get() is None


@pytest.mark.usefixtures("in_datastore")
def test_work_that_is_always_beaten_is_given_up() -> None:
    attempts = []

    def work(transaction: Transaction) -> None:
        add_one(transaction)
        attempts.append(1)
        Tally(id="a", value=100 * len(attempts)).put()

    with pytest.raises(Unavailable):
        transact(work)
    assert len(attempts) == HOT_ATTEMPTS
    assert key("a").get().value == 100 * HOT_ATTEMPTS


def test_nothing_is_lost_between_threads(datastore: Datastore) -> None:
    barrier = threading.Barrier(4)

    def raise_it(_: int) -> int:
        done = 0
        with datastore.context():
            barrier.wait()
            for _ in range(10):
                try:
                    transact(add_one)
                except Unavailable:
                    continue
                done += 1
        return done

    with ThreadPoolExecutor(4) as pool:
        done = sum(pool.map(raise_it, range(4)))
    with datastore.context():
        assert key("a").get().value == done > 0


class OneAtATime:
    """A stub that answers for one key at a time and defers the others, as Datastore may."""

    def __init__(self, stub: Any) -> None:
        self._stub = stub
        self.lookups: list[str] = []

    def __getattr__(self, name: str) -> Any:
        return getattr(self._stub, name)

    def lookup(self, request: Any, **options: Any) -> Any:
        self.lookups.append(request.read_options.WhichOneof("consistency_type"))
        deferred = list(request.keys[1:])
        del request.keys[1:]
        answer = self._stub.lookup(request, **options)
        LookupResponse.pb(answer).deferred.extend(deferred)
        return answer


def test_keys_that_were_deferred_are_read_in_the_same_transaction(datastore: Datastore) -> None:
    with datastore.context():
        ndb.put_multi([Tally(id="a", value=1), Tally(id="b", value=2)])
        datastore.client.stub = stub = OneAtATime(datastore.client.stub)
        found = transact(lambda transaction: transaction.look_up([key("b"), key("x"), key("a")]))
    assert [row and row.value for row in found] == [2, None, 1]
    assert stub.lookups == ["new_transaction", "transaction", "transaction"]


def test_silence_is_a_problem_and_a_wrong_request_is_an_error(monkeypatch: pytest.MonkeyPatch) -> None:
    server = DatastoreServer(None)
    server.start()
    monkeypatch.setenv("DATASTORE_EMULATOR_HOST", server.address)
    datastore = Datastore("test", AnonymousCredentials())
    with datastore.context():
        with pytest.raises(grpc.RpcError):
            transact(lambda transaction: transaction.put(Tally(id="a" * 1501, value=1)))
        server.stop()
        with pytest.raises(Unavailable):
            transact(lambda transaction: transaction.put(Tally(id="a", value=1)))
        with pytest.raises(DataUnavailable) as lost:
            transact(add_one)
    assert "look first whether it was done" in lost.value.advice
    datastore.close()
