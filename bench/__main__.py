"""Run every benchmark, print a table, and leave bench/results.json: a list of {name, value, unit, goal, met}."""

import json
from pathlib import Path

from bench import bulk_file, bulk_plan, bulk_run, crawl, datastore, fresh_clone, index, names, round_trips, startup

RESULTS = Path(__file__).parent / "results.json"


def main() -> None:
    """The quick ones first."""
    found = []
    for module in (startup, round_trips, bulk_file, bulk_plan, names, bulk_run, crawl, index, datastore, fresh_clone):
        rows = module.rows()
        for row in rows:
            met = {True: "met", False: "MISSED", None: "not judged"}[row["met"]]
            print(f"{row['name']:<62} {row['value']!s:>9} {row['unit']:<12} goal {row['goal']!s:<8} {met}", flush=True)
        found += rows
        RESULTS.write_text(json.dumps(found, indent=2) + "\n")  # kept even if a later one fails
    print(f"kept in {RESULTS.name}")


if __name__ == "__main__":
    main()
