"""What a call costs, counted where ndb hands its requests to gRPC; and the commit of inserts that makes it cheap."""

import uuid
from collections import Counter
from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any

import pytest
from google.auth.credentials import AnonymousCredentials

from provisioning.naming.holder import Holder
from provisioning.naming.holds import Holds
from provisioning.naming.policy import NamingPolicy
from provisioning.naming.records import Hold, hold_key, new_hold
from provisioning.naming.suggestions import Suggestions
from provisioning.naming.taken import TakenNames
from runtime.datastore import Datastore
from runtime.insertion import insert_all
from runtime.limits import Limits
from runtime.problems import Unavailable
from sandbox.datastore.server import DatastoreServer
from tests.provisioning.naming.conftest import MovableClock, School

ANN = Holder("C1", "example.org", "ann's page")
NEVER = datetime(2100, 1, 1, tzinfo=UTC)


class CountingStub:
    """Passes everything on, and counts the calls by name."""

    def __init__(self, stub: Any) -> None:
        self._stub = stub
        self.calls: Counter[str] = Counter()

    def __getattr__(self, name: str) -> Any:
        self.calls[name] += 1
        return getattr(self._stub, name)


@pytest.fixture
def stub(datastore_server: DatastoreServer, monkeypatch: pytest.MonkeyPatch) -> Iterator[CountingStub]:
    """Counts from within an ndb context of the test's own."""
    monkeypatch.setenv("DATASTORE_EMULATOR_HOST", datastore_server.address)
    datastore = Datastore(f"test-{uuid.uuid4().hex}", AnonymousCredentials())
    counting = CountingStub(datastore.client.stub)
    datastore.client.stub = counting
    with datastore.context():
        yield counting
    datastore.close()


def test_suggest_without_collision_is_one_read_and_one_commit(stub: CountingStub, clock: MovableClock) -> None:
    school = School()
    Suggestions(Holds(clock), TakenNames(clock), school, Limits(clock)).suggest(
        ANN, NamingPolicy(), {"firstname": "John", "lastname": "Smith"}
    )
    assert stub.calls == {"lookup": 1, "commit": 1}
    assert len(school.asked) == 3


def test_insert_is_all_or_nothing(in_datastore: None) -> None:
    assert insert_all([new_hold(ANN, "a", NEVER), new_hold(ANN, "b", NEVER)])
    other = Holder("C1", "example.org", "other")
    assert not insert_all([new_hold(other, "c", NEVER), new_hold(other, "b", NEVER)])
    assert {hold.name: hold.owner for hold in Hold.query(namespace="C1")} == {"a": ANN.owner, "b": ANN.owner}


def test_inserted_entity_reads_like_one_that_was_put(in_datastore: None) -> None:
    insert_all([new_hold(ANN, "inserted", NEVER, created=True)])
    new_hold(ANN, "put", NEVER, created=True).put()
    inserted, put = (hold_key(ANN, name).get() for name in ("inserted", "put"))
    assert inserted.to_dict() == put.to_dict()
    assert Hold.query(Hold.expires == put.expires, namespace="C1").count() == 2


def test_lost_answer_of_the_commit_is_a_problem(monkeypatch: pytest.MonkeyPatch) -> None:
    server = DatastoreServer(None)
    server.start()
    monkeypatch.setenv("DATASTORE_EMULATOR_HOST", server.address)
    datastore = Datastore("test", AnonymousCredentials())
    with datastore.context():
        assert insert_all([new_hold(ANN, "a", NEVER)])
        server.stop()
        with pytest.raises(Unavailable):
            insert_all([new_hold(ANN, "b", NEVER)])
    datastore.close()
