"""Moments that several processes share: several Paces on one Datastore, threads, and real processes."""

import json
import subprocess
import sys
from bisect import bisect_left
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from runtime.clock import system_clock
from runtime.datastore import Datastore
from runtime.pace import AHEAD, LATE, LONGEST_WAIT, ONE_SIGNAL, RECOVERY, SLOWEST, Pace
from runtime.problems import Unavailable

ROOT = Path(__file__).parents[2]
NOON = datetime(2026, 11, 21, 12, tzinfo=UTC)
MOST = 10
"""New accounts that Google takes in a second."""


class Clock:
    """Sleeping moves it."""

    def __init__(self) -> None:
        self.now = NOON

    def __call__(self) -> datetime:
        return self.now

    def sleep(self, seconds: float) -> None:
        self.now += timedelta(seconds=seconds)


@pytest.fixture
def clock() -> Clock:
    return Clock()


def pace_of(clock: Clock, what: str = "creates", per_second: float = 8.0) -> Pace:
    return Pace(clock, what, per_second, sleep=clock.sleep, jitter=lambda: 0.5)


def seconds(moments: Sequence[datetime]) -> list[float]:
    return [(moment - NOON).total_seconds() for moment in moments]


def most_in_a_second(times: Sequence[float]) -> int:
    ordered = sorted(times)
    return max(bisect_left(ordered, start + 1) - at for at, start in enumerate(ordered))


def test_moments_are_evenly_spaced_and_shared_by_processes(in_datastore: object, clock: Clock) -> None:
    one, other = pace_of(clock), pace_of(clock)
    found = [seconds(pace.reserve("C1", 3)) for pace in (one, other, one)]
    assert found == [[0, 0.125, 0.25], [0.375, 0.5, 0.625], [0.75, 0.875, 1.0]]


@pytest.mark.parametrize(("tasks", "rate", "most"), [(32, 8.0, 8.0), (4, 1.0, 8.0), (1, 8.0, 2.0)])
def test_however_many_tasks_reserve_nobody_else_waits_for_long(
    in_datastore: object, clock: Clock, tasks: int, rate: float, most: float
) -> None:
    pace, free, used = pace_of(clock, per_second=rate), [NOON] * tasks, 0
    for turn in range(int(30 * rate)):
        for at in (at for at, until in enumerate(free) if until <= clock.now):
            moments = pace.reserve("C1", 4)
            free[at], used = moments[-1], used + len(moments)
        clock.sleep(1 / rate)
        if turn % (5 * rate) == 5 * rate - 1 and turn > 10 * rate:
            pace.reserve("C1", 1, longest=most)
            used += 1
    assert used >= 30 * rate, "and no moment is left to nobody"


def test_what_is_not_used_is_lost(in_datastore: object, clock: Clock) -> None:
    pace = pace_of(clock)
    pace.reserve("C1", 2)
    clock.sleep(60)
    assert seconds(pace.reserve("C1", 3)) == [60, 60.125, 60.25]


def test_tenants_and_things_are_paced_apart(in_datastore: object, clock: Clock) -> None:
    creates, steps = pace_of(clock), pace_of(clock, "steps", 20.0)
    creates.reserve("C1", 5)
    assert seconds(creates.reserve("C2", 2)) == [0, 0.125]
    assert seconds(steps.reserve("C1", 2)) == [0, 0.05]


def test_moment_is_waited_for(in_datastore: object, clock: Clock) -> None:
    pace = pace_of(clock)
    for expected, moment in enumerate(pace.reserve("C1", 4)):
        assert pace.wait_for("C1", moment)
        assert clock.now == NOON + timedelta(seconds=expected / 8)


def test_moment_that_was_missed_is_not_made_up_for(in_datastore: object, clock: Clock) -> None:
    pace = pace_of(clock)
    moments = pace.reserve("C1", 4)
    clock.sleep(0.125 + LATE)
    assert [pace.wait_for("C1", moment) for moment in moments] == [False, True, True, True]


@given(st.lists(st.floats(0, LATE), min_size=1, max_size=60))
def test_no_second_has_more_than_google_takes_however_late_the_moments_are(late: list[float]) -> None:
    assert most_in_a_second([number / 8 + by for number, by in enumerate(late)]) <= MOST


def test_no_call_reserves_more_than_a_little_of_the_future(in_datastore: object, clock: Clock) -> None:
    pace = pace_of(clock)
    assert len(pace.reserve("C1", 1000)) == int(AHEAD * 8)
    for _ in range(5):
        pace.slow_down("C1")
        clock.sleep(ONE_SIGNAL)
    assert len(pace.reserve("C1", 4)) == 1


# Slower, and faster again


def test_slowing_down_halves_the_rate_and_honours_retry_after_in_every_process(
    in_datastore: object, clock: Clock
) -> None:
    one, other = pace_of(clock), pace_of(clock)
    one.reserve("C1", 1)
    one.slow_down("C1", 30)
    assert [seconds(other.reserve("C1", 1)) for _ in range(3)] == [[30.5], [30.75], [31.0]]
    assert seconds(other.reserve("C2", 1)) == [0], "another customer is not concerned"


def test_what_matters_less_slows_down_with_what_matters_more_and_not_the_other_way(
    in_datastore: object, clock: Clock
) -> None:
    steps = pace_of(clock, "steps", 20.0)
    creates = Pace(clock, "creates", 8.0, behind=steps, jitter=lambda: 0.5)
    steps.slow_down("C1", 10)
    assert seconds(creates.reserve("C1", 1)) == [0]
    creates.slow_down("C1", 30)
    assert seconds(steps.reserve("C1", 1)) == [30.5]


