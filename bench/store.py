"""The embedded Datastore in a process of its own, as `make run` has it, which tells what was asked of it.

`python -m bench.store FILE` prints its address, and for each line that it is sent a line of JSON: {"calls": {...},
"entities": {...}, "cpu": seconds}.
"""

import json
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from sandbox.datastore.server import DatastoreServer

PRICES = {"read": 0.06, "write": 0.18, "delete": 0.02}
"""US dollars for 100,000 entities: Google's list price (multi-region; cloud.google.com/datastore/pricing)."""


@dataclass(frozen=True)
class Usage:
    """What was asked of a store. calls by method, entities by read, write, delete; cpu: its seconds."""

    calls: Counter[str]
    entities: Counter[str]
    cpu: float

    def __sub__(self, earlier: "Usage") -> "Usage":
        """What came after the earlier one."""
        return Usage(self.calls - earlier.calls, self.entities - earlier.entities, self.cpu - earlier.cpu)

    @property
    def dollars(self) -> float:
        """At Google's list price."""
        return sum(count * PRICES[kind] / 100_000 for kind, count in self.entities.items())


class Store:
    """A running one."""

    def __init__(self, process: "subprocess.Popen[str]", address: str) -> None:
        self.address = address
        self._process = process

    def usage(self) -> Usage:
        """Since it was started."""
        if self._process.stdin is None or self._process.stdout is None:
            raise RuntimeError("the store was started without pipes")
        print(file=self._process.stdin, flush=True)
        told = json.loads(self._process.stdout.readline())
        return Usage(Counter(told["calls"]), Counter(told["entities"]), told["cpu"])


@contextmanager
def running_store(folder: Path) -> Iterator[Store]:
    """Started, on a new file in the folder; ended afterwards."""
    command = [sys.executable, "-m", "bench.store", str(folder / "bench.sqlite")]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as process:
        try:
            yield Store(process, process.stdout.readline().strip() if process.stdout else "")
        finally:
            process.terminate()


def main() -> None:
    """Serves until its input ends."""
    with DatastoreServer(Path(sys.argv[1])) as server:
        print(server.address, flush=True)
        for _ in sys.stdin:
            usage = server.usage
            told = {"calls": usage.calls, "entities": usage.entities, "cpu": time.process_time()}
            print(json.dumps(told), flush=True)


if __name__ == "__main__":
    main()
