"""The scheduler of the sandbox: what it reads, when it calls, and how it shows who it is."""

import threading
from collections.abc import Iterator
from pathlib import Path

import pytest

from sandbox.google import people
from sandbox.google.cron import SCHEDULE, Cron, CronJob, read_jobs
from sandbox.google.keys import read, verify
from sandbox.google.world import World
from tests.runtime.listener import Listener, Reply, Seen


class App:
    """Counts calls by path."""

    def __init__(self) -> None:
        self.came = threading.Condition()
        self.calls: list[str] = []
        self.listener = Listener(self.answer)

    def answer(self, seen: Seen) -> Reply:
        with self.came:
            self.calls.append(seen.path)
            self.came.notify_all()
        return Reply(b"", status=503 if seen.path == "/cron/down" else 204)

    def wait_for(self, path: str, times: int) -> bool:
        with self.came:
            return self.came.wait_for(lambda: self.calls.count(path) >= times, timeout=10)


@pytest.fixture
def app() -> Iterator[App]:
    app = App()
    with app.listener:
        yield app


def test_our_own_schedule_is_understood() -> None:
    assert CronJob("/cron/directory", 300) in read_jobs(SCHEDULE)
    assert CronJob("/cron/holds", 3600) in read_jobs(SCHEDULE)


def test_a_schedule_of_another_kind_is_refused(tmp_path: Path) -> None:
    file = tmp_path / "cron.yaml"
    file.write_text("cron:\n  - url: /cron/x\n    schedule: every monday 09:00\n")
    with pytest.raises(ValueError, match="every monday"):
        read_jobs(file)
    file.write_text("cron:\n  - url: /cron/x\n    schedule: every 90 mins\n")
    assert read_jobs(file) == [CronJob("/cron/x", 5400)]


def test_a_call_carries_a_token_for_the_app(world: World, app: App) -> None:
    cron = Cron(world, app.listener.url, [])
    assert cron.call("/cron/directory") == 204
    assert cron.call("/cron/down") == 503
    seen = app.listener.seen[0]
    assert (seen.method, seen.path, seen.headers["x-cloudscheduler"]) == ("GET", "/cron/directory", "true")
    token = seen.headers["authorization"].removeprefix("Bearer ")
    verify(token, world.signing_keys)
    assert (read(token)["aud"], read(token)["email"]) == (app.listener.url, world.project.service_account_email)


def test_an_app_that_does_not_answer_is_nothing_special(world: World) -> None:
    assert Cron(world, "http://127.0.0.1:9", []).call("/cron/directory") == 0


def test_everything_runs_soon_and_then_by_the_simulation_s_clock(world: World, app: App) -> None:
    with Cron(world, app.listener.url, [CronJob("/cron/often", 300), CronJob("/cron/down", 3600)], first_after=0):
        assert app.wait_for("/cron/often", 1)
        assert app.wait_for("/cron/down", 1)
        people.advance_time(world, 300)
        assert app.wait_for("/cron/often", 2)
    assert app.calls.count("/cron/down") == 1
