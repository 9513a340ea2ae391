"""Workers that run tasks of jobs and are killed at chosen instants: python -m tests.torture.worker.

See tests.forked. Orders: {"task": the payload, "offset": seconds that the clock is ahead, "rate": calls a second,
"points": [[name, number], ...]}. A worker prints "task" and JSON for each task that it leaves with the queue; at the
first of the points it prints "killed" and the point, and kills itself; if it comes to none, it prints "done" or a
problem's code.
"""

import json
import os
import signal
from datetime import timedelta
from functools import partial
from typing import Any

from provisioning.accounts.creation import AccountCreation
from provisioning.accounts.follow_ups import FollowUps
from provisioning.accounts.policy import Policies
from provisioning.bulk.plan.planner import Planner
from provisioning.bulk.run.creating import Creating
from provisioning.bulk.run.following import Following
from provisioning.bulk.run.lanes import Lanes, LaneTask
from provisioning.bulk.run.row_names import RowNames
from provisioning.bulk.run.running import JobRuns
from provisioning.bulk.run.shift import Books
from provisioning.bulk.run.undoing import Undoing
from provisioning.bulk.slices import Slices
from provisioning.directory.google_licensing import GoogleLicenses
from provisioning.naming.holds import Holds
from provisioning.naming.taken import TakenNames
from runtime.clock import Clock, system_clock
from runtime.datastore import Datastore
from runtime.google_api import GoogleTransport
from runtime.pace import Pace
from runtime.problems import Problem
from runtime.sealing import Sealer
from runtime.settings import Settings
from runtime.tasks import Task, Tasks
from sandbox.google.seed import ADMIN
from tests.forked import serve
from tests.torture.points import Points, WatchedDirectory, WatchedTasks, watch_commits


class PrintedTasks:
    """The queue is whoever reads."""

    def enqueue(self, task: Task) -> None:
        """Its name, payload, and when."""
        at = task.not_before.isoformat() if task.not_before else ""
        print("task", json.dumps({"name": task.name, "payload": dict(task.payload), "at": at}), flush=True)


def die(name: str, number: int) -> None:
    """At once, as with kill -9."""
    print("killed", json.dumps([name, number]), flush=True)
    os.kill(os.getpid(), signal.SIGKILL)


def runs(
    settings: Settings, transport: GoogleTransport, tasks: Tasks, points: Points, clock: Clock, rate: float
) -> JobRuns:
    """The services of the run, as the app assembles them, but for how fast they may be."""
    directory = WatchedDirectory(transport, points)
    lanes, slices, taken = Lanes(tasks, clock), Slices(Sealer(settings.sealing_keys)), TakenNames(clock)
    books, policies, steps = Books(lanes, slices, clock), Policies(directory, clock), Pace(clock, "steps", rate)
    creation, names = AccountCreation(directory, clock), RowNames(Holds(clock), Planner(taken), slices)
    creates = Pace(clock, "creates", rate)
    creating = Creating(books, names, slices, creation, creates, policies, taken, clock)
    following = Following(books, FollowUps(directory, GoogleLicenses(transport), clock), steps, clock)
    undoing = Undoing(books, directory, steps, clock)
    return JobRuns(lanes, books, creating, following, undoing, lambda _tenant: ADMIN, clock)


def work(order: dict[str, Any]) -> None:
    """One task."""
    settings, points = Settings(), Points()
    transport = GoogleTransport(settings)
    datastore = Datastore(settings.google_cloud_project, transport.platform_credentials())
    offset = timedelta(seconds=order["offset"])
    for name, number in order["points"]:
        points.at(name, number, partial(die, name, number))
    watch_commits(datastore.client, points)
    tasks = WatchedTasks(PrintedTasks(), points)
    service = runs(settings, transport, tasks, points, lambda: system_clock() + offset, order["rate"])
    with datastore.context():
        try:
            service.step(LaneTask(**order["task"]))
        except Problem as problem:
            print(problem.code, flush=True)
        else:
            print("done", flush=True)


if __name__ == "__main__":
    serve(work)
