"""A school with jobs: the services of the room over real sockets, a queue worked off by hand, and plans by hand."""

from collections.abc import Callable, Iterable, Sequence
from datetime import timedelta
from typing import Any

from google.cloud import ndb

from provisioning.accounts.creation import AccountCreation
from provisioning.accounts.follow_ups import FollowUps
from provisioning.accounts.rule_targets import RuleTargets
from provisioning.accounts.steps import Step
from provisioning.bulk.job_ledger import JobLedger, naive, whose
from provisioning.bulk.jobs import BulkJobs
from provisioning.bulk.mappings import Mappings
from provisioning.bulk.options import JobOptions
from provisioning.bulk.plan.planner import Planner
from provisioning.bulk.plan.planning import PlanTasks
from provisioning.bulk.plan.surroundings import Surroundings
from provisioning.bulk.recent_people import RecentPeople
from provisioning.bulk.records import BulkJob, job_key
from provisioning.bulk.rows import Row, tally
from provisioning.bulk.run.creating import Creating
from provisioning.bulk.run.following import Following
from provisioning.bulk.run.lanes import LEASE, REVIVE, Lanes, LaneTask
from provisioning.bulk.run.row_names import RowNames
from provisioning.bulk.run.running import WORK, JobRuns
from provisioning.bulk.run.shift import Books
from provisioning.bulk.run.undoing import Undoing
from provisioning.bulk.slices import SLICE, Slices
from provisioning.bulk.status import JobStatus
from provisioning.bulk.uploads import LATEST, Uploads
from provisioning.directory.google_licensing import GoogleLicenses
from provisioning.directory.port import Directory, NewAccount
from provisioning.directory.snapshot_store import SnapshotStore
from provisioning.naming.records import Hold
from runtime.audit import Actor, AuditEntry
from runtime.google_api import GoogleTransport
from runtime.pace import Pace
from runtime.problems import Problem
from runtime.sealing import Sealer
from runtime.tasks import Task, Tasks
from sandbox.google.world import Fault, OrgUnit, User
from tests.provisioning.conftest import ADMIN, DOMAIN, TENANT, Desk
from tests.queued import Queue
from tests.torture.points import Points, WatchedDirectory

HANNA = Actor("person", "100", "hanna.helpdesk@northfield.example", "request-1")
GROUP = "teachers@northfield.example"
CREATES, STEPS = 8.0, 20.0
"""Calls a second."""


def row(number: int, **changes: Any) -> Row:
    """A person of a file, as a plan leaves it."""
    given, family = f"Pupil{number}", "Example"
    values: dict[str, Any] = {
        "line": number + 2, "cells": [given, family], "values": {"firstname": given, "lastname": family},
        "given_name": given, "family_name": family, "username": f"pupil{number}.example", "domain": DOMAIN,
        "org_unit_path": "/Students",
    }  # fmt: skip
    return Row(**(values | changes))


def in_groups(count: int, *groups: str) -> list[Row]:
    return [row(number, steps=[Step("group", group) for group in groups]) for number in range(count)]


