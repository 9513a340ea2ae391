"""Contexts, the tenant's namespace, contended transactions, inserts, and entries of the audit log."""

import json
import subprocess
import sys
import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime

import pytest
from google.api_core.exceptions import Aborted, InvalidArgument, RetryError
from google.auth.credentials import AnonymousCredentials
from google.cloud import ndb
from google.cloud.ndb import context as ndb_context

from runtime.audit import Actor, AuditEntry, audit_entry, recent_entries
from runtime.datastore import HOT_ATTEMPTS, Datastore, tenant_namespace, transact, was_aborted
from runtime.insertion import insert_all
from runtime.problems import Unavailable
from sandbox.datastore.server import DatastoreServer
from tests.runtime.counting import Counted

NOW = datetime(2026, 11, 21, 12, tzinfo=UTC)
ADA = Actor("person", "100000000000000000001", "ada.admin@northfield.example", "0" * 32)


@pytest.fixture
def project(datastore: Datastore) -> Iterator[str]:
    with datastore.context():
        yield datastore.client.project


# Contexts


def test_context_inside_a_context_is_the_same(datastore: Datastore) -> None:
    with datastore.context():
        outer = ndb_context.get_context()
        with datastore.context():
            assert ndb_context.get_context() is outer
        assert ndb_context.get_context() is outer
    assert ndb_context.get_context(raise_context_error=False) is None


def test_context_ends_with_an_exception(datastore: Datastore) -> None:
    with pytest.raises(KeyError), datastore.context():
        raise KeyError
    assert ndb_context.get_context(raise_context_error=False) is None


