"""Work left with the queue comes back: over the wire of Cloud Tasks, to routes behind the guard, on real sockets."""

import threading
from collections.abc import Callable, Iterator
from datetime import datetime, timedelta
from random import Random

import pytest
from flask import Flask
from hypothesis import given, settings
from hypothesis import strategies as st
from werkzeug.serving import ThreadedWSGIServer

from runtime import internal
from runtime.cloud_tasks import CloudTasks, queue_name, task_id
from runtime.google_api import GoogleTransport
from runtime.google_problems import OurConfiguration
from runtime.guards import install_guards
from runtime.internal import InternalRoutes, Payload
from runtime.problems import Conflict, Problem, Unavailable
from runtime.service_tokens import ServiceTokens
from runtime.settings import Settings
from runtime.tasks import Task
from sandbox.google import control, task_queue
from sandbox.google.task_queue_dispatch import TaskDispatcher
from sandbox.google.world import World
from tests.clock import MovableClock
from tests.serving import QuietHandler
from tests.simulated import OpenTransport
from tests.stack import free_port

CREATES = "/v2/projects/"


class Worker:
    """The app on a socket, with one task; `problems` are raised first, one at each call."""

    def __init__(self, settings: Settings, transport: GoogleTransport, clock: MovableClock) -> None:
        self.tasks = CloudTasks(transport, settings, patience=0.5)
        self.done: list[int] = []
        self.problems: list[Problem] = []
        self.came = threading.Condition()
        self.app = Flask(__name__)
        routes = InternalRoutes(settings, ServiceTokens(settings, clock), lambda _tenant: True)
        routes.task("/tasks/work", self.work)
        routes.task("/tasks/chain", lambda payload: self.enqueue(payload.number("number") + 1))
        install_guards(
            self.app, settings, session_cookie="frontdesk", csrf_exempt=(internal.NAME,), shows_raw=lambda: False
        )
        self.app.register_blueprint(routes.blueprint)

    def work(self, payload: Payload) -> None:
        if self.problems:
            raise self.problems.pop(0)
        with self.came:
            self.done.append(payload.number("number"))
            self.came.notify_all()

    def enqueue(self, number: int, name: str = "", not_before: datetime | None = None) -> None:
        self.tasks.enqueue(Task(name or f"work-{number}", "/tasks/work", {"number": number}, not_before=not_before))


@pytest.fixture
def clock(world: World) -> MovableClock:
    return MovableClock(world)


@pytest.fixture
def worker(settings: Settings, open_transport: OpenTransport, clock: MovableClock) -> Iterator[Worker]:
    port = free_port()
    here = settings.model_copy(update={"base_url": f"http://localhost:{port}"})
    worker = Worker(here, open_transport(here), clock)
    server = ThreadedWSGIServer("localhost", port, worker.app, handler=QuietHandler)
    server.daemon_threads = True
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True)
    thread.start()
    yield worker
    server.shutdown()
    thread.join()
    server.server_close()


@pytest.fixture
def deliver(world: World) -> Callable[[], int]:
    return TaskDispatcher(world, Random(1)).deliver_due  # noqa: S311 - no secret


def test_a_task_arrives_once_and_is_gone(worker: Worker, world: World, deliver: Callable[[], int]) -> None:
    worker.enqueue(7)
    assert deliver() == 1
    assert deliver() == 0
    assert worker.done == [7]
    assert task_queue.waiting(world) == []


def test_a_name_is_used_once_before_and_after_it_was_done(worker: Worker, deliver: Callable[[], int]) -> None:
    worker.enqueue(1, "the-same")
    worker.enqueue(2, "the-same")
    deliver()
    worker.enqueue(3, "the-same")
    worker.enqueue(4, "another")
    deliver()
    assert worker.done == [1, 4]


def test_what_failed_comes_again_when_it_is_time(
    worker: Worker, clock: MovableClock, deliver: Callable[[], int]
) -> None:
    worker.problems = [Unavailable(retry_after=60), Unavailable(retry_after=60)]
    worker.enqueue(7)
    assert [deliver(), deliver()] == [1, 0]
    clock.advance(seconds=50)
    assert deliver() == 0
    for _ in range(2):
        clock.advance(seconds=60)
        assert deliver() == 1
    assert worker.done == [7]


def test_what_can_never_work_is_not_repeated(worker: Worker, world: World, deliver: Callable[[], int]) -> None:
    worker.problems = [Conflict("The job was cancelled.")]
    worker.enqueue(7)
    assert deliver() == 1
    assert task_queue.waiting(world) == []
    assert worker.done == []