def test_moments_reserved_before_are_given_up_where_the_signal_came(in_datastore: object, clock: Clock) -> None:
    pace = pace_of(clock)
    [first, second] = pace.reserve("C1", 2)
    assert pace.wait_for("C1", first)
    pace.slow_down("C1", 5)
    assert not pace.wait_for("C1", second)
    [third] = pace.reserve("C1", 1)
    assert pace.wait_for("C1", third)


def test_calls_that_were_under_way_together_count_as_one_signal(in_datastore: object, clock: Clock) -> None:
    one, other = pace_of(clock), pace_of(clock)
    for pace in (one, other, one, other):
        pace.slow_down("C1")
        clock.sleep(ONE_SIGNAL / 5)
    [first, second] = one.reserve("C1", 2)
    assert (second - first).total_seconds() == pytest.approx(1 / 4)
    clock.sleep(ONE_SIGNAL)
    other.slow_down("C1")
    [first, second] = one.reserve("C1", 2)
    assert (second - first).total_seconds() == pytest.approx(1 / 2)


def test_longer_wait_within_one_signal_counts_all_the_same(in_datastore: object, clock: Clock) -> None:
    one, other = pace_of(clock), pace_of(clock)
    one.slow_down("C1")
    one.slow_down("C1", 20)
    assert [seconds(other.reserve("C1", 1)) for _ in range(2)] == [[20.5], [20.75]]


def test_whoever_would_have_to_wait_for_long_is_sent_away_and_reserves_nothing(
    in_datastore: object, clock: Clock
) -> None:
    pace = pace_of(clock)
    pace.slow_down("C1", 100)
    for _ in range(3):
        with pytest.raises(Unavailable) as refused:
            pace.reserve("C1", 4)
        assert (refused.value.retry, refused.value.retry_after) == (True, 101)
    clock.sleep(100.5 - LONGEST_WAIT)
    assert seconds(pace.reserve("C1", 1)) == [100.5]


def test_rate_has_a_floor(in_datastore: object, clock: Clock) -> None:
    pace = pace_of(clock)
    for _ in range(10):
        pace.slow_down("C1")
        clock.sleep(ONE_SIGNAL)
    [first], [second] = pace.reserve("C1", 1), pace.reserve("C1", 1)
    assert (second - first).total_seconds() == pytest.approx(1 / SLOWEST)


def test_success_brings_the_rate_back_and_no_further(in_datastore: object, clock: Clock) -> None:
    slowed, other = pace_of(clock), pace_of(clock)
    slowed.slow_down("C1")
    other.reserve("C1", 1)  # which is how another process learns of it
    for expected in (4 + 20 * RECOVERY, 4 + 40 * RECOVERY):
        other.speed_up("C1", 20)
        [first, second] = slowed.reserve("C1", 2)
        assert (second - first).total_seconds() == pytest.approx(1 / expected, abs=2e-6)
    other.speed_up("C1", 1000)
    [first, second] = slowed.reserve("C1", 2)
    assert (second - first).total_seconds() == 1 / 8


def test_success_at_full_rate_costs_nothing(clock: Clock) -> None:
    """There is no Datastore here."""
    pace_of(clock).speed_up("C1", 1000)


def test_a_lasting_limit_below_ours_is_found_and_kept_to(in_datastore: object, clock: Clock) -> None:
    """Google takes 5 a second here: some calls are refused, most are not, and it never stands still."""
    pace, taken, refused = pace_of(clock), [0.0], 0
    while clock.now < NOON + timedelta(minutes=1):
        [moment] = pace.reserve("C1", 1)
        if not pace.wait_for("C1", moment):
            continue
        now = (clock.now - NOON).total_seconds()
        if sum(now - at < 1 for at in taken[-5:]) >= 5:
            refused += 1
            pace.slow_down("C1")
        else:
            taken.append(now)
            pace.speed_up("C1", 1)
    assert len(taken) > 0.6 * 5 * 60
    assert refused < 0.1 * len(taken)


# At the same time


def test_threads_of_several_processes_never_have_the_same_moment(datastore: Datastore) -> None:
    clock = Clock()
    paces = [pace_of(clock) for _ in range(2)]

    def reserve(number: int) -> list[datetime]:
        with datastore.context():
            return [moment for _ in range(3) for moment in paces[number % 2].reserve("C1", 1 + number % 3)]

    with ThreadPoolExecutor(4) as pool:
        moments = sorted(moment for found in pool.map(reserve, range(6)) for moment in found)
    assert seconds(moments) == [number / 8 for number in range(36)]


def test_processes_together_keep_the_rate_and_use_it(datastore: Datastore, datastore_server: object) -> None:
    """Real time. Each process reserves four moments at a time, as a task with four threads does."""
    each, processes = 6, 3
    project = datastore.client.project
    command = [sys.executable, "-m", "tests.runtime.pacing", project, str(each)]
    with ExitStack() as opened:
        pipe = subprocess.PIPE
        started = [
            opened.enter_context(subprocess.Popen(command, cwd=ROOT, stdin=pipe, stdout=pipe, text=True))
            for _ in range(processes)
        ]
        answers = [process.stdout for process in started if process.stdout]
        assert [answer.readline() for answer in answers] == ["ready\n"] * processes
        for process in started:
            assert process.stdin
            process.stdin.write("go\n")
            process.stdin.flush()
        times = sorted(at for answer in answers for at in json.loads(answer.readline()))
    assert len(times) == each * processes
    assert most_in_a_second(times) <= MOST
    assert times[-1] - times[0] < 2.5 * len(times) / 8, "what several reserve is used by them"
    with datastore.context():
        assert Pace(system_clock, "creates", 8.0).reserve("C1", 1)
