"""What a candidate costs in one process on one core: filled in, repaired, judged, looked up in an index that is warm.

No hold and no Datastore; `python -m bench.evaluation`. Each round does all steps in turn, and medians are reported.
"""

import random
import statistics
import time
from collections import deque
from collections.abc import Callable, Iterable
from datetime import UTC, datetime
from typing import Any

from bench.people import local_parts, person
from provisioning.naming.candidates import Part, drafts
from provisioning.naming.index import Index
from provisioning.naming.index_memory import IndexMemory
from provisioning.naming.index_records import Head
from provisioning.naming.patterns import parse_patterns
from provisioning.naming.policy import NamingPolicy
from provisioning.naming.shards import Entry, Shard, fitting_bits, line_of, shard_of, text_of
from provisioning.naming.taken import LIFETIME, MEMORY_BYTES
from provisioning.naming.values import Values, make_safe
from runtime.clock import system_clock

NAMES = 1_000_000
PEOPLE = 1_000
ROUNDS = 7
NUMBERS = 5
"""Of each counter."""
GOAL = 100_000
PATTERNS = parse_patterns(
    "[firstname][lastname], [firstname].[lastname], [firstname]_[lastname], [C1_firstname][lastname],"
    "[firstname][C1_lastname], [C1_firstname].[lastname], [lastname].[firstname], [lastname][C1_firstname],"
    "[C3_firstname][C3_lastname], [W1_firstname]-[lastname], [firstname].[H0_lastname], [firstname][lastname][#]"
)
"""Twelve, of which the last counts; the last resort counts too."""
POLICY = NamingPolicy(patterns=PATTERNS)
CAREFREE = NamingPolicy(patterns=PATTERNS, forbidden_words=frozenset())
"""The same without forbidden words, to see what they cost."""

Fields = dict[str, str]


def _index(names: Iterable[str], count: int) -> Index:
    """The index of these names as a warm process has it: all of it in memory."""
    bits = fitting_bits(count)
    lines: list[list[bytes]] = [[] for _ in range(1 << bits)]
    for name in names:
        lines[shard_of(name, bits)].append(line_of(Entry(name, "user")))
    shards = [Shard(text_of(each)) for each in lines]
    head = Head("C1", "bench.example", bits, b"".join(shard.digest for shard in shards), built=datetime.now(UTC))
    memory = IndexMemory(system_clock, MEMORY_BYTES, LIFETIME)
    for number, shard in enumerate(shards):
        memory.keep_shard(head, number, shard)
    return Index(head, memory, system_clock, lambda: head)


def _parts(values: Values) -> list[tuple[Part, ...]]:
    """The parts of every candidate of a person."""
    filled = []
    for draft in drafts(PATTERNS, values):
        if draft.counts:
            filled += [draft.numbered(number) for number in range(1, NUMBERS + 1)]
        else:
            filled.append(draft.parts)
    return filled


def _evaluate(people: list[Fields], index: Index) -> int:
    """From fields to what may be offered, as a call does it; how many candidates that were."""
    count = 0
    for fields in people:
        verdicts = [POLICY.finish(parts) for parts in _parts(Values(fields))]
        index.occupants([verdict.name for verdict in verdicts if not verdict.why])
        count += len(verdicts)
    return count


def _steps(people: list[Fields], index: Index) -> dict[str, Callable[[], Any]]:
    """Each step alone, on what the steps before it leave."""
    values = [Values(fields) for fields in people]
    people_parts = [_parts(one) for one in values]
    parts = [each for some in people_parts for each in some]
    names = [[POLICY.finish(each).name for each in some if not POLICY.finish(each).why] for some in people_parts]
    return {
        "whole": lambda: _evaluate(people, index),
        "values made safe": lambda: _do(Values, people),
        "patterns filled in": lambda: _do(_parts, values),
        "repaired, fitted, judged": lambda: _do(CAREFREE.finish, parts),
        "the same and forbidden words": lambda: _do(POLICY.finish, parts),
        "looked up in the index": lambda: _do(index.occupants, names),
    }


def _do(work: Callable[[Any], object], arguments: Iterable[Any]) -> None:
    """Without keeping results: the garbage collector would look at them again and again."""
    deque(map(work, arguments), maxlen=0)


def _measure(steps: dict[str, Callable[[], Any]]) -> dict[str, float]:
    """Seconds of CPU of each step: medians of rounds in which all take turns."""
    times: dict[str, list[float]] = {name: [] for name in steps}
    for _ in range(ROUNDS):
        for name, step in steps.items():
            began = time.process_time()
            step()
            times[name].append(time.process_time() - began)
    return {name: statistics.median(each) for name, each in times.items()}


def rows(names: int = NAMES) -> list[dict[str, Any]]:
    """Candidates a second, and microseconds of each step."""
    rng = random.Random(1)  # noqa: S311 - the same people every time
    people, index = [person(rng) for _ in range(PEOPLE)], _index(local_parts(names), names)
    count = _evaluate(people, index)
    seconds = _measure(_steps(people, index))
    rate = round(count / seconds["whole"])
    seconds["forbidden words"] = seconds.pop("the same and forbidden words") - seconds["repaired, fitted, judged"]
    title = "candidates evaluated and looked up, index warm"
    return [
        {"name": title, "value": rate, "unit": "per CPU second", "goal": GOAL, "met": rate >= GOAL},
        *(_row(f"a candidate: {step}", each / count) for step, each in seconds.items()),
        _row("a name in ASCII made safe", _each(make_safe, "Christopher")),
        _row("a name that is not ASCII made safe", _each(make_safe, "Chrístopher")),
    ]


def _row(name: str, seconds: float) -> dict[str, Any]:
    return {"name": name, "value": round(seconds * 1e6, 2), "unit": "microseconds", "goal": None, "met": None}


def _each(work: Callable[[str], object], argument: str, times: int = 20_000) -> float:
    began = time.process_time()
    for _ in range(times):
        work(argument)
    return (time.process_time() - began) / times


if __name__ == "__main__":
    for row in rows():
        print(f"{row['name']:<55} {row['value']:>9} {row['unit']}")
