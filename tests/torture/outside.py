"""What is outside of the product, in processes of their own that nobody kills: Google with its queue, and the store."""

import os
from collections import Counter
from collections.abc import Callable
from contextlib import ExitStack
from dataclasses import dataclass
from multiprocessing.connection import Connection
from random import Random
from typing import Any

from sandbox.datastore.server import DatastoreServer
from sandbox.google import control, keys, marketplace, seed
from sandbox.google.cron import Cron, CronJob
from sandbox.google.server import GoogleServer
from sandbox.google.task_queue_dispatch import TaskDispatcher
from sandbox.google.world import Fault, Group, User, World
from sandbox.runner import product_environment
from tests.torture.trouble import BadDays, Commits

TENANT = seed.NORTHFIELD
SWEEP = CronJob("/cron/bulk", 1.0)


@dataclass
class Ordered:
    """One of these processes, as others see it: it does what it is told, one thing after the other."""

    connection: Connection

    def do(self, work: Callable[..., Any], *arguments: Any) -> Any:
        """Call a function of this module there. Raises what it raises."""
        self.connection.send((work, arguments))
        result = self.connection.recv()
        if isinstance(result, BaseException):
            raise result
        return result


def obey(connection: Connection, master: object) -> None:
    """Until whoever orders is gone."""
    while True:
        try:
            work, arguments = connection.recv()
        except EOFError:
            return
        try:
            connection.send(work(master, *arguments))
        except Exception as error:  # noqa: BLE001 - it is raised where it was asked for
            connection.send(error)


class Store:
    """The embedded Datastore, and what spoils its commits."""

    def __init__(self) -> None:
        self.commits = Commits(seed=11)
        self.server = DatastoreServer(None, around=self.commits.around)


def run_store(connection: Connection) -> None:
    """A process's whole life."""
    store = Store()
    with store.server:
        obey(connection, store)
    os._exit(0)


def address(store: Store) -> str:
    return store.server.address


def spoil(store: Store, percent: float) -> Counter[str]:
    """Spoil so many of the commits from now on; what was spoilt since this was said last."""
    store.commits.percent = percent
    hit, store.commits.hit = store.commits.hit, Counter()
    return hit


class Google:
    """The simulated Google, its queue and its scheduler."""

    def __init__(self) -> None:
        self.world = World()
        keys.ensure_keys(self.world)
        self.server = GoogleServer(self.world)
        self.running = ExitStack()
        self.trouble: BadDays | None = None


def run_google(connection: Connection) -> None:
    """A process's whole life."""
    google = Google()
    with google.server:
        obey(connection, google)
    os._exit(0)


def begin(google: Google, base_url: str, project: str, datastore_address: str) -> dict[str, str]:
    """A new school, which has installed the app; the product's environment."""
    world = google.world
    control.empty(world)
    seed.seed(world, base_url)
    with world.changing():
        world.project.project_id = project
        world.knobs.enforce_quota, world.knobs.conflict_account = False, "keep"
    marketplace.install(world, TENANT)
    return product_environment(
        base_url=base_url, google_url=google.server.url, datastore_address=datastore_address, world=world
    )


def open_queue(google: Google, base_url: str, seed_: int) -> None:
    """Deliver tasks, and call the scheduler's addresses, until `close_queue`."""
    chance = Random(seed_)  # noqa: S311 - the same trouble every time
    google.running.enter_context(TaskDispatcher(google.world, chance))
    google.running.enter_context(Cron(google.world, base_url, [SWEEP], first_after=1.0))


def close_queue(google: Google) -> None:
    """Until it is opened again; deliveries under way go on."""
    google.running.close()


def set_knobs(google: Google, knobs: dict[str, Any]) -> None:
    """Settings of the simulation."""
    control.set_knobs(google.world, **knobs)


def trouble(google: Google, faults: list[Fault]) -> None:
    """Calls are answered wrongly until `peace`."""
    google.trouble = BadDays(google.world, faults)


def peace(google: Google) -> Counter[str]:
    """No more faults; which there were."""
    found = google.trouble.end() if google.trouble else Counter[str]()
    google.trouble = None
    return found


def occupy(google: Google, users: list[str], aliases: list[str], groups: list[str], personal: list[str]) -> None:
    """Somebody else has these addresses. personal: Google accounts that belong to no domain."""
    with google.world.changing() as world:
        for address_ in (*users, *personal):
            customer = TENANT if address_ in users else ""
            user = User(seed.account_id(address_), address_, "Some", "Body", "theirs-12345", customer)
            world.users[user.id] = user
        admin = next(user for user in world.users.values() if user.primary_email == seed.HELPDESK)
        admin.aliases += aliases
        for address_ in groups:
            world.groups[f"g{address_}"] = Group(f"g{address_}", address_, "Some group", TENANT)


def everything(google: Google) -> tuple[dict[str, User], dict[str, Group]]:
    """All accounts, deleted ones too, and all groups."""
    with google.world.lock:
        return google.world.users, google.world.groups