class BulkPlace:
    """The room's services. directory: what Google is asked through; its own, where somebody watches the calls."""

    def __init__(self, desk: Desk, *, directory: Directory | None = None, tasks: Tasks | None = None) -> None:
        self.desk, self.clock, self.queue = desk, desk.clock, Queue()
        self.transport = GoogleTransport(desk.settings, read_patience=0.001)
        self.points, self.slept = Points(), 0
        self.between_calls: dict[int, Callable[[], object]] = {}
        self.directory = directory or WatchedDirectory(self.transport, self.points)
        self.administrator: Callable[[str], str] = lambda _tenant: ADMIN
        self.slices = Slices(Sealer(desk.settings.sealing_keys))
        self.lanes = Lanes(tasks or self.queue, self.clock)
        self.ledger = JobLedger(self.clock)
        self.planner = Planner(desk.taken)
        self.jobs = self._jobs(tasks or self.queue)
        self.runs = self.service()

    def service(self, work: timedelta = WORK) -> JobRuns:
        """As another process has it."""
        desk, clock = self.desk, self.clock
        creates, steps = self.pace("creates", CREATES), self.pace("steps", STEPS)
        books = Books(self.lanes, self.slices, clock)
        creation = AccountCreation(self.directory, clock, sleep=desk.sleep)
        names = RowNames(desk.holds, self.planner, self.slices)
        creating = Creating(books, names, self.slices, creation, creates, desk.policies, desk.taken, clock)
        follow_ups = FollowUps(self.directory, GoogleLicenses(self.transport), clock)
        following = Following(books, follow_ups, steps, clock)
        undoing = Undoing(books, self.directory, steps, clock)
        return JobRuns(self.lanes, books, creating, following, undoing, self._administrator_of, clock, work=work)

    def pace(self, what: str, per_second: float) -> Pace:
        """Waiting for it takes no time."""
        return Pace(self.clock, what, per_second, sleep=self._sleep)

    def _sleep(self, seconds: float) -> None:
        """By the task's own thread, between two calls; `between_calls` may happen then, once, by its number."""
        self.desk.sleep(seconds)
        self.slept += 1
        self.between_calls.pop(self.slept, lambda: None)()

    def _administrator_of(self, tenant: str) -> str:
        return self.administrator(tenant)

    def _jobs(self, tasks: Tasks) -> BulkJobs:
        desk, clock = self.desk, self.clock
        uploads = Uploads(Sealer(desk.settings.sealing_keys), clock)
        people = RecentPeople(SnapshotStore(), self.ledger, self.slices)
        surroundings = Surroundings(
            desk.places, RuleTargets(desk.directory, desk.places), people, desk.taken, desk.policies.of,
            self._administrator_of,
        )  # fmt: skip
        plans = PlanTasks(surroundings, self.planner, uploads, self.slices, tasks, clock)
        return BulkJobs(self.ledger, uploads, Mappings(clock), plans, self.lanes, desk.policies.of, clock)

    def plan(self, rows: Sequence[Row], *, job_id: str = "job1", passwords: dict[int, str] | None = None) -> str:
        """A job that waits to be confirmed."""
        now = naive(self.clock())
        dealt = [list(rows[at : at + SLICE]) for at in range(0, len(rows), SLICE)]
        actor = vars(HANNA)
        job = BulkJob(
            key=job_key(TENANT, job_id), state="ready", file_name="pupils.csv", created=now, created_by=actor,
            whose=whose(HANNA, now), touched=now, expires=now + LATEST, options=JobOptions(DOMAIN).packed(),
            rows=len(rows), slices=len(dealt), tally=tally(rows), plan_version=1,
        )  # fmt: skip
        found: list[ndb.Model] = [job]
        for number, part in enumerate(dealt):
            own = {line: text for line, text in (passwords or {}).items() if line in {row.line for row in part}}
            found.append(self.slices.entity(TENANT, job_id, number, part, now + LATEST))
            found.append(self.slices.secrets_entity(TENANT, job_id, number, own, now + LATEST))
        ndb.put_multi(found)
        return job_id

    def start(self, rows: Sequence[Row], **plan: Any) -> str:
        """A job that runs."""
        job_id = self.plan(rows, **plan)
        self.jobs.confirm(TENANT, HANNA, job_id, tally(rows)["ready"], 1)
        return job_id

    def deliver(self, task: Task | None = None) -> Problem | None:
        """The task that waits longest, or this one; the problem that it ends with."""
        task = task or self.queue.waiting.pop(0)
        self.wait_for(task)
        try:
            self.runs.step(LaneTask(**task.payload))  # type: ignore[arg-type]
        except Problem as problem:
            if problem.retry:
                self.queue.waiting.append(task)
            return problem
        return None

    def wait_for(self, task: Task) -> None:
        """Until the queue may send it."""
        if task.not_before and task.not_before > self.clock():
            self.clock.advance(seconds=(task.not_before - self.clock()).total_seconds())

    def run(self, most: int = 80) -> list[Problem]:
        """All tasks until none waits, as the queue does it: again after a while where that may help. The problems."""
        problems = []
        for _ in range(most):
            if not self.queue.waiting:
                return problems
            problem = self.deliver()
            if problem:
                problems.append(problem)
                self.clock.advance(seconds=problem.retry_after or 5)
        raise AssertionError(f"not over after {most} tasks: {problems}")

    def revive(self) -> None:
        """The task of a process that is no more is never sent again; the schedule finds its lane."""
        self.queue.waiting.clear()
        self.clock.advance(seconds=(LEASE + REVIVE).total_seconds() + 1, google=False)
        self.runs.tend(TENANT)

    def status(self, job_id: str = "job1") -> JobStatus:
        return self.jobs.status(TENANT, job_id)

    def rows(self, job_id: str = "job1") -> list[Row]:
        return [row for part in self.slices.all(TENANT, job_id, self.status(job_id).slices) for row in part]

    def passwords(self, job_id: str = "job1") -> dict[int, str]:
        numbers = range(self.status(job_id).slices)
        return {line: text for n in numbers for line, text in self.slices.passwords(TENANT, job_id, n).items()}

    def accounts(self, rows: Iterable[Row]) -> list[User]:
        """Those at Google that carry a row's mark, deleted ones left out."""
        marks = {row.mark for row in rows if row.mark}
        with self.desk.world.lock:
            return [user for user in self.desk.world.users.values() if not user.deletion_time and _marks(user) & marks]

    def count(self, state: str, job_id: str = "job1") -> int:
        """Rows in the state, as the lanes count them; the rows themselves say the same."""
        counted = self.status(job_id).counts.get(state, 0)
        assert counted == sum(row.state == state for row in self.rows(job_id))
        return counted

    def created_entries(self) -> list[str]:
        """Addresses in the audit."""
        found = AuditEntry.query(AuditEntry.action == "account.created", namespace=TENANT).fetch()
        return [entry.target for entry in found]

    def in_context(self, work: Callable[[], object]) -> None:
        """From a thread of calls to Google, which has no ndb context, or in one."""
        with self.desk.datastore.context():
            work()

    def user(self, address: str) -> User:
        found = self.desk.user(address)
        assert found
        return found

    def occupy(self, username: str) -> None:
        """Somebody else has the address."""
        self.desk.directory.insert(
            ADMIN, NewAccount(f"{username}@{DOMAIN}", "Some", "Body", "theirs12", "/", False, mark="another")
        )  # fmt: skip

    def add_unit(self, path: str) -> None:
        """At Google."""
        with self.desk.world.changing():
            customer = self.desk.world.customers[TENANT]
            unit = OrgUnit("id:03ph8a2znew", path, path.rpartition("/")[2])
            customer.org_units.append(unit)

    def fault(self, fault: Fault) -> None:
        with self.desk.world.changing():
            self.desk.world.faults.append(fault)

    def heal(self) -> None:
        with self.desk.world.changing():
            self.desk.world.faults.clear()

    def live_holds(self) -> list[str]:
        """Names that are held, and no accounts."""
        now = naive(self.clock())
        found = Hold.query(namespace=TENANT).fetch()
        return [hold.name for hold in found if not hold.created and hold.expires > now]

    def members(self, group: str = GROUP) -> set[str]:
        world = self.desk.world
        with world.lock:
            (found,) = [g for g in world.groups.values() if g.email == group]
            return set(found.members)


def _marks(user: User) -> set[str]:
    entries: Any = user.more.get("externalIds") or []
    return {str(entry.get("value", "")) for entry in entries}


def require_consistent(place: BulkPlace) -> list[Row]:
    """Google has exactly the accounts that the rows say, each with the password kept for it and one entry each."""
    rows = place.rows()
    existing = [found for found in rows if found.exists]
    users = {user.primary_email: user for user in place.accounts(rows)}
    assert sorted(users) == sorted(found.address for found in existing)
    passwords = place.passwords()
    for found in existing:
        assert users[found.address].password == passwords[found.line]
        assert users[found.address].id == found.person_id
    entries = place.created_entries()
    assert sorted(entries) == sorted({*(found.address for found in existing), *entries}), "one entry for each account"
    assert {found.address for found in existing} <= set(entries)
    counts = {name: count for name, count in place.status().counts.items() if count}
    assert sum(counts.get(state, 0) for state in {found.state for found in rows}) == len(rows)
    return rows


class Killed(BaseException):
    """As if the process were no more: nothing of ours expects it."""


def raising(problem: BaseException) -> Callable[[], None]:
    """For an instant."""

    def act() -> None:
        raise problem

    return act