def test_every_request_has_a_context_of_its_own(datastore: Datastore) -> None:
    seen = []

    def app(environ: object, start_response: object) -> list[bytes]:
        seen.append(ndb_context.get_context())
        return [b""]

    wrapped = datastore.wrap(app)
    threads = [threading.Thread(target=lambda: list(wrapped({}, lambda *_: lambda _: None))) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len({id(context) for context in seen}) == 4


def test_reads_are_never_from_a_cache(datastore: Datastore) -> None:
    """Another process may have changed it since."""
    with datastore.context():
        Counted(id="x", value=1).put()
        assert Counted.get_by_id("x").value == 1

        def change() -> None:
            with datastore.context():
                Counted(id="x", value=2).put()

        thread = threading.Thread(target=change)
        thread.start()
        thread.join()
        assert Counted.get_by_id("x").value == 2


def test_client_is_made_once_by_many_threads(datastore: Datastore) -> None:
    together = threading.Barrier(8)

    def client(_: int) -> object:
        together.wait(10)
        return datastore.client

    with ThreadPoolExecutor(8) as pool:
        assert len({id(found) for found in pool.map(client, range(8))}) == 1


def test_closing_an_unused_datastore_connects_to_nothing() -> None:
    unused = Datastore("unused", AnonymousCredentials())
    unused.close()
    assert unused._client is None


# Namespaces


def test_tenants_do_not_see_each_other(in_datastore: None) -> None:
    Counted(id="same", value=0).put()
    for number, tenant in enumerate(("C01north", "C02harbou"), 1):
        with tenant_namespace(tenant):
            assert Counted.get_by_id("same") is None
            assert Counted.query().count() == 0
            Counted(id="same", value=number).put()
    found = {}
    for tenant in ("C01north", "C02harbou"):
        with tenant_namespace(tenant):
            (row,) = Counted.query().fetch()
            found[tenant] = (row.value, row.key.namespace())
    assert found == {"C01north": (1, "C01north"), "C02harbou": (2, "C02harbou")}
    assert Counted.get_by_id("same").value == 0
    assert Counted.query().count() == 1


def test_transaction_stays_in_the_namespace(in_datastore: None) -> None:
    with tenant_namespace("C01north"):
        transact(lambda: Counted(id="x", value=7).put())
    assert Counted.get_by_id("x") is None
    assert ndb.Key(Counted, "x", namespace="C01north").get().value == 7


def test_namespace_ends_with_an_exception(in_datastore: None) -> None:
    with pytest.raises(KeyError), tenant_namespace("C01north"):
        raise KeyError
    assert not ndb.Key(Counted, "x").namespace()


def test_namespace_of_nobody_is_refused(in_datastore: None) -> None:
    """The default namespace holds every tenant's domains and sessions."""
    with pytest.raises(ValueError, match="customer id"), tenant_namespace(""):
        raise AssertionError("entered")


def test_namespace_does_not_leak_to_other_threads(datastore: Datastore) -> None:
    inside, seen = threading.Event(), threading.Event()

    def other() -> str:
        with datastore.context():
            assert inside.wait(10)
            namespace = ndb.Key(Counted, "x").namespace()
            seen.set()
            return namespace or ""

    with ThreadPoolExecutor(1) as pool, datastore.context():
        waiting = pool.submit(other)
        with tenant_namespace("C01north"):
            inside.set()
            assert seen.wait(10)
        assert waiting.result() == ""


# Transactions that many want


def test_no_increment_is_lost_among_threads(datastore: Datastore) -> None:
    def add() -> None:
        row = Counted.get_by_id("hot") or Counted(id="hot", value=0)
        row.value += 1
        row.put()

    def work(_: int) -> None:
        with datastore.context():
            transact(add)

    with ThreadPoolExecutor(6) as pool:
        list(pool.map(work, range(24)))
    with datastore.context():
        assert Counted.get_by_id("hot").value == 24


def test_no_increment_is_lost_among_processes(project: str) -> None:
    """Some may give up when they were beaten every time; those have changed nothing."""
    command = [sys.executable, "-m", "tests.runtime.counting", project, "hot", "15"]
    processes = [subprocess.Popen(command, stdout=subprocess.PIPE) for _ in range(2)]
    done = sum(json.loads(process.communicate()[0]) for process in processes)
    assert [process.returncode for process in processes] == [0, 0]
    assert Counted.get_by_id("hot").value == done
    assert done >= 15


def test_loser_is_told_that_nothing_was_changed(in_datastore: None) -> None:
    tries = []

    def always_beaten() -> None:
        tries.append(1)
        Counted(id="lost", value=1).put()
        raise Aborted("somebody was faster")

    with pytest.raises(Unavailable) as raised:
        transact(always_beaten)
    assert len(tries) == HOT_ATTEMPTS
    assert raised.value.retry
    assert Counted.get_by_id("lost") is None


def test_beaten_once_is_tried_again(in_datastore: None) -> None:
    tries: list[int] = []

    def second_time() -> str:
        tries.append(1)
        Counted(id="won", value=len(tries)).put()
        if len(tries) == 1:
            raise RetryError("timeout", cause=Aborted("somebody was faster"))
        return "won"

    assert transact(second_time) == "won"
    assert Counted.get_by_id("won").value == 2


@pytest.mark.parametrize(
    "error", [KeyError("x"), InvalidArgument("x"), RetryError("x", cause=InvalidArgument("y")), Unavailable("x")]
)
def test_other_failure_is_not_tried_again(in_datastore: None, error: Exception) -> None:
    tries = []

    def fail() -> None:
        tries.append(1)
        Counted(id="half", value=1).put()
        raise error

    with pytest.raises(type(error)):
        transact(fail)
    assert len(tries) == 1
    assert Counted.get_by_id("half") is None


@pytest.mark.parametrize(
    ("error", "aborted"),
    [
        (Aborted("x"), True),
        (RetryError("x", cause=Aborted("y")), True),
        (RetryError("x", cause=None), False),
        (InvalidArgument("x"), False),
        (KeyError("x"), False),
    ],
)
def test_being_beaten_is_recognised(error: Exception, aborted: bool) -> None:
    assert was_aborted(error) is aborted


# Inserts


def test_insert_is_all_or_nothing(in_datastore: None) -> None:
    assert insert_all([Counted(id="a", value=1), Counted(id="b", value=1)])
    assert not insert_all([Counted(id="c", value=2), Counted(id="b", value=2)])
    assert Counted.get_by_id("c") is None
    assert Counted.get_by_id("b").value == 1


def test_one_of_many_inserts_wins(datastore: Datastore) -> None:
    together = threading.Barrier(8)

    def insert(number: int) -> bool:
        with datastore.context():
            row = Counted(id="one", value=number)
            together.wait(10)
            return insert_all([row])

    with ThreadPoolExecutor(8) as pool:
        won = list(pool.map(insert, range(8)))
    assert won.count(True) == 1
    with datastore.context():
        assert Counted.get_by_id("one").value == won.index(True)


def test_insert_belongs_to_the_namespace_in_force(in_datastore: None) -> None:
    with tenant_namespace("C01north"):
        assert insert_all([Counted(id="a", value=1)])
    assert Counted.get_by_id("a") is None
    assert ndb.Key(Counted, "a", namespace="C01north").get().value == 1


def test_lost_answer_of_an_insert_is_said(monkeypatch: pytest.MonkeyPatch) -> None:
    with DatastoreServer(None) as server:
        monkeypatch.setenv("DATASTORE_EMULATOR_HOST", server.address)
        datastore = Datastore("gone", AnonymousCredentials())
        with datastore.context():
            assert insert_all([Counted(id="a", value=1)])
            server.stop()
            with pytest.raises(Unavailable) as raised:
                insert_all([Counted(id="b", value=1)])
    datastore.close()
    assert raised.value.retry


# The audit log


def test_entry_lands_in_the_namespace_in_force_when_it_was_made(in_datastore: None) -> None:
    with tenant_namespace("C01north"):
        entry = audit_entry(NOW, ADA, "domain.enabled", "northfield.example", before=False, after=True)
    transact(entry.put)  # put in the default namespace, with the change itself
    assert recent_entries(10) == []
    with tenant_namespace("C02harbou"):
        assert recent_entries(10) == []
    with tenant_namespace("C01north"):
        (kept,) = recent_entries(10)
    assert (kept.at, kept.action, kept.target) == (NOW.replace(tzinfo=None), "domain.enabled", "northfield.example")
    assert (kept.actor_kind, kept.actor_id, kept.actor_label) == ("person", ADA.id, ADA.label)
    assert (kept.detail, kept.request_id) == ({"before": False, "after": True}, "0" * 32)


def test_entry_is_kept_only_with_its_change(in_datastore: None) -> None:
    def change_and_fail() -> None:
        ndb.put_multi([Counted(id="x", value=1), audit_entry(NOW, ADA, "x.changed", "x")])
        raise KeyError

    with pytest.raises(KeyError):
        transact(change_and_fail)
    assert Counted.get_by_id("x") is None
    assert AuditEntry.query().count() == 0


def test_newest_entries_come_first(in_datastore: None) -> None:
    for minute in (5, 1, 9):
        audit_entry(NOW.replace(minute=minute), ADA, f"at.{minute}", "x").put()
    assert [entry.action for entry in recent_entries(2)] == ["at.9", "at.5"]
