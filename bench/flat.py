"""What a suggestion costs in a domain of a thousand names, of a million, and where 10,000 numbers are taken.

`python -m bench.flat`. The service in this process, the embedded Datastore in one of its own; calls and entities are
counted where ndb hands its requests to gRPC. "Warm": a process that has the index in memory; "cold": one that has
nothing of it. Rounds are interleaved, so that whatever else the machine does falls on all.
"""

import os
import random
import statistics
import tempfile
import time
import uuid
from collections.abc import Iterable, Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Any

from google.auth.credentials import AnonymousCredentials

from bench.deployment import take_names
from bench.people import local_parts, person
from bench.store import Store, running_store
from bench.wire import CountingStub
from provisioning.naming.holder import Holder
from provisioning.naming.holds import Holds
from provisioning.naming.occupancy import Occupant
from provisioning.naming.patterns import parse_patterns
from provisioning.naming.policy import NamingPolicy
from provisioning.naming.suggestions import Suggestions
from provisioning.naming.taken import TakenNames
from runtime.clock import system_clock
from runtime.datastore import Datastore
from runtime.limits import Limits

TENANT, DOMAIN = "C1", "bench.example"
SMALL, LARGE = 1_000, 1_000_000
ROUNDS, WARM_UP = 150, 20
NUMBERED = 10_000
WARM_GOAL, COLD_GOAL, COUNTER_GOAL = 1.3, 2.0, 2.0
MOST_READS, MOST_COUNTER_READS, MOST_LOOKUPS = 16, 12, 2
POLICY = NamingPolicy()
COUNTING = NamingPolicy(patterns=parse_patterns("[firstname][lastname][#]"))

Row = dict[str, Any]


class Nobody:
    """Google, which is never asked here."""

    def occupants(self, *asked: object) -> dict[str, Occupant]:
        """Raises: with an index, suggestions come from it."""
        raise RuntimeError(f"Google was asked about {asked}")


class Desk:
    """One process's suggestions in one domain."""

    def __init__(self, datastore: Datastore, policy: NamingPolicy) -> None:
        """policy: of the domain."""
        self._datastore, self._policy = datastore, policy
        real = datastore.client.stub
        self.wire = real if isinstance(real, CountingStub) else CountingStub(real)
        datastore.client.stub = self.wire
        self.forget()

    def forget(self) -> None:
        """As a process that has just started."""
        self._taken = TakenNames(system_clock)
        self._suggestions = Suggestions(Holds(system_clock), self._taken, Nobody(), Limits(system_clock))

    def remember(self) -> None:
        """All of the index, as a process that has been busy for a while."""
        with self._datastore.context():
            self._taken.of(TENANT, DOMAIN).load(local_parts(20_000))

    def suggest(self, fields: dict[str, str]) -> tuple[float, list[str]]:
        """Seconds of one call in a context of its own, and the names."""
        self.wire.clear()
        with self._datastore.context():
            began = time.perf_counter()
            found = self._suggestions.suggest(Holder(TENANT, DOMAIN, uuid.uuid4().hex), self._policy, fields)
            return time.perf_counter() - began, found.names


def rows(large: int = LARGE, rounds: int = ROUNDS) -> list[Row]:
    """Flat, then the counter."""
    with ExitStack() as opened:
        folder = Path(opened.enter_context(tempfile.TemporaryDirectory()))
        store = opened.enter_context(running_store(folder))
        small = opened.enter_context(_domain(store, local_parts(SMALL)))
        huge = opened.enter_context(_domain(store, local_parts(large)))
        found = _flat(Desk(small, POLICY), Desk(huge, POLICY), large, rounds) + _calls(Desk(huge, POLICY))
        numbers = (f"johnsmith{number}" for number in range(1, NUMBERED + 1))
        full = opened.enter_context(_domain(store, numbers))
        gap = opened.enter_context(_domain(store, (f"johnsmith{n}" for n in range(1, NUMBERED + 1) if n != 17)))
        return found + _counter(Desk(full, COUNTING), rounds) + _gap(Desk(gap, COUNTING))


@contextmanager
def _domain(store: Store, names: Iterable[str]) -> Iterator[Datastore]:
    """A project of its own with a domain in which these names are taken."""
    project = f"bench-{uuid.uuid4().hex[:8]}"
    take_names(store, project, TENANT, DOMAIN, names)
    os.environ["DATASTORE_EMULATOR_HOST"] = store.address
    datastore = Datastore(project, AnonymousCredentials())
    yield datastore
    datastore.close()


