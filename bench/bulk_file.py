"""Files of many people: parsed, decoded and mapped, row by row: `python -m bench.bulk_file`.

Each size is read by a process of its own, in pieces as they are stored, so that its memory is its own. The file has the
29 columns of Google's template, most of them filled. CPU is the median of some rounds.
"""

import json
import random
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from bench.memory import peak_megabytes
from bench.people import person
from provisioning.bulk.file.decoding import sniff
from provisioning.bulk.file.google_template import TEMPLATE
from provisioning.bulk.file.lines import MAX_BYTES
from provisioning.bulk.file.mapping import guess_mapping
from provisioning.bulk.file.reading import read_rows
from provisioning.bulk.file.values import values_of
from provisioning.bulk.file.writing import to_csv

SMALL, USUAL, LARGE, LARGEST = 1_000, 10_000, 50_000, 150_000
ROUNDS = {SMALL: 31, USUAL: 7, LARGE: 3, LARGEST: 1}
PIECE = 900_000
SECONDS, RATIO, GROWTH = 0.6, 1.2, 5
"""For USUAL; of a row in LARGE to one in SMALL; MB from SMALL to LARGEST."""


def rows() -> list[dict[str, Any]]:
    """Time for 10,000 rows, the cost of a row in a small and a large file, and what memory the largest takes."""
    with tempfile.TemporaryDirectory() as folder:
        took = {size: _measured(Path(folder) / "people.csv", size) for size in ROUNDS}
    each = {size: took[size]["cpu"] / size * 1e6 for size in ROUNDS}
    growth = took[LARGEST]["memory"] - took[SMALL]["memory"]
    figures = [
        (f"{USUAL:,} rows parsed, CPU", round(took[USUAL]["cpu"], 3), "s", SECONDS),
        (f"per row at {SMALL:,}, CPU", round(each[SMALL], 1), "microseconds", None),
        (f"per row at {LARGE:,}, CPU", round(each[LARGE], 1), "microseconds", None),
        (f"per row at {LARGE:,} to {SMALL:,}", round(each[LARGE] / each[SMALL], 2), "times", RATIO),
        (f"memory at {LARGEST:,} rows, {took[LARGEST]['bytes'] / 1e6:.0f} MB", round(growth, 1), "MB more", GROWTH),
    ]
    return [
        {"name": f"File of people: {name}", "value": value, "unit": unit, "goal": goal,
         "met": None if goal is None else value <= goal}
        for name, value, unit, goal in figures
    ]  # fmt: skip


def people(count: int) -> Iterator[list[str]]:
    """Rows of a file, its header first."""
    rng = random.Random(count)  # noqa: S311 - the same people every time
    yield list(TEMPLATE)
    for number in range(count):
        fields = person(rng)
        known = {
            "First Name [Required]": fields["firstname"],
            "Last Name [Required]": fields["lastname"],
            "Password [Required]": "****",
            "Org Unit Path [Required]": f"/Students/{rng.randrange(5, 13)}{rng.choice('ABCD')}",
            "Recovery Email": f"parent{number}@example.com",
            "Recovery Phone [MUST BE IN THE E.164 FORMAT]": f"+4917012{number:06}",
            "Home Address": f"{rng.randrange(1, 200)} Long Road, Springfield",
            "Employee ID": f"S{number:07}",
            "Department": "School",
            "Change Password at Next Sign-In": "TRUE",
        }
        yield [known.get(column, "") for column in TEMPLATE]


def _measured(path: Path, size: int) -> dict[str, float]:
    path.write_bytes(b"".join(to_csv(people(size))))
    if path.stat().st_size > MAX_BYTES:
        raise RuntimeError("the file for the benchmark is larger than the product takes")
    answer = subprocess.run(
        [sys.executable, "-m", "bench.bulk_file", str(path), str(ROUNDS[size])],
        check=True,
        capture_output=True,
        text=True,
    )
    return {**json.loads(answer.stdout), "bytes": path.stat().st_size}


def _pieces(path: Path) -> Iterator[bytes]:
    with path.open("rb") as file:
        while piece := file.read(PIECE):
            yield piece


def _read(path: Path) -> float:
    """Seconds of CPU."""
    began = time.process_time()
    read = read_rows(_pieces(path), sniff(next(_pieces(path))))
    _, header = next(read)
    fields = guess_mapping(header).fields
    for _, cells in read:
        values_of(cells, fields)
    return time.process_time() - began


def main() -> None:
    """Without arguments the table; with a file and a number of rounds one measurement, for `rows`."""
    if sys.argv[1:]:
        cpu = statistics.median([_read(Path(sys.argv[1])) for _ in range(int(sys.argv[2]))])
        print(json.dumps({"cpu": cpu, "memory": peak_megabytes()}))
        return
    for row in rows():
        print(row)


if __name__ == "__main__":
    main()
