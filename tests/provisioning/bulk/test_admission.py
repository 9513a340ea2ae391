"""Whose jobs somebody sees, and how many may be open at a time."""

from dataclasses import replace
from datetime import timedelta

import pytest
from google.cloud import ndb

from marketplace.access import CustomerId, PersonId, Principal
from provisioning.accounts.domain_policy import DomainPolicy
from provisioning.bulk.admission import (
    LEFT_FOR_ADMINISTRATORS,
    LISTED,
    MOST_OPEN,
    MOST_OPEN_OF_CREATOR,
    Admission,
)
from provisioning.bulk.job_ledger import naive, packed_actor, whose
from provisioning.bulk.jobs import IDLE
from provisioning.bulk.options import JobOptions
from provisioning.bulk.problems import TooManyJobs
from provisioning.bulk.records import BulkJob, job_key
from provisioning.bulk.states import OVER, STATES
from runtime.audit import Actor
from tests.provisioning.bulk.place import HANNA, BulkPlace
from tests.provisioning.bulk.planning_place import csv, pupils
from tests.provisioning.conftest import ADMIN, DOMAIN, TENANT

CREATOR = Principal(
    PersonId(HANNA.id), HANNA.label, "Hanna", DOMAIN, CustomerId(TENANT), DOMAIN,
    is_admin=False, is_operator=False, delegated_admin=ADMIN,
)  # fmt: skip
ADA = replace(CREATOR, person=PersonId("1"), is_admin=True)
ANOTHER = Actor("person", f"{HANNA.id}0", "another@northfield.example")
"""Whose id begins like Hanna's."""


@pytest.fixture
def admission(place: BulkPlace) -> Admission:
    return Admission(place.jobs, lambda _principal: DomainPolicy())


def keep(place: BulkPlace, count: int, actor: Actor = HANNA, **values: str) -> list[str]:
    """So many jobs, each uploaded a second after the one before; their ids, the newest first."""
    began, number = naive(place.clock()), BulkJob.query(namespace=TENANT).count()
    made = [began + timedelta(seconds=at) for at in range(count)]
    jobs = [
        BulkJob(
            key=job_key(TENANT, f"job{number + at}"), created=now, created_by=packed_actor(actor), touched=now,
            whose=whose(actor, now), expires=now + IDLE, options=JobOptions(DOMAIN).packed(),
            **{"state": "ready", **values},
        )
        for at, now in enumerate(made)
    ]  # fmt: skip
    ndb.put_multi(jobs)
    place.clock.advance(seconds=count, google=False)
    return [job.key.id() for job in reversed(jobs)]


def test_a_creator_sees_their_own_jobs_however_many_others_are_newer(place: BulkPlace, admission: Admission) -> None:
    own = keep(place, 3, state="done")
    others = keep(place, LISTED + 1, ANOTHER)
    own = [*keep(place, 1), *own]
    assert [status.id for status in admission.jobs(CREATOR)] == own
    assert [status.id for status in admission.jobs(ADA)] == [own[0], *others[: LISTED - 1]]


def test_a_job_that_is_uploaded_is_its_uploaders(place: BulkPlace, admission: Admission) -> None:
    job = place.jobs.upload(TENANT, HANNA, "pupils.csv", csv(pupils(1)), JobOptions(DOMAIN))
    place.jobs.upload(TENANT, ANOTHER, "pupils.csv", csv(pupils(1)), JobOptions(DOMAIN))
    assert [status.id for status in admission.jobs(CREATOR)] == [job]


def test_a_creator_has_so_many_open_jobs_and_an_administrator_more(place: BulkPlace, admission: Admission) -> None:
    open_states = [state for state in STATES if state not in OVER]
    jobs = [job for state in open_states for job in keep(place, 2, state=state)]
    jobs += keep(place, MOST_OPEN_OF_CREATOR - len(jobs) - 1)
    for state in OVER:
        keep(place, 2, state=state)
    admission.require_room(CREATOR)
    jobs += keep(place, 1)
    with pytest.raises(TooManyJobs, match="20 of your lists are not finished") as refused:
        admission.require_room(CREATOR)
    assert (refused.value.status, "throw away" in refused.value.advice) == (409, True)
    admission.require_room(ADA)
    admission.require_room(replace(CREATOR, person=PersonId(ANOTHER.id)))
    place.jobs.cancel(TENANT, HANNA, jobs[-1])
    admission.require_room(CREATOR)


def test_creators_leave_room_for_administrators(place: BulkPlace, admission: Admission) -> None:
    keep(place, MOST_OPEN - LEFT_FOR_ADMINISTRATORS - 1, ANOTHER)
    admission.require_room(CREATOR)
    keep(place, 1, ANOTHER)
    with pytest.raises(TooManyJobs, match="80 lists of your domain are not finished"):
        admission.require_room(CREATOR)
    admission.require_room(ADA)


def test_a_domain_has_so_many_open_jobs(place: BulkPlace, admission: Admission) -> None:
    keep(place, MOST_OPEN, ANOTHER)
    for principal in (ADA, CREATOR):
        with pytest.raises(TooManyJobs, match="100 lists of your domain are not finished"):
            admission.require_room(principal)
    place.clock.advance(seconds=IDLE.total_seconds(), google=False)
    admission.require_room(ADA)
