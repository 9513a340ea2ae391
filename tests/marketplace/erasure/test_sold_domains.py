"""A customer one of whose domains was sold leaves: it is closed as a whole, and nothing comes after its end."""

from datetime import datetime

import pytest

from marketplace.erasure.deletion import Deletion
from marketplace.rules import Standing
from runtime.problems import BadRequest, Conflict
from sandbox.google import seed
from tests.marketplace.erasure.office import Office, namespace, outside
from tests.marketplace.house import SCHOOL, STUDENTS, VENDOR


@pytest.fixture
def sold(office: Office) -> Office:
    """The students' domain answers for another customer now; the school goes on with its own."""
    office.house.domains.quarantine(STUDENTS, VENDOR, "C0buyer")
    return office


def test_a_sold_domain_stands_for_the_customer_that_is_erased_by_it(sold: Office) -> None:
    assert sold.requests.known(STUDENTS).domain == SCHOOL
    with pytest.raises(BadRequest, match="not the name"):
        sold.requests.ask(STUDENTS, STUDENTS, VENDOR, "operator")
    assert sold.requests.serves(seed.NORTHFIELD)

    sold.requests.ask(STUDENTS, SCHOOL, VENDOR, "operator")

    assert sold.house.standing() is Standing.LEAVING
    assert sold.house.domains.active() == []


def test_a_sold_domain_is_not_released_while_its_customer_leaves(sold: Office) -> None:
    sold.ask()
    with pytest.raises(Conflict, match="to be deleted"):
        sold.house.operators.release(STUDENTS, VENDOR)


def test_what_operators_decide_once_deleting_has_begun_writes_nothing(sold: Office) -> None:
    house = sold.house
    sold.ask()
    house.clock.advance(days=7, seconds=1)
    sold.deletion.start_due()
    refused: list[str] = []

    def decide() -> None:
        for work in (
            lambda: house.operators.disable(SCHOOL, "It is said to be empty.", VENDOR),
            lambda: house.operators.enable(SCHOOL, VENDOR),
            lambda: house.domains.quarantine(SCHOOL, VENDOR, "C0buyer"),
            lambda: house.domains.act_as(SCHOOL, "x@northfield.example", "1", VENDOR),
        ):
            with pytest.raises(Conflict, match="being deleted"):
                work()
            refused.append("once")

    # The last look: it has found nothing, and the customer is about to be over.
    for number in range(2, 30):
        sold.belongings.meanwhile[number] = decide
    sold.work()
    assert len(refused) >= 8
    assert namespace(seed.NORTHFIELD) == 0


def test_whoever_signs_in_at_the_moment_it_begins_leaves_nothing(office: Office) -> None:
    """Google is asked about them, which takes seconds, while everything is deleted."""
    house = office.house
    office.ask()
    house.clock.advance(days=7, seconds=1)
    house.workspace.meanwhile = office.work
    with pytest.raises(Conflict, match="being deleted"):
        house.sign_in(seed.ADMIN)
    assert outside("Session", "AppsDomain", "ErasureProof") == {"Session": 0, "AppsDomain": 0, "ErasureProof": 1}


def test_a_request_that_takes_the_place_of_the_one_that_was_due_is_not_begun(office: Office) -> None:
    """Taken back, and asked for again, between a task's look at it and its first step."""
    office.ask()
    office.house.clock.advance(days=7, seconds=1)
    looks = iter(range(10))

    def clock() -> datetime:
        """Told for the third time when the task has seen that it is due."""
        if next(looks) == 2:
            office.requests.take_back(seed.NORTHFIELD, VENDOR)
            office.ask()
        return office.house.clock()

    Deletion(office.belongings, office.queue, clock).work(seed.NORTHFIELD)

    found = office.requests.of(seed.NORTHFIELD)
    assert found is not None
    assert not found.is_begun
    assert found.due_at > office.house.clock()
