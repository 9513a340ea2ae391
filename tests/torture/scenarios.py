"""The ways in which jobs are tortured. Each is a whole job, from the file to its results, and ends with the oracle."""

import time
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from random import Random
from threading import Event, Thread

from provisioning.bulk.rows import Row
from sandbox.google.world import Fault
from tests.torture import outside
from tests.torture.fleet import Fleet
from tests.torture.oracle import require_sign_in, require_undone, require_whole
from tests.torture.people import newcomers
from tests.torture.site import Outside, Site, commits_are_spoilt, open_site
from tests.torture.trouble import ONCE, by_chance

CALLS = ("insert", "look", "member", "alias", "details", "enqueue")
RECORDED = ("a lane", "holds", "intents", "a moment", "a settlement", "rows", "names", "a job")
DELETING = ("activity", "delete")
SAMPLE = [("after insert", 1), ("before commit of a settlement", 1), ("after member", 1)]
"""Where the first instance to come there is killed."""
FAULTS = 8.0
"""Percent of the calls to Google."""


@dataclass
class Figures:
    """What came of a scenario. killed, faults: by what and where; signed_in: with the password of the file."""

    name: str
    rows: Counter[str] = field(default_factory=Counter)
    replaced: int = 0
    signed_in: int = 0
    killed: Counter[str] = field(default_factory=Counter)
    faults: Counter[str] = field(default_factory=Counter)
    resumed: int = 0
    starts: int = 0
    seconds: float = 0.0


def named_points(
    numbers: tuple[int, ...], names: tuple[str, ...] = CALLS, recorded: tuple[str, ...] = RECORDED
) -> list[tuple[str, int]]:
    """Before and after each call and each commit, when it comes for the first time in an instance's life, and later."""
    places = [*names, *(f"commit of {what}" for what in recorded)]
    found = [(f"{when} {place}", number) for number in numbers for place in places for when in ("before", "after")]
    return [*found, *(("before moment", number) for number in numbers)]


def undisturbed(around: Outside, people: int) -> Figures:
    """Nothing happens: how long a job takes."""
    return tortured(around, "undisturbed", people)


def at_named_points(around: Outside, people: int, numbers: tuple[int, ...] = (1, 2, 7)) -> Figures:
    """Instances are killed at every instant that has a name."""
    return tortured(around, "killed at named points", people, points=named_points(numbers))


def at_random(around: Outside, people: int, kills: int, seed: int) -> Figures:
    """Instances are killed at any moment, without knowing it."""
    return tortured(around, f"killed at random moments ({seed})", people, kills=kills, seed=seed)


def with_faults(around: Outside, people: int, seed: int) -> Figures:
    """Google and the store answer wrongly, late or not at all, before and after they did what was asked."""
    return tortured(around, f"faults of Google and the store ({seed})", people, faults=FAULTS, seed=seed)


def with_a_bad_queue(around: Outside, people: int, seed: int) -> Figures:
    """Tasks are lost, delivered twice, late and in any order."""
    return tortured(around, f"tasks lost, doubled, late, reordered ({seed})", people, bad_queue=True, seed=seed)


def with_everything(around: Outside, people: int, kills: int, seed: int) -> Figures:
    """All of it at once, and Google shows new accounts late."""
    name = f"everything at once ({seed})"
    return tortured(around, name, people, kills=kills, faults=FAULTS, bad_queue=True, seed=seed, lag=0.3)


def sampled(around: Outside, people: int) -> Figures:
    """Some of everything, for a small job; all of it is certain to happen."""
    return tortured(around, "a sample", people, points=SAMPLE, once=ONCE, seed=9)


