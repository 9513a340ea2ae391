"""A small world and the server that answers from it, for the contract tests of the simulated Google."""

from collections.abc import Callable, Iterator
from copy import deepcopy
from functools import partial

import pytest

from sandbox.google.scopes import PREFIX
from sandbox.google.server import GoogleServer
from sandbox.google.world import Customer, Domain, OrgUnit, User, World
from tests.contract.google.directory_service import Caller, caller
from tests.contract.google.transport import SimulatedHosts
from tests.web import Web
from tests.worlds import new_world

NORTHFIELD, HARBOUR = "C01northf", "C02harbou"
ADMIN, HANNA, STUDENT = "100000000000000000001", "100000000000000000002", "100000000000000000003"
HUGO, CONSUMER = "100000000000000000004", "100000000000000000005"
PASSWORD = "a-known-password"
DIRECTORY = [
    PREFIX + "admin.directory.user",
    PREFIX + "admin.directory.group.readonly",
    PREFIX + "admin.directory.orgunit.readonly",
    PREFIX + "admin.directory.domain.readonly",
    PREFIX + "admin.directory.customer.readonly",
]


@pytest.fixture
def world() -> World:
    """Northfield with two domains and an alias domain, Harbour beside it, and a consumer account; nothing installed."""
    world = new_world()
    world.project.listed_scopes = ["openid", "email", "profile", *DIRECTORY]
    northfield = Domain("northfield.example", is_primary=True, aliases=["northfield-school.example"])
    students = Domain("students.northfield.example", is_primary=False)
    units = [OrgUnit("id:03staff", "/Staff", "Staff"), OrgUnit("id:03students", "/Students", "Students")]
    world.customers[NORTHFIELD] = Customer(NORTHFIELD, "Northfield School", [northfield, students], org_units=units)
    world.customers[HARBOUR] = Customer(HARBOUR, "Harbour Company", [Domain("harbour.example", is_primary=True)])
    people = (
        (ADMIN, "ada.admin@northfield.example", "Ada", "Admin", NORTHFIELD, "/Staff", True),
        (HANNA, "hanna.helpdesk@northfield.example", "Hanna", "Helpdesk", NORTHFIELD, "/Staff", False),
        (STUDENT, "sam.student@students.northfield.example", "Sam", "Student", NORTHFIELD, "/Students", False),
        (HUGO, "hugo.admin@harbour.example", "Hugo", "Admin", HARBOUR, "/", True),
        (CONSUMER, "connie.consumer@gmail.com", "Connie", "Consumer", "", "/", False),
    )
    for id_, email, given, family, customer, unit, is_admin in people:
        world.users[id_] = User(id_, email, given, family, PASSWORD, customer, unit, is_admin=is_admin)
    return world


@pytest.fixture
def google(world: World) -> Iterator[GoogleServer]:
    """The server; `google.url` is its origin. `reset` leads back to the world as the test found it."""
    before = deepcopy({"customers": world.customers, "users": world.users, "project": world.project})

    def seed(emptied: World) -> None:
        for name, value in deepcopy(before).items():
            setattr(emptied, name, value)

    with GoogleServer(world, seed=seed) as server:
        world.project.redirect_uris.append(server.url + "/app/return")
        yield server


@pytest.fixture
def http(google: GoogleServer) -> Iterator[SimulatedHosts]:
    """A transport for Google's client libraries."""
    transport = SimulatedHosts(google.url)
    yield transport
    transport.close()


@pytest.fixture
def web(google: GoogleServer) -> Iterator[Web]:
    """A browser that has just been started."""
    with Web(google.url) as browser:
        yield browser


@pytest.fixture
def call_as(http: SimulatedHosts, world: World) -> Callable[..., Caller]:
    """`call_as(user_id, scopes)`: the Directory API as this person, with every scope unless told otherwise."""
    return partial(caller, http, world)


@pytest.fixture
def admin(call_as: Callable[..., Caller]) -> Caller:
    """The Directory API as Northfield's super administrator."""
    return call_as(ADMIN)
