"""Accounts that turn up after their first passwords were deleted: nobody is told a password that opens nothing."""

import pytest

from provisioning.accounts.steps import PATIENCE
from provisioning.bulk.expiry import PASSWORDS_KEPT, Expiry
from provisioning.bulk.handover import WINDOW, Handover
from provisioning.bulk.jobs import DELETING
from runtime.problems import Conflict
from sandbox.google.world import Fault
from tests.provisioning.bulk.place import HANNA, BulkPlace, row
from tests.provisioning.conftest import TENANT

USERS_PATH = "/admin/directory/v1/users"


def test_row_whose_password_is_gone_is_left_to_a_person_however_often_it_is_tried(place: BulkPlace) -> None:
    place.start([row(0), row(1)])
    place.fault(Fault(f"{USERS_PATH}/pupil0", "GET", 503, count=-1))
    place.fault(Fault(USERS_PATH, "POST", 503, when="after", count=2))
    place.deliver()
    place.clock.advance(seconds=PATIENCE, google=False)
    place.run()
    assert [one.state for one in place.rows()] == ["review", "finished"]
    Handover(place.slices, place.clock).open(TENANT, HANNA, "job1", "file")
    with pytest.raises(Conflict, match="were shown, or have had their time, and are not deleted yet"):
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


def test_passwords_of_another_run_are_not_made_while_the_old_ones_are_being_deleted(place: BulkPlace) -> None:
    """The scheduler may have chosen the job already, and would delete the new ones, too."""
    place.start([row(0), row(1)])
    place.fault(Fault(USERS_PATH, "POST", 400, count=1))
    place.run()
    assert sorted(one.state for one in place.rows()) == ["failed", "finished"]
    place.clock.advance(seconds=(PASSWORDS_KEPT - DELETING).total_seconds())
    with pytest.raises(Conflict, match="are not deleted yet"):
        place.jobs.retry_failed(TENANT, HANNA, "job1")
    place.clock.advance(seconds=DELETING.total_seconds())
    with pytest.raises(Conflict, match="are not deleted yet"):
        place.jobs.retry_failed(TENANT, HANNA, "job1")
    Expiry(place.clock).tend(TENANT)
    place.jobs.retry_failed(TENANT, HANNA, "job1")
    assert place.status().state == "running"
