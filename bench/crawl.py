"""What reading a whole Directory costs: our CPU and memory for a million people, and how closely the pages follow.

The simulated Google, the Datastore and the reading are processes of their own, so that only our work counts as ours. A
page's latency is what a bare client sees: the 200 ms that were set, and what the simulation needs to make 500 people.
"""

import contextlib
import gzip
import json
import os
import resource
import secrets
import statistics
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Callable, Iterator
from datetime import timedelta
from http.client import HTTPConnection
from itertools import pairwise
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

from bench.memory import peak_megabytes
from bench.store import running_store
from provisioning.accounts.domain_policy import DomainPolicy
from provisioning.directory.crawl import CompletedCrawl
from provisioning.directory.google import GoogleDirectory
from provisioning.directory.google_listing import USERS, GoogleListing
from provisioning.directory.port import ListedUser, Page
from provisioning.directory.snapshot import APP, Snapshots
from runtime.clock import system_clock
from runtime.datastore import Datastore
from runtime.google_api import GoogleTransport
from runtime.settings import Settings
from runtime.tasks import Task
from sandbox.google import marketplace, seed
from sandbox.google.grants import Token
from sandbox.google.server import GoogleServer
from sandbox.google.world import World
from sandbox.runner import product_environment

PEOPLE = 1_000_000
CPU_SECONDS, MEGABYTES, OVERHEAD = 25, 250, 1.05
SLOW, SLOW_PAGES = 0.2, 100
"""Seconds that Google takes for a page, and for how many of them that is measured."""
BARE_PAGES = 15
ADMIN, TOKEN = "mira.admin@metropolis.example", "bench"
QUESTION = {
    "customer": "my_customer", "maxResults": "500", "prettyPrint": "false",
    "fields": "nextPageToken,users(id,primaryEmail,aliases,nonEditableAliases,name(givenName,familyName),orgUnitPath,"
    "suspended,archived,externalIds)",
}  # fmt: skip
"""As provisioning.directory.google_listing asks it."""


def rows() -> list[dict[str, Any]]:
    """A million people at no latency, then a hundred pages at 200 ms each."""
    whole, slow = _read(PEOPLE, 0.0), _read(SLOW_PAGES * 500 - 1, SLOW)
    ratio = round(slow["page"] / slow["latency"], 3)
    cpu, memory = round(whole["cpu"], 1), round(whole["megabytes"])
    name = f"crawl of {PEOPLE:,} people"
    return [
        {"name": f"{name}: our CPU", "value": cpu, "unit": "s", "goal": CPU_SECONDS, "met": cpu <= CPU_SECONDS},
        {"name": f"{name}: memory", "value": memory, "unit": "MB", "goal": MEGABYTES, "met": memory <= MEGABYTES},
        {"name": f"{name}: time taken", "value": round(whole["reading"], 1), "unit": "s", "goal": None, "met": None},
        {"name": f"{name}: tasks", "value": whole["tasks"], "unit": "tasks", "goal": None, "met": None},
        *(
            {"name": f"{name}: {what}", "value": whole.get(what, 0), "unit": "entities", "goal": None, "met": None}
            for what in ("read", "write", "delete")
        ),
        {"name": f"{name}: Datastore", "value": round(whole["cents"], 2), "unit": "cents", "goal": None, "met": None},
        {"name": "crawl at 200 ms a page: of pages x latency", "value": ratio, "unit": "times", "goal": OVERHEAD,
         "met": ratio <= OVERHEAD},
    ]  # fmt: skip


def _read(people: int, latency: float) -> dict[str, float]:
    with (
        tempfile.TemporaryDirectory() as folder,
        running_store(Path(folder)) as store,
        _google_for(people, latency, store.address) as variables,
    ):
        bare = _bare_latency(json.loads(variables["GOOGLE_ORIGINS"])["https://admin.googleapis.com"])
        command = [sys.executable, "-m", "bench.crawl", "reading"]
        done = subprocess.run(command, env={**os.environ, **variables}, text=True, stdout=subprocess.PIPE, check=True)
        measured: dict[str, float] = json.loads(done.stdout.splitlines()[-1])
        usage = store.usage()
        return {**measured, "latency": bare, "cents": 100 * usage.dollars, **usage.entities}


