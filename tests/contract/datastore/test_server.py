"""The embedded server itself: starting, ending, emptying, waiting, forgetting."""

import random
import sqlite3
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import grpc
import pytest
from google.cloud.datastore_v1.types import datastore

from sandbox.datastore.database import Database, TemporaryDatabase, WrongFormat
from sandbox.datastore.holds import PATIENCE
from sandbox.datastore.messages import Message
from sandbox.datastore.refusals import Aborted, InvalidArgument
from sandbox.datastore.server import DatastoreServer, PortTaken
from sandbox.datastore.service import Datastore
from sandbox.datastore.transactions import IDLE_SECONDS
from tests.contract.datastore.asking import EQ, by, where
from tests.contract.datastore.conftest import Backend
from tests.contract.datastore.racer import increment
from tests.contract.datastore.wire import Wire, connected, key, outcome, thing


@pytest.mark.parametrize("in_memory", [True, False])
def test_reset_empties_everything_and_goes_on(tmp_path: Path, in_memory: bool) -> None:
    with DatastoreServer(None if in_memory else tmp_path / "file") as server, connected(server.address) as wire:
        wire.put(*(thing(key("A", at), n=at) for at in range(1, 50)))
        transaction = wire.begin()
        server.reset()
        assert wire.keys() == wire.keys(kind=None) == []
        assert outcome(lambda: wire.finish(transaction)) == "INVALID_ARGUMENT"
        wire.put(thing(key("A", 1), n=1))
        assert wire.keys(filter=where("n", EQ, 1)) == [1]


def test_reset_is_seen_by_another_server_on_the_same_file(tmp_path: Path) -> None:
    path = tmp_path / "file"
    with (
        DatastoreServer(path) as one,
        DatastoreServer(path) as other,
        connected(one.address) as here,
        connected(other.address) as there,
    ):
        there.project = here.project
        there.put(thing(key("A", 1), n=1))
        one.reset()
        here.put(thing(key("B", 1), m=1))
        there.put(thing(key("A", 2), n=1))
        assert here.keys(order=by("n")) == there.keys(order=by("n")) == [2]
        assert there.keys(kind="B", order=by("m")) == [1]


def test_file_is_found_again_by_the_next_server(tmp_path: Path) -> None:
    for expected in ([], [1]):
        with DatastoreServer(tmp_path / "file") as server, connected(server.address) as wire:
            wire.project = "p"
            assert wire.keys() == expected
            wire.put(thing(key("A", 1), n=1))


def test_memory_leaves_nothing_behind() -> None:
    database = TemporaryDatabase()
    folder = database._folder
    assert folder.is_dir()
    database.close()
    assert not folder.exists()


def test_taken_port_is_reported(embedded: Backend) -> None:
    with pytest.raises(PortTaken, match="Choose another"):
        DatastoreServer(None, int(embedded.address.split(":")[1]))


def test_file_of_another_format_is_left_alone(tmp_path: Path) -> None:
    path = tmp_path / "file"
    connection = sqlite3.connect(path)
    connection.execute("PRAGMA user_version = 99")
    connection.close()
    with pytest.raises(WrongFormat, match="format 99"):
        DatastoreServer(path)


def test_stop_may_be_called_twice_and_ends_service() -> None:
    server = DatastoreServer(None)
    server.start()
    server.stop()
    server.stop()
    with connected(server.address) as wire, pytest.raises(grpc.RpcError):
        wire("Lookup", keys=[key("A", 1)])


def test_importing_the_package_loads_no_library() -> None:
    libraries = ("grpc", "google.protobuf", "sqlite3")
    program = f"import sys, sandbox.datastore; print([name for name in {libraries} if name in sys.modules])"
    answer = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    assert answer.stdout.strip() == "[]"


def test_reader_waits_for_the_transaction_that_is_about_to_write(embedded: Backend) -> None:
    counter = key("Counter", 1)
    with connected(embedded.address) as wire:
        first, second = wire.begin(), wire.begin()
        wire.get(counter, transaction=first)
        seen: list[list[int]] = []
        reader = threading.Thread(target=lambda: seen.append(wire.get(counter, transaction=second)))
        reader.start()
        wire.finish(first, {"upsert": thing(counter, n=1)})
        reader.join()
        # It has read either before (and must fail) or after the commit; waiting makes it read after.
        assert outcome(lambda: bool(wire.finish(second, {"upsert": thing(counter, n=2)}))) in {True, "ABORTED"}
        assert seen in ([[1]], [[]])


