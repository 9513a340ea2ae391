"""The index of taken names for a million people: `python -m bench.index`.

Each build runs in a process of its own, from the lines of a listing as a reading of the Directory leaves them, against
the embedded Datastore in this one: what is measured is the builder's time and memory alone. Entities are counted at
the Datastore's door and priced at $0.06, $0.18 and $0.02 for 100,000 reads, writes and deletes.
"""

import json
import os
import subprocess
import sys
import tempfile
import time
import zlib
from collections import Counter
from collections.abc import Iterator, Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from google.auth.credentials import AnonymousCredentials

from bench.memory import peak_megabytes
from provisioning.directory.crawl import CompletedCrawl
from provisioning.directory.port import WorkspaceDomain
from provisioning.naming.index_builder import TakenIndexBuilder
from runtime.datastore import Datastore
from sandbox.datastore.server import DatastoreServer
from sandbox.google.generated import GeneratedUsers
from sandbox.google.world import Customer, Domain

PEOPLE = 1_000_000
CHANGES = 1_000
PAGE = 500
TENANT, DOMAIN, PROJECT = "C1", "example.org", "bench-index"
BEGAN = datetime(2026, 11, 1, tzinfo=UTC)
CPU_GOAL, MEMORY_GOAL, CHANGES_GOAL = 5, 250, 5
PRICES = {"read": 0.06 / 100_000, "write": 0.18 / 100_000, "delete": 0.02 / 100_000}


def rows() -> list[dict[str, Any]]:
    """Built from nothing, again without a change, with a thousand changes, and again, when what these replaced goes."""
    names = _names()
    every = 2 * PEOPLE // CHANGES
    gone, new = names[::every], [f"x{name}" for name in names[::every]]
    others = [*sorted(set(names).difference(gone)), *new]
    found = []
    with tempfile.TemporaryDirectory() as folder, DatastoreServer(None) as server:
        for generation, (what, listed) in enumerate(
            {
                "from nothing": names,
                "again, unchanged": names,
                f"with {CHANGES} changes": others,
                "once more": others,
            }.items(),
            start=1,
        ):
            path = Path(folder) / "listing"
            _keep(path, listed)
            before = Counter(server.usage.entities)
            took = _built(server.address, path, generation)
            found += _rows(f"Index of {PEOPLE:,} names, {what}", generation, took, server.usage.entities - before)
    return found


def _rows(what: str, generation: int, took: dict[str, float], entities: Counter[str]) -> list[dict[str, Any]]:
    goals = {1: {"CPU": CPU_GOAL, "memory": MEMORY_GOAL}, 2: {"writes": 1}, 3: {"time": CHANGES_GOAL}, 4: {}}[
        generation
    ]
    cents = sum(entities[kind] * price for kind, price in PRICES.items()) * 100
    figures = [
        ("CPU", round(took["cpu"], 2), "s"),
        ("time", round(took["time"], 2), "s"),
        ("memory", round(took["memory"]), "MB at most"),
        ("reads", entities["read"], "entities"),
        ("writes", entities["write"], "entities, one is the head"),
        ("deletes", entities["delete"], "entities"),
        ("cost", round(cents, 3), "cents"),
    ]
    return [
        {
            "name": f"{what}: {name}",
            "value": value,
            "unit": unit,
            "goal": goal,
            "met": None if goal is None else value <= goal,
        }
        for name, value, unit in figures
        for goal in [goals.get(name)]
    ]


def _names() -> list[str]:
    """As the simulated Google's."""
    customer = Customer(TENANT, "Example", [Domain(DOMAIN, is_primary=True)], generated_users=PEOPLE)
    people = GeneratedUsers(customer)
    return [people.email(number).partition("@")[0] for number in range(PEOPLE)]


def _keep(path: Path, names: Sequence[str]) -> None:
    """Pages as a reading leaves them, one after the other with their lengths."""
    with path.open("wb") as file:
        for start in range(0, len(names), PAGE):
            page = zlib.compress("".join(f"{name}\tu\t{DOMAIN}\n" for name in names[start : start + PAGE]).encode(), 1)
            file.write(len(page).to_bytes(4, "big") + page)


def _pages(path: Path) -> Iterator[bytes]:
    with path.open("rb") as file:
        while length := file.read(4):
            yield zlib.decompress(file.read(int.from_bytes(length, "big")))


def _built(address: str, path: Path, generation: int) -> dict[str, float]:
    """Built in a process of its own: seconds of CPU and of time, and the process's most memory in MB."""
    command = [sys.executable, "-m", "bench.index", str(path), str(generation)]
    environment = {**os.environ, "DATASTORE_EMULATOR_HOST": address}
    answer = subprocess.run(command, env=environment, check=True, capture_output=True, text=True)
    return dict(json.loads(answer.stdout))


def _build(path: Path, generation: int) -> dict[str, float]:
    now = BEGAN + timedelta(days=generation)
    crawl = CompletedCrawl(generation, now, (WorkspaceDomain(DOMAIN, is_primary=True, verified=True),), {})
    with Datastore(PROJECT, AnonymousCredentials()).context():
        began, cpu = time.perf_counter(), time.process_time()
        TakenIndexBuilder(lambda: now).complete(TENANT, crawl, lambda: _pages(path))
        took = {"cpu": time.process_time() - cpu, "time": time.perf_counter() - began}
    return took | {"memory": peak_megabytes()}


def main() -> None:
    """Without arguments the table; with a file and a generation one build, for `rows`."""
    if sys.argv[1:]:
        print(json.dumps(_build(Path(sys.argv[1]), int(sys.argv[2]))))
        return
    for row in rows():
        print(row)


if __name__ == "__main__":
    main()
