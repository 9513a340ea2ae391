"""Where a tenant's reading of the Directory stands, and who works on it now. Called inside an ndb context.

A task works under a lease, and every write of its names the lease: a task that was slow, delivered twice, or presumed
dead writes nothing over what another one has written since.
"""

import secrets
from collections.abc import Callable, Iterable
from dataclasses import asdict, dataclass
from datetime import UTC, datetime, timedelta
from typing import cast

from google.cloud import ndb

from provisioning.directory.crawl import GIVE_UP, REVIVE, Trouble
from provisioning.directory.snapshot_records import DirectoryCrawl, DirectorySnapshot, crawl_key, snapshot_key
from runtime.audit import Actor
from runtime.clock import Clock
from runtime.datastore import transact
from runtime.problems import Conflict, Problem, Unavailable

LEASE = timedelta(minutes=2)
"""Longer than one page takes with all its tries; a task that was killed keeps others waiting for so long."""
RUNNING, HELD, FAILED, OVER = "running", "held", "failed", "over"


class LeaseLost(Exception):
    """Another task works on the reading by now, or it was ended."""


@dataclass(frozen=True)
class Lease:
    """A task's right to write."""

    tenant: str
    generation: int
    secret: str


class CrawlLedger:
    """The one reading of each tenant."""

    def __init__(self, clock: Clock) -> None:
        """clock: leases and ages are measured by it."""
        self._clock = clock

    def of(self, tenant: str) -> tuple[DirectoryCrawl | None, DirectorySnapshot | None]:
        """The reading that was begun last, and what is in force; one round trip."""
        crawl, snapshot = ndb.get_multi([crawl_key(tenant), snapshot_key(tenant)])
        return crawl, snapshot

    def begin(self, tenant: str, actor: Actor, reason: str) -> DirectoryCrawl:
        """A new reading; the one that is running already, where there is one. One held back or failed is given up."""

        def work() -> DirectoryCrawl:
            crawl, snapshot = self.of(tenant)
            if crawl and crawl.state == RUNNING:
                return crawl
            now = naive(self._clock())
            last = max([0, *(found.generation for found in (crawl, snapshot) if found)])
            crawl = DirectoryCrawl(
                key=crawl_key(tenant), generation=last + 1, state=RUNNING, began=now, progressed=now, touched=now,
                actor=asdict(actor), reason=reason,
            )  # fmt: skip
            crawl.put()
            return crawl

        return transact(work)

    def take(self, tenant: str, generation: int, number: int) -> tuple[Lease, DirectoryCrawl] | None:
        """The lease for this task; None for a task whose work is done or is another one's by now.

        Raises Unavailable while another task has the lease: it may have been killed.
        """
        lease = Lease(tenant, generation, secrets.token_urlsafe(9))

        def work() -> DirectoryCrawl | None:
            crawl, now = crawl_key(tenant).get(), naive(self._clock())
            if not crawl or (crawl.generation, crawl.task, crawl.state) != (generation, number, RUNNING):
                return None
            if is_leased(crawl, now):
                wait = int((crawl.leased_until - now).total_seconds()) + 1
                raise Unavailable("Another task is reading the Directory.", retry_after=wait)
            crawl.populate(lease=lease.secret, leased_until=now + LEASE, touched=now)
            crawl.put()
            return cast(DirectoryCrawl, crawl)

        crawl = transact(work)
        return (lease, crawl) if crawl else None

    def change(
        self, lease: Lease, edit: Callable[[DirectoryCrawl], Iterable[ndb.Model]], *, keep: timedelta = LEASE
    ) -> DirectoryCrawl:
        """Change the reading, and put what edit returns, in one transaction that renews the lease. Raises LeaseLost.

        edit: may run more than once. keep: how long the lease lasts from now.
        """

        def work() -> DirectoryCrawl:
            crawl, now = crawl_key(lease.tenant).get(), naive(self._clock())
            if not crawl or (crawl.generation, crawl.lease, crawl.state) != (lease.generation, lease.secret, RUNNING):
                raise LeaseLost
            crawl.populate(leased_until=now + keep, touched=now)
            more = list(edit(crawl))
            ndb.put_multi([crawl, *more])
            return cast(DirectoryCrawl, crawl)

        return transact(work)

    def pass_on(self, lease: Lease) -> DirectoryCrawl:
        """The task ends here and the next one goes on."""

        def edit(crawl: DirectoryCrawl) -> list[ndb.Model]:
            crawl.populate(task=crawl.task + 1, lease="")
            return []

        return self.change(lease, edit)

    def note(self, lease: Lease, problem: Problem) -> None:
        """The task ends with a problem: the reading waits to be tried again, or has failed. Raises LeaseLost."""

        def edit(crawl: DirectoryCrawl) -> list[ndb.Model]:
            crawl.populate(lease="", trouble=_trouble(problem), state=RUNNING if problem.retry else FAILED)
            return []

        self.change(lease, edit)

    def revive(self, tenant: str) -> DirectoryCrawl | None:
        """A reading that nobody has worked on for a while: with a new task to be enqueued, or failed after GIVE_UP.

        None where nothing has to be done.
        """

        def work() -> DirectoryCrawl | None:
            crawl, now = crawl_key(tenant).get(), naive(self._clock())
            if not crawl or crawl.state != RUNNING or is_leased(crawl, now) or now - crawl.touched < REVIVE:
                return None
            if now - crawl.progressed >= GIVE_UP:
                crawl.populate(state=FAILED, touched=now, trouble=crawl.trouble or _trouble(_STUCK))
            else:
                crawl.populate(task=crawl.task + 1, touched=now)
            crawl.put()
            return cast(DirectoryCrawl, crawl)

        return transact(work)

    def accept(self, tenant: str, generation: int, actor: Actor) -> DirectoryCrawl:
        """Take over what was held back: it goes on with another task. Raises Conflict when it is not any more."""

        def work() -> DirectoryCrawl:
            crawl, now = crawl_key(tenant).get(), naive(self._clock())
            if not crawl or (crawl.generation, crawl.state) != (generation, HELD):
                raise Conflict("That reading of the Directory is not waiting any more.")
            crawl.populate(
                state=RUNNING, accepted=True, actor=asdict(actor), task=crawl.task + 1, progressed=now, touched=now
            )
            crawl.put()
            return cast(DirectoryCrawl, crawl)

        return transact(work)


_STUCK = Problem("The reading has not gone on for hours.", advice="It is begun again by itself within the hour.")


def is_leased(crawl: DirectoryCrawl, now: datetime) -> bool:
    """Whether a task works on it, or was killed less than LEASE ago. now: naive."""
    return bool(crawl.lease) and crawl.leased_until > now


def naive(moment: datetime) -> datetime:
    """As Datastore keeps it."""
    return moment.astimezone(UTC).replace(tzinfo=None)


def aware(moment: datetime) -> datetime:
    """As everybody else has it."""
    return moment.replace(tzinfo=UTC)


def _trouble(problem: Problem) -> dict[str, str]:
    return asdict(Trouble(problem.title, problem.what, problem.advice, problem.raw))