def undone(around: Outside, people: int) -> Figures:
    """A job is undone after some people have signed in, and instances are killed before and after each call of that."""
    began, figures = time.monotonic(), Figures("undone, killed at named points")
    points = named_points((1, 2, 5), DELETING, ("a lane", "rows", "a settlement", "a moment"))
    with open_site(around) as site:
        crowd = newcomers(people)
        job = site.upload(crowd)
        with site.fleet(), site.queue():
            site.plan(job)
            site.confirm(job)
            site.finish(job)
        outcome = site.outcome(job)
        used = outcome.passwords[::10]
        figures.signed_in = require_sign_in(outcome, site.google_url, used, stays=True)
        with site.fleet(points) as fleet, site.queue():
            site.undo(job)
            site.finish(job)
        require_undone(site.outcome_of_undoing(job), {first.address for first in used}, site.services.clock)
        _note(figures, site, fleet, site.rows(job))
    figures.seconds = time.monotonic() - began
    return figures


def tortured(
    around: Outside,
    name: str,
    people: int,
    *,
    points: list[tuple[str, int]] | None = None,
    kills: int = 0,
    faults: float = 0.0,
    once: Sequence[Fault] = (),
    bad_queue: bool = False,
    lag: float = 0.0,
    seed: int = 0,
) -> Figures:
    """One job. Raises AssertionError.

    kills: at random moments. faults: percent of the calls to Google; of commits half as many. once: further ones, each
    for the next such call. lag: seconds after which Google shows a new account.
    """
    began, figures = time.monotonic(), Figures(name)
    with open_site(around) as site:
        crowd = newcomers(people)
        job = site.upload(crowd)
        with site.fleet(), site.queue():
            site.plan(job)
        site.confirm(job)
        site.set_knobs(get_lag=lag, creation_window=lag)
        disturbed = _disturbed(site, figures, [*by_chance(faults), *once], spoilt=faults / 2, bad_queue=bad_queue)
        with site.fleet(points) as fleet, site.queue(seed), disturbed:
            _kill_until(fleet, kills, seed, lambda: site.finish(job))
        site.set_knobs(get_lag=0.0, creation_window=0.0)
        outcome = site.outcome(job)
        require_whole(outcome, crowd.passwords, site.services.clock)
        assert faults or once or not site.resumed, "being killed is no mistake of ours"
        figures.signed_in = require_sign_in(outcome, site.google_url, outcome.passwords)
        _note(figures, site, fleet, outcome.rows)
    figures.seconds = time.monotonic() - began
    return figures


@contextmanager
def _disturbed(site: Site, figures: Figures, faults: list[Fault], *, spoilt: float, bad_queue: bool) -> Iterator[None]:
    if bad_queue:
        site.set_knobs(tasks_lost_percent=15, tasks_duplicated_percent=25, tasks_reordered=True, task_delay=0.1)
        figures.faults["15 % of tasks lost, 25 % doubled"] = 1
    site.outside.google.do(outside.trouble, faults)
    commits_are_spoilt(site, spoilt)
    try:
        yield
    finally:
        figures.faults += site.outside.google.do(outside.peace)
        figures.faults += commits_are_spoilt(site, 0.0)
        site.set_knobs(tasks_lost_percent=0, tasks_duplicated_percent=0, tasks_reordered=False, task_delay=0.0)


def _kill_until(fleet: Fleet, kills: int, seed: int, work: Callable[[], object]) -> None:
    """Kill so many while it works."""
    chance, over = Random(seed), Event()  # noqa: S311 - the same moments every time

    def kill() -> None:
        for _ in range(kills):
            if over.wait(chance.uniform(0.05, 0.6)):
                return
            fleet.kill_one(chance)

    killer = Thread(target=kill, name="killer", daemon=True)
    killer.start()
    try:
        work()
    finally:
        over.set()
        killer.join()


def _note(figures: Figures, site: Site, fleet: Fleet, rows: list[Row]) -> None:
    figures.rows = Counter(row.state for row in rows)
    figures.replaced = sum(bool(row.planned) and row.exists for row in rows)
    figures.killed, figures.starts, figures.resumed = fleet.killed, fleet.starts, site.resumed
    assert not fleet.crashed, fleet.crashed