def test_threads_on_one_hot_entity_are_hardly_ever_aborted(embedded: Backend) -> None:
    aborted: list[str] = []
    with connected(embedded.address) as wire:
        threads = [threading.Thread(target=_increment, args=(wire, at, aborted)) for at in range(6)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        assert wire.get(key("Counter", 1)) == [60]
    assert len(aborted) < 20


def _increment(wire: Wire, number: int, aborted: list[str]) -> None:
    for at in range(10):
        while not increment(wire, 1, f"{number}-{at}"):
            aborted.append(f"{number}-{at}")


def test_patience_ends_so_that_one_thread_can_hold_two_transactions(embedded: Backend) -> None:
    with connected(embedded.address) as wire:
        first, second = wire.begin(), wire.begin()
        begin = time.monotonic()
        assert wire.get(key("A", 1), transaction=first) == wire.get(key("A", 1), transaction=second) == []
        assert time.monotonic() - begin < PATIENCE + 5
        assert outcome(lambda: bool(wire.finish(second, {"upsert": thing(key("A", 1))}))) is True


@pytest.fixture
def service() -> Iterator["Clocked"]:
    """The service without a server, with a clock that the test moves."""
    clocked = Clocked()
    yield clocked
    clocked.datastore.close()


class Clocked:
    """A service and its time."""

    def __init__(self) -> None:
        """In memory."""
        self.now = 1_000_000
        self.database: Database = TemporaryDatabase()
        self.datastore = Datastore(self.database, lambda: self.now, random.Random(1))  # noqa: S311

    def begin(self) -> bytes:
        """A transaction's token."""
        return bytes(self.datastore.begin_transaction(_raw("BeginTransactionRequest")).transaction)

    def write(self, token: bytes, *ids: int) -> Message:
        """Commits a transaction."""
        mutations = [{"upsert": thing(key("A", each))} for each in ids]
        return self.datastore.commit(_raw("CommitRequest", mode=1, transaction=token, mutations=mutations))

    def read(self, token: bytes, at: int = 1) -> Message:
        """Reads in a transaction."""
        return self.datastore.lookup(_raw("LookupRequest", keys=[key("A", at)], read_options={"transaction": token}))


class DrawingTwice(random.Random):  # noqa: S311
    """Draws 0, 0, 1, 1, 2, 2..."""

    drawn = 0

    def getrandbits(self, k: int) -> int:
        """The next one."""
        self.drawn += 1
        return (self.drawn - 1) // 2


def _raw(name: str, **fields: object) -> Message:
    request = getattr(datastore, name)
    return request.pb(request(project_id="p", **fields))


def test_idle_transactions_are_forgotten(service: Clocked) -> None:
    forgotten, used = service.begin(), service.begin()
    service.read(forgotten)
    for _ in range(3):
        service.now += (IDLE_SECONDS - 10) * 1_000_000
        service.read(used)
        service.begin()
    assert service.read(used)
    with pytest.raises(InvalidArgument):
        service.read(forgotten)


def test_who_has_waited_reads_what_was_committed_meanwhile(service: Clocked) -> None:
    first, second = service.begin(), service.begin()
    service.read(first, 2)
    service.read(second, 1)
    answers: list[Message] = []
    reader = threading.Thread(target=lambda: answers.append(service.read(second, 2)))
    reader.start()
    _until(lambda: service.datastore._transactions._holds._waiting == 1)
    service.write(first, 2)
    reader.join()
    assert len(answers[0].found) == 1
    service.write(second, 2)


def test_who_has_waited_keeps_its_snapshot_when_it_read_what_has_changed(service: Clocked) -> None:
    first, second = service.begin(), service.begin()
    service.read(second, 1)
    service.read(first, 2)
    answers: list[Message] = []
    reader = threading.Thread(target=lambda: answers.append(service.read(second, 2)))
    reader.start()
    _until(lambda: service.datastore._transactions._holds._waiting == 1)
    service.write(first, 1, 2)
    reader.join()
    assert len(answers[0].found) == 0
    with pytest.raises(Aborted):
        service.write(second, 2)


def _until(condition: Callable[[], bool]) -> None:
    never = threading.Event()
    while not condition():
        never.wait(0.001)


def test_allocated_id_that_is_taken_is_drawn_again(service: Clocked) -> None:
    repeating = Datastore(service.database, lambda: 1, DrawingTwice())
    request = _raw("CommitRequest", mode=2, mutations=[{"insert": thing(key("A"), n=at)} for at in range(3)])
    ids = [result.key.path[0].id for result in repeating.commit(request).mutation_results]
    assert len(set(ids)) == 3
