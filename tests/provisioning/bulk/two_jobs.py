"""Two jobs with the same people, both looked at before either was confirmed."""

from collections import Counter
from collections.abc import Sequence
from typing import Literal

from provisioning.accounts.steps import PATIENCE
from provisioning.bulk.rows import Row, tally
from sandbox.google.world import Fault
from tests.provisioning.bulk.place import HANNA, BulkPlace, row
from tests.provisioning.conftest import TENANT, USERS_PATH


def people(*numbers: int, family: str = "Example", unit: str = "/Students") -> list[Row]:
    """Each with an ID of their own; their usernames are the family's."""
    shared = {"family_name": family, "org_unit_path": unit}
    return [row(n, employee_id=f"P{n}", username=f"{family}{n}".lower(), **shared) for n in numbers]


def confirm(place: BulkPlace, job: str) -> None:
    place.jobs.confirm(TENANT, HANNA, job, tally(place.rows(job))["ready"], 1)


def both(place: BulkPlace, first: Sequence[Row], second: Sequence[Row]) -> None:
    """Two previews, and then both are confirmed."""
    place.plan(first)
    place.plan(second, job_id="job2")
    confirm(place, "job1")
    confirm(place, "job2")


def deliver(place: BulkPlace, job: str) -> None:
    """The first task of this job, whatever waits longer."""
    task = next(task for task in place.queue.waiting if task.payload["job"] == job)
    place.queue.waiting.remove(task)
    place.deliver(task)


def made(place: BulkPlace) -> Counter[str]:
    """How many accounts there are for each ID."""
    rows = [*place.rows(), *place.rows("job2")]
    existing = [found for found in rows if found.exists]
    assert len(place.accounts(rows)) == len(existing)
    return Counter(found.employee_id for found in existing)


def leave_unknown(place: BulkPlace, name: str, when: Literal["before", "after"] = "after") -> None:
    """Google says neither whether it made the next account, of this username, nor what has the address.

    when: "after" it did, or before, so that it did not.
    """
    place.fault(Fault(f"{USERS_PATH}/{name}", "GET", 503, count=-1))
    place.fault(Fault(USERS_PATH, "POST", 503, when=when, count=1 if when == "after" else -1))


def give_up(place: BulkPlace) -> None:
    """Let so much time pass that a person is asked."""
    place.clock.advance(seconds=PATIENCE, google=False)
    place.run()
