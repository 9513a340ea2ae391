"""A whole site: Google, the store, instances of the product, and an administrator who starts jobs and looks on."""

import secrets
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from threading import Event
from types import TracebackType
from typing import Any, Self, TypeVar

import grpc
import pytest
from google.api_core import exceptions as api_exceptions

from provisioning.bulk.handover import FirstPassword
from provisioning.bulk.options import JobOptions
from provisioning.bulk.records import BulkJob, job_key
from provisioning.bulk.rows import Row
from provisioning.bulk.status import JobStatus
from provisioning.directory.google_listing import GoogleListing
from provisioning.directory.snapshot import Snapshots
from provisioning.naming.index_builder import TakenIndexBuilder
from runtime.audit import Actor
from runtime.problems import Problem
from runtime.tasks import Task
from tests.torture import outside
from tests.torture.fleet import FORKING, Fleet, listen
from tests.torture.instance import Orders, Services, administrator
from tests.torture.oracle import Outcome, World
from tests.torture.outside import TENANT, Ordered
from tests.torture.people import DOMAIN, Newcomers
from tests.torture.points import Points

HANNA = Actor("person", "100", "hanna.helpdesk@northfield.example", "request-1")
LONGEST = 900.0
"""Seconds for one job, however often it is disturbed."""
INSTANCES = 3
T = TypeVar("T")
UNANSWERED = (Problem, api_exceptions.GoogleAPICallError, api_exceptions.RetryError, grpc.RpcError)
"""What an administrator whose page could not be shown tries again after."""


class Outside:
    """Google and the store, until the block ends; schools come and go."""

    def __enter__(self) -> Self:
        self._opened = ExitStack()
        self.store = self._begin(outside.run_store)
        self.google = self._begin(outside.run_google)
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._opened.close()

    def _begin(self, life: Callable[..., None]) -> Ordered:
        mine, theirs = FORKING.Pipe()
        process = FORKING.Process(target=life, args=(theirs,), daemon=True)
        process.start()
        theirs.close()
        self._opened.callback(process.join)
        self._opened.callback(process.kill)
        self._opened.callback(mine.close)
        return Ordered(mine)


