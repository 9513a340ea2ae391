"""An instance of the product that works on jobs: a process that answers the queue and the scheduler, and is killed.

It is forked from a process that has everything loaded, and shares its listening socket with the others. Time runs
SPEED times faster for it, so that leases and pauses of a minute end in seconds.
"""

import os
import signal
import socket
import threading
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from functools import partial
from multiprocessing.connection import Connection

from flask import Flask, Response
from werkzeug.serving import ThreadedWSGIServer

from provisioning.accounts.creation import AccountCreation
from provisioning.accounts.follow_ups import FollowUps
from provisioning.accounts.policy import Policies
from provisioning.accounts.rule_targets import RuleTargets
from provisioning.bulk.expiry import Expiry
from provisioning.bulk.handover import Handover
from provisioning.bulk.job_ledger import JobLedger
from provisioning.bulk.jobs import BulkJobs
from provisioning.bulk.mappings import Mappings
from provisioning.bulk.plan.planner import Planner
from provisioning.bulk.plan.planning import PlanTasks
from provisioning.bulk.plan.surroundings import Surroundings
from provisioning.bulk.recent_people import RecentPeople
from provisioning.bulk.run.creating import Creating
from provisioning.bulk.run.following import Following
from provisioning.bulk.run.lanes import Lanes
from provisioning.bulk.run.row_names import RowNames
from provisioning.bulk.run.run_jobs import add_run_jobs
from provisioning.bulk.run.running import JobRuns
from provisioning.bulk.run.shift import Books
from provisioning.bulk.run.undoing import Undoing
from provisioning.bulk.schedule import add_bulk_jobs
from provisioning.bulk.slices import Slices
from provisioning.bulk.uploads import Uploads
from provisioning.directory.google_licensing import GoogleLicenses
from provisioning.directory.places import Places
from provisioning.directory.snapshot_store import SnapshotStore
from provisioning.naming.holds import Holds
from provisioning.naming.taken import TakenNames
from runtime.clock import Clock, system_clock
from runtime.cloud_tasks import CloudTasks
from runtime.datastore import OUTAGES, Datastore
from runtime.google_api import GoogleTransport
from runtime.internal import InternalRoutes
from runtime.pace import Pace
from runtime.sealing import Sealer
from runtime.service_tokens import ServiceTokens
from runtime.settings import Settings
from runtime.tasks import Task, Tasks
from sandbox.google.seed import ADMIN
from tests.serving import QuietHandler
from tests.torture.points import Points, WatchedDirectory, WatchedTasks, watch_commits
from tests.torture.trouble import LATE

SPEED = 50.0
LEASE = timedelta(seconds=60)
"""Of an instance's time."""
WORK = timedelta(seconds=25)
"""How long one task works, of the same."""
PACE_SPEED = 10.0
"""Of the time in which Google is asked; slower, so that moments are not missed on a machine that is busy."""
RATE = 25.0
"""Calls in a second of that time; the simulated Google's quota is off."""
TIMEOUT = LATE / 2
"""Seconds to wait for an answer of Google's."""


@dataclass(frozen=True)
class Orders:
    """What an instance is told when it begins. began: when time began to run faster, in seconds since 1970."""

    environment: dict[str, str]
    tenant: str
    began: float
    points: list[tuple[str, int]] = field(default_factory=list)


class FastClock:
    """Time since `began`, faster."""

    def __init__(self, began: float, speed: float = SPEED) -> None:
        self._began = datetime.fromtimestamp(began, UTC)
        self._speed = speed

    def __call__(self) -> datetime:
        return self._began + (system_clock() - self._began) * self._speed

    def real(self, moment: datetime) -> datetime:
        """When it is that time here."""
        return self._began + (moment - self._began) / self._speed


class RealTasks:
    """A queue whose clock runs as everybody's."""

    def __init__(self, tasks: Tasks, clock: FastClock) -> None:
        self._tasks, self._clock = tasks, clock

    def enqueue(self, task: Task) -> None:
        at = self._clock.real(task.not_before) if task.not_before else None
        self._tasks.enqueue(Task(task.name, task.path, task.payload, not_before=at))


def sleep(seconds: float, speed: float = SPEED) -> None:
    """So many seconds of a time that runs faster."""
    threading.Event().wait(seconds / speed)


