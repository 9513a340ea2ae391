"""A load from outside, light enough not to be what is measured: `python -m bench.load` reads an order as JSON from its
input and prints what it saw as JSON. Every answer is read and checked.

Each connection sends suggest and perhaps select, again and again, for people drawn by chance or for one person. With
no seconds each connection sends one suggest, all at the same moment: a burst.
"""

import asyncio
import json
import random
import statistics
import subprocess
import sys
import time
from collections import Counter
from dataclasses import asdict, dataclass
from typing import Any

from bench.people import person

Answer = tuple[int, Any]


@dataclass(frozen=True)
class Order:
    """What to do. person: whose name everybody wants, None for people drawn by chance; selects: whether each answer to
    suggest is followed by a select of its first name; what happens in the seconds of warm_up is not counted."""

    port: int
    key: str
    connections: int
    seconds: float = 0
    warm_up: float = 0
    selects: bool = True
    person: dict[str, str] | None = None


class Connection:
    """One connection to the product, kept open."""

    def __init__(self, order: Order) -> None:
        self._order = order

    async def open(self) -> None:
        """Connect."""
        self._reader, self._writer = await asyncio.open_connection("127.0.0.1", self._order.port)

    async def post(self, path: str, body: object) -> Answer:
        """A request; the status and the JSON of the answer."""
        data = json.dumps(body).encode()
        head = (
            f"POST {path} HTTP/1.1\r\nHost: localhost:{self._order.port}\r\nAuthorization: Bearer {self._order.key}\r\n"
            f"Content-Type: application/json\r\nContent-Length: {len(data)}\r\n\r\n"
        )
        self._writer.write(head.encode() + data)
        first, *lines = (await self._reader.readuntil(b"\r\n\r\n")).decode().splitlines()
        headers = {name.lower(): value for name, _, value in (line.partition(": ") for line in lines)}
        text = await self._reader.readexactly(int(headers["content-length"]))
        if headers.get("connection") == "close":
            self._writer.close()
            await self.open()
        return int(first.split()[1]), json.loads(text)


class Tally:
    """What was seen. A name is promised from the answer that holds it until its release is sent."""

    def __init__(self, promised: set[str]) -> None:
        """promised: the names that are promised now, shared by all tallies of a load."""
        self.errors: Counter[str] = Counter()
        self.duplicates = 0
        self.times: dict[str, list[float]] = {"suggest": [], "select": [], "pair": []}
        self._promised = promised

    def promised(self, names: list[str]) -> None:
        """These came in an answer."""
        self.duplicates += len(names) - len(set(names)) + len(self._promised.intersection(names))
        self._promised.update(names)

    def released(self, names: list[str]) -> None:
        """These are about to be released."""
        self._promised.difference_update(names)

    def failed(self, answer: Answer) -> None:
        """Something else than what was hoped for."""
        self.errors[f"{answer[0]} {str(answer[1])[:150]}"] += 1

    def took(self, **seconds: float) -> None:
        """How long calls took that were answered as they should be, by their names."""
        for name, each in seconds.items():
            self.times[name].append(each)

    def summary(self) -> dict[str, Any]:
        """Counts, and milliseconds."""
        return {
            "errors": self.errors.total(),
            "words": dict(self.errors.most_common(5)),
            "duplicates": self.duplicates,
            "counts": {name: len(times) for name, times in self.times.items()},
            "ms": {name: _percentiles(times) for name, times in self.times.items() if times},
            "cpu": time.process_time(),
        }


def _percentiles(times: list[float]) -> dict[str, float]:
    ordered = sorted(times)
    return {
        "p50": statistics.median(ordered) * 1000,
        "p99": ordered[len(ordered) * 99 // 100] * 1000,
        "max": ordered[-1] * 1000,
    }


async def _suggest(connection: Connection, tally: Tally, fields: dict[str, str]) -> tuple[list[str], float]:
    """The names ([] if it failed), and how long it took."""
    began = time.perf_counter()
    status, names = answer = await connection.post("/rest/suggest", fields)
    took = time.perf_counter() - began
    if status == 200 and isinstance(names, list) and len(names) == 3:
        tally.promised(names)
        return names, took
    tally.failed(answer)
    return [], took


async def _call(connection: Connection, fields: dict[str, str], tally: Tally, *, selects: bool) -> None:
    names, suggested = await _suggest(connection, tally, fields)
    if not names or not selects:
        tally.took(**{"suggest": suggested} if names else {})
        return
    began = time.perf_counter()
    tally.released(names[1:])
    answer = await connection.post("/rest/select", {"username": names[0], "suggestions": names})
    selected = time.perf_counter() - began
    if answer == (200, {"message": "User selected successfully."}):
        tally.took(suggest=suggested, select=selected, pair=suggested + selected)
    else:
        tally.failed(answer)


async def _calls(order: Order, rng: random.Random, tallies: dict[bool, Tally], starts: float) -> None:
    """Until the time is up. tallies: by whether the warm-up is over."""
    connection = Connection(order)
    await connection.open()
    while (now := time.perf_counter()) < starts + order.seconds:
        await _call(connection, order.person or person(rng), tallies[now >= starts], selects=order.selects)


async def _burst(order: Order, fields: dict[str, str], tally: Tally) -> None:
    """All connections are open before the first request goes out."""
    connections = [Connection(order) for _ in range(order.connections)]
    await asyncio.gather(*(connection.open() for connection in connections))
    found = await asyncio.gather(*(_suggest(connection, tally, fields) for connection in connections))
    for _, took in found:
        tally.took(suggest=took)


async def _run(order: Order) -> dict[str, Any]:
    promised: set[str] = set()
    tallies = {False: Tally(promised), True: Tally(promised)}
    if not order.seconds and order.person:
        await _burst(order, order.person, tallies[True])
        return tallies[True].summary()
    starts = time.perf_counter() + order.warm_up
    rngs = [random.Random(seed) for seed in range(order.connections)]  # noqa: S311 - the same people every time
    await asyncio.gather(*(_calls(order, rng, tallies, starts) for rng in rngs))
    return tallies[True].summary() | {"pairs": sum(len(tally.times["pair"]) for tally in tallies.values())}


def load(order: Order) -> dict[str, Any]:
    """Put it on from a process of its own; what it saw. pairs: with those of the warm-up."""
    command = [sys.executable, "-m", "bench.load"]
    done = subprocess.run(command, input=json.dumps(asdict(order)), capture_output=True, text=True, check=True)
    result: dict[str, Any] = json.loads(done.stdout)
    return result


if __name__ == "__main__":
    print(json.dumps(asyncio.run(_run(Order(**json.load(sys.stdin))))))
