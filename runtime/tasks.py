"""The port to the task queue: work that is done soon, after the request, and again when it failed.

Delivery is at least once and in any order: what a task does must be harmless when done twice. A payload holds ids and
numbers, never an address, a name or a secret.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

DEFAULT_QUEUE = "work"
"""Made by `gcloud tasks queues create`. Not "default": App Engine has a queue of that name, with rules of its own."""


@dataclass(frozen=True)
class Task:
    """One call of ours to ourselves.

    name: of this work for good, such as "crawl-C01-7-3"; a name that was used is refused for about a day, silently.
    path: the route, such as "/tasks/directory/crawl". not_before: aware; None is at once.
    """

    name: str
    path: str
    payload: Mapping[str, str | int]
    queue: str = DEFAULT_QUEUE
    not_before: datetime | None = None


class Tasks(Protocol):
    """Where work is left."""

    def enqueue(self, task: Task) -> None:
        """Leave the task with the queue; a name that was left before changes nothing.

        Raises Unavailable when it is not known to be queued (enqueue it again), OurConfiguration when it never can be.
        """
