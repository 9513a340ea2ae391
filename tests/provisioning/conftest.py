"""A school at the simulated Google that has installed the app, a Datastore, and the services over real sockets."""

import secrets
from collections.abc import Iterator
from dataclasses import dataclass

import pytest

from provisioning.accounts.account_follow_ups import AccountFollowUps
from provisioning.accounts.follow_ups import FollowUps
from provisioning.accounts.opening import AccountOpening, Asker
from provisioning.accounts.order import Order
from provisioning.accounts.policy import Policies
from provisioning.accounts.room import CREATES_A_SECOND, STEPS_A_SECOND
from provisioning.directory.google import GoogleDirectory
from provisioning.directory.google_licensing import GoogleLicenses
from provisioning.directory.places import Places
from provisioning.naming.holds import Holds
from provisioning.naming.live_occupancy import DirectoryOccupancy
from provisioning.naming.suggestions import Suggestions
from provisioning.naming.taken import TakenNames
from runtime.audit import Actor, AuditEntry, recent_entries
from runtime.clock import Clock
from runtime.cloud_tasks import CloudTasks
from runtime.datastore import Datastore, tenant_namespace
from runtime.google_api import GoogleTransport
from runtime.limits import Limits
from runtime.pace import Pace
from runtime.settings import Settings
from sandbox.datastore.server import DatastoreServer
from sandbox.google import marketplace, seed
from sandbox.google.server import GoogleServer
from sandbox.google.world import Fault, User, World
from sandbox.runner import product_environment
from tests.clock import MovableClock
from tests.worlds import new_world

TENANT, DOMAIN = seed.NORTHFIELD, "northfield.example"
ADMIN, HELPDESK = seed.ADMIN, seed.HELPDESK
BASE_URL = "http://localhost:8080"
USERS_PATH = "/admin/directory/v1/users"
PERSON = Actor("person", "100", "hanna.helpdesk@northfield.example", "request-1")


@dataclass
class Desk:
    """The services for one school, and what is behind them."""

    world: World
    google_url: str
    settings: Settings
    clock: MovableClock
    transport: GoogleTransport
    datastore: Datastore

    def __post_init__(self) -> None:
        self.directory = GoogleDirectory(self.transport)
        self.places = Places(self.directory, self.clock)
        self.holds = Holds(self.clock)
        self.taken = TakenNames(self.clock)
        limits = Limits(self.clock)
        occupancy = DirectoryOccupancy(self.directory, lambda _tenant: ADMIN, limits, self.clock)
        self.suggestions = Suggestions(self.holds, self.taken, occupancy, limits)
        self.policies = Policies(self.directory, self.clock)
        self.follow_ups = follow_ups_of(self.transport, self.settings, self.clock)
        self.creates = Pace(self.clock, "creates", CREATES_A_SECOND, sleep=self.sleep)
        self.opening = AccountOpening(
            self.directory, self.holds, self.taken, self.policies, self.follow_ups, self.creates, self.clock,
            sleep=self.sleep,
        )  # fmt: skip

    def sleep(self, seconds: float) -> None:
        """Time passes at once, here and at Google."""
        self.clock.advance(seconds=seconds)

    def break_google(self, status: int, *, when: str = "before", method: str = "POST", count: int = 1) -> None:
        """The next requests about users are answered wrongly; status 0 cuts the connection."""
        with self.world.changing():
            self.world.faults.append(Fault(USERS_PATH, method, status, when=when, count=count))  # type: ignore[arg-type]

    def set_knobs(self, **knobs: float) -> None:
        """Settings of the simulation."""
        with self.world.changing():
            for name, value in knobs.items():
                setattr(self.world.knobs, name, value)

    def user(self, address: str) -> User | None:
        """The account at Google."""
        return self.world.user_by_email(address)

    def users_of(self, address: str) -> list[User]:
        """All accounts that ever had the address."""
        return [user for user in self.world.users.values() if user.primary_email == address]

    def audit(self) -> list[AuditEntry]:
        """The school's entries, newest first."""
        with tenant_namespace(TENANT):
            return recent_entries(100)

    def asker(self, actor: Actor = PERSON) -> Asker:
        """For the school, in its administrator's name."""
        return Asker(TENANT, ADMIN, actor)


def follow_ups_of(transport: GoogleTransport, settings: Settings, clock: Clock) -> AccountFollowUps:
    """As main makes them, in the school's administrator's name."""
    steps = FollowUps(GoogleDirectory(transport), GoogleLicenses(transport), clock)
    tasks, pace = CloudTasks(transport, settings), Pace(clock, "steps", STEPS_A_SECOND)
    return AccountFollowUps(steps, lambda _tenant: ADMIN, tasks, pace, clock)


def order(username: str = "zoe.quill", **changes: object) -> Order:
    """An account that can be made."""
    values: dict[str, object] = {
        "operation": "operation-0000000001",
        "holder": "page-1",
        "username": username,
        "domain": DOMAIN,
        "given_name": "Zoë",
        "family_name": "Quill",
        "password": "correct horse",
        "org_unit_path": "/Staff",
        "change_password": True,
    }
    return Order(**(values | changes))  # type: ignore[arg-type]


@pytest.fixture
def world() -> World:
    """The seeded world; the school's administrator has installed the app."""
    world = new_world()
    seed.seed(world)
    marketplace.install(world, TENANT)
    return world


@pytest.fixture
def desk(world: World, datastore_server: DatastoreServer, monkeypatch: pytest.MonkeyPatch) -> Iterator[Desk]:
    """The services, inside an ndb context of a Datastore project of the test's own."""
    world.project.project_id = f"test-{secrets.token_hex(6)}"
    with GoogleServer(world) as google:
        environment = product_environment(
            base_url="http://localhost:1",
            google_url=google.url,
            datastore_address=datastore_server.address,
            world=world,
        )
        for name, value in environment.items():
            monkeypatch.setenv(name, value)
        settings = Settings()
        transport = GoogleTransport(settings, read_patience=0.3)
        datastore = Datastore(settings.google_cloud_project, transport.platform_credentials())
        with datastore.context():
            yield Desk(world, google.url, settings, MovableClock(world), transport, datastore)
        datastore.close()
        transport.close()
