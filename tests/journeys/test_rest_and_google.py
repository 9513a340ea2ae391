"""Creating an account over the REST interface while Google answers wrongly or not at all: one account, or none."""

import threading
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
from typing import Literal

import pytest
import requests

from sandbox.google import people
from sandbox.google.passwords import password_matches
from sandbox.google.world import Fault
from tests.journeys.rest import Rest, order, refused
from tests.stack import HELPDESK, SCHOOL

USERS = "/admin/directory/v1/users"


def test_create_repeated_is_the_same_answer_and_one_account(rest: Rest) -> None:
    sent = order()
    with ThreadPoolExecutor(6) as threads:
        answers = list(threads.map(lambda _: rest.call("POST", "create", sent), range(6)))
    again = rest.call("POST", "create", sent)

    assert {(answer.status_code, answer.text) for answer in answers} == {(200, again.text)}
    assert one_account(rest, sent)


def test_a_key_may_ask_for_many_accounts_that_were_never_suggested(rest: Rest) -> None:
    """Refused ones too: their names are held for a while, each by itself, so that the next one finds room."""
    with rest.stack.world.changing():
        rest.stack.world.faults.append(Fault(USERS, "POST", 403, count=12))
    wishes = [order() for _ in range(14)]

    answers = [rest.call("POST", "create", wish).status_code for wish in [*wishes, *wishes[:2]]]

    assert answers == [403] * 12 + [200] * 4


def test_create_repeated_for_somebody_else_is_a_conflict(rest: Rest) -> None:
    sent = order()
    rest.call("POST", "create", sent)

    refused(rest.call("POST", "create", {**sent, "firstname": "Zara"}), 409)
    assert one_account(rest, sent)


@pytest.mark.parametrize("taken", ["hanna.helpdesk", "front.desk", "teachers", "reception", "HANNA.Helpdesk"])
def test_create_of_an_address_in_use_is_a_conflict_and_touches_nobody(rest: Rest, taken: str) -> None:
    before = rest.stack.user(HELPDESK).etag

    assert "already" in refused(rest.call("POST", "create", order(username=taken)), 409)
    assert rest.stack.user(HELPDESK).etag == before
    assert password_matches(rest.stack.user(HELPDESK), "sandbox-password")


def one_account(rest: Rest, sent: dict[str, str]) -> bool:
    """Exactly one account, with the password that was sent, and one audit entry about it."""
    address = f"{sent['username']}@{SCHOOL}"
    accounts = [user for user in rest.stack.world.users.values() if user.primary_email == address]
    actions = [(row["action"], row["actor_label"]) for row in rest.entries(address)]
    assert actions == [("account.created", "Timetable")]
    return len(accounts) == 1 and password_matches(accounts[0], sent["password"])


def break_google(rest: Rest, status: int, when: Literal["before", "after"]) -> None:
    """The next create at Google goes wrong; status 0 cuts the connection."""
    with rest.stack.world.changing():
        rest.stack.world.faults.append(Fault(USERS, "POST", status, when=when))


@pytest.mark.parametrize("status", [0, 500, 503, 409])
def test_create_whose_answer_was_lost_is_success_and_one_account(rest: Rest, status: int) -> None:
    """Google made the account, and then the answer was lost, or was wrong."""
    sent = order()
    break_google(rest, status, "after")

    answer = rest.call("POST", "create", sent)

    assert (answer.status_code, answer.json()) == (200, {"message": "User created successfully."})
    assert one_account(rest, sent)


@pytest.mark.parametrize("status", [0, 500, 503])
def test_create_that_never_reached_google_is_undecided_until_it_is_sent_again(rest: Rest, status: int) -> None:
    sent = order()
    break_google(rest, status, "before")

    answer = while_time_passes(rest, lambda: rest.call("POST", "create", sent))

    assert "the account was created. Send exactly the same again" in refused(answer, 503)
    assert int(answer.headers["Retry-After"]) > 0
    assert not rest.account(f"{sent['username']}@{SCHOOL}")
    assert rest.call("POST", "create", sent).status_code == 200
    assert one_account(rest, sent)


@pytest.mark.parametrize(("status", "says"), [(403, 403), (429, 503), (400, 400)])
def test_create_that_google_refuses_says_so_and_can_be_sent_again(rest: Rest, status: int, says: int) -> None:
    sent = order()
    break_google(rest, status, "before")

    refused(rest.call("POST", "create", sent), says)
    assert not rest.account(f"{sent['username']}@{SCHOOL}")
    assert rest.call("POST", "create", sent).status_code == 200
    assert one_account(rest, sent)


def test_create_while_somebody_else_takes_the_address_at_google_never_adopts_the_account(rest: Rest) -> None:
    """The address is free when it is looked up; then Google answers 409, because a person has it by now."""
    sent = order()
    address = f"{sent['username']}@{SCHOOL}"
    foreign = rest.stack.user(HELPDESK)
    break_google(rest, 409, "before")
    with rest.stack.world.changing():
        rest.stack.world.knobs.latency = 0.05
    with ThreadPoolExecutor(1) as threads:
        pending = threads.submit(rest.call, "POST", "create", sent)
        until(lambda: not rest.stack.world.faults)
        people.rename_user(rest.stack.world, foreign.id, address)
        answer = passing_time(rest, pending)
    with rest.stack.world.changing():
        rest.stack.world.knobs.latency = 0.0

    assert "another user" in refused(answer, 409)
    assert not password_matches(foreign, sent["password"])
    assert rest.entries(address) == []
    people.rename_user(rest.stack.world, foreign.id, HELPDESK)


def while_time_passes(rest: Rest, call: Callable[[], requests.Response]) -> requests.Response:
    """The answer of a request that waits for Google; the clock is moved on so that it does not take that long."""
    with ThreadPoolExecutor(1) as threads:
        return passing_time(rest, threads.submit(call))


def passing_time(rest: Rest, pending: "Future[requests.Response]") -> requests.Response:
    while True:
        try:
            return pending.result(timeout=0.1)
        except TimeoutError:
            if not rest.stack.world.faults:  # Google has answered wrongly, and is asked what became of it
                rest.stack.clock.advance(seconds=2, google=False)


def until(condition: Callable[[], bool]) -> None:
    """Waits for what another thread does."""
    ticking = threading.Event()
    for _ in range(2000):
        if condition():
            return
        ticking.wait(0.005)
    raise AssertionError("it never happened")