def _bare_latency(origin: str) -> float:
    """Seconds for a page when nothing is done with it: the median of a short chain."""
    connection, token, times = HTTPConnection(origin.partition("//")[2]), "", []
    for _ in range(BARE_PAGES):
        began = time.perf_counter()
        query = {**QUESTION, **({"pageToken": token} if token else {})}
        headers = {"Authorization": f"Bearer {TOKEN}", "Accept-Encoding": "gzip"}
        connection.request("GET", f"/admin/directory/v1/users?{urlencode(query)}", headers=headers)
        body = connection.getresponse().read()
        times.append(time.perf_counter() - began)
        token = json.loads(gzip.decompress(body))["nextPageToken"]
    connection.close()
    return statistics.median(times)


@contextlib.contextmanager
def _google_for(people: int, latency: float, datastore_address: str) -> Iterator[dict[str, str]]:
    """A process with the simulated Google; the product's environment."""
    command = [sys.executable, "-m", "bench.crawl", "google", str(people), str(latency), datastore_address]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
        try:
            yield json.loads(process.stdout.readline()) if process.stdout else {}
        finally:
            process.terminate()


def _google(people: int, latency: float, datastore_address: str) -> None:
    """The metropolis, of a chosen size, without a quota; prints what the product needs to know."""
    world = World()
    seed.seed(world)
    world.customers[seed.METROPOLIS].generated_users = people
    marketplace.install(world, seed.METROPOLIS)
    world.knobs.enforce_quota, world.knobs.latency = False, latency
    admin = next(user for user in world.users.values() if user.primary_email == ADMIN)
    expires = world.now() + timedelta(hours=1)
    world.tokens[TOKEN] = Token(TOKEN, "delegated", admin.id, "bench", frozenset([USERS]), expires)
    world.project.project_id = f"bench-{secrets.token_hex(4)}"
    with GoogleServer(world) as server:
        variables = product_environment(
            base_url="http://localhost:1", google_url=server.url, datastore_address=datastore_address, world=world
        )
        print(json.dumps(variables), flush=True)
        threading.Event().wait()


class _Tasks:
    """The last task that was left."""

    waiting: Task | None = None

    def enqueue(self, task: Task) -> None:
        self.waiting = task


class _Timed(GoogleListing):
    """Notes when each page of people had come."""

    def __init__(self, transport: GoogleTransport) -> None:
        super().__init__(transport)
        self.moments: list[float] = []

    def users_page(self, subject: str, token: str) -> Page[ListedUser]:
        """As it is."""
        page = super().users_page(subject, token)
        self.moments.append(time.perf_counter())
        return page

    def seconds_a_page(self) -> float:
        """The median: whatever else the machine does falls on some pages."""
        return statistics.median(later - sooner for sooner, later in pairwise(self.moments))


class _Nothing:
    """Builds nothing from a reading: that has a measure of its own."""

    def complete(self, _tenant: str, _crawl: CompletedCrawl, addresses: Callable[[], Iterator[bytes]]) -> None:
        """Runs through the addresses once."""
        for _ in addresses():
            continue


def _reading() -> None:
    settings = Settings()
    transport, tasks = GoogleTransport(settings), _Tasks()
    datastore = Datastore(settings.google_cloud_project, transport.platform_credentials())
    directory, timed = GoogleDirectory(transport), _Timed(transport)
    snapshots = Snapshots(
        timed, directory.domains, lambda _tenant: ADMIN, lambda _tenant: DomainPolicy(), [_Nothing()],
        tasks, system_clock, pace=0,
    )  # fmt: skip
    with datastore.context():
        began, count = time.perf_counter(), 0
        snapshots.start(seed.METROPOLIS, APP, "bench")
        while tasks.waiting:
            task, tasks.waiting = tasks.waiting, None
            snapshots.step(seed.METROPOLIS, int(task.payload["generation"]), int(task.payload["number"]))
            count += 1
        elapsed = time.perf_counter() - began
        info = snapshots.in_force(seed.METROPOLIS)
        if info is None:
            raise RuntimeError(str(snapshots.status(seed.METROPOLIS)))
    used = resource.getrusage(resource.RUSAGE_SELF)
    print(json.dumps({
        "cpu": used.ru_utime + used.ru_stime, "megabytes": peak_megabytes(), "reading": elapsed, "tasks": count,
        "page": timed.seconds_a_page(), "pages": info.pages["users"], "people": info.counts["users"],
    }))  # fmt: skip


if __name__ == "__main__":
    if sys.argv[1:2] == ["google"]:
        _google(int(sys.argv[2]), float(sys.argv[3]), sys.argv[4])
    elif sys.argv[1:2] == ["reading"]:
        _reading()
    else:
        for row in rows():
            print(row)
