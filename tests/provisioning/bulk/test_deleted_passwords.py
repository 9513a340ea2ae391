"""Accounts that turn up after their first passwords were deleted: nobody is told a password that opens nothing."""

import pytest

from provisioning.accounts.steps import PATIENCE
from provisioning.bulk.expiry import Expiry
from provisioning.bulk.handover import WINDOW, Handover
from runtime.problems import Conflict
from sandbox.google.world import Fault
from tests.provisioning.bulk.place import HANNA, BulkPlace, row
from tests.provisioning.conftest import TENANT

USERS_PATH = "/admin/directory/v1/users"


def test_row_whose_password_is_gone_is_left_to_a_person_however_often_it_is_tried(place: BulkPlace) -> None:
    place.start([row(0), row(1)])
    place.fault(Fault(f"{USERS_PATH}/pupil0", "GET", 503, count=-1))
    place.fault(Fault(USERS_PATH, "POST", 503, when="after", count=1))
    place.deliver()
    place.clock.advance(seconds=PATIENCE, google=False)
    place.run()
    assert [one.state for one in place.rows()] == ["review", "finished"]
    Handover(place.slices, place.clock).open(TENANT, HANNA, "job1", "file")
    with pytest.raises(Conflict, match="were shown, and are not deleted yet"):
        place.jobs.retry_failed(TENANT, HANNA, "job1")
    place.clock.advance(seconds=WINDOW.total_seconds() + 1, google=False)
    Expiry(place.clock).tend(TENANT)
    assert place.passwords() == {}

    place.heal()
    place.jobs.retry_failed(TENANT, HANNA, "job1")
    place.run()

    assert place.user(place.rows()[0].address), "it was made"
    assert [(one.state, one.sentence) for one in place.rows()] == [
        ("review", "Its password was deleted before Google said whether the account exists."), ("finished", ""),
    ]  # fmt: skip
    assert place.passwords() == {}
    assert place.status().state == "done"
