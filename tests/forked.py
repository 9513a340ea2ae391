"""Workers that are killed, each forked from a process that has everything loaded.

Such a module calls `serve`. It reads orders from standard input, one line of JSON each, and lets a process of its own
work on each; when that has ended, however it did, it prints "ended".
"""

import json
import os
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

ROOT = Path(__file__).parents[1]
Orders = dict[str, Any]


def serve(work: Callable[[Orders], None]) -> None:
    """Until the input ends."""
    for line in sys.stdin:
        child = os.fork()
        if not child:
            work(json.loads(line))
            os._exit(0)
        os.waitpid(child, 0)
        print("ended", flush=True)


def stop() -> None:
    """A worker is where it was told to stop: it says who it is, and waits to be killed."""
    print(os.getpid(), flush=True)
    signal.pause()


@dataclass
class Workers:
    """The process that they are forked from."""

    process: subprocess.Popen[str]

    def order(self, order: Orders) -> Iterator[str]:
        """What a worker prints, line by line, until it has ended."""
        assert self.process.stdin
        assert self.process.stdout
        self.process.stdin.write(json.dumps(order) + "\n")
        self.process.stdin.flush()
        while (line := self.process.stdout.readline().strip()) != "ended":
            assert line, "the process that workers are forked from has ended"
            yield line

    def killed(self, order: Orders) -> None:
        """A worker comes as far as it was told to, and is no more."""
        said = self.order(order)
        os.kill(int(next(said)), signal.SIGKILL)
        assert list(said) == []


@contextmanager
def workers_of(module: str) -> Iterator[Workers]:
    """By its name. Settings come from the environment as it is now."""
    command = [sys.executable, "-m", module]
    with subprocess.Popen(command, cwd=ROOT, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as process:
        yield Workers(process)
        assert process.stdin
        process.stdin.close()
