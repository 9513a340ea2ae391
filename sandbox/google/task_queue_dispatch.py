"""Delivers tasks to the app: at least once, in no order that anybody may rely on, and worse when the knobs say so."""

import base64
import threading
from collections import Counter
from collections.abc import Container
from random import Random

from sandbox.google import outgoing, task_queue
from sandbox.google.rounds import Rounds
from sandbox.google.task_queue_state import QueuedTask
from sandbox.google.world import World

AT_A_TIME = 4
"""Deliveries under way at once; the app of a sandbox has eight threads, and people want some of them."""
LOOK_EVERY = 0.2  # seconds
RESERVED = ("x-cloudtasks-", "x-appengine-", "x-google-")
"""What headers begin with that a task cannot set itself."""


class TaskDispatcher(Rounds):
    """Entered, it delivers by itself, in threads. Tests call `deliver_due` instead.

    A delivery that is under way when the block ends, and does not end any more, is made again after a restart.
    """

    def __init__(self, world: World, chance: Random | None = None) -> None:
        """chance: decides what is lost, duplicated and reordered."""
        super().__init__("task-queue", LOOK_EVERY)
        self._world = world
        self._chance = chance or Random()  # noqa: S311 - trouble, not secrets
        self._guard = threading.Lock()
        self._under_way: Counter[str] = Counter()  # by name

    def deliver_due(self, most: int = 1000) -> int:
        """Deliver what is due, one after the other, and what becomes due by that; how many requests were sent.

        What fails is left for the next call. Raises RuntimeError when `most` were not enough.
        """
        sent, tried = 0, set[str]()
        while batch := self._due(tried):
            for task in batch:
                tried.add(task.name)
                body = _body(task)
                for _ in range(self._copies(task)):
                    self._deliver(task, body)
                    sent += 1
            if sent > most:
                raise RuntimeError(f"{sent} tasks delivered, and more are due")
        return sent

    def make_round(self) -> None:
        """Begin to deliver what is due, as much as there is room for."""
        with self._guard:
            under_way = +self._under_way
        room = max(AT_A_TIME - under_way.total(), 0)
        for task in self._due(under_way)[:room]:
            self._deliver_apart(task, self._copies(task))

    def _due(self, besides: Container[str]) -> list[QueuedTask]:
        found = [task for task in task_queue.due(self._world) if task.name not in besides]
        if self._world.knobs.tasks_reordered:
            self._chance.shuffle(found)
        return found

    def _copies(self, task: QueuedTask) -> int:
        """How often an attempt is sent: once, or not at all, or twice."""
        knobs = self._world.knobs
        if self._chance.uniform(0, 100) < knobs.tasks_lost_percent:
            with self._world.noting() as world:
                task_queue.remove(world, task)
            return 0
        return 2 if self._chance.uniform(0, 100) < knobs.tasks_duplicated_percent else 1

    def _deliver(self, task: QueuedTask, body: bytes) -> None:
        """body: read before copies of the task leave, because the first one that succeeds ends it."""
        world = self._world
        task_queue.begin(world, task)
        outcome = outgoing.send(task.method, task.url, headers(world, task), body, task.deadline)
        task_queue.settle(world, task, outcome.status, outcome.retry_after)

    def _deliver_apart(self, task: QueuedTask, copies: int) -> None:
        """In threads; copies of a task leave at the same time."""
        body = _body(task)

        def deliver() -> None:
            try:
                self._deliver(task, body)
            finally:
                with self._guard:
                    self._under_way[task.name] -= 1

        with self._guard:
            self._under_way[task.name] += copies
        for _ in range(copies):
            threading.Thread(target=deliver, name="task", daemon=True).start()


def _body(task: QueuedTask) -> bytes:
    return base64.b64decode(task.body)


def headers(world: World, task: QueuedTask) -> dict[str, str]:
    """The headers of an attempt: the task's own, and those that tell the app what it is."""
    own = {name: value for name, value in task.headers.items() if not name.lower().startswith(RESERVED)}
    own |= {
        "User-Agent": "Google-Cloud-Tasks",
        "X-CloudTasks-QueueName": task.queue.rpartition("/")[2],
        "X-CloudTasks-TaskName": task.id,
        "X-CloudTasks-TaskRetryCount": str(task.dispatches - 1),
        "X-CloudTasks-TaskExecutionCount": str(task.executions),
        "X-CloudTasks-TaskETA": f"{task.due:.6f}",
    }
    if task.last_status:
        own["X-CloudTasks-TaskPreviousResponse"] = str(task.last_status)
    if task.account:
        own["Authorization"] = outgoing.bearer(world, task.audience or task.url)
    return own
