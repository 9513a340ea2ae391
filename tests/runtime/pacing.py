"""A process that calls at the moments it is given: python -m tests.runtime.pacing PROJECT TIMES.

Says "ready", waits for a line, and prints when it called, in seconds since 1970, as it read the clock last before.
"""

import json
import sys
from collections.abc import Iterator
from datetime import datetime

from google.auth.credentials import AnonymousCredentials

from runtime.clock import system_clock
from runtime.datastore import Datastore
from runtime.pace import Pace


class Watch:
    """The machine's clock, and what it said last."""

    def __init__(self) -> None:
        self.last = system_clock()

    def __call__(self) -> datetime:
        self.last = system_clock()
        return self.last


def called(pace: Pace, watch: Watch, times: int) -> Iterator[float]:
    while times:
        for moment in pace.reserve("C1", min(4, times)):
            if pace.wait_for("C1", moment):
                yield watch.last.timestamp()
                times -= 1


def main() -> None:
    project, times = sys.argv[1:]
    datastore = Datastore(project, AnonymousCredentials())
    with datastore.context():
        watch = Watch()
        pace = Pace(watch, "creates", 8.0)
        pace.reserve("warm-up", 1)
        print("ready", flush=True)
        sys.stdin.readline()
        print(json.dumps(list(called(pace, watch, int(times)))), flush=True)
    datastore.close()


if __name__ == "__main__":
    main()
