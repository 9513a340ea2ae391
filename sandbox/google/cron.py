"""What App Engine's cron or Cloud Scheduler does with cron.yaml: calls the app by the clock, with a token."""

import re
import threading
from dataclasses import dataclass
from pathlib import Path

from sandbox.google import outgoing
from sandbox.google.rounds import Rounds
from sandbox.google.world import World

SCHEDULE = Path(__file__).parents[2] / "cron.yaml"
"""The app's own."""
FIRST_AFTER = 2.0
"""Seconds until everything runs for the first time, so that a fresh sandbox has something to show soon. Ours."""
LOOK_EVERY = 0.2  # seconds
DEADLINE = 600.0
_UNITS = {"minutes": 60.0, "mins": 60.0, "hours": 3600.0}
_SCHEDULE = re.compile(r"every ([0-9]+) (minutes|mins|hours)")


@dataclass(frozen=True)
class CronJob:
    """One entry. every: seconds."""

    path: str
    every: float


class Cron(Rounds):
    """Entered, it calls by the clock; a call under way when the block ends goes on. Tests call `call` instead."""

    def __init__(self, world: World, base_url: str, jobs: list[CronJob], first_after: float = FIRST_AFTER) -> None:
        """base_url: the app's, which is also the audience of the tokens. first_after: seconds."""
        super().__init__("cron", LOOK_EVERY)
        self._world, self._base_url, self._jobs, self._first_after = world, base_url, jobs, first_after
        self._due: dict[CronJob, float] = {}

    def call(self, path: str) -> int:
        """Call now; the HTTP status, 0 without an answer. A call that fails is not repeated before its next time."""
        headers = {
            "User-Agent": "Google-Cloud-Scheduler",
            "X-CloudScheduler": "true",
            "Authorization": outgoing.bearer(self._world, self._base_url),
        }
        return outgoing.send("GET", self._base_url + path, headers, timeout=DEADLINE).status

    def make_round(self) -> None:
        """Call what is due, each in a thread of its own: one that takes long keeps no other from its time."""
        now = self._world.now().timestamp()
        for job in self._jobs:
            if self._due.setdefault(job, now + self._first_after) <= now:
                self._due[job] = now + job.every
                threading.Thread(target=self.call, args=(job.path,), name=f"cron {job.path}", daemon=True).start()


def read_jobs(file: Path) -> list[CronJob]:
    """The entries of a cron.yaml. ValueError for a schedule that is not "every N minutes" or "every N hours"."""
    fields = re.findall(r"^\s+(?:- )?(url|schedule): (.+?)\s*$", file.read_text(encoding="utf-8"), re.MULTILINE)
    paths = [value for name, value in fields if name == "url"]
    schedules = [value for name, value in fields if name == "schedule"]
    return [CronJob(path, _seconds(schedule)) for path, schedule in zip(paths, schedules, strict=True)]


def _seconds(schedule: str) -> float:
    match = _SCHEDULE.fullmatch(schedule)
    if not match:
        raise ValueError(f"{schedule!r} is not a schedule that the sandbox understands")
    return int(match[1]) * _UNITS[match[2]]
