"""Keeps instances alive: one that was killed is replaced by another one, as App Engine does."""

import multiprocessing
import signal
import socket
import threading
from collections import Counter
from contextlib import suppress
from dataclasses import dataclass, replace
from multiprocessing.connection import Connection
from multiprocessing.process import BaseProcess
from random import Random
from types import TracebackType
from typing import Self

from sandbox.google.rounds import Rounds
from tests.torture import instance, outside
from tests.torture.instance import Orders

FORKING = multiprocessing.get_context("forkserver")
FORKING.set_forkserver_preload([instance.__name__, outside.__name__])
LOOK_EVERY = 0.02
"""Seconds from one look for the dead to the next."""


@dataclass
class Alive:
    """One instance."""

    process: BaseProcess
    said: Connection


class Fleet(Rounds):
    """Instances, until the block ends. killed: where, and how often; crashed: ends that nobody intended."""

    def __init__(self, orders: Orders, listening: socket.socket, size: int) -> None:
        """orders.points: where instances are killed, each of them once."""
        super().__init__("fleet", LOOK_EVERY)
        self._orders, self._listening, self._size = orders, listening, size
        self._alive: list[Alive] = []
        self._lock = threading.Lock()
        self.killed: Counter[str] = Counter()
        self.crashed: list[int] = []
        self.left = list(orders.points)
        self.starts = 0

    def __enter__(self) -> Self:
        for _ in range(self._size):
            self._alive.append(self._start())
        return super().__enter__()

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        super().__exit__(kind, error, trace)
        for one in self._alive:
            one.process.kill()
            one.process.join()
            self._bury(one)

    def kill_one(self, chance: Random) -> None:
        """One of them, whatever it is doing."""
        with self._lock:
            one = chance.choice(self._alive)
            if one.process.is_alive():
                one.process.kill()
                self.killed["at random"] += 1

    def _start(self) -> Alive:
        said, saying = FORKING.Pipe(duplex=False)
        orders = replace(self._orders, points=self.left)
        process = FORKING.Process(target=instance.live, args=(orders, self._listening, saying), daemon=True)
        process.start()
        saying.close()
        self.starts += 1
        return Alive(process, said)

    def make_round(self) -> None:
        """Put another one in the place of each that is dead."""
        with self._lock:
            dead = [one for one in self._alive if not one.process.is_alive()]
            for one in dead:
                self._bury(one)
                self._alive[self._alive.index(one)] = self._start()

    def _bury(self, one: Alive) -> None:
        with suppress(EOFError, OSError):
            while one.said.poll():
                point = one.said.recv()
                self.killed[point[0]] += 1
                if point in self.left:
                    self.left.remove(point)
        if one.process.exitcode != -signal.SIGKILL:
            self.crashed.append(one.process.exitcode or 0)
        one.said.close()


def listen() -> socket.socket:
    """At a port that nobody uses; instances answer there."""
    listening = socket.socket()
    listening.bind(("127.0.0.1", 0))
    listening.listen(128)
    return listening
