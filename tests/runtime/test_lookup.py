"""Reading by key with one call: the same as ndb's own reading, in order, in transactions, and when nobody answers."""

from typing import Any

import pytest
from google.auth.credentials import AnonymousCredentials
from google.cloud import ndb
from google.cloud.datastore_v1.types import LookupResponse
from hypothesis import given, settings
from hypothesis import strategies as st

from runtime.datastore import Datastore, tenant_namespace, transact
from runtime.lookup import look_up
from runtime.problems import Unavailable
from sandbox.datastore.server import DatastoreServer


class Thing(ndb.Model):  # type: ignore[misc]
    """One property of each kind that the product uses."""

    text = ndb.TextProperty()
    words = ndb.TextProperty(repeated=True)
    blob = ndb.BlobProperty()
    at = ndb.DateTimeProperty()
    yes = ndb.BooleanProperty(indexed=False)
    more = ndb.JsonProperty()


@pytest.mark.usefixtures("in_datastore")
def test_entities_are_those_that_ndb_reads() -> None:
    stored = [
        Thing(id="a", text="ä", words=["x", "y"], blob=b"\0\1", yes=True, more={"n": [1, None]}),
        Thing(id=7, words=[]),
        Thing(id="a", namespace="C1", text="other"),
        Thing(parent=ndb.Key("Thing", "a"), id="child"),
    ]
    keys = ndb.put_multi(stored)
    assert look_up(keys) == ndb.get_multi(keys, use_cache=False)
    assert [thing.to_dict() for thing in look_up(keys)] == [thing.to_dict() for thing in stored]


@pytest.mark.usefixtures("in_datastore")
def test_order_and_number_are_those_of_the_keys() -> None:
    ndb.put_multi([Thing(id=letter, text=letter) for letter in "abc"])
    found = look_up([ndb.Key(Thing, letter) for letter in "cxaca"])
    assert [thing and thing.text for thing in found] == ["c", None, "a", "c", "a"]
    assert look_up([]) == []


@pytest.mark.usefixtures("in_datastore")
def test_keys_are_read_in_their_namespace() -> None:
    with tenant_namespace("C1"):
        key = Thing(id="a", text="mine").put()
        assert look_up([ndb.Key(Thing, "a")])[0].text == "mine"
    assert look_up([key])[0].text == "mine"
    assert look_up([ndb.Key(Thing, "a")]) == [None]


@pytest.mark.usefixtures("in_datastore")
def test_what_a_transaction_looked_up_makes_it_fail_when_it_changed() -> None:
    key = Thing(id="a", text="0").put()
    seen = []

    def work() -> None:
        thing = look_up([key])[0]
        seen.append(thing.text)
        if len(seen) == 1:
            ndb.transaction(lambda: Thing(id="a", text="1").put(), propagation=ndb.TransactionOptions.INDEPENDENT)
        Thing(id="a", text=f"after {thing.text}").put()

    transact(work)
    assert seen == ["0", "1"]
    assert key.get().text == "after 1"


@pytest.mark.usefixtures("in_datastore")
@settings(max_examples=20)
@given(st.sets(st.integers(1, 60)), st.lists(st.integers(1, 60), max_size=60))
def test_look_up_finds_what_is_there(present: set[int], asked: list[int]) -> None:
    with tenant_namespace(f"C{hash(frozenset(present)) % 10**9}"):
        ndb.put_multi([Thing(id=number, text=str(number)) for number in present])
        found = look_up([ndb.Key(Thing, number) for number in asked])
    assert [thing and int(thing.text) for thing in found] == [n if n in present else None for n in asked]


def test_silence_is_a_problem_that_may_be_tried_again(monkeypatch: pytest.MonkeyPatch) -> None:
    server = DatastoreServer(None)
    server.start()
    monkeypatch.setenv("DATASTORE_EMULATOR_HOST", server.address)
    datastore = Datastore("test", AnonymousCredentials())
    with datastore.context():
        assert look_up([ndb.Key(Thing, "a")]) == [None]
        server.stop()
        with pytest.raises(Unavailable):
            look_up([ndb.Key(Thing, "a")])
    datastore.close()


class DeferringStub:
    """Answers for one key at a time and defers the others, as Datastore may."""

    def __init__(self, stub: Any) -> None:
        self._stub = stub
        self.calls = 0

    def lookup(self, request: Any, **options: Any) -> Any:
        self.calls += 1
        deferred = list(request.keys[1:])
        del request.keys[1:]
        answer = self._stub.lookup(request, **options)
        LookupResponse.pb(answer).deferred.extend(deferred)
        return answer


def test_deferred_keys_are_asked_for_again(datastore: Datastore) -> None:
    with datastore.context():
        ndb.put_multi([Thing(id=letter, text=letter) for letter in "abc"])
        real = datastore.client.stub
        datastore.client.stub = deferring = DeferringStub(real)
        found = look_up([ndb.Key(Thing, letter) for letter in "bxc"])
        datastore.client.stub = real
    assert [thing and thing.text for thing in found] == ["b", None, "c"]
    assert deferring.calls == 3
