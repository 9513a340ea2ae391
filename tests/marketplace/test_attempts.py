"""Sign-ins that were begun: bound to a browser, capped, single use, short-lived."""

import threading
from concurrent.futures import ThreadPoolExecutor
from itertools import pairwise

import pytest

from marketplace.attempts import LIVE_ATTEMPTS, Attempts
from marketplace.identity import SignInFailed
from runtime.datastore import Datastore
from sandbox.datastore.server import DatastoreServer
from tests.clock import MovableClock
from tests.marketplace.house import count


@pytest.fixture
def clock() -> MovableClock:
    return MovableClock()


@pytest.fixture
def attempts(in_datastore: None, clock: MovableClock) -> Attempts:
    return Attempts(clock)


def test_attempt_comes_back_as_it_was_begun(attempts: Attempts) -> None:
    begun = attempts.begin("browser", "/accounts/new")
    assert attempts.take("browser", begun.state) == begun
    assert begun.next == "/accounts/new"


def test_values_are_long_random_and_all_different(attempts: Attempts) -> None:
    begun = [attempts.begin("browser", "/") for _ in range(20)]
    values = [value for one in begun for value in (one.state, one.nonce, one.code_verifier)]
    assert len(set(values)) == 60
    assert all(len(value) >= 43 for value in values)
    assert all(one.code_verifier != other.code_verifier for one, other in pairwise(begun))


def test_attempt_is_used_once(attempts: Attempts) -> None:
    begun = attempts.begin("browser", "/")
    attempts.take("browser", begun.state)
    with pytest.raises(SignInFailed):
        attempts.take("browser", begun.state)


@pytest.mark.parametrize("browser", ["", "another", "browser ", "BROWSER"])
def test_attempt_belongs_to_one_browser(attempts: Attempts, browser: str) -> None:
    begun = attempts.begin("browser", "/")
    with pytest.raises(SignInFailed):
        attempts.take(browser, begun.state)
    assert attempts.take("browser", begun.state) == begun


@pytest.mark.parametrize("state", ["", "x", "x" * 5000, "ü", "null"])
def test_unknown_state_is_refused_and_nothing_written(
    attempts: Attempts, datastore_server: DatastoreServer, state: str
) -> None:
    begun = attempts.begin("browser", "/")
    with pytest.raises(SignInFailed) as raised:
        attempts.take("browser", state)
    assert raised.value.status == 400
    with pytest.raises(SignInFailed):
        attempts.take("nobody", begun.state)
    assert count("LoginAttempts") == 1
    assert attempts.take("browser", begun.state) == begun


@pytest.mark.parametrize(("minutes", "alive"), [(9.9, True), (10.1, False), (60, False)])
def test_attempt_expires(attempts: Attempts, clock: MovableClock, minutes: float, alive: bool) -> None:
    begun = attempts.begin("browser", "/")
    clock.advance(minutes=minutes)
    if alive:
        assert attempts.take("browser", begun.state) == begun
        return
    with pytest.raises(SignInFailed):
        attempts.take("browser", begun.state)


def test_oldest_is_forgotten_when_there_are_many(attempts: Attempts) -> None:
    begun = [attempts.begin("browser", f"/{number}") for number in range(LIVE_ATTEMPTS + 2)]
    assert LIVE_ATTEMPTS == 5
    for forgotten in begun[:2]:
        with pytest.raises(SignInFailed):
            attempts.take("browser", forgotten.state)
    assert [attempts.take("browser", kept.state).next for kept in begun[2:]] == [f"/{n}" for n in range(2, 7)]
    assert count("LoginAttempts") == 1


def test_expired_ones_make_room(attempts: Attempts, clock: MovableClock) -> None:
    for _ in range(LIVE_ATTEMPTS):
        attempts.begin("browser", "/")
    clock.advance(minutes=11)
    begun = [attempts.begin("browser", "/") for _ in range(LIVE_ATTEMPTS)]
    assert all(attempts.take("browser", one.state) for one in begun)


def test_one_of_many_callbacks_wins(attempts: Attempts, datastore: Datastore) -> None:
    begun = attempts.begin("browser", "/")
    together = threading.Barrier(6)

    def take(_: int) -> bool:
        with datastore.context():
            together.wait(10)
            try:
                return attempts.take("browser", begun.state) == begun
            except SignInFailed:
                return False

    with ThreadPoolExecutor(6) as pool:
        assert list(pool.map(take, range(6))).count(True) == 1


def test_many_tabs_at_once_leave_as_many_as_are_kept(attempts: Attempts, datastore: Datastore) -> None:
    def begin(number: int) -> str:
        with datastore.context():
            return attempts.begin("browser", f"/{number}").state

    def works(state: str) -> bool:
        try:
            return bool(attempts.take("browser", state))
        except SignInFailed:
            return False

    with ThreadPoolExecutor(4) as pool:
        states = list(pool.map(begin, range(8)))
    assert [works(state) for state in states].count(True) == LIVE_ATTEMPTS
