"""The instants of a job's run at which a harness can act: kill the process, cut a connection, stop the time.

Nothing in the product knows of them. Each is reached by wrapping something that the services get as an argument:

    Directory (here)   before/after insert        Google is about to be asked for an account; it was made, and the
                                                  answer is not known to anybody yet
                       before/after look          an address is looked up, after an answer that was lost or by a later
                                                  process
                       before/after member, alias, details
                                                  a step; done, and not recorded
                       before/after activity, delete
                                                  undoing; deleted, and not recorded
    Tasks              before/after enqueue       the next task is counted, and not left with the queue; it is, and this
                                                  one has not ended
    Pace's sleep       before a moment            names are held and intents recorded, and Google was not asked
    Datastore's wire   before/after commit        see `watch_commits`: a hold, an intent, a settlement, a lease is about
                                                  to be recorded; it is, and nothing was done with it. A slice commits,
                                                  in this order: lease (take), holds, intents, a moment for every four
                                                  inserts, index of names, settlement; then the next slice, or the pass
                                                  to the next task
                       before/after commit of what   the same by what is recorded: see `recorded`
    clock              anywhere                   leases end

A point is counted by its name and by when: the third "after insert" is Points.at("after insert", 3).
"""

import threading
from collections import Counter
from collections.abc import Callable, Iterable, Mapping
from typing import Any, TypeVar

from google.cloud import ndb

from provisioning.directory.google import GoogleDirectory
from provisioning.directory.port import Activity, AddressOccupant, NewAccount, Person
from runtime.google_api import GoogleTransport
from runtime.tasks import Task, Tasks

T = TypeVar("T")


class Points:
    """What happens when an instant is reached. Safe for threads."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._actions: dict[tuple[str, int], Callable[[], None]] = {}
        self.reached: Counter[str] = Counter()

    def at(self, name: str, number: int, action: Callable[[], None]) -> None:
        """Do something when the instant is reached for the number-th time, from 1."""
        self._actions[name, number] = action

    def reach(self, name: str) -> None:
        with self._lock:
            self.reached[name] += 1
            action = self._actions.get((name, self.reached[name]))
        if action:
            action()

    def around(self, name: str, work: Callable[[], T]) -> T:
        self.reach(f"before {name}")
        result = work()
        self.reach(f"after {name}")
        return result


class WatchedDirectory(GoogleDirectory):
    """Google's, over the wire."""

    def __init__(self, transport: GoogleTransport, points: Points) -> None:
        super().__init__(transport)
        self._points = points

    def insert(self, subject: str, account: NewAccount) -> Person:
        return self._points.around("insert", lambda: GoogleDirectory.insert(self, subject, account))

    def person_at(self, subject: str, address: str) -> AddressOccupant | None:
        return self._points.around("look", lambda: GoogleDirectory.person_at(self, subject, address))

    def add_member(self, subject: str, group: str, member: str) -> None:
        self._points.around("member", lambda: GoogleDirectory.add_member(self, subject, group, member))

    def add_alias(self, subject: str, person_id: str, alias: str) -> None:
        self._points.around("alias", lambda: GoogleDirectory.add_alias(self, subject, person_id, alias))

    def patch_details(self, subject: str, person_id: str, details: Mapping[str, str]) -> None:
        self._points.around("details", lambda: GoogleDirectory.patch_details(self, subject, person_id, details))

    def activity(self, subject: str, person_id: str) -> Activity:
        return self._points.around("activity", lambda: GoogleDirectory.activity(self, subject, person_id))

    def delete(self, subject: str, person_id: str) -> None:
        self._points.around("delete", lambda: GoogleDirectory.delete(self, subject, person_id))


class WatchedTasks:
    """A queue."""

    def __init__(self, tasks: Tasks, points: Points) -> None:
        self._tasks = tasks
        self._points = points

    def enqueue(self, task: Task) -> None:
        self._points.around("enqueue", lambda: self._tasks.enqueue(task))


class WatchedStub:
    """Datastore's, of an ndb client; only commits are watched."""

    def __init__(self, stub: Any, points: Points) -> None:
        self._stub = stub
        self.commit = _WatchedCall(stub.commit, points)

    def __getattr__(self, name: str) -> Any:
        return getattr(self._stub, name)


class _WatchedCall:
    """A commit is asked for as a call by runtime.wire, and as a future by ndb."""

    def __init__(self, call: Any, points: Points) -> None:
        self._call = call
        self._points = points

    def __call__(self, request: Any, **options: Any) -> Any:
        names = ("commit", f"commit of {recorded(request)}")
        self._reach("before", names)
        answer = self._call(request, **options)
        self._reach("after", names)
        return answer

    def future(self, request: Any, **options: Any) -> Any:
        names = ("commit", f"commit of {recorded(request)}")
        self._reach("before", names)
        future = self._call.future(request, **options)
        future.add_done_callback(lambda _: self._reach("after", names))
        return future

    def _reach(self, when: str, names: Iterable[str]) -> None:
        for name in names:
            self._points.reach(f"{when} {name}")


_RECORDS = {
    "AuditEntry": "a settlement", "BulkSecrets": "intents", "BulkJob": "a job", "BulkSlice": "rows",
    "BulkLane": "a lane", "Hold": "holds", "Pace": "a moment",
}  # fmt: skip
"""By a kind of entity, the first one counts."""


def recorded(request: Any) -> str:
    """What a commit records, by the entities that it puts: a settlement with its audit, intents, holds, ..."""
    kinds = set()
    for mutation in request.mutations:
        for entity in (mutation.upsert, mutation.insert, mutation.update):
            kinds |= {part.kind for part in entity.key.path}
    return next((name for kind, name in _RECORDS.items() if kind in kinds), "names" if kinds else "nothing")


def watch_commits(client: ndb.Client, points: Points) -> None:
    """Reach "before commit" and "after commit" at each of the client's commits, of transactions and without."""
    client.stub = WatchedStub(client.stub, points)
