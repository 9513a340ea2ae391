"""A school whose Directory is read: the service, a queue worked off by hand, and somebody who builds from it."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field, replace
from datetime import timedelta
from typing import Any, TypeVar

from provisioning.accounts.domain_policy import DomainPolicy
from provisioning.directory.crawl import CompletedCrawl
from provisioning.directory.google_listing import GoogleListing
from provisioning.directory.port import DeletedUser, ListedGroup, ListedUser, Page
from provisioning.directory.snapshot import WORK, Snapshots
from provisioning.directory.snapshot_records import DirectoryPage
from runtime.audit import Actor
from runtime.google_api import GoogleTransport
from runtime.problems import Problem
from sandbox.google.world import Fault, User
from tests.provisioning.conftest import ADMIN, TENANT, Desk
from tests.queued import Queue

T = TypeVar("T")
HANNA = Actor("person", "100", "hanna.helpdesk@northfield.example", "request-1")
PEOPLE, GROUPS = 300, 14
"""Of the school."""


@dataclass
class Built:
    """What a consumer was given: lines of addresses. `problems` are raised first, one at a call."""

    crawls: list[CompletedCrawl] = field(default_factory=list)
    lines: list[str] = field(default_factory=list)
    problems: list[Problem] = field(default_factory=list)

    def complete(self, tenant: str, crawl: CompletedCrawl, addresses: Callable[[], Iterator[bytes]]) -> None:
        assert tenant == TENANT
        if self.problems:
            raise self.problems.pop(0)
        self.crawls.append(crawl)
        self.lines = b"".join(addresses()).decode().splitlines()


class WatchedListing(GoogleListing):
    """Google's, over the wire; something may happen right before the page of a number is asked for, and after it came.

    Pages are counted over all chains, from 0, a page that is asked for again as a new one.
    """

    def __init__(self, transport: GoogleTransport) -> None:
        super().__init__(transport)
        self.asked = 0
        self.before: dict[int, Callable[[], None]] = {}
        self.after: dict[int, Callable[[], None]] = {}

    def users_page(self, subject: str, token: str) -> Page[ListedUser]:
        return self._watched(lambda: GoogleListing.users_page(self, subject, token))

    def deleted_page(self, subject: str, token: str) -> Page[DeletedUser]:
        return self._watched(lambda: GoogleListing.deleted_page(self, subject, token))

    def groups_page(self, subject: str, token: str) -> Page[ListedGroup]:
        return self._watched(lambda: GoogleListing.groups_page(self, subject, token))

    def _watched(self, ask: Callable[[], Page[T]]) -> Page[T]:
        number, self.asked = self.asked, self.asked + 1
        self.before.get(number, lambda: None)()
        try:
            return ask()
        finally:
            self.after.get(number, lambda: None)()


class Reading:
    """The service for the school. policy: as its administrator chose."""

    def __init__(self, desk: Desk, *, work: timedelta = WORK) -> None:
        self.desk, self.queue, self.built, self.policy = desk, Queue(), Built(), DomainPolicy()
        self.administrator: Callable[[str], str] = lambda _tenant: ADMIN
        self.transport = GoogleTransport(desk.settings, read_patience=0.001)
        self.listing = WatchedListing(self.transport)
        self.snapshots = self.service(work)

    def service(self, work: timedelta = WORK, pace: float = 0.0) -> Snapshots:
        """As another process has it."""
        return Snapshots(
            self.listing,
            self.desk.directory.domains,
            self._administrator_of,
            lambda _tenant: self.policy,
            [self.built],
            self.queue,
            self.desk.clock,
            work=work,
            pace=pace,
        )

    def _administrator_of(self, tenant: str) -> str:
        return self.administrator(tenant)

    def choose(self, **changes: Any) -> None:
        self.policy = replace(self.policy, **changes)

    def start(self) -> None:
        self.snapshots.start(TENANT, HANNA, "asked for")

    def deliver(self) -> Problem | None:
        """The task that waits longest; the problem that it ends with."""
        task = self.queue.waiting.pop(0)
        values = dict(task.payload)
        try:
            self.snapshots.step(str(values["tenant"]), int(values["generation"]), int(values["number"]))
        except Problem as problem:
            if problem.retry:
                self.queue.waiting.append(task)
            return problem
        return None

    def run(self, most: int = 40) -> list[Problem]:
        """All tasks until none waits, as the queue does it: again after a while where that may help. The problems."""
        problems = []
        for _ in range(most):
            if not self.queue.waiting:
                return problems
            problem = self.deliver()
            if problem:
                problems.append(problem)
                self.desk.clock.advance(seconds=problem.retry_after or 60, google=False)
        raise AssertionError(f"not over after {most} tasks: {problems}")

    def read(self) -> list[Problem]:
        """Begin and run to the end."""
        self.start()
        return self.run()

    @property
    def state(self) -> str:
        return self.snapshots.status(TENANT).state

    @property
    def generation(self) -> int:
        """Of what is in force; 0 before the first."""
        info = self.snapshots.in_force(TENANT)
        return info.generation if info else 0

    def people(self) -> list[ListedUser]:
        return list(self.snapshots.people(TENANT))

    def page_count(self) -> int:
        """How many pages are kept, of all generations."""
        return len(list(DirectoryPage.query(namespace=TENANT).fetch(keys_only=True)))

    def knobs(self, **knobs: Any) -> None:
        self.desk.set_knobs(**knobs)

    def fault(self, path: str, status: int, count: int = 1, body: str = "") -> None:
        with self.desk.world.changing():
            self.desk.world.faults.append(Fault(f"/admin/directory/v1/{path}", "GET", status, body, count=count))

    def students(self) -> list[User]:
        return [user for user in self.desk.world.users.values() if "@students." in user.primary_email]

    def remove(self, users: list[User]) -> None:
        """Gone for good, as after their 20 days."""
        with self.desk.world.changing():
            for user in users:
                del self.desk.world.users[user.id]
