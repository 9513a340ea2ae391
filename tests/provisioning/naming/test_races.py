"""Real processes that want the same names at the same moment, on the embedded Datastore and on Google's emulator.

FRONTDESK_RACES=8,4,60 has 8 processes with 4 threads each at it for 60 seconds a test, and prints what came of it.
"""

import json
import multiprocessing
import os
import time
import uuid
from collections import defaultdict
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import dataclass
from datetime import UTC, datetime
from itertools import islice, pairwise
from multiprocessing.connection import Connection
from multiprocessing.process import BaseProcess
from typing import Any

import pytest
from google.auth.credentials import AnonymousCredentials

from provisioning.naming.holder import Holder, Standing
from provisioning.naming.holds import Holds
from provisioning.naming.records import Hold, answered_names, own_holds
from provisioning.naming.taken import TakenNames
from runtime.datastore import Datastore
from runtime.lookup import look_up
from sandbox.datastore.server import DatastoreServer
from tests.contract.datastore import google_emulators
from tests.provisioning.naming import contender
from tests.provisioning.naming.claiming import claim
from tests.provisioning.naming.conftest import MovableClock
from tests.provisioning.naming.listings import build, listing

PROCESSES, THREADS, LASTING = (int(number) for number in os.environ.get("FRONTDESK_RACES", "2,4,0").split(","))
EMULATOR_MISSING = pytest.mark.skipif(not google_emulators.is_installed("ds"), reason="Google's emulator is not here")


