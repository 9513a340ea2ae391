"""What it costs to start the app in a fresh process: from the first import to the first answer of /healthz.

Prints which imports cost most. API descriptions, Datastore channel and Google's keys are fetched on first use.
"""

import json
import os
import re
import statistics
import subprocess
import sys
from typing import Any

ROUNDS = 5
SECONDS, MEGABYTES = 2.5, 200
_PROGRAM = """
import json, resource, time
began = time.perf_counter()
import main
imported = time.perf_counter()
app = main.create_app()
answer = app.test_client().get("/healthz", base_url="http://localhost:8080")
assert answer.status_code == 200, answer.status
print(json.dumps({
    "import": imported - began, "all": time.perf_counter() - began,
    "megabytes": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024,
}))
"""
_ENVIRONMENT = {
    "BASE_URL": "http://localhost:8080", "OIDC_CLIENT_ID": "client", "OIDC_CLIENT_SECRET": "secret",
    "GOOGLE_CLOUD_PROJECT": "bench", "APPLICATION_ID": "1", "SERVICE_ACCOUNT_EMAIL": "app@bench.example",
    "SERVICE_ACCOUNT_CLIENT_ID": "2", "SUPPORT_EMAIL": "support@bench.example",
    "DATA_KEYS": "A" * 43 + "=",
    "TASKS_LOCATION": "europe-west1", "DATASTORE_EMULATOR_HOST": "127.0.0.1:9",
}  # fmt: skip


def rows() -> list[dict[str, Any]]:
    """Medians of fresh processes."""
    measured = [_start() for _ in range(ROUNDS)]
    seconds = round(statistics.median(run["all"] for run in measured), 2)
    megabytes = round(statistics.median(run["megabytes"] for run in measured))
    return [
        {"name": "start: import to first /healthz", "value": seconds, "unit": "s", "goal": SECONDS,
         "met": seconds <= SECONDS},
        {"name": "start: memory of the process", "value": megabytes, "unit": "MB", "goal": MEGABYTES,
         "met": megabytes <= MEGABYTES},
    ]  # fmt: skip


def _start() -> dict[str, float]:
    done = _run()
    result: dict[str, float] = json.loads(done.stdout.splitlines()[-1])
    return result


def _run(*flags: str) -> subprocess.CompletedProcess[str]:
    environment = {"PATH": os.environ["PATH"], **_ENVIRONMENT}
    return subprocess.run(
        [sys.executable, *flags, "-c", _PROGRAM], env=environment, text=True, capture_output=True, check=True
    )


def import_table(lines: int = 15) -> list[tuple[str, float]]:
    """The packages that cost most to import: name and milliseconds of its own modules taken together."""
    costs: dict[str, float] = {}
    for own, name in re.findall(r"import time:\s+(\d+) \|\s+\d+ \|\s+(\S+)", _run("-X", "importtime").stderr):
        package = ".".join(name.split(".")[: 2 if name.startswith("google.") else 1])
        costs[package] = costs.get(package, 0.0) + int(own) / 1000
    return sorted(costs.items(), key=lambda item: -item[1])[:lines]


def main() -> None:
    """Figures, then where the time goes."""
    for row in rows():
        print(f"{row['name']:<40} {row['value']:>8} {row['unit']} (goal {row['goal']})")
    for name, milliseconds in import_table():
        print(f"  {name:<38} {milliseconds:8.1f} ms")


if __name__ == "__main__":
    main()