def test_a_task_waits_for_its_time(worker: Worker, clock: MovableClock, deliver: Callable[[], int]) -> None:
    worker.enqueue(7, not_before=clock() + timedelta(minutes=10))
    worker.enqueue(8, not_before=clock() - timedelta(minutes=10))
    deliver()
    assert worker.done == [8]
    clock.advance(minutes=10)
    deliver()
    assert worker.done == [8, 7]


def test_a_task_may_leave_the_next(worker: Worker, deliver: Callable[[], int]) -> None:
    worker.tasks.enqueue(Task("begin", "/tasks/chain", {"number": 1}))
    assert deliver() == 2
    assert worker.done == [2]


# Trouble on the way


def test_lost_tasks_never_arrive(worker: Worker, world: World, deliver: Callable[[], int]) -> None:
    world.knobs.tasks_lost_percent = 100
    worker.enqueue(7)
    assert deliver() == 0
    world.knobs.tasks_lost_percent = 0
    assert deliver() == 0
    assert worker.done == []


def test_duplicated_tasks_arrive_twice(worker: Worker, world: World, deliver: Callable[[], int]) -> None:
    world.knobs.tasks_duplicated_percent = 100
    worker.enqueue(7)
    assert deliver() == 2
    assert worker.done == [7, 7]


def test_reordered_tasks_all_arrive(worker: Worker, world: World, deliver: Callable[[], int]) -> None:
    numbers = list(range(20))
    for number in numbers:
        worker.enqueue(number)
    world.knobs.tasks_reordered = True
    deliver()
    assert worker.done != numbers
    assert sorted(worker.done) == numbers


def test_delayed_tasks_arrive_later(
    worker: Worker, world: World, clock: MovableClock, deliver: Callable[[], int]
) -> None:
    world.knobs.task_delay = 30.0
    worker.enqueue(7)
    assert deliver() == 0
    clock.advance(seconds=30)
    assert deliver() == 1


@pytest.mark.parametrize("status", [0, 503])
@pytest.mark.parametrize("when", ["before", "after"])
def test_a_create_whose_answer_is_lost_makes_one_task(
    worker: Worker, world: World, deliver: Callable[[], int], status: int, when: str
) -> None:
    control.add_fault(world, CREATES, method="POST", status=status, when=when)
    worker.enqueue(7)
    assert deliver() == 1
    assert worker.done == [7]


def test_a_queue_that_does_not_answer_is_told_as_such(worker: Worker, world: World) -> None:
    control.add_fault(world, CREATES, method="POST", status=503, count=-1)
    with pytest.raises(Unavailable) as told:
        worker.enqueue(7)
    assert told.value.retry
    assert "503" in told.value.raw


def _api_off(world: World) -> None:
    world.project.disabled_apis = ["cloudtasks"]


def _no_queue(world: World) -> None:
    world.project.queues = []


def _another_project(world: World) -> None:
    world.project.project_id = "another"


@pytest.mark.parametrize("spoil", [_api_off, _no_queue, _another_project])
def test_a_queue_that_is_not_set_up_is_our_fault_not_a_passing_one(
    worker: Worker, world: World, spoil: Callable[[World], None]
) -> None:
    spoil(world)
    with pytest.raises(OurConfiguration) as told:
        worker.enqueue(7)
    assert not told.value.retry
    assert told.value.raw


# By itself, as in the sandbox


def test_entered_the_queue_delivers_by_itself_until_it_is_left(worker: Worker, world: World) -> None:
    world.knobs.tasks_duplicated_percent = 100
    with TaskDispatcher(world):
        worker.enqueue(7)
        with worker.came:
            assert worker.came.wait_for(lambda: worker.done == [7, 7], timeout=10)
    worker.enqueue(8)
    assert [task.id for task in task_queue.waiting(world)] == [task_id("work-8")]


# Names


@settings(max_examples=40)
@given(st.text())
def test_every_name_becomes_an_id_that_google_takes(name: str) -> None:
    made = task_id(name)
    assert 0 < len(made) <= 500
    assert made.isascii()
    assert made.replace("-", "").replace("_", "").isalnum()


@settings(max_examples=40)
@given(st.text(), st.text())
def test_names_that_differ_have_ids_that_differ(one: str, other: str) -> None:
    assert (task_id(one) == task_id(other)) is (one == other)


def test_ids_say_what_they_are_after_the_hash_that_spreads_them() -> None:
    assert task_id("crawl-C01-7-3").endswith("-crawl-C01-7-3")
    assert task_id("crawl-C01-7-3")[:4] != task_id("crawl-C01-7-4")[:4]


def test_queues_are_named_by_project_and_region(settings: Settings) -> None:
    assert queue_name(settings, "work") == "projects/frontdesk-sandbox/locations/europe-west1/queues/work"
