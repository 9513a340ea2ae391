"""Many visitors at once, and one visitor many times."""

import threading
from collections.abc import Callable
from contextlib import nullcontext

import pytest

from provisioning.invitations.problems import InvitationOver
from runtime.problems import Problem
from tests.provisioning.conftest import TENANT
from tests.provisioning.invitations.conftest import CALLER, PASSWORD, House, wish


def together(house: House, tasks: list[Callable[[], object]]) -> list[str]:
    """Run them in threads that start at the same moment; the codes of their problems, "" for none."""
    barrier, codes = threading.Barrier(len(tasks)), []

    def run(task: Callable[[], object]) -> None:
        with house.desk.datastore.context():
            barrier.wait()
            try:
                task()
                codes.append("")
            except Problem as problem:
                codes.append(problem.code)

    threads = [threading.Thread(target=run, args=(task,)) for task in tasks]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return codes


def test_three_places_for_twenty_visitors_open_three_accounts(house: House) -> None:
    link = house.invite(quota=3)
    visits = [house.visit(link) for _ in range(20)]
    names = [f"pupil{chr(ord('a') + number)}" for number in range(20)]

    def joining(number: int) -> Callable[[], object]:
        return lambda: house.joining.create(visits[number], wish(username=names[number]), CALLER)

    codes = together(house, [joining(number) for number in range(20)])
    info = house.info(link)
    while info.used < 3:  # those who lost a race for the counter, and try again as they are told
        number = next(number for number in range(20) if house.again(visits[number]).state == "open")
        joining(number)()
        info = house.info(link)
    assert set(codes) <= {"", "invitation_over", "unavailable"}
    assert codes.count("") <= 3
    assert (info.used, info.claimed, info.state) == (3, 0, "used up")
    assert len(house.students()) == 3
    assert house.opened_today() == 3


def test_one_visit_sent_many_times_with_many_names_opens_one_account(house: House) -> None:
    link = house.invite(quota=50)
    visit = house.visit(link)
    wishes = [wish(username=name, password=PASSWORD) for name in ("zoe.a", "zoe.a", "zoe.b", "zoe.b", "zoe.c")]
    together(house, [lambda one=one: house.joining.create(visit, one, CALLER) for one in wishes])
    assert len(house.students()) == 1
    assert house.again(visit).state == "done"
    assert (house.info(link).used, house.info(link).claimed) == (1, 0)


def test_a_member_in_many_browsers_opens_one_account(house: House) -> None:
    house.invite(quota=9, audience="members")
    [info] = house.invitations.newest(TENANT)
    visits = [
        house.visits.current(house.visits.open_as_member(TENANT, "100", "hanna@northfield.example", info.id, ""))
        for _ in range(4)
    ]
    together(house, [
        lambda visit=visit, name=name: house.joining.create(visit, wish(username=name), CALLER)
        for visit, name in zip(visits, ("zoe.a", "zoe.b", "zoe.c", "zoe.d"), strict=True)
    ])  # fmt: skip
    opened = len(house.students())
    assert opened <= 1
    assert house.invitations.of(TENANT, info.id).used == opened
    with pytest.raises(InvitationOver) if opened else nullcontext():
        house.visits.open_as_member(TENANT, "100", "hanna@northfield.example", info.id, "")


def test_one_place_of_a_list_for_two_browsers_opens_one_account(house: House) -> None:
    link = house.invite("Zoë, Quill\nMax, Meyer")
    visits = [house.visit(link) for _ in range(4)]
    together(house, [
        lambda visit=visit, name=name: house.joining.create(visit, wish(username=name), CALLER)
        for visit, name in zip(visits, ("zoe.a", "zoe.b", "zoe.c", "zoe.d"), strict=True)
    ])  # fmt: skip
    assert len(house.students()) <= 1
    assert house.info(link).used == len(house.students())
    if not house.students():  # all lost a race for the counter
        house.join(visits[0], "zoe.e")
    assert len(house.students()) == 1
