"""The names of a slice's rows: held for the job while Google is asked, and replaced where somebody else has them.

A slice is a holder of its own, so that names that it does not need any more are freed together. Called inside an ndb
context.
"""

import threading
from collections.abc import Iterable

from cachetools import LRUCache

from provisioning.accounts.domain_policy import DomainPolicy
from provisioning.bulk.plan.planner import Planner
from provisioning.bulk.rows import HELD, Row
from provisioning.bulk.run.outcomes import ATTEMPTS, renamed, to_review
from provisioning.bulk.run.shift import OpenSlice, Shift
from provisioning.bulk.slices import Slices
from provisioning.naming.holder import USABLE, Holder, Standing
from provisioning.naming.holds import Holds
from runtime.problems import Unavailable

HELD_FOR = 15 * 60
"""Seconds; longer than a slice takes, and than the lane waits when its task was killed."""
REMEMBERED = 8
"""Jobs whose planned names a process remembers: 150,000 take some 15 MB."""
_TRIES = 8


class RowNames:
    """Of every tenant's jobs."""

    def __init__(self, holds: Holds, planner: Planner, slices: Slices) -> None:
        """planner: finds other names. slices: where the names of a job's other rows stand."""
        self._holds = holds
        self._planner = planner
        self._slices = slices
        self._lock = threading.Lock()
        self._planned: LRUCache[tuple[str, str], frozenset[str]] = LRUCache(REMEMBERED)

    def secure(self, shift: Shift, policy: DomainPolicy, page: OpenSlice) -> list[Row]:
        """Hold the names of a slice's rows that are ready; those that are held then. The others ask a person.

        A name that somebody else holds is replaced by another one, unless the file named it. Raises Unavailable.
        """
        for domain in {row.domain for row in page.rows if row.state == "ready"}:
            for _ in range(_TRIES):
                if self._take(shift, domain, policy, page):
                    break
            else:
                raise Unavailable("Somebody else takes the same names at the same time.")
        return [row for row in page.rows if row.state == "ready"]

    def another(self, shift: Shift, policy: DomainPolicy, row: Row, page: OpenSlice) -> bool:
        """Give the row another free name, where the file did not name one; whether it has one now.

        Names that the plan gives to other rows of the job are left to them.
        """
        if row.is_chosen or row.attempts >= ATTEMPTS:
            return False
        besides, planned = page.not_to_be_had(row), self._planned_in(shift)
        while username := self._planner.next_name(shift.tenant, policy, row, besides):
            if f"{username}@{row.domain}" not in planned:
                renamed(row, username)
                return True
            besides.add(username)
        return False

    def close(self, tenant: str, job: str, number: int, rows: Iterable[Row], unused: Iterable[tuple[str, str]]) -> None:
        """In a transaction: what exists keeps its name, as a created one. unused: (domain, name) to free."""
        for row in rows:
            self._holds.mark_created(holder_of(tenant, row.domain, job, number), row.username)
        names: dict[str, list[str]] = {}
        for domain, name in unused:
            names.setdefault(domain, []).append(name)
        for domain, listed in names.items():
            self._holds.drop(holder_of(tenant, domain, job, number), listed)

    def _planned_in(self, shift: Shift) -> frozenset[str]:
        """All addresses of a job's plan; its slices are read once by a process, and only if somebody has a name."""
        key = (shift.tenant, shift.job_id)
        with self._lock:
            known = self._planned.get(key)
        if known is None:
            pages = self._slices.all(*key, shift.job.slices)
            known = frozenset(row.address for rows in pages for row in rows if row.username)
            with self._lock:
                self._planned[key] = known
        return known

    def _take(self, shift: Shift, domain: str, policy: DomainPolicy, page: OpenSlice) -> bool:
        """Hold all of the names; False when one had to be replaced, or somebody was faster."""
        holder = holder_of(shift.tenant, domain, shift.job_id, page.number)
        ready, asked = (
            [row for row in page.rows if (row.state, row.domain) == (state, holder.domain)]
            for state in ("ready", "intent")
        )
        look = self._holds.look(holder, [row.username.lower() for row in (*ready, *asked)])
        lost = [row for row in ready if look.standings[row.username.lower()] not in USABLE]
        for row in lost:
            if not self.another(shift, policy, row, page):
                to_review(row, HELD, f"{row.username} has just been offered or given to somebody else.")
        names = [row.username.lower() for row in ready if row.state == "ready"]
        names += [name for row in asked if look.standings[name := row.username.lower()] is Standing.MINE]
        return not lost and self._holds.take(holder, names, look, HELD_FOR, whole=True) is not None


def holder_of(tenant: str, domain: str, job: str, number: int) -> Holder:
    """Who holds the names of a slice."""
    return Holder(tenant, domain, f"bulk {job}", str(number))
