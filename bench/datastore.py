"""The embedded Datastore against Google's emulators: `python -m bench.datastore`.

Every server is a process of its own and ndb is the client, as in `make run`. Rounds are interleaved, so that whatever
else the machine does falls on all of them; the medians of the rounds are compared.
"""

import contextlib
import os
import statistics
import subprocess
import sys
import tempfile
import time
import uuid
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

from google.auth.credentials import AnonymousCredentials
from google.cloud import ndb

from tests.contract.datastore import google_emulators

ROUNDS = 5
ENTITIES = 500
TRANSACTIONS = 200
GOAL = 1.3
"""The embedded Datastore may take this many times as long as the faster of the emulators."""

EMULATORS = ("ds", "fsds")


class Person(ndb.Model):  # type: ignore[misc]  # ndb has no types
    """An entity with three indexed properties."""

    name = ndb.StringProperty()
    group = ndb.StringProperty()
    number = ndb.IntegerProperty()


def _people(start: str) -> list[Person]:
    return [Person(id=f"{start}{at}", name=f"Name {at}", group=start, number=at) for at in range(ENTITIES)]


def _put(start: str) -> None:
    ndb.put_multi(_people(start))


def _get(start: str) -> None:
    _expect(len([each for each in ndb.get_multi([ndb.Key(Person, f"{start}{at}") for at in range(ENTITIES)]) if each]))


def _query(start: str) -> None:
    _expect(len(Person.query(Person.group == start).fetch()))


def _expect(found: int) -> None:
    if found != ENTITIES:
        raise RuntimeError(f"{found} entities instead of {ENTITIES}: this measures nothing")


def _transact(start: str) -> None:
    def increment(key: ndb.Key) -> None:
        person = key.get()
        person.number += 1
        person.put()

    for at in range(TRANSACTIONS):
        ndb.transaction(lambda at=at: increment(ndb.Key(Person, f"{start}{at}")))


OPERATIONS: dict[str, tuple[Callable[[str], None], int]] = {
    f"put_multi of {ENTITIES} new": (_put, ENTITIES),
    f"get_multi of {ENTITIES}": (_get, ENTITIES),
    f"query of {ENTITIES}": (_query, ENTITIES),
    f"{TRANSACTIONS} read-modify-write transactions": (_transact, TRANSACTIONS),
}


@contextlib.contextmanager
def _embedded(folder: Path) -> Iterator[str]:
    command = [sys.executable, "-m", "sandbox.datastore", "--path", str(folder / "bench.sqlite")]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
        try:
            yield process.stdout.readline().split()[-1] if process.stdout else ""
        finally:
            process.terminate()


def _client(address: str) -> Any:
    # ndb reads the address from the environment, once, when the client is made.
    os.environ["DATASTORE_EMULATOR_HOST"] = address
    return ndb.Client(project=f"bench-{uuid.uuid4().hex[:8]}", credentials=AnonymousCredentials())


def _measure(clients: dict[str, Any]) -> dict[str, dict[str, float]]:
    """Milliseconds per entity or transaction: medians, by operation and server. The first round only warms up."""
    times: dict[str, dict[str, list[float]]] = {name: {server: [] for server in clients} for name in OPERATIONS}
    for turn in range(ROUNDS + 1):
        for name, (operation, count) in OPERATIONS.items():
            for server, client in clients.items():
                with client.context(cache_policy=False):
                    begin = time.perf_counter()
                    operation(f"r{turn}-")
                    elapsed = time.perf_counter() - begin
                if turn:
                    times[name][server].append(elapsed / count * 1000)
    return {name: {server: statistics.median(each) for server, each in by.items()} for name, by in times.items()}


def _run() -> dict[str, dict[str, float]]:
    with contextlib.ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory()))
        addresses = {"embedded": stack.enter_context(_embedded(folder))}
        for name in filter(google_emulators.is_installed, EMULATORS):
            addresses[name] = stack.enter_context(google_emulators.running(name, folder / f"{name}.log"))
        clients = {name: _client(address) for name, address in addresses.items()}
        for client in clients.values():
            stack.callback(client.stub.close)
        return _measure(clients)


def rows() -> list[dict[str, Any]]:
    """For each operation its time here and, where Google's emulators are installed, how it compares with them."""
    result: list[dict[str, Any]] = []
    for name, by_server in _run().items():
        for server, value in by_server.items():
            unit = f"ms each, {server}"
            result.append(
                {"name": f"Datastore: {name}", "value": round(value, 3), "unit": unit, "goal": None, "met": None}
            )
        others = [value for server, value in by_server.items() if server != "embedded"]
        ratio = round(by_server["embedded"] / min(others), 2) if others else None
        unit = "times the faster of Google's emulators" + ("" if others else " (none is installed)")
        met = ratio <= GOAL if ratio is not None else None
        result.append({"name": f"Datastore: {name}", "value": ratio, "unit": unit, "goal": GOAL, "met": met})
    return result


def main() -> None:
    """Prints the table."""
    for row in rows():
        goal = (
            ""
            if row["goal"] is None
            else f"goal <= {row['goal']}: {'-' if row['met'] is None else 'met' if row['met'] else 'MISSED'}"
        )
        value = "-" if row["value"] is None else row["value"]
        print(f"{row['name']:<55} {value:>8} {row['unit']:<45} {goal}")


if __name__ == "__main__":
    main()
