"""What the embedded Datastore counts: round trips, and the entities that Google would charge for."""

import contextlib
import uuid
from collections.abc import Iterator

import pytest
from google.auth.credentials import AnonymousCredentials
from google.cloud import ndb

from runtime.insertion import insert_all
from sandbox.datastore.server import DatastoreServer


class Charged(ndb.Model):  # type: ignore[misc]
    """Something to keep."""

    age = ndb.IntegerProperty()


@pytest.fixture
def server() -> Iterator[DatastoreServer]:
    with DatastoreServer(None) as server:
        yield server


@pytest.fixture
def in_ndb(server: DatastoreServer, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    monkeypatch.setenv("DATASTORE_EMULATOR_HOST", server.address)
    client = ndb.Client(project=f"test-{uuid.uuid4().hex}", credentials=AnonymousCredentials())
    with client.context(cache_policy=False):
        yield
    client.stub.close()


@contextlib.contextmanager
def counted(server: DatastoreServer, **entities: int) -> Iterator[None]:
    """Checks what is charged for the block; read, write, delete."""
    before = dict(server.usage.entities)
    yield
    assert {kind: n - before.get(kind, 0) for kind, n in server.usage.entities.items() if n > before.get(kind, 0)} == (
        entities
    )


def test_each_entity_is_counted(server: DatastoreServer, in_ndb: None) -> None:
    with counted(server, write=3):
        keys = ndb.put_multi([Charged(id=number, age=number) for number in (1, 2, 3)])
    with counted(server, read=4):
        ndb.get_multi([*keys, ndb.Key(Charged, 99)])
    with counted(server, delete=2):
        ndb.delete_multi(keys[:2])
    assert server.calls == {"Commit": 2, "Lookup": 1}


def test_queries_cost_their_results_and_one_at_least(server: DatastoreServer, in_ndb: None) -> None:
    ndb.put_multi([Charged(id=number, age=number) for number in (1, 2, 3)])
    with counted(server, read=2):
        assert len(Charged.query(Charged.age > 1).fetch()) == 2
    with counted(server, read=1):
        assert Charged.query(Charged.age > 9).fetch() == []
    with counted(server, read=1):
        assert len(Charged.query().fetch(keys_only=True)) == 3
    with counted(server, read=1):
        assert Charged.query().count() == 3


def test_refused_commit_costs_nothing(server: DatastoreServer, in_ndb: None) -> None:
    Charged(id=1).put()
    with counted(server):
        assert not insert_all([Charged(id=1), Charged(id=2)])
    with counted(server, read=1, write=1):
        ndb.transaction(lambda: Charged.get_by_id(1).put())
