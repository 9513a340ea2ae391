"""Names at a million users, all figures: `python -m bench.names`, or `python -m bench.names quick` in half a minute.

Quick has a tenth of the names and a fifth of the time: it shows that everything works, not how fast it is.
"""

import sys
from collections.abc import Callable
from typing import Any

from bench import evaluation, flat, throughput

Row = dict[str, Any]

FULL: tuple[Callable[[], list[Row]], ...] = (evaluation.rows, flat.rows, throughput.rows)
QUICK: tuple[Callable[[], list[Row]], ...] = (
    lambda: evaluation.rows(names=100_000),
    lambda: flat.rows(large=100_000, rounds=30),
    lambda: throughput.rows(names=100_000, seconds=3),
)


def rows() -> list[Row]:
    """In process, then one call, then the product under load."""
    return [row for part in FULL for row in part()]


def main() -> None:
    """Prints the table as it comes."""
    for part in QUICK if sys.argv[1:] == ["quick"] else FULL:
        for row in part():
            goal = "" if row["goal"] is None else f"goal {row['goal']}: {'met' if row['met'] else 'MISSED'}"
            print(f"{row['name']:<62} {row['value']:>10} {row['unit']:<16} {goal}", flush=True)


if __name__ == "__main__":
    main()
