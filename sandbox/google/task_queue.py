"""The rules of the simulated task queue: names that are used once, what is due, and what an attempt's outcome means.

Numbers are those of a queue that `gcloud tasks queues create` makes without options. That a name is refused for an
hour after its task's end is ours: Google says "up to 24 hours", and up to nine days for queues of a queue.yaml.
"""

from sandbox.google.errors import GoogleError
from sandbox.google.task_queue_state import QueuedTask
from sandbox.google.world import World

MIN_BACKOFF = 0.1  # seconds
MAX_BACKOFF = 3600.0
MAX_DOUBLINGS = 16
MAX_ATTEMPTS = 100
MAX_CONCURRENT_DISPATCHES = 1000
MAX_DISPATCHES_PER_SECOND = 500.0
NAME_KEPT = 3600.0
"""Seconds for which the name of a task that is gone is refused."""


def waiting(world: World) -> list[QueuedTask]:
    """Tasks that are not done, the next one first."""
    with world.lock:
        return sorted((task for task in world.queued_tasks.values() if not task.gone), key=lambda task: task.due)


def due(world: World) -> list[QueuedTask]:
    """Those whose time has come."""
    now = world.now().timestamp()
    return [task for task in waiting(world) if task.due <= now]


def create(world: World, task: QueuedTask) -> None:
    """Add a task. GoogleError 409 while its name is in use or was a short time ago."""
    with world.noting():
        now = world.now().timestamp()
        for old in [old for old in world.queued_tasks.values() if old.gone and old.gone < now - NAME_KEPT]:
            del world.queued_tasks[old.name]
        known = world.queued_tasks.get(task.name)
        if known:
            raise GoogleError(409, _taken(known), status="ALREADY_EXISTS")
        task.created, task.due = now, max(task.due, now) + world.knobs.task_delay
        world.queued_tasks[task.name] = task


def find(world: World, name: str) -> QueuedTask:
    """The task with this name. GoogleError 404 when there is none, or none any more."""
    task = world.queued_tasks.get(name)
    if task is None or task.gone:
        raise GoogleError(404, "The task no longer exists or never did.", status="NOT_FOUND")
    return task


def remove(world: World, task: QueuedTask) -> None:
    """End a task, whatever the reason; call inside `world.noting()`."""
    task.gone, task.body = world.now().timestamp(), ""


def begin(world: World, task: QueuedTask) -> None:
    """An attempt leaves."""
    with world.noting():
        task.dispatches += 1
        task.last_attempt = world.now().timestamp()
        task.first_attempt = task.first_attempt or task.last_attempt


def settle(world: World, task: QueuedTask, status: int, retry_after: float = 0.0) -> None:
    """What an attempt came to. status: HTTP, 0 without an answer. retry_after: seconds that the answer asked for."""
    with world.noting():
        task.last_status = status
        task.responses += bool(status)
        task.executions += 0 < status < 500
        if task.gone:
            return  # a duplicate, or deleted meanwhile
        if 200 <= status < 300 or task.dispatches >= MAX_ATTEMPTS:
            remove(world, task)
        else:
            task.due = world.now().timestamp() + max(backoff(task.dispatches), retry_after)


def backoff(attempts: int) -> float:
    """Seconds to wait after so many failed attempts."""
    doublings = min(attempts - 1, MAX_DOUBLINGS)
    return min(MIN_BACKOFF * 2.0**doublings, MAX_BACKOFF)


def _taken(known: QueuedTask) -> str:
    if known.gone:
        return "The task cannot be created because a task with this name existed too recently."
    return "Requested entity already exists"
