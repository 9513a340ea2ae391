"""What another job does about a person, as it is now. Called inside an ndb context."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from provisioning.bulk.job_ledger import counts_of
from provisioning.bulk.recognition import makes, may_have_made
from provisioning.bulk.records import BulkJob, job_key, lane_key
from provisioning.bulk.rows import Row
from provisioning.bulk.run.lanes import LANES, begins_again
from provisioning.bulk.states import OVER
from runtime.lookup import look_up

_WITHOUT = ("ready", "failed", "review", "passed_over", "deleted")
"""What rows count as of which no account came, or is left."""


@dataclass(frozen=True)
class Standing:
    """A job. counts: see rows.tally. begins_again: see lanes."""

    job: BulkJob
    counts: Mapping[str, int]
    begins_again: bool

    @property
    def may_have_left_out(self) -> bool:
        """Whether it has come to an end without the accounts of all its people."""
        has_ended = self.job.state in OVER and not self.job.is_at_work
        return has_ended and any(self.counts.get(name) for name in _WITHOUT)

    def makes(self, row: Row) -> bool:
        """Whether it has made, or is going to make, the account of one of its rows."""
        return makes(row, self.job.mode, self.job.state, begins_again=self.begins_again)

    def may_have_made(self, row: Row) -> bool:
        """Whether the account exists by this job, or Google was asked for it."""
        return may_have_made(row, self.job.mode)


def standings(tenant: str, jobs: Collection[str]) -> dict[str, Standing]:
    """By id; those that are not kept any more are left out. One round trip, to be made before their rows are read."""
    keys = {job: [job_key(tenant, job), *(lane_key(tenant, job, number) for number in range(LANES))] for job in jobs}
    found = look_up([key for own in keys.values() for key in own]) if jobs else []
    dealt = [found[at : at + 1 + LANES] for at in range(0, len(found), 1 + LANES)]
    return {job: _standing(own) for job, own in zip(keys, dealt, strict=True) if own[0]}


def _standing(found: Sequence[Any]) -> Standing:
    job, *lanes = found
    there = [lane for lane in lanes if lane]
    return Standing(job, counts_of(job, there), begins_again(there))
