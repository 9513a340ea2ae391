"""Three lists with the same people, and whatever anybody does with them: nobody gets two accounts, or is forgotten."""

import random
from collections import Counter
from collections.abc import Callable
from contextlib import suppress
from datetime import timedelta

import pytest

from provisioning.bulk.rows import tally
from runtime.problems import Conflict
from sandbox.google.world import Fault
from tests.provisioning.bulk.place import HANNA, BulkPlace
from tests.provisioning.bulk.two_jobs import people
from tests.provisioning.conftest import TENANT, USERS_PATH

JOBS = ("job1", "job2", "job3")
DEEDS = 100


class Chaos:
    """Does one thing after another, by chance; what is refused is left."""

    def __init__(self, place: BulkPlace, seed: int) -> None:
        self.place, self.chance = place, random.Random(seed)  # noqa: S311 - no secret
        jobs = place.jobs
        self.deeds: list[Callable[[str], object]] = [
            self.confirm, self.undo, self.undo,
            *(lambda job, deed=deed: deed(TENANT, HANNA, job) for deed in (jobs.pause, jobs.resume, jobs.retry_failed)),
            *(lambda job, deed=deed: deed(TENANT, HANNA, job) for deed in (jobs.look, jobs.cancel)),
            lambda _job: place.clock.advance(minutes=11, google=False),
            lambda _job: place.fault(Fault(USERS_PATH, "POST", 503, when="after")),
            lambda _job: place.heal(),
            *[self.deliver] * 12,
        ]  # fmt: skip

    def act(self) -> None:
        with suppress(Conflict):
            self.chance.choice(self.deeds)(self.chance.choice(JOBS))

    def confirm(self, job: str) -> None:
        self.place.jobs.confirm(TENANT, HANNA, job, tally(self.place.rows(job)).get("ready", 0), 1)

    def undo(self, job: str) -> None:
        self.place.jobs.undo(TENANT, HANNA, job, self.place.status(job).to_delete)

    def deliver(self, _job: str) -> None:
        waiting = self.place.queue.waiting
        if waiting:
            self.place.deliver(waiting.pop(self.chance.randrange(len(waiting))))

    def end(self) -> None:
        """Everything is begun, or gone on with, and works to its end."""
        self.place.heal()
        for job in JOBS:
            for deed in (self.confirm, lambda job: self.place.jobs.resume(TENANT, HANNA, job)):
                with suppress(Conflict):
                    deed(job)
        self.place.clock.advance(minutes=11, google=False)
        self.place.run(300)


def at_google(place: BulkPlace) -> Counter[str]:
    """How many accounts there are for each ID, deleted ones left out."""
    marks = {found.mark: found.employee_id for job in JOBS for found in place.rows(job) if found.mark}
    rows = [found for job in JOBS for found in place.rows(job)]
    entries = [user.more.get("externalIds") or [] for user in place.accounts(rows)]
    return Counter(marks[entry["value"]] for own in entries for entry in own if entry["value"] in marks)


@pytest.mark.parametrize("seed", [3, 4])
def test_whatever_is_done_with_three_lists_nobody_gets_two_accounts_or_is_forgotten(
    place: BulkPlace, seed: int
) -> None:
    """With tasks of one slice and one phase each."""
    place.runs = place.service(work=timedelta(0))
    place.plan(people(0, 1, 2), job_id="job1")
    place.plan(people(0, 1, 3, family="Again", unit="/Nowhere"), job_id="job2")
    place.plan(people(1, 2, 3, family="Third"), job_id="job3")
    chaos = Chaos(place, seed)
    for _ in range(DEEDS):
        chaos.act()
        assert max(at_google(place).values(), default=1) == 1
    place.add_unit("/Nowhere")
    chaos.end()
    assert {place.status(job).state for job in JOBS} <= {"done", "cancelled"}
    there = at_google(place)
    assert max(there.values(), default=1) == 1
    assert there == Counter(found.employee_id for job in JOBS for found in place.rows(job) if found.exists)
    assert place.live_holds() == []
    for person in {"P0", "P1", "P2", "P3"} - there.keys():
        own = [(found, place.status(job)) for job in JOBS for found in place.rows(job) if found.employee_id == person]
        assert any(found.state != "skipped" for found, _ in own), f"each list says that another one has {person}"
