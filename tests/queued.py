"""A queue that is worked off by hand."""

from dataclasses import dataclass, field

from runtime.tasks import Task


@dataclass
class Queue:
    """Tasks in the order in which they were left; a name is taken once."""

    names: set[str] = field(default_factory=set)
    waiting: list[Task] = field(default_factory=list)

    def enqueue(self, task: Task) -> None:
        if task.name not in self.names:
            self.names.add(task.name)
            self.waiting.append(task)
