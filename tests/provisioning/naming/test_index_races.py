"""Real processes that add names while the index is replaced again and again: no name is lost."""

import json
import os
import subprocess
import sys
import uuid
from contextlib import ExitStack
from dataclasses import replace
from itertools import count
from pathlib import Path

import pytest
from google.auth.credentials import AnonymousCredentials

from provisioning.naming.index_builder import TakenIndexBuilder
from provisioning.naming.index_records import AddedName
from provisioning.naming.taken import TakenNames
from runtime.clock import system_clock
from runtime.datastore import Datastore
from sandbox.datastore.server import DatastoreServer
from tests.contract.datastore import google_emulators
from tests.provisioning.naming.listings import SCHOOL, TENANT, crawl, listing

ROOT = Path(__file__).parents[3]
PROCESSES, THREADS, EACH = 2, 2, 6


def race(address: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DATASTORE_EMULATOR_HOST", address)
    project = f"test-{uuid.uuid4().hex}"
    orders = [[[f"p{p}t{t}x{n}y" for n in range(EACH)] for t in range(THREADS)] for p in range(PROCESSES)]
    datastore = Datastore(project, AnonymousCredentials())
    with ExitStack() as stack, datastore.context():
        processes = [stack.enter_context(adder(project, names)) for names in orders]
        for process in processes:
            assert process.stdout
            assert process.stdout.readline() == "ready\n"
        flips = build_until_they_end(processes)
        assert [process.returncode for process in processes] == [0] * PROCESSES
        added = {name for order in orders for names in order for name in names}
        index = TakenNames(system_clock).of(TENANT, SCHOOL)
        assert index.occupants([*added, "ada", "free"]).keys() == added | {"ada"}
        assert index.total == len(added) + 1
        assert flips >= 2
    datastore.close()


def adder(project: str, names: list[list[str]]) -> subprocess.Popen[str]:
    command = [
        sys.executable,
        "-m",
        "tests.provisioning.naming.adder",
        json.dumps({"project": project, "names": names}),
    ]
    pipe = subprocess.PIPE
    return subprocess.Popen(command, cwd=ROOT, env=dict(os.environ), stdin=pipe, stdout=pipe, text=True)


def build_until_they_end(processes: list[subprocess.Popen[str]]) -> int:
    """How often the index was replaced; each time it has every name of which there is a record."""
    builder, began = TakenIndexBuilder(system_clock), system_clock()
    for process in processes:
        assert process.stdin
        process.stdin.write("go\n")
        process.stdin.flush()
    for generation in count(1):
        running = any(process.poll() is None for process in processes)
        builder.complete(TENANT, replace(crawl(generation), began=began), lambda: iter(listing("ada")))
        added = [record.entry.name for record in AddedName.query(namespace=TENANT)]
        assert TakenNames(system_clock).of(TENANT, SCHOOL).occupants(added).keys() == set(added)
        if not running:
            return generation
    raise AssertionError


def test_no_name_is_lost(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    with DatastoreServer(tmp_path / "datastore") as server:
        race(server.address, monkeypatch)


@pytest.mark.emulator
@pytest.mark.skipif(not google_emulators.is_installed("ds"), reason="Google's emulator is not here")
def test_no_name_is_lost_on_google_s_emulator(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    with google_emulators.running("ds", tmp_path / "log") as address:
        race(address, monkeypatch)
