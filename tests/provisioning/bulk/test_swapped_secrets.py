"""Somebody who can write to the database puts what is encrypted elsewhere: it opens nowhere but where it was made."""

import pytest
from google.cloud import ndb

from provisioning.bulk.records import secrets_key, slice_key
from runtime.sealing import CannotOpen
from tests.provisioning.bulk.place import BulkPlace, row
from tests.provisioning.conftest import TENANT

ANOTHER = "C0another"


@pytest.fixture
def planned(place: BulkPlace) -> BulkPlace:
    for job in ("job1", "job2"):
        place.plan([row(n) for n in range(30)], job_id=job, passwords={2: f"own-{job}", 3: "next", 28: "later"})
    return place


@pytest.mark.parametrize(("tenant", "job", "number"), [(TENANT, "job2", 0), (TENANT, "job1", 1), (ANOTHER, "job1", 0)])
def test_rows_and_passwords_open_in_their_own_place_only(
    planned: BulkPlace, tenant: str, job: str, number: int
) -> None:
    rows, secrets = ndb.get_multi([slice_key(TENANT, "job1", 0), secrets_key(TENANT, "job1", 0)])
    moved = planned.slices.entity(tenant, job, number, [], rows.expires)
    moved.sealed = rows.sealed
    others = planned.slices.secrets_entity(tenant, job, number, {}, rows.expires)
    others.passwords = dict(secrets.passwords)
    ndb.put_multi([moved, others])
    with pytest.raises(CannotOpen):
        planned.slices.read(tenant, job, [number])
    if (tenant, job) != (TENANT, "job1"):  # within a job it is the line that counts
        with pytest.raises(CannotOpen):
            planned.slices.passwords(tenant, job, number)


def test_two_people_of_a_job_cannot_be_given_each_others_password(planned: BulkPlace) -> None:
    kept = secrets_key(TENANT, "job1", 0).get()
    kept.passwords = {"2": kept.passwords["3"], "3": kept.passwords["2"]}
    kept.put()
    with pytest.raises(CannotOpen):
        planned.slices.passwords(TENANT, "job1", 0)