class Services:
    """What bulk is made of, as its room makes it; faster, and watched."""

    def __init__(self, orders: Orders, points: Points) -> None:
        """The environment is the orders'."""
        self.began = orders.began
        self.tenant, self.settings, self.clock = orders.tenant, Settings(), FastClock(orders.began)
        self.transport = GoogleTransport(self.settings, read_patience=0.3, timeout=TIMEOUT)
        self.datastore = Datastore(self.settings.google_cloud_project, self.transport.platform_credentials())
        watch_commits(self.datastore.client, points)
        self.points, clock = points, self.clock
        self.tasks = WatchedTasks(RealTasks(CloudTasks(self.transport, self.settings, patience=0.5), clock), points)
        self.directory = WatchedDirectory(self.transport, points)
        sealer, self.taken = Sealer(self.settings.sealing_keys), TakenNames(clock)
        self.policies, self.planner, self.slices = Policies(self.directory, clock), Planner(self.taken), Slices(sealer)
        self.uploads, self.lanes = Uploads(sealer, clock), Lanes(self.tasks, clock, lease=LEASE)
        places = Places(self.directory, clock)
        self.ledger = JobLedger(clock)
        people = RecentPeople(SnapshotStore(), self.ledger, self.slices)
        surroundings = Surroundings(
            places, RuleTargets(self.directory, places), people, self.taken, self.policies.of, administrator
        )
        self.plans = PlanTasks(surroundings, self.planner, self.uploads, self.slices, self.tasks, clock)
        self.jobs = BulkJobs(
            self.ledger, self.uploads, Mappings(clock), self.plans, self.lanes, self.policies.of, clock
        )
        self.handover = Handover(self.slices, clock)

    def runs(self) -> JobRuns:
        """The run of jobs."""
        clock, books = self.clock, Books(self.lanes, self.slices, self.clock)
        asking = FastClock(self.began, PACE_SPEED)
        steps = Pace(asking, "steps", RATE, sleep=self._wait)
        creates = Pace(asking, "creates", RATE, behind=steps, sleep=self._wait)
        names = RowNames(Holds(clock), self.planner, self.slices)
        creation = AccountCreation(self.directory, clock, sleep=sleep)
        creating = Creating(books, names, self.slices, creation, creates, self.policies, self.taken, clock)
        follow_ups = FollowUps(self.directory, GoogleLicenses(self.transport), clock)
        following = Following(books, follow_ups, steps, clock)
        undoing = Undoing(books, self.directory, steps, clock)
        return JobRuns(self.lanes, books, creating, following, undoing, administrator, clock, work=WORK)

    def _wait(self, seconds: float) -> None:
        """For a moment to ask Google at."""
        self.points.reach("before moment")
        sleep(seconds, PACE_SPEED)


def administrator(_tenant: str) -> str:
    """Nobody takes the app away."""
    return ADMIN


def app_of(services: Services, clock: Clock = system_clock) -> Flask:
    """What the queue and the scheduler call, without the pages for people. clock: tokens are checked by it."""
    app = Flask(__name__)
    routes = InternalRoutes(services.settings, ServiceTokens(services.settings, clock), lambda _tenant: True)
    runs = services.runs()
    add_run_jobs(routes, runs)

    def served() -> list[str]:
        return [services.tenant]

    add_bulk_jobs(routes, services.plans, runs, Expiry(services.clock), served, served)
    app.register_blueprint(routes.blueprint)
    for outage in OUTAGES:
        app.register_error_handler(outage, lambda _outage: ("", 503))  # as the guards of the whole app

    @app.after_request
    def real_seconds(answer: Response) -> Response:
        if "Retry-After" in answer.headers:
            answer.headers["Retry-After"] = str(round(float(answer.headers["Retry-After"]) / SPEED))
        return answer

    app.wsgi_app = services.datastore.wrap(app.wsgi_app)  # type: ignore[method-assign,assignment]
    return app


def live(orders: Orders, listening: socket.socket, said: Connection) -> None:
    """The whole life of an instance. It says at which of its points it is about to be killed."""
    points, one_at_a_time = Points(), threading.Lock()

    def die(name: str, number: int) -> None:
        with one_at_a_time:
            said.send((name, number))
            os.kill(os.getpid(), signal.SIGKILL)

    for name, number in orders.points:
        points.at(name, number, partial(die, name, number))
    os.environ.update(orders.environment)
    app = app_of(Services(orders, points))
    host, port = listening.getsockname()
    server = ThreadedWSGIServer(host, port, app, handler=QuietHandler, fd=listening.fileno())
    server.daemon_threads = True
    server.serve_forever(poll_interval=0.5)


Life = Callable[[Orders, socket.socket, Connection], None]
