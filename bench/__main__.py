"""Run benchmarks, all or those that are named, print a table, and keep the rows in bench/results.json.

A row is {name, value, unit, goal, met}. Rows of benchmarks that were not run stay as they are.
"""

import argparse
import json
from pathlib import Path
from typing import Any

from bench import bulk_file, bulk_plan, bulk_run, crawl, datastore, fresh_clone, index, names, round_trips, startup

RESULTS = Path(__file__).parent / "results.json"
MODULES = {
    module.__name__.rpartition(".")[2]: module
    for module in (startup, round_trips, bulk_file, bulk_plan, names, bulk_run, crawl, index, datastore, fresh_clone)
}
"""In the order in which they run: the quick ones first."""


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m bench", description=__doc__)
    parser.add_argument("only", nargs="*", choices=[*MODULES, []], metavar="benchmark", help=", ".join(MODULES))
    wanted = parser.parse_args().only or MODULES
    for name in (name for name in MODULES if name in wanted):
        rows = MODULES[name].rows()
        for row in rows:
            met = {True: "met", False: "MISSED", None: "not judged"}[row["met"]]
            print(f"{row['name']:<62} {row['value']!s:>9} {row['unit']:<12} goal {row['goal']!s:<8} {met}", flush=True)
        keep(rows)  # even if a later one fails
    print(f"kept in {RESULTS.name}")


def keep(rows: list[dict[str, Any]]) -> None:
    """Put the rows in the place of those of the same names."""
    kept = {row["name"]: row for row in json.loads(RESULTS.read_text())} if RESULTS.exists() else {}
    kept.update((row["name"], row) for row in rows)
    RESULTS.write_text(json.dumps([*kept.values()], indent=2) + "\n")


if __name__ == "__main__":
    main()
