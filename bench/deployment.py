"""The product as it is deployed: gunicorn with app.yaml's own command line, the embedded Datastore in a process of its
own, the simulated Google in this one, and a domain that is set up and has as many taken names as are wanted."""

import os
import re
import secrets
import shlex
import subprocess
import sys
import tempfile
import threading
import time
from collections import Counter
from collections.abc import Iterable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from itertools import islice
from pathlib import Path

from flask import Flask, request_started
from google.auth.credentials import AnonymousCredentials

from bench.store import Store, Usage, running_store
from provisioning.directory.crawl import CompletedCrawl
from provisioning.directory.port import WorkspaceDomain
from provisioning.naming.index_builder import TakenIndexBuilder
from runtime.clock import system_clock
from runtime.datastore import Datastore
from sandbox.google import seed
from sandbox.google.server import GoogleServer
from sandbox.google.world import World
from sandbox.runner import inherited, product_environment, wait_for_product
from tests.clock import MovableClock
from tests.journeys.rest import issue_key
from tests.stack import SCHOOL, Stack, free_port, settings_from
from tests.web import Web

ROOT = Path(__file__).parent.parent
_PAGE = 500
_TICKS = os.sysconf("SC_CLK_TCK")


@dataclass(frozen=True)
class Spent:
    """Seconds of CPU: of gunicorn with its workers, of the store, of the simulated Google; what the store did, and how
    many requests Google answered."""

    app: float
    store: float
    google: float
    usage: Usage
    asked: int

    def __sub__(self, earlier: "Spent") -> "Spent":
        """What came after the earlier one."""
        return Spent(
            self.app - earlier.app,
            self.store - earlier.store,
            self.google - earlier.google,
            self.usage - earlier.usage,
            self.asked - earlier.asked,
        )


@dataclass(frozen=True)
class Deployment:
    """A running one. key: of the interface; asked: "requests" that Google got; admin: the browser of the domain's
    administrator; stack: the simulated Google, and other people's browsers."""

    port: int
    key: str
    store: Store
    process: "subprocess.Popen[bytes]"
    asked: Counter[str]
    admin: Web
    stack: Stack

    def spent(self) -> Spent:
        """Since everything was started."""
        usage = self.store.usage()
        return Spent(
            sum(map(_cpu, _family(self.process.pid))), usage.cpu, time.process_time(), usage, self.asked["requests"]
        )

    def most_memory(self) -> float:
        """MB that the largest of its processes had at most."""
        status = [Path(f"/proc/{pid}/status").read_text() for pid in _family(self.process.pid)]
        return max(int(text.partition("VmHWM:")[2].split()[0]) for text in status) / 1024


@contextmanager
def running_deployment(names: Iterable[str]) -> Iterator[Deployment]:
    """Started, with these local parts taken; stopped afterwards."""
    port = free_port()
    base_url = f"http://localhost:{port}"
    world = World()
    seed.seed(world, base_url=base_url)
    world.project.project_id = f"bench-{secrets.token_hex(4)}"
    with ExitStack() as opened:
        folder = Path(opened.enter_context(tempfile.TemporaryDirectory()))
        store = opened.enter_context(running_store(folder))
        google = opened.enter_context(GoogleServer(world))
        asked = opened.enter_context(_counted())
        variables = product_environment(
            base_url=base_url, google_url=google.url, datastore_address=store.address, world=world
        )
        process = opened.enter_context(_gunicorn(port, variables, folder / "log"))
        wait_for_product(process, f"{base_url}/healthz", threading.Event())

        def browser() -> Web:
            return opened.enter_context(Web(base_url))

        # The product runs in processes of its own, so that this app is none.
        stack = Stack(base_url, google, world, MovableClock(), Flask("none"), settings_from(variables), browser)
        admin = stack.set_up()
        key = issue_key(admin, base_url)
        take_names(store, world.project.project_id, stack.customer(SCHOOL).id, SCHOOL, names)
        yield Deployment(port, key, store, process, asked, admin, stack)


def take_names(store: Store, project: str, tenant: str, domain: str, names: Iterable[str]) -> None:
    """Build the tenant's index as a reading of its Directory would, with these local parts and no others."""
    # ndb reads the address from the environment, once, when the client is made.
    os.environ["DATASTORE_EMULATOR_HOST"] = store.address
    listed = iter(names)

    def pages() -> Iterator[bytes]:
        while page := list(islice(listed, _PAGE)):
            yield "".join(f"{name}\tu\t{domain}\n" for name in page).encode()

    crawl = CompletedCrawl(1, datetime.now(UTC), (WorkspaceDomain(domain, is_primary=True, verified=True),), {})
    datastore = Datastore(project, AnonymousCredentials())
    with datastore.context():
        TakenIndexBuilder(system_clock).complete(tenant, crawl, pages)
    datastore.close()


@contextmanager
def _counted() -> Iterator[Counter[str]]:
    """Counts requests to Flask apps of this process, of which the simulated Google is the only one."""
    asked: Counter[str] = Counter()

    def note(_: object) -> None:
        asked["requests"] += 1

    with request_started.connected_to(note):
        yield asked


@contextmanager
def _gunicorn(port: int, variables: dict[str, str], log: Path) -> Iterator["subprocess.Popen[bytes]"]:
    """As App Engine would start it, on loopback."""
    entrypoint = re.search(r"^entrypoint: gunicorn --bind :\$PORT (.+)$", (ROOT / "app.yaml").read_text(), re.MULTILINE)
    if not entrypoint:
        raise RuntimeError("app.yaml has another entrypoint than this knows how to start")
    options = ["--bind", f"127.0.0.1:{port}", "--log-level", "warning"]
    command = [sys.executable, "-m", "gunicorn", *options, *shlex.split(entrypoint[1])]
    environment = inherited(os.environ) | variables
    with (
        log.open("wb") as output,
        subprocess.Popen(command, cwd=ROOT, env=environment, stdout=output) as process,
    ):
        try:
            yield process
        finally:
            process.terminate()


def _family(pid: int) -> list[int]:
    children = Path(f"/proc/{pid}/task/{pid}/children").read_text().split()
    return [pid, *(each for child in children for each in _family(int(child)))]


def _cpu(pid: int) -> float:
    """Of one process, all its threads."""
    fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / _TICKS
