"""Several processes at once, and processes that are killed."""

import signal
import sqlite3
import subprocess
import sys
import uuid
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path

import pytest

from tests.contract.datastore.conftest import Backend
from tests.contract.datastore.wire import Wire, connected, key, outcome, thing

ENTRIES_WANTED = 60

Process = subprocess.Popen[str]


@contextmanager
def _started(*arguments: str) -> Iterator[Process]:
    command = [sys.executable, "-m", *arguments]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as process:
        try:
            yield process
        finally:
            process.kill()


def _line(process: Process) -> str:
    assert process.stdout
    return process.stdout.readline().strip()


@contextmanager
def _server(path: Path) -> Iterator[tuple[Process, str]]:
    with _started("sandbox.datastore", "--path", str(path)) as process:
        yield process, _line(process).removeprefix("Datastore on ")


@contextmanager
def _racers(addresses: list[str], project: str, *arguments: str) -> Iterator[list[Process]]:
    """A racer for each address; they begin together."""
    with ExitStack() as stack:
        module = "tests.contract.datastore.racer"
        racers = [stack.enter_context(_started(module, address, project, *arguments)) for address in addresses]
        assert [_line(each) for each in racers] == ["ready"] * len(racers)
        for each in racers:
            assert each.stdin
            each.stdin.write("go\n")
            each.stdin.flush()
        yield racers


def _race(addresses: list[str], project: str, *arguments: str) -> list[list[str]]:
    """What each racer says until it ends by itself."""
    with _racers(addresses, project, *arguments) as racers:
        said = [racer.communicate(timeout=60)[0].split() for racer in racers]
        assert [racer.returncode for racer in racers] == [0] * len(racers)
    return said


@contextmanager
def _project(address: str, project: str) -> Iterator[Wire]:
    with connected(address) as wire:
        wire.project = project
        yield wire


def _project_name() -> str:
    return f"p-{uuid.uuid4().hex[:12]}"


def _counters_and_log(address: str, project: str) -> tuple[int, set[str]]:
    with _project(address, project) as wire:
        counters = sum(wire.get(*(key("Counter", at) for at in range(1, 4))))
        log = {str(each) for each in wire.keys(kind="Log")}
    return counters, log


def _integrity(path: Path) -> str:
    connection = sqlite3.connect(path)
    answer = str(connection.execute("PRAGMA integrity_check").fetchone()[0])
    connection.close()
    return answer


def _index_agrees(path: Path) -> bool:
    """Every kind's entities are exactly those that the index knows by the property `n`."""
    connection = sqlite3.connect(path)
    query = (
        "SELECT count(*) FROM (SELECT e.path FROM entities e JOIN kinds k ON k.id = e.kind EXCEPT"
        " SELECT i.path FROM entries i JOIN properties p ON p.id = i.property WHERE p.name = 'n')"
    )
    missing = connection.execute(query).fetchone()[0]
    surplus = connection.execute(query.replace("EXCEPT", "INTERSECT")).fetchone()[0]
    entities = connection.execute("SELECT count(*) FROM entities").fetchone()[0]
    connection.close()
    return bool(missing == 0 and surplus == entities)


def test_no_increment_of_racing_processes_is_lost(optimistic: Backend) -> None:
    project = _project_name()
    said = _race([optimistic.address] * 3, project, "increment", "3", "20")
    counters, log = _counters_and_log(optimistic.address, project)
    assert counters == len(log) == 60
    assert log == {entry for each in said for entry in each}


def test_one_insert_of_racing_processes_wins_each_name(optimistic: Backend) -> None:
    names = [f"name{at}" for at in range(40)]
    project = _project_name()
    said = _race([optimistic.address] * 3, project, "insert", *names)
    assert sorted(name for each in said for name in each) == sorted(names)


def test_two_servers_on_one_file_see_and_respect_each_other(tmp_path: Path) -> None:
    path = tmp_path / "shared.sqlite"
    project = _project_name()
    with _server(path) as (_, first), _server(path) as (_, second):
        assert first != second
        with _project(first, project) as here, _project(second, project) as there:
            here.put(thing(key("A", 1), n=1))
            assert there.get(key("A", 1)) == [1]
            transaction = here.begin()
            here.get(key("A", 1), transaction=transaction)
            there.put(thing(key("A", 1), n=2))
            assert outcome(lambda: here.finish(transaction, {"upsert": thing(key("A", 1), n=3)})) == "ABORTED"
        said = _race([first, second, first, second], project, "increment", "3", "15")
        counters, log = _counters_and_log(second, project)
        names = [f"name{at}" for at in range(20)]
        won = _race([first, second], project, "insert", *names)
    assert counters == len(log) == sum(map(len, said)) == 60
    assert sorted(name for each in won for name in each) == sorted(names)
    assert _integrity(path) == "ok"


def test_servers_that_start_together_on_a_new_file_both_serve(tmp_path: Path) -> None:
    path = str(tmp_path / "new.sqlite")
    with ExitStack() as stack:
        started = [stack.enter_context(_started("sandbox.datastore", "--path", path)) for _ in range(3)]
        addresses = [_line(process).removeprefix("Datastore on ") for process in started]
        for at, address in enumerate(addresses, start=1):
            with _project(address, "p") as wire:
                wire.put(thing(key("A", at), n=at))
        with _project(addresses[0], "p") as wire:
            assert wire.keys() == [1, 2, 3]


@pytest.mark.parametrize("victim", ["server", "clients"])
def test_what_was_acknowledged_survives_a_kill(tmp_path: Path, victim: str) -> None:
    path = tmp_path / "killed.sqlite"
    project = _project_name()
    acknowledged: set[str] = set()
    with _server(path) as (server, address), _racers([address] * 3, project, "endless", "3") as racers:
        for _ in range(ENTRIES_WANTED // 3):
            acknowledged |= {_line(racer) for racer in racers}
        for process in [server] if victim == "server" else racers:
            process.send_signal(signal.SIGKILL)
            process.wait()
        for racer in racers:
            racer.kill()
            acknowledged |= set(racer.communicate()[0].split("\n")[:-1])
    assert len(acknowledged) >= ENTRIES_WANTED
    assert _integrity(path) == "ok"
    with _server(path) as (_, address):
        counters, log = _counters_and_log(address, project)
        assert acknowledged <= log
        assert counters == len(log)
        with _project(address, project) as wire:
            wire.put(thing(key("Counter", 1), n=0))
    assert _index_agrees(path)


def test_server_ends_at_once_when_told_to(tmp_path: Path) -> None:
    with _server(tmp_path / "file.sqlite") as (server, address):
        with _project(address, "p") as wire:
            wire.put(thing(key("A", 1), n=1))
        server.terminate()
        assert server.wait(5) == 0
    assert not (tmp_path / "file.sqlite-wal").exists()
