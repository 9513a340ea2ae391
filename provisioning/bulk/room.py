"""What this room is made of: services from what the others offer, its pages, and its jobs."""

from collections.abc import Callable
from contextlib import AbstractContextManager
from dataclasses import dataclass

from flask import Blueprint

from marketplace.access import Guards, Tenants
from provisioning.accounts.creation import AccountCreation
from provisioning.accounts.follow_ups import FollowUps
from provisioning.accounts.policy import Policies
from provisioning.accounts.rule_targets import RuleTargets
from provisioning.bulk.admission import Admission
from provisioning.bulk.expiry import Expiry
from provisioning.bulk.handover import Handover
from provisioning.bulk.job_ledger import JobLedger
from provisioning.bulk.jobs import BulkJobs
from provisioning.bulk.mappings import Mappings
from provisioning.bulk.pages.browsing import RowPages
from provisioning.bulk.pages.screen_web import BulkPages
from provisioning.bulk.pages.web import bulk_blueprint
from provisioning.bulk.plan.mending import Mending
from provisioning.bulk.plan.planner import Planner
from provisioning.bulk.plan.planning import PlanTasks
from provisioning.bulk.plan.surroundings import Surroundings
from provisioning.bulk.recent_people import RecentPeople
from provisioning.bulk.run.creating import Creating
from provisioning.bulk.run.following import Following
from provisioning.bulk.run.lanes import Lanes
from provisioning.bulk.run.left_rows import LeftRows
from provisioning.bulk.run.row_names import RowNames
from provisioning.bulk.run.run_jobs import add_run_jobs
from provisioning.bulk.run.running import JobRuns
from provisioning.bulk.run.shift import Books
from provisioning.bulk.run.undoing import Undoing
from provisioning.bulk.schedule import add_bulk_jobs
from provisioning.bulk.slices import Slices
from provisioning.bulk.uploads import Uploads
from provisioning.directory.places import Places
from provisioning.directory.port import Directory
from provisioning.directory.snapshot_store import SnapshotStore
from provisioning.naming.holds import Holds
from provisioning.naming.taken import TakenNames
from runtime.clock import Clock
from runtime.internal import InternalRoutes
from runtime.pace import Pace
from runtime.sealing import Sealer
from runtime.tasks import Tasks


@dataclass(frozen=True)
class Neighbours:
    """What the other rooms offer. creates_pace, steps_pace: of calls that make accounts, and of others. administrator:
    of a tenant in use, raises Problem for one that is not. context: an ndb context, for answers written after the
    request was handled.
    """

    directory: Directory
    follow_ups: FollowUps
    creates_pace: Pace
    steps_pace: Pace
    places: Places
    policies: Policies
    taken: TakenNames
    administrator: Callable[[str], str]
    context: Callable[[], AbstractContextManager[None]]


class BulkRoom:
    """Jobs of all tenants: `blueprint` and `add_jobs` are what the app takes from here."""

    def __init__(self, clock: Clock, tasks: Tasks, sealer: Sealer, near: Neighbours) -> None:
        self._clock = clock
        self._near = near
        self._slices = Slices(sealer)
        self._lanes = Lanes(tasks, clock)
        ledger, uploads = JobLedger(clock), Uploads(sealer, clock)
        targets = RuleTargets(near.directory, near.places)
        people = RecentPeople(SnapshotStore(), ledger, self._slices)
        surroundings = Surroundings(near.places, targets, people, near.taken, near.policies.of, near.administrator)
        self._planner = Planner(near.taken)
        self._plans = PlanTasks(surroundings, self._planner, uploads, self._slices, tasks, clock)
        self.jobs = BulkJobs(ledger, uploads, Mappings(clock), self._plans, self._lanes, near.policies.of, clock)
        self.mending = Mending(ledger, surroundings, self._planner, self._slices, clock)

    def blueprint(self, guards: Guards, sign_in_url: str) -> Blueprint:
        """The pages."""
        near, clock = self._near, self._clock
        admission, handover = Admission(self.jobs, near.policies.require_creator), Handover(self._slices, clock)
        rows = RowPages(self._slices)
        return bulk_blueprint(
            BulkPages(
                guards=guards, jobs=self.jobs, mending=self.mending, admission=admission, rows=rows, handover=handover,
                places=near.places, left=LeftRows(self._slices), context=near.context, clock=clock,
                sign_in_url=sign_in_url,
            )
        )  # fmt: skip

    def add_jobs(self, routes: InternalRoutes, tenants: Tenants) -> None:
        """What the queue and the scheduler call."""
        runs = self._runs()
        add_run_jobs(routes, runs)
        add_bulk_jobs(routes, self._plans, runs, Expiry(self._clock), tenants.active, tenants.known)

    def _runs(self) -> JobRuns:
        near, clock = self._near, self._clock
        books = Books(self._lanes, self._slices, clock)
        creation = AccountCreation(near.directory, clock)
        names = RowNames(Holds(clock), self._planner, self._slices)
        creating = Creating(books, names, self._slices, creation, near.creates_pace, near.policies, near.taken, clock)
        following = Following(books, near.follow_ups, near.steps_pace, clock)
        undoing = Undoing(books, near.directory, near.steps_pace, clock)
        return JobRuns(self._lanes, books, creating, following, undoing, near.administrator, clock)
