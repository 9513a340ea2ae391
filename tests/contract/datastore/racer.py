"""A process that races others for the same keys: `python -m tests.contract.datastore.racer ADDRESS PROJECT MODE ...`.

increment KEYS ROUNDS   reads a counter and writes it back increased, in a transaction, together with a log entry
insert NAMES            inserts each of these keys with a commit of its own, as a reservation does
endless KEYS            increments until it is killed, printing each acknowledged log entry
Prints one word a line for everything that was acknowledged. Waits for a line on its input before it begins.
"""

import itertools
import os
import sys
from collections.abc import Iterable
from functools import partial

import grpc

from tests.contract.datastore.wire import NON_TRANSACTIONAL, Wire, connected, key, outcome, thing


def increment(wire: Wire, counter: int, entry: str) -> bool:
    """One attempt; whether it was acknowledged."""
    transaction = wire.begin()
    try:
        found = wire.get(key("Counter", counter), transaction=transaction)
        wire.finish(
            transaction,
            {"upsert": thing(key("Counter", counter), n=(found[0] if found else 0) + 1)},
            {"insert": thing(key("Log", entry), n=counter)},
        )
    except grpc.RpcError as error:
        if error.code() is not grpc.StatusCode.ABORTED:
            raise
        return False
    return True


def increments(wire: Wire, counters: int, rounds: Iterable[int]) -> None:
    """Each round until it succeeds, on one counter after the other."""
    for at in rounds:
        entry = f"{os.getpid()}-{at}"
        while not increment(wire, 1 + at % counters, entry):
            pass
        print(entry, flush=True)


def insertions(wire: Wire, names: Iterable[str]) -> None:
    """Prints the names that this process was the one to insert."""
    for name in names:
        mutations = [{"insert": thing(key("Name", name), owner=os.getpid())}]
        answer = outcome(partial(wire, "Commit", mode=NON_TRANSACTIONAL, mutations=mutations))
        if not isinstance(answer, str):
            print(name, flush=True)
        elif answer not in {"ALREADY_EXISTS", "ABORTED"}:
            raise RuntimeError(answer)


def main(address: str, project: str, mode: str, *rest: str) -> None:
    """Runs one of the modes."""
    with connected(address) as wire:
        wire.project = project
        print("ready", flush=True)
        sys.stdin.readline()
        match mode:
            case "increment":
                increments(wire, int(rest[0]), range(int(rest[1])))
            case "endless":
                increments(wire, int(rest[0]), itertools.count())
            case "insert":
                insertions(wire, rest)


if __name__ == "__main__":
    main(*sys.argv[1:])
