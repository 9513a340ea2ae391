"""First passwords: one window, whoever opens it, and nothing after it."""

from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import pytest

from provisioning.bulk.expiry import PASSWORDS_KEPT, Expiry
from provisioning.bulk.handover import WINDOW, Handover, PasswordsGone
from provisioning.bulk.job_ledger import naive
from provisioning.bulk.records import job_key
from provisioning.bulk.rows import Row
from tests.provisioning.bulk.place import HANNA, BulkPlace, row
from tests.provisioning.conftest import TENANT


def ended(place: BulkPlace, *rows: Row) -> str:
    """A job that is done, with a password for each row."""
    job_id = place.plan(rows, passwords={one.line: f"first-word-{one.line}" for one in rows})
    job = job_key(TENANT, job_id).get()
    job.populate(state="done", run=1, passwords_until=naive(place.clock() + PASSWORDS_KEPT))
    job.put()
    return job_id


@pytest.fixture
def handover(place: BulkPlace) -> Handover:
    return Handover(place.slices, place.clock)


def standing(place: BulkPlace, handover: Handover, job: str) -> str:
    return handover.standing(place.jobs.status(TENANT, job))


def test_passwords_of_accounts_that_exist_are_told(place: BulkPlace, handover: Handover) -> None:
    states = ("finished", "created", "kept", "deleted", "failed", "review", "skipped")
    job = ended(place, *(row(number, state=state) for number, state in enumerate(states)))
    handover.open(TENANT, HANNA, job, "file")
    told = list(handover.passwords(TENANT, place.jobs.status(TENANT, job)))
    assert [(one.line, one.password) for one in told] == [(line, f"first-word-{line}") for line in (2, 3, 4)]


def test_window_begins_with_the_first_look_and_the_passwords_end_with_it(place: BulkPlace, handover: Handover) -> None:
    job = ended(place, row(0, state="finished"))
    assert standing(place, handover, job) == "waiting"
    handover.open(TENANT, HANNA, job, "file")
    until = place.jobs.status(TENANT, job).window_until
    place.clock.advance(minutes=14)
    assert standing(place, handover, job) == "open"
    handover.open(TENANT, HANNA, job, "letters")
    status = place.jobs.status(TENANT, job)
    assert (status.window_until, status.passwords_until) == (until, until), "it is not prolonged"
    assert [(one.who, one.form) for one in handover.shown(TENANT, status)] == [
        (HANNA.label, "file"), (HANNA.label, "letters"),
    ]  # fmt: skip
    place.clock.advance(minutes=1)
    assert standing(place, handover, job) == "over"
    with pytest.raises(PasswordsGone):
        handover.open(TENANT, HANNA, job, "file")


def test_nobody_looks_after_72_hours(place: BulkPlace, handover: Handover) -> None:
    job = ended(place, row(0, state="finished"))
    place.clock.advance(hours=71, minutes=55)
    handover.open(TENANT, HANNA, job, "file")
    window = place.jobs.status(TENANT, job).window_until
    assert window is not None
    assert window - place.clock() < WINDOW, "cut off by the 72 hours"
    late = ended(place, row(0, state="finished"))
    place.clock.advance(hours=72)
    assert standing(place, handover, late) == "over"
    with pytest.raises(PasswordsGone):
        handover.open(TENANT, HANNA, late, "file")


def test_job_without_accounts_has_no_passwords(place: BulkPlace, handover: Handover) -> None:
    assert standing(place, handover, ended(place, row(0, state="failed"))) == "none"
    waiting = place.plan([row(0)], job_id="job2")
    assert standing(place, handover, waiting) == "none"
    with pytest.raises(PasswordsGone):
        handover.open(TENANT, HANNA, waiting, "file")


def test_two_at_once_open_one_window(place: BulkPlace, handover: Handover) -> None:
    job = ended(place, row(0, state="finished"))

    def look(_number: int) -> None:
        with place.desk.datastore.context():
            handover.open(TENANT, HANNA, job, "file")

    with ThreadPoolExecutor(4) as many:
        list(many.map(look, range(4)))
    until = place.jobs.status(TENANT, job).window_until
    assert until is not None
    assert timedelta(0) < until - place.clock() <= WINDOW
    assert [entry.action for entry in place.desk.audit()].count("bulk.passwords_shown") == 4


def test_passwords_that_are_deleted_while_they_are_read_are_not_left_out_unsaid(
    place: BulkPlace, handover: Handover
) -> None:
    job = ended(place, *(row(number, state="finished") for number in range(60)))
    handover.open(TENANT, HANNA, job, "file")
    told = handover.passwords(TENANT, place.jobs.status(TENANT, job))
    read = [next(told).line for _ in range(25)]
    place.clock.advance(minutes=15)
    Expiry(place.clock).tend(TENANT)
    with pytest.raises(PasswordsGone, match="Their time ended while they were being read"):
        read.append(next(told).line)
    assert read == list(range(2, 27)), "the first slice, and nothing of the others"
