"""From a fresh clone: `make run` until the page answers, and `make test`; package downloads come from a warm cache."""

import os
import signal
import subprocess
import tempfile
import time
import urllib.error
import urllib.request
from pathlib import Path
from typing import Any

from tests.stack import free_port

RUN_SECONDS, TEST_SECONDS = 90, 300
HERE = Path(__file__).parent.parent


def rows() -> list[dict[str, Any]]:
    """One clone, both commands of the README."""
    with tempfile.TemporaryDirectory(prefix="frontdesk-clone-") as folder:
        clone = Path(folder) / "frontdesk"
        subprocess.run(["git", "clone", "--quiet", str(HERE), str(clone)], check=True)
        seconds = _run(clone)
        tests = _test(clone)
    return [
        _row("fresh clone: `make run` until the page answers", seconds, RUN_SECONDS),
        _row("fresh clone: `make test`", tests, TEST_SECONDS),
    ]


def _row(name: str, seconds: float, goal: int) -> dict[str, Any]:
    return {"name": name, "value": round(seconds, 1), "unit": "s", "goal": goal, "met": seconds <= goal}


def _run(clone: Path) -> float:
    port, google_port = free_port(), free_port()
    environment = {**os.environ, "PORT": str(port), "GOOGLE_PORT": str(google_port)}
    environment.pop("MAKEFLAGS", None)
    began = time.monotonic()
    process = subprocess.Popen(["make", "run"], cwd=clone, env=environment, start_new_session=True)
    try:
        while not _answers(f"http://localhost:{port}/marketplace/"):
            if process.poll() is not None or time.monotonic() - began > 4 * RUN_SECONDS:
                raise RuntimeError("`make run` does not answer")
            time.sleep(0.1)
        return time.monotonic() - began
    finally:
        os.killpg(process.pid, signal.SIGTERM)
        process.wait()


def _answers(url: str) -> bool:
    try:
        with urllib.request.urlopen(url, timeout=2) as answer:
            return bool(answer.status == 200)
    except (urllib.error.URLError, OSError):
        return False


def _test(clone: Path) -> float:
    environment = {name: value for name, value in os.environ.items() if name != "MAKEFLAGS"}
    began = time.monotonic()
    subprocess.run(["make", "test"], cwd=clone, env=environment, check=True)
    return time.monotonic() - began


if __name__ == "__main__":
    for row in rows():
        print(row)