def _flat(small: Desk, huge: Desk, large: int, rounds: int) -> list[Row]:
    rng = random.Random(3)  # noqa: S311 - the same people every time
    times: dict[tuple[str, str], list[float]] = {}
    for how in ("warm", "cold"):
        for desk in (small, huge):
            desk.remember()
        for at in range(WARM_UP + rounds):
            fields = person(rng)
            for name, desk in (("small", small), ("huge", huge)):
                if how == "cold":
                    desk.forget()
                took, _ = desk.suggest(fields)
                if at >= WARM_UP:
                    times.setdefault((how, name), []).append(took)
    medians = {key: statistics.median(each) * 1000 for key, each in times.items()}
    sizes = {"small": SMALL, "huge": large}
    found = [
        _row(f"suggest, {how}, {sizes[name]:,} names", each, "ms, median") for (how, name), each in medians.items()
    ]
    for how, goal in (("warm", WARM_GOAL), ("cold", COLD_GOAL)):
        ratio = medians[how, "huge"] / medians[how, "small"]
        found.append(_row(f"suggest, {how}: {large:,} names to {SMALL:,}", ratio, "times", goal, met=ratio <= goal))
    return found


def _calls(desk: Desk) -> list[Row]:
    """For people whose names nobody has."""
    found = []
    desk.remember()
    for how in ("warm", "cold"):
        lookups, commits, reads = [], [], []
        for at in range(WARM_UP):
            if how == "cold":
                desk.forget()
            desk.suggest({"firstname": f"Quirin{_letters(at)}", "lastname": f"{how}xy"})
            lookups.append(desk.wire.calls["lookup"])
            commits.append(desk.wire.calls.total() - desk.wire.calls["lookup"])
            reads.append(desk.wire.looked_up.total())
        title = f"suggest, {how}, nothing collides"
        found += [
            _row(f"{title}: reads", max(lookups), "calls at most", MOST_LOOKUPS, met=max(lookups) <= MOST_LOOKUPS),
            _row(f"{title}: others", max(commits), "commits at most", 1, met=max(commits) <= 1),
            _row(f"{title}: entities", max(reads), "read at most", MOST_READS, met=max(reads) <= MOST_READS),
        ]
    return found


def _counter(desk: Desk, rounds: int) -> list[Row]:
    """Cold and warm; each name found is taken by somebody's hold, so that the next call finds the next ones."""
    desk.suggest({"firstname": "John", "lastname": "Smith"})
    desk.forget()
    _, names = desk.suggest({"firstname": "John", "lastname": "Smith"})
    reads = desk.wire.looked_up.total() - desk.wire.looked_up["Hold"]
    times: dict[str, list[float]] = {"fresh": [], "full": []}
    for at in range(rounds):
        times["fresh"].append(desk.suggest({"firstname": "Quirin", "lastname": f"Fresh{_letters(at)}"})[0])
        times["full"].append(desk.suggest({"firstname": "John", "lastname": "Smith"})[0])
    ratio = statistics.median(times["full"]) / statistics.median(times["fresh"])
    title = f"counter with {NUMBERED:,} numbers taken"
    few = reads <= MOST_COUNTER_READS
    return [
        _row(f"{title}: entities besides holds, cold", reads, "read", MOST_COUNTER_READS, met=few),
        _row(f"{title}: time to a fresh name's", ratio, "times", COUNTER_GOAL, met=ratio <= COUNTER_GOAL),
        _row(f"{title}: first number found", int(names[0].removeprefix("johnsmith")), "is past the end"),
    ]


def _gap(desk: Desk) -> list[Row]:
    _, names = desk.suggest({"firstname": "John", "lastname": "Smith"})
    number = int(names[0].removeprefix("johnsmith"))
    return [_row("counter with a gap at 17: first number found", number, "", 17, met=number == 17)]


def _letters(number: int) -> str:
    return "".join("abcdefghij"[int(digit)] for digit in str(number))


def _row(name: str, value: float, unit: str, goal: float | None = None, *, met: bool | None = None) -> Row:
    return {"name": name, "value": round(value, 2), "unit": unit, "goal": goal, "met": met}


if __name__ == "__main__":
    for row in rows():
        goal = "" if row["goal"] is None else f"goal {row['goal']}"
        print(f"{row['name']:<60} {row['value']:>10} {row['unit']:<16} {goal}")