@pytest.fixture(scope="module", params=["embedded", pytest.param("ds", marks=[pytest.mark.emulator, EMULATOR_MISSING])])
def address(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    if request.param == "embedded":
        with DatastoreServer(tmp_path_factory.mktemp("races") / "datastore") as server:
            yield server.address
    else:
        with google_emulators.running("ds", tmp_path_factory.mktemp("ds") / "log") as place:
            yield place


FORKING = multiprocessing.get_context("forkserver")
FORKING.set_forkserver_preload([contender.__name__])


@dataclass
class Contender:
    """A process, and what it says."""

    process: BaseProcess
    said: Connection

    def lines(self) -> Iterator[dict[str, Any]]:
        """What it says until it ends or is killed, which may be in the middle of a line."""
        with suppress(EOFError, OSError):
            while True:
                yield self.said.recv()


class Contenders:
    """Starts processes on one Datastore project, and collects what they were granted."""

    def __init__(self, address: str) -> None:
        self.address, self.project = address, f"test-{uuid.uuid4().hex}"
        self.unlearnt: set[str] = set()

    @contextmanager
    def started(self, **order: Any) -> Iterator[Contender]:
        whole = {"project": self.project, "address": self.address, "threads": 4, "grants": 2, "seconds": 120, **order}
        said, saying = FORKING.Pipe(duplex=False)
        process = FORKING.Process(target=contender.contend, args=(whole, saying))
        with said:
            process.start()
            saying.close()
            yield Contender(process, said)
            process.kill()
            process.join()

    def granted(self, orders: list[dict[str, Any]]) -> list[dict[str, Any]]:
        """What all of them got, run together to their end."""
        with ExitStack() as stack:
            started = [stack.enter_context(self.started(**order)) for order in orders]
            with ThreadPoolExecutor(len(started)) as readers:
                said = [line for lines in readers.map(lambda one: list(one.lines()), started) for line in lines]
            for one in started:
                one.process.join(120)
            assert [one.process.exitcode for one in started] == [0] * len(orders)
        self.unlearnt = {line["unlearnt"] for line in said if "unlearnt" in line}
        return [line for line in said if "unlearnt" not in line]


@pytest.fixture
def contenders(address: str, monkeypatch: pytest.MonkeyPatch) -> Iterator[Contenders]:
    """Contenders, and an ndb context of the test's own on their Datastore."""
    monkeypatch.setenv("DATASTORE_EMULATOR_HOST", address)
    contenders = Contenders(address)
    datastore = Datastore(contenders.project, AnonymousCredentials())
    with datastore.context():
        yield contenders
    datastore.close()


@pytest.mark.parametrize("cached", [False, True])
def test_all_ask_for_the_same_john_smith_at_once(contenders: Contenders, cached: bool) -> None:
    grants = contend(contenders, cached=cached)
    assert all(len(grant["names"]) == 3 for grant in grants)
    held = {name: grant["owner"] for grant in grants for name in grant["names"]}
    assert len(held) == 3 * len(grants)
    assert {hold.name: hold.owner for hold in Hold.query(namespace="C1")} == held


@pytest.mark.parametrize(("cold", "key"), [(False, False), (False, True), (True, False)])
@pytest.mark.parametrize("cached", [False, True])
def test_every_name_that_is_promised_can_be_had(contenders: Contenders, cold: bool, key: bool, cached: bool) -> None:
    """Each contender makes an account of a name while the others ask for the same ones; one conflict ends it."""
    grants = contend(contenders, cached=cached, cold=cold, create=True, select=True, key=key)
    created = [grant["created"] for grant in grants]
    assert len(set(created)) == len(created)
    if cached and not cold:
        taken = TakenNames(lambda: datetime.now(UTC)).of("C1", "example.org").occupants(created)
        assert taken.keys() >= set(created) - contenders.unlearnt, "the index has learnt of all of them"
        assert len(contenders.unlearnt) <= len(created) // 10


def contend(contenders: Contenders, *, cached: bool, **order: Any) -> list[dict[str, Any]]:
    """What processes get that all begin at once; with an index if it is cached."""
    if cached:
        build(lambda: datetime.now(UTC), listing("johnsmith", "john.smith a", *(f"johnsmith{n}" for n in range(1, 30))))
    grants = contenders.granted([{"threads": THREADS, "lasting": LASTING, "cached": cached, **order}] * PROCESSES)
    if LASTING:
        took = sorted(grant["took"] for grant in grants)
        figures = {"calls": len(took), "p50": took[len(took) // 2], "p99": took[len(took) * 99 // 100], "max": took[-1]}
        print(json.dumps({"cached": cached, **order, **figures}))
    return grants


def test_names_change_hands_all_the_time_and_never_have_two_holders(contenders: Contenders) -> None:
    """Clocks run 200 times faster, and those of the processes are up to the permitted 30 s apart."""
    order = {"names": ["a", "b", "c"], "seconds": 10, "speed": 200, "began": time.time(), "grants": 3, "threads": 2}
    order["lasting"] = LASTING
    grants = contenders.granted([order | {"offset": offset} for offset in (-15, 0, 15)])
    spans = defaultdict(list)
    for grant in grants:
        for name in grant["names"]:
            spans[name].append((grant["acquired"], grant["expires"]))
    assert sum(map(len, spans.values())) >= 3 * 2 * 3
    for held in spans.values():
        held.sort()
        assert all(first[1] <= second[0] for first, second in pairwise(held))


def test_killed_holder_keeps_its_names_until_they_expire(contenders: Contenders) -> None:
    with contenders.started(threads=1, grants=1000, names=["a"], seconds=120) as one:
        grant = next(one.lines())
        one.process.kill()
    assert grant["names"] == ["a"]
    clock = MovableClock()
    clock.now = clock.now.fromtimestamp(grant["expires"], clock.now.tzinfo)
    other = Holder("C1", "example.org", "other")
    clock.move(29)
    assert claim(Holds(clock), other, ["a"], 1, 120) == ()
    clock.move(1.001)
    assert claim(Holds(clock), other, ["a"], 1, 120) == ("a",)
    assert Holds(clock).look(other, ["a"]).standings == {"a": Standing.MINE}


def test_process_killed_at_any_moment_leaves_whole_answers(contenders: Contenders) -> None:
    for lines in (1, 6):
        with contenders.started(threads=4, grants=1000) as one:
            said = list(islice(one.lines(), lines))
            one.process.kill()
            said += one.lines()
        assert len(said) >= lines
        for grant in said:
            holder = Holder("C1", "example.org", grant["owner"])
            assert answered_names(look_up, holder) == grant["names"]
            assert {hold.name for hold in own_holds(look_up, holder, grant["names"])} == set(grant["names"])
