"""Files of many people: uploaded, parsed, checked and previewed, with every row kept: `python -m bench.bulk_plan`.

Each size is planned by a process of its own, as one of the app's would, against the embedded Datastore in another. The
Directory has been read and holds 100,000 people, whose names are in the index; what Google alone could tell (domains
and units) stands ready. Seconds are of the clock and hold what Datastore takes. The cost of a row is CPU of the
planning process, the median of some rounds, without what one row alone costs: the Directory is gone through once for
every file.
"""

import json
import os
import random
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, cast

from google.auth.credentials import AnonymousCredentials

from bench.bulk_file import people
from bench.memory import peak_megabytes
from bench.people import local_parts, person
from bench.store import running_store
from provisioning.accounts.domain_policy import DomainPolicy
from provisioning.accounts.rule_targets import RuleTargets
from provisioning.bulk.file.writing import to_csv
from provisioning.bulk.job_ledger import JobLedger
from provisioning.bulk.jobs import BulkJobs
from provisioning.bulk.mappings import Mappings
from provisioning.bulk.options import JobOptions
from provisioning.bulk.plan.planner import Planner
from provisioning.bulk.plan.planning import PlanTasks
from provisioning.bulk.plan.surroundings import Surroundings
from provisioning.bulk.recent_people import RecentPeople
from provisioning.bulk.run.lanes import Lanes
from provisioning.bulk.slices import Slices
from provisioning.bulk.uploads import Uploads
from provisioning.directory.crawl import CompletedCrawl
from provisioning.directory.places import Places, TenantPlaces
from provisioning.directory.port import ListedUser, OrgUnit, WorkspaceDomain
from provisioning.directory.snapshot_pages import pack_users
from provisioning.directory.snapshot_records import DirectoryPage, DirectorySnapshot, page_key, snapshot_key
from provisioning.directory.snapshot_store import SnapshotStore
from provisioning.naming.index_builder import TakenIndexBuilder
from provisioning.naming.taken import TakenNames
from runtime.audit import Actor
from runtime.clock import system_clock
from runtime.datastore import Datastore
from runtime.sealing import KEY_BYTES, Sealer
from runtime.tasks import Task

ONE, SMALL, USUAL, LARGE = 1, 1_000, 10_000, 50_000
ROUNDS = {ONE: 5, SMALL: 9, USUAL: 1, LARGE: 1}
DIRECTORY, PAGE = 100_000, 500
SECONDS, MEGABYTES, RATIO = 10, 200, 1.3
"""For USUAL; of a row in LARGE to one in SMALL."""
TENANT, DOMAIN, PROJECT = "C1", "example.org", "bench-bulk"
UNITS = [f"/Students/{year}{letter}" for year in range(5, 13) for letter in "ABCD"]
SOMEBODY = Actor("person", "1", "somebody@example.org")


@dataclass
class Queue:
    """Tasks in the order in which they were left."""

    waiting: list[Task] = field(default_factory=list)

    def enqueue(self, task: Task) -> None:
        """Once more."""
        self.waiting.append(task)


class StandingPlaces:
    """Domains and units that nobody has to be asked for."""

    def of(self, tenant: str, subject: str) -> TenantPlaces:  # noqa: ARG002 - as Places
        """The same for everybody."""
        return TenantPlaces((DOMAIN,), tuple(OrgUnit(path, path) for path in ["/", *UNITS]))


def rows() -> list[dict[str, Any]]:
    """Time and memory for 10,000 rows, and the cost of a row in a small and a large file."""
    with tempfile.TemporaryDirectory() as folder, running_store(Path(folder)) as store:
        environment = {**os.environ, "DATASTORE_EMULATOR_HOST": store.address}
        _run(environment, "read")
        took = {size: _planned(environment, Path(folder) / "people.csv", size) for size in ROUNDS}
    each = {size: (took[size]["cpu"] - took[ONE]["cpu"]) / size * 1e3 for size in (SMALL, LARGE)}
    figures = [
        (f"{USUAL:,} rows uploaded, checked and previewed", round(took[USUAL]["seconds"], 2), "s", SECONDS),
        ("the same, CPU of ours", round(took[USUAL]["cpu"], 2), "s", None),
        ("the same, memory", round(took[USUAL]["memory"]), "MB at most", MEGABYTES),
        (f"memory at {LARGE:,}", round(took[LARGE]["memory"]), "MB at most", None),
        ("a file of one row, CPU", round(took[ONE]["cpu"], 2), "s", None),
        (f"a row at {SMALL:,}, CPU", round(each[SMALL], 3), "ms", None),
        (f"a row at {LARGE:,}, CPU", round(each[LARGE], 3), "ms", None),
        (f"a row at {LARGE:,} to {SMALL:,}", round(each[LARGE] / each[SMALL], 2), "times", RATIO),
    ]
    return [
        {"name": f"Preview: {name}", "value": value, "unit": unit, "goal": goal,
         "met": None if goal is None else value <= goal}
        for name, value, unit, goal in figures
    ]  # fmt: skip


