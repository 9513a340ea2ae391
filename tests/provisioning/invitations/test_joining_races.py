"""Many visitors at once, one visitor many times, and a server that is killed at the worst moment."""

import signal
import subprocess
import sys
import threading
from collections.abc import Callable
from contextlib import nullcontext

import pytest

from provisioning.invitations.problems import InvitationOver
from runtime.problems import Problem
from sandbox.google.passwords import password_matches
from tests.provisioning.accounts.test_opening_races import made
from tests.provisioning.conftest import DOMAIN, TENANT
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


def test_killed_between_google_and_our_record_the_place_is_used_up_once(house: House) -> None:
    """The answer is lost and the account does not show: the process is looking for it when it is killed."""
    link = house.invite()
    house.desk.set_knobs(get_lag=60.0)
    house.desk.break_google(503, when="after")
    command = [sys.executable, "-m", "tests.provisioning.invitations.joiner", link]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
        user = made(house.desk.world, f"zoequill@{DOMAIN}")
        process.send_signal(signal.SIGKILL)
        assert process.wait() == -signal.SIGKILL
    assert (house.info(link).used, house.info(link).claimed) == (0, 1)
    house.desk.clock.advance(minutes=21)
    for _ in range(2):
        house.sweep.tend(TENANT)
    assert (house.info(link).used, house.info(link).claimed, house.opened_today()) == (1, 0, 1)
    [entry] = house.invitations.uses(TENANT, house.info(link).id)
    assert (entry.target, entry.detail["id"]) == (user.primary_email, user.id)
    assert password_matches(user, PASSWORD)
