"""`make torture`: all of it, one scenario after the other, and what came of each."""

import signal
import sys
import time
from collections.abc import Callable
from functools import partial

from tests.torture import scenarios
from tests.torture.scenarios import Figures
from tests.torture.site import Outside

PEOPLE = 500
ALL: tuple[Callable[[Outside], Figures], ...] = (
    partial(scenarios.undisturbed, people=PEOPLE),
    partial(scenarios.at_named_points, people=PEOPLE),
    *(partial(scenarios.at_random, people=PEOPLE, kills=70, seed=seed) for seed in (1, 2, 3)),
    *(partial(scenarios.with_faults, people=PEOPLE, seed=seed) for seed in (4, 5)),
    *(partial(scenarios.with_a_bad_queue, people=PEOPLE, seed=seed) for seed in (6, 7)),
    partial(scenarios.with_everything, people=PEOPLE, kills=70, seed=8),
    partial(scenarios.undone, people=PEOPLE),
)


def told(figures: Figures) -> str:
    """For people."""
    rows = ", ".join(f"{number} {state}" for state, number in sorted(figures.rows.items()) if number)
    kills = ", ".join(f"{number} {where}" for where, number in sorted(figures.killed.items()))
    faults = ", ".join(f"{number} {what}" for what, number in sorted(figures.faults.items()))
    lines = [
        f"{figures.name}: {figures.seconds:.0f} s",
        f"  rows: {rows}; {figures.replaced} under another name; {figures.signed_in} signed in",
        f"  {figures.killed.total()} kills of {figures.starts} processes: {kills}" if kills else "",
        f"  {figures.faults.total()} faults: {faults}; resumed {figures.resumed} times" if faults else "",
    ]
    return "\n".join(filter(None, lines))


def main(chosen: list[str]) -> None:
    """chosen: numbers of scenarios, from 0; none is all of them."""
    signal.signal(signal.SIGTERM, lambda *_: sys.exit("stopped"))  # so that its processes end with it
    began, all_figures = time.monotonic(), []
    with Outside() as around:
        for number in map(int, chosen or range(len(ALL))):
            all_figures.append(ALL[number](around))
            print(told(all_figures[-1]), flush=True)
    rows = sum(figures.rows.total() for figures in all_figures)
    kills = sum(figures.killed.total() for figures in all_figures)
    faults = sum(figures.faults.total() for figures in all_figures)
    seconds = time.monotonic() - began
    print(f"{len(all_figures)} jobs of {rows} rows, {kills} kills, {faults} faults, {seconds:.0f} s: nobody can tell.")


if __name__ == "__main__":
    main(sys.argv[1:])
