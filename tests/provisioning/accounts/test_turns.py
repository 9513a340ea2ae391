"""Single accounts keep the pace of jobs, beside them."""

from bisect import bisect_left
from collections.abc import Callable, Iterator, Sequence
from datetime import datetime
from functools import partial

import pytest

from provisioning.accounts.opening import AccountOpening
from provisioning.accounts.room import CREATES_A_SECOND
from provisioning.accounts.turns import LONGEST_WAIT, MOMENTS
from runtime.google_problems import GoogleThrottled, InvalidValue
from runtime.pace import LATE, Pace
from runtime.problems import Unavailable
from tests.provisioning.bulk.place import BulkPlace, row
from tests.provisioning.conftest import DOMAIN, TENANT, Desk, order

MOST = 10
"""New accounts that Google takes in a second."""


class NotedPace(Pace):
    """Notes when calls may be made."""

    def __init__(self, desk: Desk, used: list[float], sleep: Callable[[float], None]) -> None:
        super().__init__(desk.clock, "creates", CREATES_A_SECOND, sleep=sleep)
        self.used = used

    def wait_for(self, tenant: str, moment: datetime) -> bool:
        may = super().wait_for(tenant, moment)
        if may:
            self.used.append(self._clock().timestamp())
        return may


class NotedPlace(BulkPlace):
    """Jobs whose creates are noted."""

    def __init__(self, desk: Desk) -> None:
        self.used: list[float] = []
        super().__init__(desk)

    def pace(self, what: str, per_second: float) -> Pace:
        return NotedPace(self.desk, self.used, self._sleep) if what == "creates" else super().pace(what, per_second)


@pytest.fixture
def place(desk: Desk) -> Iterator[NotedPlace]:
    place = NotedPlace(desk)
    yield place
    place.transport.close()


def opening_at(desk: Desk, pace: Pace) -> AccountOpening:
    return AccountOpening(
        desk.directory, desk.holds, desk.taken, desk.policies, desk.follow_ups, pace, desk.clock, sleep=desk.sleep
    )  # fmt: skip


def most_in_a_second(times: Sequence[float]) -> int:
    ordered = sorted(times)
    return max(bisect_left(ordered, start + 1) - at for at, start in enumerate(ordered))


def test_single_accounts_beside_a_job_are_never_more_than_google_takes(desk: Desk, place: NotedPlace) -> None:
    desk.set_knobs(enforce_quota=False)  # time that is skipped brings calls together at Google that are apart here
    opening = opening_at(desk, NotedPace(desk, place.used, desk.sleep))

    def open_some(first: int) -> None:
        for number in range(first, first + 6):
            wish = order(f"single{number}", operation=f"operation-of-single-{number}", holder=f"page-{number}")
            opening.open(desk.asker(), wish)

    place.start([row(number) for number in range(25)])
    place.between_calls = {at: partial(open_some, 6 * at) for at in (3, 9)}
    place.run()
    assert place.count("finished") == 25
    assert len(place.used) == 25 + 2 * 6, "everything waited for its turn"
    assert most_in_a_second(place.used) <= MOST


def test_who_would_have_to_wait_for_long_is_sent_away_and_leaves_nothing_behind(desk: Desk) -> None:
    desk.creates.slow_down(TENANT, LONGEST_WAIT + 5)
    with pytest.raises(Unavailable) as refused:
        desk.opening.open(desk.asker(), order())
    assert LONGEST_WAIT < refused.value.retry_after <= LONGEST_WAIT + 7
    assert "being created just now" in refused.value.what
    assert not desk.opening.may_exist(desk.asker(), order())
    assert desk.user(f"zoe.quill@{DOMAIN}") is None
    desk.clock.advance(seconds=refused.value.retry_after)
    assert desk.opening.open(desk.asker(), order(given_name="Zoe")).address == f"zoe.quill@{DOMAIN}", (
        "values may change"
    )


def test_a_short_wait_is_waited_for(desk: Desk) -> None:
    desk.creates.slow_down(TENANT, LONGEST_WAIT - 3)
    began = desk.clock()
    desk.opening.open(desk.asker(), order())
    assert (desk.clock() - began).total_seconds() >= LONGEST_WAIT - 3


def test_a_moment_that_was_missed_is_replaced(desk: Desk) -> None:
    late = iter([LATE + 0.1])

    class Slow(NotedPace):
        def reserve(self, tenant: str, wanted: int, *, longest: float = 0.0) -> list[datetime]:
            moments = super().reserve(tenant, wanted, longest=longest)
            desk.sleep(next(late, 0.0))
            return moments

    slow = Slow(desk, [], desk.sleep)
    opening_at(desk, slow).open(desk.asker(), order())
    assert len(slow.used) == 1


def test_a_process_that_is_always_too_late_asks_nobody(desk: Desk) -> None:
    class Asleep(Pace):
        tried = 0

        def wait_for(self, tenant: str, moment: datetime) -> bool:
            self.tried += 1
            return False

    asleep = Asleep(desk.clock, "creates", CREATES_A_SECOND)
    with pytest.raises(Unavailable):
        opening_at(desk, asleep).open(desk.asker(), order())
    assert asleep.tried == sum(MOMENTS)
    assert not desk.opening.may_exist(desk.asker(), order())
    assert desk.users_of(f"zoe.quill@{DOMAIN}") == []


def gap(desk: Desk) -> float:
    """Seconds between two moments that are given out now."""
    first, second = (desk.creates.reserve(TENANT, 1)[0] for _ in range(2))
    return (second - first).total_seconds()


def test_what_google_says_to_a_single_account_slows_everybody_down_and_success_speeds_up(desk: Desk) -> None:
    desk.break_google(429)
    with pytest.raises(GoogleThrottled):
        desk.opening.open(desk.asker(), order())
    slow = gap(desk)
    assert slow == pytest.approx(2 / CREATES_A_SECOND, abs=1e-5)
    desk.clock.advance(seconds=5)
    desk.opening.open(desk.asker(), order())
    assert gap(desk) < slow


def test_values_that_google_refuses_slow_nobody_down(desk: Desk) -> None:
    with pytest.raises(InvalidValue):
        desk.opening.open(desk.asker(), order(org_unit_path="/Nowhere"))
    assert gap(desk) == pytest.approx(1 / CREATES_A_SECOND, abs=1e-5)
