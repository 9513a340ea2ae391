"""The Directory as it was read last: one reading of everybody, for names and for whatever else wants to know them.

A reading runs in tasks of less than a minute each, is saved page by page, and goes on where a killed task stopped. What
is in force is replaced in one step when everything was read; until then, and whatever goes wrong, it stays as it is.
Called inside an ndb context.
"""

import logging
from collections.abc import Callable, Iterator, Sequence
from dataclasses import asdict
from datetime import datetime, timedelta
from typing import Protocol

from google.cloud import ndb

from provisioning.directory.crawl import (
    CompletedCrawl,
    CrawlStatus,
    SnapshotConsumer,
    SnapshotInfo,
    missing_domains,
    shrunk,
)
from provisioning.directory.crawl_chain import BrokenListing, ChainReader
from provisioning.directory.crawl_ledger import HELD, OVER, RUNNING, CrawlLedger, Lease, LeaseLost, is_leased, naive
from provisioning.directory.crawl_status import completed, due, status_of
from provisioning.directory.port import ListedGroup, ListedUser, Listing, WorkspaceDomain
from provisioning.directory.snapshot_pages import SnapshotPage
from provisioning.directory.snapshot_records import DirectoryCrawl, DirectorySnapshot, snapshot_key
from provisioning.directory.snapshot_store import SnapshotStore
from runtime.audit import Actor, audit_entry
from runtime.clock import Clock
from runtime.datastore import OUTAGES, tenant_namespace
from runtime.problems import Conflict, Problem
from runtime.tasks import Task, Tasks

__all__ = ["CompletedCrawl", "SnapshotConsumer", "Snapshots"]

PATH = "/tasks/directory/crawl"
WORK = timedelta(seconds=45)
"""How long one task reads pages."""
PACE = 0.04
"""At most 1,500 of the 2,400 questions that Google answers in a minute; the others are for whoever makes accounts."""
FRESH = timedelta(seconds=5)
"""A task that has worked for longer leaves the completion, which is one long step, to the next one."""
COMPLETING = timedelta(minutes=10)
"""How long the completion keeps the lease: the queue ends no task earlier."""
APP = Actor("app", "directory", "schedule")
_log = logging.getLogger("frontdesk.directory")


class ReadingPolicy(Protocol):
    """What a domain has chosen about reading: its policy, as far as it matters here."""

    @property
    def cache_expiration_hours(self) -> int:
        """How old a reading may be."""

    @property
    def shrink_limit(self) -> int:
        """Percent of what is known that may be missing from a reading without anybody being asked."""


