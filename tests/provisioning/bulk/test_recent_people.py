"""Whom a plan knows from other jobs."""

from datetime import timedelta

from provisioning.bulk.recent_people import MOST_JOBS, RecentPeople
from provisioning.bulk.records import job_key
from provisioning.directory.snapshot_store import SnapshotStore
from tests.provisioning.bulk.place import HANNA, BulkPlace
from tests.provisioning.bulk.two_jobs import people
from tests.provisioning.conftest import DOMAIN, TENANT


def known(place: BulkPlace) -> list[tuple[str, str, bool]]:
    """Address, slice, and whether the account exists."""
    found = RecentPeople(SnapshotStore(), place.ledger, place.slices).people_of_jobs(TENANT)
    return [(user.email, at, bool(user.id)) for user, at in found]


def test_whom_a_job_has_made_or_is_about_to_make_is_known_with_the_slice(place: BulkPlace) -> None:
    place.start(people(0))
    place.run()
    place.start(people(1, family="Other"), job_id="job2")
    place.plan(people(2), job_id="job3")
    expected = [(f"example0@{DOMAIN}", "job1/000000", True), (f"other1@{DOMAIN}", "job2/000000", False)]
    assert known(place) == expected
    place.jobs.cancel(TENANT, HANNA, "job2")
    assert known(place) == expected[:1]


def test_a_job_under_way_is_known_however_many_were_uploaded_since(place: BulkPlace) -> None:
    place.start(people(0))
    created = job_key(TENANT, "job1").get().created
    for number in range(MOST_JOBS):
        place.plan([], job_id=f"later{number}")
        later = job_key(TENANT, f"later{number}").get()
        later.created = created + timedelta(seconds=number + 1)
        later.put()
    assert known(place) == [(f"example0@{DOMAIN}", "job1/000000", False)]


def test_rows_that_are_about_to_be_tried_again_are_known(place: BulkPlace) -> None:
    place.start(people(0, unit="/Nowhere"))
    place.run()
    assert known(place) == []
    place.jobs.retry_failed(TENANT, HANNA, "job1")
    assert known(place) == [(f"example0@{DOMAIN}", "job1/000000", False)]
