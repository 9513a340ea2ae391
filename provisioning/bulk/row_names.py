"""The names of a slice's rows: held for the job while Google is asked, and replaced where somebody else has them.

A slice is a holder of its own, so that names that it does not need any more are freed together. Called inside an ndb
context.
"""

from collections.abc import Collection, Iterable

from provisioning.accounts.domain_policy import DomainPolicy
from provisioning.bulk.outcomes import ATTEMPTS, HELD, renamed, to_review
from provisioning.bulk.planner import Planner
from provisioning.bulk.rows import Row
from provisioning.bulk.shift import OpenSlice
from provisioning.naming.holder import USABLE, Holder, Standing
from provisioning.naming.holds import Holds
from runtime.problems import Unavailable

HELD_FOR = 15 * 60
"""Seconds; longer than a slice takes, and than the lane waits when its task was killed."""
_TRIES = 8


class RowNames:
    """Of every tenant's jobs."""

    def __init__(self, holds: Holds, planner: Planner) -> None:
        """planner: finds other names."""
        self._holds = holds
        self._planner = planner

    def secure(self, tenant: str, policy: DomainPolicy, job: str, page: OpenSlice) -> list[Row]:
        """Hold the names of a slice's rows that are ready; those that are held then. The others ask a person.

        A name that somebody else holds is replaced by another one, unless the file named it. Raises Unavailable.
        """
        for domain in {row.domain for row in page.rows if row.state == "ready"}:
            holder = holder_of(tenant, domain, job, page.number)
            for _ in range(_TRIES):
                if self._take(holder, policy, page):
                    break
            else:
                raise Unavailable("Somebody else takes the same names at the same time.")
        return [row for row in page.rows if row.state == "ready"]

    def another(self, tenant: str, policy: DomainPolicy, row: Row, besides: Collection[str]) -> bool:
        """Give the row another free name, where the file did not name one; whether it has one now.

        besides: usernames not to be had, the row's own among them.
        """
        if row.is_chosen or row.attempts >= ATTEMPTS:
            return False
        username = self._planner.next_name(tenant, policy, row, besides)
        if not username:
            return False
        renamed(row, username)
        return True

    def close(self, tenant: str, job: str, number: int, rows: Iterable[Row], unused: Iterable[tuple[str, str]]) -> None:
        """In a transaction: what exists keeps its name, as a created one. unused: (domain, name) to free."""
        for row in rows:
            self._holds.mark_created(holder_of(tenant, row.domain, job, number), row.username)
        names: dict[str, list[str]] = {}
        for domain, name in unused:
            names.setdefault(domain, []).append(name)
        for domain, listed in names.items():
            self._holds.drop(holder_of(tenant, domain, job, number), listed)

    def _take(self, holder: Holder, policy: DomainPolicy, page: OpenSlice) -> bool:
        """Hold all of the names; False when one had to be replaced, or somebody was faster."""
        ready, asked = (
            [row for row in page.rows if (row.state, row.domain) == (state, holder.domain)]
            for state in ("ready", "intent")
        )
        look = self._holds.look(holder, [row.username.lower() for row in (*ready, *asked)])
        lost = [row for row in ready if look.standings[row.username.lower()] not in USABLE]
        for row in lost:
            if not self.another(holder.tenant, policy, row, page.not_to_be_had(row)):
                to_review(row, HELD, f"{row.username} has just been offered or given to somebody else.")
        names = [row.username.lower() for row in ready if row.state == "ready"]
        names += [name for row in asked if look.standings[name := row.username.lower()] is Standing.MINE]
        return not lost and self._holds.take(holder, names, look, HELD_FOR, whole=True) is not None


def holder_of(tenant: str, domain: str, job: str, number: int) -> Holder:
    """Who holds the names of a slice."""
    return Holder(tenant, domain, f"bulk {job}", str(number))
