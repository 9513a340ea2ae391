"""How many names one may have, how often Google is asked, and the clock's visit to what is left of it all."""

from collections.abc import Callable

import pytest

from provisioning.naming.allowance import VERIFICATIONS, WINDOW, Allowance
from provisioning.naming.holder import Holder
from provisioning.naming.holds import Holds
from provisioning.naming.jobs import PIECE, add_naming_jobs
from provisioning.naming.policy import NamingPolicy
from provisioning.naming.records import HeldAnswer, Hold
from provisioning.naming.suggestions import Suggestions
from provisioning.naming.taken import TakenNames
from runtime.internal import InternalRoutes
from runtime.limits import Limits, LimitSpent, Spent
from runtime.problems import TooManyRequests, Unavailable
from tests.provisioning.naming.claiming import claim
from tests.provisioning.naming.conftest import MovableClock, School


def page(number: int, person: str = "ann") -> Holder:
    return Holder("C1", "example.org", f"page:{person}:{number}", person=person)


def key(number: int) -> Holder:
    return Holder("C1", "example.org", "key", str(number))


@pytest.fixture
def allowance(in_datastore: None, clock: MovableClock) -> Allowance:
    return Allowance(Limits(clock))


def calls_until_refused(allowance: Allowance, holder: Callable[[int], Holder], most: int, names: int = 3) -> int:
    for number in range(most):
        try:
            allowance.hand_out(holder(number), names)
        except LimitSpent:
            return number
    return most


def test_person_who_types_for_two_minutes_is_not_refused_and_a_loop_is(allowance: Allowance) -> None:
    typed = 2 * 60 * 5
    assert calls_until_refused(allowance, page, typed, names=10) == typed
    assert calls_until_refused(allowance, page, 10_000, names=10) <= typed // 20, "on whatever number of pages"
    allowance.hand_out(page(1, "bob"), 3)


def test_script_that_asks_250_times_a_second_is_not_refused_and_a_wilder_one_is(allowance: Allowance) -> None:
    steady = 250 * WINDOW
    assert calls_until_refused(allowance, key, steady) == steady
    assert calls_until_refused(allowance, key, 100_000) < 15_000


def test_window_ends(allowance: Allowance, clock: MovableClock) -> None:
    calls_until_refused(allowance, page, 10_000)
    with pytest.raises(LimitSpent) as refused:
        allowance.hand_out(page(1), 1)
    assert 0 < refused.value.retry_after <= WINDOW
    clock.move(WINDOW)
    allowance.hand_out(page(1), 1)


def test_usual_calls_write_nothing(allowance: Allowance) -> None:
    assert calls_until_refused(allowance, page, 99) == 99
    assert Spent.query(namespace="C1").count() == 0


def test_several_processes_share_a_limit_but_for_a_twentieth_each(in_datastore: None, clock: MovableClock) -> None:
    allowances = [Allowance(Limits(clock)) for _ in range(4)]
    handed_out = 0
    for number in range(4000):
        try:
            allowances[number % 4].hand_out(page(number), 3)
        except LimitSpent:
            continue
        handed_out += 3
    assert 6000 * 0.95 <= handed_out <= 6000 * 1.2


def test_verifications_are_a_quarter_of_googles_quota(allowance: Allowance, clock: MovableClock) -> None:
    allowed = sum(allowance.may_verify("C1") for _ in range(1000))
    assert VERIFICATIONS <= allowed <= VERIFICATIONS * 1.05
    assert allowance.may_verify("C2")
    clock.move(60)
    assert allowance.may_verify("C1")


def test_refused_call_holds_nothing(holds: Holds, school: School, clock: MovableClock) -> None:
    limits = Limits(clock)
    suggestions = Suggestions(holds, TakenNames(clock), school, limits)
    limits.spend("C1", "names/person:ann", 5999, most=6000, window_seconds=WINDOW)
    for _ in range(29):
        suggestions.suggest(page(1), NamingPolicy(), {"firstname": "John", "lastname": "Smith"}, 10)
    suggestions.release(page(1))
    with pytest.raises(TooManyRequests):
        suggestions.suggest(page(1), NamingPolicy(), {"firstname": "John", "lastname": "Smith"}, 10)
    assert Hold.query(namespace="C1").count() == 0


# The clock's visit


class Routes(InternalRoutes):
    """Keeps what is registered."""

    def __init__(self) -> None:
        self.jobs: dict[str, Callable[[], object]] = {}

    def cron(self, path: str, work: Callable[[], object]) -> None:
        self.jobs[path] = work


class Failing(Holds):
    """Of one tenant nothing can be removed."""

    def sweep(self, tenant: str, limit: int) -> int:
        if tenant == "C0":
            raise Unavailable("Too many people changed the same thing at the same moment.")
        return super().sweep(tenant, limit)


def test_scheduler_has_everything_old_removed_for_every_tenant(in_datastore: None, clock: MovableClock) -> None:
    holds, limits, routes = Failing(clock), Limits(clock), Routes()
    for tenant in ("C0", "C1", "C2"):
        for number in range(3):
            claim(holds, Holder(tenant, "example.org", f"page {number}"), [f"n{number}"], 1, 120)
        limits.spend(tenant, "x", 1, most=1, window_seconds=60)
    clock.move(2 * 3600)
    add_naming_jobs(routes, holds, limits, lambda: ["C0", "C1", "C2"])
    routes.jobs["/cron/holds"]()
    left = {
        tenant: [kind.query(namespace=tenant).count() for kind in (Hold, HeldAnswer, Spent)]
        for tenant in ("C0", "C1", "C2")
    }
    assert left == {"C0": [3, 3, 0], "C1": [0, 0, 0], "C2": [0, 0, 0]}
    assert PIECE >= 100
