"""A school that plans jobs: the services over real sockets, a queue worked off by hand, and files of people."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import timedelta

from google.cloud import ndb

from provisioning.accounts.rule_targets import RuleTargets
from provisioning.bulk.expiry import Expiry
from provisioning.bulk.file.decoding import UTF_8, Dialect
from provisioning.bulk.job_ledger import JobLedger
from provisioning.bulk.jobs import BulkJobs
from provisioning.bulk.mappings import Mappings
from provisioning.bulk.options import JobOptions
from provisioning.bulk.plan.mending import Mending
from provisioning.bulk.plan.planner import Planner
from provisioning.bulk.plan.planning import PATH, WORK, PlanTasks
from provisioning.bulk.plan.surroundings import Surroundings
from provisioning.bulk.recent_people import RecentPeople
from provisioning.bulk.rows import Row
from provisioning.bulk.run.lanes import Lanes
from provisioning.bulk.slices import Slices
from provisioning.bulk.status import JobStatus
from provisioning.bulk.uploads import Uploads
from provisioning.directory.google_listing import GoogleListing
from provisioning.directory.snapshot import Snapshots
from provisioning.directory.snapshot_store import SnapshotStore
from provisioning.naming.index_builder import TakenIndexBuilder
from provisioning.naming.taken import TakenNames
from runtime.problems import Problem, Unavailable
from runtime.sealing import Sealer
from runtime.tasks import Task
from tests.provisioning.bulk.place import HANNA
from tests.provisioning.conftest import ADMIN, DOMAIN, TENANT, Desk
from tests.queued import Queue

COMMA = Dialect(UTF_8, ",", is_certain=True)
HEADER = "First name,Last name,Email,Password,Organizational unit,Employee ID"


def csv(rows: Iterable[str], header: str = HEADER) -> bytes:
    """A file of these lines."""
    return "\r\n".join([header, *rows, ""]).encode()


def pupils(count: int) -> list[str]:
    """Lines of as many people: eight first and three last names, over and over."""
    first, last = ["Ann", "Bo", "Cy", "Di", "Eva", "Flo", "Gus", "Hal"], ["Lee", "Ray", "Fox"]
    return [f"{first[n % 8]},{last[n % 3]},,,/Students,P{n}" for n in range(count)]


@dataclass
class MovingQueue(Queue):
    """A queue that may be down."""

    is_down: bool = False

    def enqueue(self, task: Task) -> None:
        if self.is_down:
            raise Unavailable("The queue does not answer.")
        super().enqueue(task)


class PlanPlace:
    """The services, as one process has them. work: how long a task plans."""

    def __init__(self, desk: Desk, *, work: timedelta = WORK) -> None:
        self.desk, self.clock, self.queue = desk, desk.clock, MovingQueue()
        self.policy_of = desk.policies.of
        self.slices = Slices(Sealer(desk.settings.sealing_keys))
        self.uploads = Uploads(Sealer(desk.settings.sealing_keys), self.clock)
        ledger = JobLedger(self.clock)
        taken = TakenNames(self.clock)
        people = RecentPeople(SnapshotStore(), ledger, self.slices)
        surroundings = Surroundings(
            desk.places, RuleTargets(desk.directory, desk.places), people, taken, desk.policies.of,
            lambda _tenant: ADMIN,
        )  # fmt: skip
        planner = Planner(taken)
        self._mends_by = (ledger, surroundings, planner)
        self.plans = PlanTasks(surroundings, planner, self.uploads, self.slices, self.queue, self.clock, work=work)
        self.lanes = Lanes(self.queue, self.clock)
        self.jobs = BulkJobs(
            ledger, self.uploads, Mappings(self.clock), self.plans, self.lanes, desk.policies.of, self.clock
        )
        self.mending = self.new_mending()
        self.expiry = Expiry(self.clock)

    def new_mending(self) -> Mending:
        """As another process has it."""
        return Mending(*self._mends_by, self.slices, self.clock)

    def read_directory(self) -> None:
        """As the scheduler has it done."""
        queue = Queue()
        snapshots = Snapshots(
            GoogleListing(self.desk.transport), self.desk.directory.domains, lambda _tenant: ADMIN,
            self.desk.policies.of, [TakenIndexBuilder(self.clock)], queue, self.clock, pace=0.0,
        )  # fmt: skip
        snapshots.start(TENANT, HANNA, "asked for")
        while queue.waiting:
            payload = queue.waiting.pop(0).payload
            snapshots.step(str(payload["tenant"]), int(payload["generation"]), int(payload["number"]))

    def upload(self, data: bytes, options: JobOptions | None = None) -> str:
        return self.jobs.upload(TENANT, HANNA, "pupils.csv", data, options or JobOptions(DOMAIN))

    def deliver(self) -> Problem | None:
        """The planning task that waits longest; the problem that it ends with, after which it waits again."""
        task = next(task for task in self.queue.waiting if task.path == PATH)
        self.queue.waiting.remove(task)
        try:
            self.plans.step(str(task.payload["tenant"]), str(task.payload["job"]), int(task.payload["number"]))
        except Problem as problem:
            self.queue.waiting.append(task)
            return problem
        return None

    def run(self) -> int:
        """All planning tasks until none waits; how many."""
        count = 0
        while any(task.path == PATH for task in self.queue.waiting):
            assert self.deliver() is None
            count += 1
        return count

    def planned(self, data: bytes, options: JobOptions | None = None) -> str:
        """A job that waits to be confirmed."""
        job = self.upload(data, options)
        self.run()
        assert self.status(job).state == "ready"
        return job

    def status(self, job: str) -> JobStatus:
        return self.jobs.status(TENANT, job)

    def rows(self, job: str) -> list[Row]:
        return [row for part in self.slices.all(TENANT, job, self.status(job).slices) for row in part]

    def mend(self, job: str, line: int, **values: str) -> Row:
        return self.mending.mend(TENANT, HANNA, job, line, values)

    def confirm(self, job: str) -> None:
        status = self.status(job)
        self.jobs.confirm(TENANT, HANNA, job, status.counts["ready"], status.plan_version)

    def choose(self, job: str, mapping: Mapping[str, int]) -> None:
        self.jobs.choose_columns(TENANT, HANNA, job, mapping, COMMA)

    def entities(self, kind: str) -> list[ndb.Key]:
        """The keys of everything of a kind."""
        return list(ndb.Query(kind=kind, namespace=TENANT).fetch(keys_only=True))
