"""Many accounts at once, at 100 ms a call: `python -m bench.bulk_run`, or `python -m bench.bulk_run quick`.

The product as it is deployed, the Datastore in a process of its own, the simulated Google in this one, which also
delivers the tasks. One school's job, with a group for everybody; then a small job of another domain beside a large one;
then GAM7, where it can be had, making the same accounts (bench/gam.py).

Rates are of the moments at which inserts came to Google. The create phase of a job is until its last account: the lanes
of a job begin with groups when they have made their own accounts, so some of that is in it.
"""

import sys
import time
from dataclasses import dataclass
from typing import Any

from bench import gam
from bench.bulk_job import people, upload, wait_until
from bench.deployment import Deployment, Spent, running_deployment
from bench.inserts import Insert, Inserts, a_second, created, most_in_a_second, recorded
from sandbox.google import seed
from sandbox.google.task_queue import waiting
from sandbox.google.task_queue_dispatch import TaskDispatcher
from sandbox.google.world import Group, World
from tests.stack import SCHOOL
from tests.web import Web

ACCOUNTS, LARGE, SMALL = 1_000, 10_000, 10
LATENCY = 0.1
"""Seconds of each call to Google."""
RATE, MOST, CPU, COMMITS, SMALL_JOB = 7.5, 10, 15, 4, 30
"""Goals: accounts a second, creates in any second, milliseconds and commits an account, seconds of the small job."""
HEAD_START = 20
"""Seconds that the large job runs before the small one is uploaded."""
HARBOUR, HARBOUR_ADMIN, HARBOUR_GROUP = "harbour.example", "hugo.admin@harbour.example", "field@harbour.example"

Row = dict[str, Any]


@dataclass(frozen=True)
class Ran:
    """What a job took. spent: until the last account; commits, seconds: of all of it."""

    inserts: list[Insert]
    spent: Spent
    commits: int
    seconds: float


def rows(accounts: int = ACCOUNTS, large: int = LARGE) -> list[Row]:
    """All of it on one deployment; the large job is ended when the small one is done."""
    with running_deployment(()) as deployment, recorded() as inserts:
        world = deployment.stack.world
        _add_group(world)
        harbour = deployment.stack.set_up(HARBOUR, HARBOUR_ADMIN)
        with TaskDispatcher(world):
            deployment.stack.cron("/cron/directory")
            wait_until(lambda: not waiting(world), 120, "end of reading the Directories")
            world.knobs.latency = LATENCY
            before = set(world.users)
            found = _school(_run(deployment, inserts, accounts), accounts)
            made = [user for user_id, user in world.users.items() if user_id not in before]
            found += gam.rows(deployment.stack.google.url, world, made, inserts)
            return found + _beside(deployment, harbour, large)


def _add_group(world: World) -> None:
    """Harbour's seed has none."""
    group = Group("03ph8a2zbench", HARBOUR_GROUP, "Field", seed.HARBOUR)
    with world.changing():
        world.groups[group.id] = group


def _run(deployment: Deployment, inserts: Inserts, accounts: int) -> Ran:
    job = upload(deployment.admin, deployment.stack.base_url, people(accounts, _class_of), seconds=120)
    inserts.clear()
    before, began = deployment.spent(), time.monotonic()
    job.confirm(accounts)
    # Looking at the page would cost CPU of the app's; Google is looked at instead.
    wait_until(lambda: len(created(inserts.of(SCHOOL))) >= accounts, 60 + accounts, "last account")
    spent = deployment.spent() - before
    job.wait("done", seconds=60 + accounts)
    seconds, commits = time.monotonic() - began, _commits(deployment.spent() - before)
    return Ran(inserts.of(SCHOOL), spent, commits, seconds)


def _school(ran: Ran, accounts: int) -> list[Row]:
    title = f"Bulk, {accounts:,} accounts with a group each"
    moments, most = created(ran.inserts), most_in_a_second(ran.inserts)
    rate = a_second(moments)
    cpu, commits = ran.spent.app / accounts * 1000, _commits(ran.spent) / accounts
    return [
        _row(f"{title}: rate of creates", rate, "accounts/s", RATE, met=rate >= RATE),
        _row(f"{title}: most asked in any second", most, "inserts", MOST, met=most <= MOST),
        _row(f"{title}: refused for quota", len(ran.inserts) - len(moments), "inserts"),
        _row(f"{title}: our CPU until the last account", cpu, "ms/account", CPU, met=cpu < CPU),
        _row(f"{title}: commits until the last account", commits, "an account", COMMITS, met=commits <= COMMITS),
        _row(f"{title}: commits, follow-ups and all", ran.commits / accounts, "an account"),
        _row(f"{title}: CPU of the store until then", ran.spent.store / accounts * 1000, "ms/account"),
        _row(f"{title}: until everything is done", ran.seconds, "s"),
    ]


def _beside(deployment: Deployment, harbour: Web, large: int) -> list[Row]:
    """The small job's administrator begins while the large job makes accounts."""
    school = upload(deployment.admin, deployment.stack.base_url, people(large, _class_of), seconds=60 + large / 10)
    school.confirm(large)
    time.sleep(HEAD_START)
    began = time.monotonic()
    job = upload(harbour, deployment.stack.base_url, people(SMALL, _at_sea), seconds=120)
    planned = time.monotonic()
    job.confirm(SMALL)
    job.wait("done", seconds=120)
    ended = time.monotonic()
    school.wait("running", seconds=1)  # or it was over too early for this to say anything
    title = f"Bulk, {SMALL} accounts beside {large:,} of another domain"
    seconds = ended - planned
    return [
        _row(f"{title}: upload to preview", planned - began, "s"),
        _row(f"{title}: confirmed to done", seconds, "s", SMALL_JOB, met=seconds <= SMALL_JOB),
    ]


def _class_of(number: int) -> tuple[str, str]:
    year = seed.YEARS[number % len(seed.YEARS)]
    return f"/Students/{year}", f"year-{year}@{seed.STUDENTS}"


def _at_sea(_number: int) -> tuple[str, str]:
    return "/Field", HARBOUR_GROUP


def _commits(spent: Spent) -> int:
    return spent.usage.calls["Commit"]


def _row(name: str, value: float, unit: str, goal: float | None = None, *, met: bool | None = None) -> Row:
    return {"name": name, "value": round(value, 2), "unit": unit, "goal": goal, "met": met}


def main() -> None:
    """Prints the table."""
    for row in rows(200, 1_000) if sys.argv[1:] == ["quick"] else rows():
        goal = "" if row["goal"] is None else f"goal {row['goal']}: {'met' if row['met'] else 'MISSED'}"
        print(f"{row['name']:<72} {row['value']:>10} {row['unit']:<12} {goal}", flush=True)


if __name__ == "__main__":
    main()