@dataclass
class Site:
    """One school on an `Outside`."""

    outside: Outside
    orders: Orders
    listening: Any
    services: Services
    before: World = field(default_factory=lambda: ({}, {}))
    resumed: int = 0

    def fleet(self, points: list[tuple[str, int]] | None = None, size: int = INSTANCES) -> Fleet:
        """Instances that are killed at these points, each once."""
        told = self.orders
        return Fleet(Orders(told.environment, told.tenant, told.began, points or []), self.listening, size)

    @contextmanager
    def queue(self, seed: int = 0) -> Iterator[None]:
        """Tasks are delivered, and lost work is looked for."""
        self.outside.google.do(outside.open_queue, self.orders.environment["BASE_URL"], seed)
        try:
            yield
        finally:
            self.outside.google.do(outside.close_queue)

    def read_directory(self) -> None:
        """As the scheduler has it done, in this process."""
        services, waiting = self.services, list[Task]()

        class Own:
            def enqueue(self, task: Task) -> None:
                waiting.append(task)

        snapshots = Snapshots(
            GoogleListing(services.transport), services.directory.domains, administrator, services.policies.of,
            [TakenIndexBuilder(services.clock)], Own(), services.clock, pace=0.0,
        )  # fmt: skip
        snapshots.start(TENANT, HANNA, "asked for")
        while waiting:
            payload: Any = waiting.pop(0).payload
            snapshots.step(payload["tenant"], payload["generation"], payload["number"])

    def upload(self, people: Newcomers) -> str:
        """A job that is planned as soon as instances live; meanwhile others take some of the addresses."""
        self.read_directory()
        self.outside.google.do(outside.occupy, people.users, people.aliases, people.groups, people.personal)
        self.before = self.outside.google.do(outside.everything)
        return self.services.jobs.upload(TENANT, HANNA, "people.csv", people.data, JobOptions(DOMAIN))

    def plan(self, job: str) -> None:
        """Until it waits to be confirmed."""
        self.wait(lambda: self.status(job), lambda found: found.state == "ready")

    def confirm(self, job: str) -> None:
        """Agree to all accounts."""
        status = self.status(job)
        self.services.jobs.confirm(TENANT, HANNA, job, status.counts["ready"], status.plan_version)

    def finish(self, job: str) -> JobStatus:
        """When it is done; where it pauses, it is resumed."""

        def look() -> JobStatus:
            found = self.status(job)
            if found.state == "paused":
                self.services.jobs.resume(TENANT, HANNA, job)
                self.resumed += 1
            return found

        return self.wait(look, lambda found: found.state == "done" and not found.is_at_work)

    def status(self, job: str) -> JobStatus:
        return self.services.jobs.status(TENANT, job)

    def wait(self, look: Callable[[], T], is_enough: Callable[[T], bool], longest: float = LONGEST) -> T:
        """What is seen at last. Raises AssertionError when it takes too long."""
        end, found, pause = time.monotonic() + longest, None, Event()
        while time.monotonic() < end:
            try:
                found = look()
            except UNANSWERED:
                pause.wait(0.2)
                continue
            if is_enough(found):
                return found
            pause.wait(0.2)
        raise AssertionError(f"not in {longest} s: {found}")

    def undo(self, job: str) -> None:
        """Look what can be deleted, and delete it."""

        def has_looked(found: JobStatus) -> bool:
            return not found.is_at_work

        self.services.jobs.look(TENANT, HANNA, job)
        status = self.wait(lambda: self.status(job), has_looked)
        self.services.jobs.undo(TENANT, HANNA, job, status.counts.get("undo_delete", 0))

    def rows(self, job: str) -> list[Row]:
        """As they are kept."""
        return [row for part in self.services.slices.all(TENANT, job, self.status(job).slices) for row in part]

    def outcome(self, job: str) -> Outcome:
        """All there is to know of it; opens the window of its passwords."""
        self.services.handover.open(TENANT, HANNA, job, "file")
        return self._outcome(job, list(self.services.handover.passwords(TENANT, self.status(job))))

    def outcome_of_undoing(self, job: str) -> Outcome:
        """The same, without passwords."""
        return self._outcome(job, [])

    def _outcome(self, job: str, passwords: list[FirstPassword]) -> Outcome:
        found: BulkJob = job_key(TENANT, job).get()
        lanes, after = self.services.lanes.of(TENANT, found), self.outside.google.do(outside.everything)
        return Outcome(TENANT, self.status(job), self.rows(job), passwords, lanes, self.before, after)

    @property
    def google_url(self) -> str:
        """Where people sign in."""
        return self.orders.environment["OIDC_DISCOVERY_URL"].partition("/.well-known")[0]

    def set_knobs(self, **knobs: float) -> None:
        """Settings of the simulated Google."""
        self.outside.google.do(outside.set_knobs, knobs)


@contextmanager
def open_site(around: Outside) -> Iterator[Site]:
    """A fresh school, and an ndb context of its administrator's."""
    with listen() as listening:
        host, port = listening.getsockname()
        project = f"test-{secrets.token_hex(6)}"
        address = around.store.do(outside.address)
        environment = around.google.do(outside.begin, f"http://{host}:{port}", project, address)
        orders = Orders(environment, TENANT, time.time())
        with pytest.MonkeyPatch.context() as environ:
            for name, value in environment.items():
                environ.setenv(name, value)
            services = Services(orders, Points())
            with services.datastore.context():
                yield Site(around, orders, listening, services)
            services.datastore.close()
            services.transport.close()


def commits_are_spoilt(site: Site, percent: float) -> Any:
    """So many of them, from now on; what was spoilt so far."""
    return site.outside.store.do(outside.spoil, percent)