def _planned(environment: dict[str, str], path: Path, size: int) -> dict[str, float]:
    path.write_bytes(b"".join(to_csv(people(size))))
    return dict(json.loads(_run(environment, str(path), str(ROUNDS[size]))))


def _run(environment: dict[str, str], *what: str) -> str:
    command = [sys.executable, "-m", "bench.bulk_plan", *what]
    return subprocess.run(command, env=environment, check=True, stdout=subprocess.PIPE, text=True).stdout


def _read_directory() -> None:
    """As a reading leaves it."""
    users = list(_users())
    pages = [pack_users(users[at : at + PAGE]) for at in range(0, len(users), PAGE)]
    for number, page in enumerate(pages):
        DirectoryPage(key=page_key(TENANT, 1, "users", number), rows=page.rows, addresses=page.addresses).put()
    now = datetime.now(UTC)
    domains = [{"name": DOMAIN, "is_primary": True, "verified": True, "aliases": []}]
    DirectorySnapshot(
        key=snapshot_key(TENANT), generation=1, began=now.replace(tzinfo=None), ended=now.replace(tzinfo=None),
        domains=domains, counts={"users": len(users)}, pages={"users": len(pages)},
    ).put()  # fmt: skip
    crawl = CompletedCrawl(1, now, (WorkspaceDomain(DOMAIN, is_primary=True, verified=True),), {})
    TakenIndexBuilder(system_clock).complete(TENANT, crawl, lambda: SnapshotStore().addresses(TENANT, 1))


def _users() -> Iterator[ListedUser]:
    rng = random.Random(1)  # noqa: S311 - the same people every time
    for number, local in enumerate(local_parts(DIRECTORY)):
        names = person(rng)
        yield ListedUser(
            str(number), f"{local}@{DOMAIN}", (), (), names["firstname"], names["lastname"], rng.choice(UNITS),
            suspended=False, archived=False, organization_ids=(f"T{number}",),
        )  # fmt: skip


def _plan(path: Path) -> dict[str, float]:
    queue, clock, sealer = Queue(), system_clock, Sealer([bytes(KEY_BYTES)])
    taken, uploads, slices = TakenNames(clock), Uploads(sealer, clock), Slices(sealer)
    policy, ledger = DomainPolicy(), JobLedger(clock)
    people = RecentPeople(SnapshotStore(), ledger, slices)
    surroundings = Surroundings(
        cast(Places, StandingPlaces()), cast(RuleTargets, None), people, taken, lambda _tenant: policy,
        lambda _tenant: "",
    )  # fmt: skip
    plans = PlanTasks(surroundings, Planner(taken), uploads, slices, queue, clock)
    lanes = Lanes(queue, clock)
    jobs = BulkJobs(ledger, uploads, Mappings(clock), plans, lanes, lambda _tenant: policy, clock)
    data = path.read_bytes()
    began, cpu = time.perf_counter(), time.process_time()
    job = jobs.upload(TENANT, SOMEBODY, path.name, data, JobOptions(DOMAIN))
    del data
    while queue.waiting:
        payload = queue.waiting.pop(0).payload
        plans.step(str(payload["tenant"]), str(payload["job"]), int(payload["number"]))
    status = jobs.status(TENANT, job)
    took = {"seconds": time.perf_counter() - began, "cpu": time.process_time() - cpu}
    if status.state != "ready" or status.counts.get("ready", 0) < 0.9 * status.rows:
        raise RuntimeError(f"the preview is none: {status.state} {status.counts} {status.reason}")
    return took


def _median(path: Path, count: int) -> dict[str, float]:
    """Of so many rounds; the most memory of all."""
    took = [_plan(path) for _ in range(count)]
    return {name: statistics.median(each[name] for each in took) for name in took[0]} | {"memory": peak_megabytes()}


def main() -> None:
    """Without arguments the table; with a file and a number of rounds a measurement, with "read" the Directory."""
    match sys.argv[1:]:
        case []:
            for row in rows():
                print(row)
        case ["read"]:
            with Datastore(PROJECT, AnonymousCredentials()).context():
                _read_directory()
        case [path, rounds]:
            with Datastore(PROJECT, AnonymousCredentials()).context():
                print(json.dumps(_median(Path(path), int(rounds))))


if __name__ == "__main__":
    main()
