"""Steps: what becomes of one, and when it is tried again. Packing is tested with the rows that hold them."""

from itertools import pairwise

from hypothesis import given
from hypothesis import strategies as st

from provisioning.accounts.steps import FEWEST_TRIES, FIRST_PAUSE, LONGEST_PAUSE, PATIENCE, Step, next_time

MADE = 1_795_262_400.0
GROUP = Step("group", "class-7a@northfield.example")


def tries(step: Step, *, at_least: float = 0.0) -> list[float]:
    """When a step is tried that is never ready, in seconds after its account was made."""
    moments, now = [], MADE
    while step.state == "open":
        moments.append(now - MADE)
        step = step.parked("not_ready_yet", "Not yet.", now=now, begun=MADE, at_least=at_least)
        now = max(now, step.next_at)
    assert (step.state, step.code, step.sentence) == ("failed", "not_ready_yet", "Not yet.")
    return moments


def test_a_step_that_is_never_ready_is_tried_for_an_hour_at_growing_pauses() -> None:
    moments = tries(GROUP)
    pauses = [later - earlier for earlier, later in pairwise(moments)]
    assert pauses[:4] == [FIRST_PAUSE, 2 * FIRST_PAUSE, 4 * FIRST_PAUSE, 8 * FIRST_PAUSE]
    assert pauses == sorted(pauses)
    assert pauses[-1] == LONGEST_PAUSE
    assert PATIENCE <= moments[-1] < PATIENCE + LONGEST_PAUSE
    assert len(moments) < 20


def test_retry_after_is_the_shortest_pause() -> None:
    moments = tries(GROUP, at_least=900)
    assert moments == [0, 900, 1800, 2700, 3600, 4500]


def test_a_step_that_could_not_be_tried_for_long_is_tried_a_few_times_nevertheless() -> None:
    step, now = GROUP, MADE + 10 * PATIENCE
    for _ in range(FEWEST_TRIES - 1):
        step = step.parked("unreachable", "No answer.", now=now, begun=MADE)
        assert step.state == "open"
        now = step.next_at
    assert step.parked("unreachable", "No answer.", now=now, begun=MADE).state == "failed"


def test_what_stood_in_the_way_is_forgotten_when_it_is_done() -> None:
    parked = GROUP.parked("throttled", "Too fast.", now=MADE, begun=MADE)
    assert (parked.is_over, parked.attempts, parked.sentence) == (False, 1, "Too fast.")
    done = parked.done()
    assert (done.is_over, done.state, done.attempts, done.code, done.sentence) == (True, "done", 2, "", "")


def test_only_what_failed_is_reopened() -> None:
    failed = GROUP.parked("a", "b", now=MADE, begun=MADE).failed("not_found", "There is no such group.")
    assert failed.is_over
    assert failed.reopened() == GROUP
    for step in (GROUP, GROUP.done(), Step("welcome", state="waiting")):
        assert step.reopened() is step


@given(st.lists(st.tuples(st.sampled_from(["open", "done", "failed", "waiting"]), st.floats(0, 1e9)), max_size=6))
def test_next_time_is_the_earliest_of_the_open_ones(steps: list[tuple[str, float]]) -> None:
    made = [Step("alias", "x", state=state, next_at=at) for state, at in steps]  # type: ignore[arg-type]
    assert next_time(made) == min((at for state, at in steps if state == "open"), default=None)