class Snapshots:
    """Reads the Directory of each tenant, and says what it was."""

    def __init__(
        self,
        listing: Listing,
        domains_of: Callable[[str], Sequence[WorkspaceDomain]],
        administrator: Callable[[str], str],
        policy_of: Callable[[str], ReadingPolicy],
        consumers: Sequence[SnapshotConsumer],
        tasks: Tasks,
        clock: Clock,
        *,
        work: timedelta = WORK,
        pace: float = PACE,
    ) -> None:
        """domains_of: by the administrator's address. administrator: by tenant, raises Problem for one not in use.

        consumers: built from every complete reading, in this order, before it is in force. work: how long a task reads.
        pace: seconds from one question to Google to the next.
        """
        self._domains_of = domains_of
        self._administrator = administrator
        self._policy_of = policy_of
        self._consumers = consumers
        self._tasks = tasks
        self._clock = clock
        self._work = work
        self._ledger = CrawlLedger(clock)
        self._chains = ChainReader(listing, self._ledger, clock, pace)
        self._store = SnapshotStore()

    def start(self, tenant: str, actor: Actor, reason: str) -> None:
        """Read everything anew, unless that is under way. reason: for the log and the audit. Raises Problem."""
        self._enqueue(tenant, self._ledger.begin(tenant, actor, reason))

    def accept(self, tenant: str, actor: Actor, generation: int) -> None:
        """Take over a reading that was held back. Raises Conflict when that one is not waiting any more."""
        self._enqueue(tenant, self._ledger.accept(tenant, generation, actor))

    def discard(self, tenant: str, actor: Actor, generation: int) -> None:
        """Drop a reading that was held back, and read again. Raises Conflict when that one is not waiting any more."""
        crawl, _ = self._ledger.of(tenant)
        if crawl is None or (crawl.generation, crawl.state) != (generation, HELD):
            raise Conflict("That reading of the Directory is not waiting any more.")
        self.start(tenant, actor, "held back, read again")

    def status(self, tenant: str) -> CrawlStatus:
        """For the page; two round trips."""
        crawl, snapshot = self._ledger.of(tenant)
        return status_of(crawl, snapshot, self._policy_of(tenant).cache_expiration_hours, self._clock())

    def tend(self, tenant: str) -> None:
        """What the scheduler does every few minutes: start a reading that is due, revive one whose task was lost."""
        crawl, snapshot = self._ledger.of(tenant)
        if crawl and crawl.state == RUNNING:
            revived = self._ledger.revive(tenant)
            if revived and revived.state == RUNNING:
                self._enqueue(tenant, revived)
            return
        at = due(crawl, snapshot, self._policy_of(tenant).cache_expiration_hours)
        if at is None or at <= self._clock():
            self.start(tenant, APP, "due" if snapshot else "first reading")

    def on_enabled(self, tenant: str) -> None:
        """The tenant is in use from now on: `tend` it at once. Never fails: otherwise the scheduler does."""
        try:
            self.tend(tenant)
        except (Problem, *OUTAGES) as problem:
            _log.warning("the Directory of %s is left to the schedule: %s", tenant, problem)

    def step(self, tenant: str, generation: int, number: int) -> None:
        """One task: work on the reading until the time is up, then leave the rest to the next task.

        Harmless when called again, at any time. Raises Problem; with `retry` the same task is to be sent again.
        """
        taken = self._ledger.take(tenant, generation, number)
        if taken is None:
            self._send_on(tenant, generation, number)
            return
        lease, crawl = taken
        try:
            self._run(lease, crawl)
        except LeaseLost:
            _log.warning("a task of reading %s of %s lost its lease", generation, tenant)
        except Problem as problem:
            self._note(lease, problem)
            raise

    def in_force(self, tenant: str) -> SnapshotInfo | None:
        """The reading that counts now; None before the first."""
        return self._store.in_force(tenant)

    def pages(self, tenant: str, generation: int) -> Iterator[SnapshotPage]:
        """See SnapshotStore."""
        return self._store.pages(tenant, generation)

    def addresses(self, tenant: str, generation: int) -> Iterator[bytes]:
        """See SnapshotStore."""
        return self._store.addresses(tenant, generation)

    def people(self, tenant: str) -> Iterator[ListedUser]:
        """See SnapshotStore."""
        return self._store.people(tenant)

    def groups(self, tenant: str) -> Iterator[ListedGroup]:
        """See SnapshotStore."""
        return self._store.groups(tenant)

    def _run(self, lease: Lease, crawl: DirectoryCrawl) -> None:
        began = self._clock()
        crawl = self._advance(lease, crawl, began + self._work)
        while crawl.state == RUNNING and self._clock() - began < (FRESH if crawl.phase == "completing" else self._work):
            crawl = self._advance(lease, crawl, began + self._work)
        if crawl.state == RUNNING:
            self._enqueue(lease.tenant, self._ledger.pass_on(lease))

    def _advance(self, lease: Lease, crawl: DirectoryCrawl, until: datetime) -> DirectoryCrawl:
        match crawl.phase:
            case "domains":
                return self._read_domains(lease)
            case "completing":
                return self._complete(lease, crawl)
            case "cleaning":
                return self._clean(lease)
        return self._chains.read(lease, crawl, self._administrator(lease.tenant), until)

    def _read_domains(self, lease: Lease) -> DirectoryCrawl:
        listed = self._domains_of(self._administrator(lease.tenant))
        if not any(domain.is_primary and domain.verified for domain in listed):
            raise BrokenListing("Google's list of domains lacks the primary one.")
        domains = [asdict(domain) for domain in listed]

        def edit(crawl: DirectoryCrawl) -> list[ndb.Model]:
            crawl.populate(domains=domains, phase="users", progressed=naive(self._clock()), trouble=None)
            return []

        return self._ledger.change(lease, edit)

    def _complete(self, lease: Lease, crawl: DirectoryCrawl) -> DirectoryCrawl:
        """Everything was read: hold it back, or build from it and put it in force."""
        before = self.in_force(lease.tenant)
        now, found = completed(crawl), []
        if before:
            limit = self._policy_of(lease.tenant).shrink_limit
            gone = [*missing_domains(before.domains, now.domains), *shrunk(before.counts, now.counts, limit)]
            found = [asdict(obstacle) for obstacle in gone]
        if (crawl.obstacles or found) and not crawl.accepted:
            return self._hold_back(lease, found)
        self._ledger.change(lease, lambda _crawl: [], keep=COMPLETING)
        for consumer in self._consumers:
            consumer.complete(lease.tenant, now, lambda: self._store.addresses(lease.tenant, lease.generation))
        return self._ledger.change(lease, lambda crawl: self._put_in_force(lease.tenant, crawl))

    def _hold_back(self, lease: Lease, found: list[dict[str, object]]) -> DirectoryCrawl:
        def edit(crawl: DirectoryCrawl) -> list[ndb.Model]:
            crawl.populate(state=HELD, lease="", obstacles=[*found, *crawl.obstacles], trouble=None)
            return []

        _log.warning("reading %s of %s is held back: %s", lease.generation, lease.tenant, found)
        return self._ledger.change(lease, edit)

    def _put_in_force(self, tenant: str, crawl: DirectoryCrawl) -> list[ndb.Model]:
        now = self._clock()
        crawl.populate(phase="cleaning", progressed=naive(now), trouble=None)
        snapshot = DirectorySnapshot(
            key=snapshot_key(tenant), generation=crawl.generation, began=crawl.began, ended=naive(now),
            domains=crawl.domains, counts=crawl.counts, pages=crawl.pages,
        )  # fmt: skip
        told = {"accepted": True} if crawl.accepted else {}
        with tenant_namespace(tenant):
            entry = audit_entry(
                now, Actor(**crawl.actor), "directory.read", "people and groups", **crawl.counts, reason=crawl.reason,
                **told,
            )  # fmt: skip
        return [snapshot, entry]

    def _clean(self, lease: Lease) -> DirectoryCrawl:
        """Pages that nobody reads any more, those of readings that were given up among them."""
        more = self._store.drop_older(lease.tenant, lease.generation)

        def edit(crawl: DirectoryCrawl) -> list[ndb.Model]:
            crawl.populate(progressed=naive(self._clock()), **({} if more else {"state": OVER, "lease": ""}))
            return []

        return self._ledger.change(lease, edit)

    def _note(self, lease: Lease, problem: Problem) -> None:
        try:
            self._ledger.note(lease, problem)
        except LeaseLost:
            _log.warning("a problem of a task that lost its lease: %s", problem.what)

    def _send_on(self, tenant: str, generation: int, number: int) -> None:
        """An old task: where the next one was not left with the queue before this one was killed, it is now."""
        crawl, _ = self._ledger.of(tenant)
        is_next = crawl and (crawl.generation, crawl.state, crawl.task) == (generation, RUNNING, number + 1)
        if crawl and is_next and not is_leased(crawl, naive(self._clock())):
            self._enqueue(tenant, crawl)

    def _enqueue(self, tenant: str, crawl: DirectoryCrawl) -> None:
        payload = {"tenant": tenant, "generation": crawl.generation, "number": crawl.task}
        began = f"{crawl.began:%Y%m%d%H%M%S}"  # who was erased and comes back begins with generation 1 again
        self._tasks.enqueue(Task(f"crawl-{tenant}-{crawl.generation}-{began}-{crawl.task}", PATH, payload))
