"""The services of the marketplace on the embedded Datastore and the simulated Google, as `main` puts them together."""

from collections.abc import Callable
from dataclasses import dataclass

from google.cloud import ndb

from marketplace.attempts import Attempts
from marketplace.domains import Domains
from marketplace.identity import Identity
from marketplace.license_api import LicenseApi
from marketplace.licenses import Licenses
from marketplace.operators import Operators
from marketplace.people import People
from marketplace.rules import Standing
from marketplace.sessions import Sessions, Visitor
from marketplace.setup_checks import CustomerStep
from marketplace.setup_step import SetupContext, StepResult
from marketplace.workspace import Workspace, WorkspaceCustomer, WorkspaceDomain, WorkspacePerson
from provisioning.directory.google import GoogleDirectory
from runtime.audit import Actor, AuditEntry, recent_entries
from runtime.datastore import tenant_namespace
from runtime.google_api import GoogleTransport
from runtime.settings import Settings
from sandbox.google import marketplace, seed
from sandbox.google.world import Customer, User, World
from tests.clock import MovableClock

SCHOOL, STUDENTS, ALIAS = "northfield.example", "students.northfield.example", "northfield-school.example"
VENDOR = Actor("operator", "1", seed.OPERATOR, "request")
CONSUMER_OPERATOR = "otto.operator@gmail.com"


class CountedLicenses:
    """The license adapter, and what it was asked."""

    def __init__(self, api: LicenseApi) -> None:
        self.api = api
        self.asked: list[str] = []

    def customer_state(self, domain: str) -> str:
        self.asked.append(domain)
        return self.api.customer_state(domain)

    def user_is_licensed(self, email: str) -> bool:
        return self.api.user_is_licensed(email)


class InterruptedWorkspace:
    """The Directory; `meanwhile` happens after it has answered about a person and before anybody heard it."""

    def __init__(self, directory: Workspace) -> None:
        self.directory = directory
        self.meanwhile: Callable[[], None] = lambda: None

    def person(self, subject: str, key: str) -> WorkspacePerson:
        answer = self.directory.person(subject, key)
        self.meanwhile()
        return answer

    def customer(self, subject: str) -> WorkspaceCustomer:
        return self.directory.customer(subject)

    def domains(self, subject: str) -> list[WorkspaceDomain]:
        return list(self.directory.domains(subject))


@dataclass
class House:
    """Everything a test of the services needs."""

    world: World
    clock: MovableClock
    transport: GoogleTransport
    licenses: CountedLicenses
    workspace: InterruptedWorkspace
    domains: Domains
    people: People
    sessions: Sessions
    operators: Operators
    attempts: Attempts

    def user(self, email: str) -> User:
        found = self.world.user_by_email(email)
        assert found is not None
        return found

    def customer(self, customer_id: str = seed.NORTHFIELD) -> Customer:
        return self.world.customers[customer_id]

    def identity(self, email: str) -> Identity:
        """What Google's ID token says of somebody."""
        user = self.user(email)
        return Identity(user.id, email, user.given_name, email.partition("@")[2] if user.customer_id else "")

    def actor(self, email: str = seed.ADMIN) -> Actor:
        return Actor("person", self.user(email).id, email, "request")

    def sign_in(self, email: str, old: str = "") -> str:
        """A session's token."""
        who = self.identity(email)
        return self.sessions.start(who, self.domains.state(who.hd), old)

    def visit(self, token: str) -> Visitor:
        """A page view of somebody whose session goes on."""
        visitor = self.sessions.current(token)
        assert visitor is not None
        return visitor

    def install(self, customer_id: str = seed.NORTHFIELD) -> None:
        marketplace.install(self.world, customer_id)

    def pin(self, admin: str = seed.ADMIN) -> StepResult:
        """The wizard's step that ties a customer to its id."""
        who = self.identity(admin)
        pinned = self.domains.state(who.hd).customer_id
        return CustomerStep(self.workspace, self.domains, self.people).check(
            SetupContext(admin, who.sub, who.hd, pinned)
        )

    def set_up(self, customer_id: str = seed.NORTHFIELD, admin: str = seed.ADMIN) -> None:
        """Installed, pinned and enabled."""
        self.install(customer_id)
        assert self.pin(admin).state == "ok"
        self.domains.enable(self.customer(customer_id).primary_domain, self.actor(admin))

    def standing(self, domain: str = SCHOOL) -> Standing:
        return self.domains.state(domain).standing

    def audit(self, tenant: str = "") -> list[str]:
        """Actions, oldest first; of the operators' own log without a tenant."""
        return [entry.action for entry in reversed(self.entries(tenant))]

    def entries(self, tenant: str = "") -> list[AuditEntry]:
        if not tenant:
            return recent_entries(100)
        with tenant_namespace(tenant):
            return recent_entries(100)


def build_house(world: World, settings: Settings, transport: GoogleTransport) -> House:
    """As main does."""
    clock = MovableClock()
    licenses = CountedLicenses(LicenseApi(transport, settings.application_id))
    workspace = InterruptedWorkspace(GoogleDirectory(transport))
    domains, people = Domains(Licenses(licenses, clock), clock), People(workspace)
    sessions = Sessions(domains, people, settings.operators | {CONSUMER_OPERATOR}, clock)
    operators = Operators(domains, settings.base_url, clock)
    return House(
        world, clock, transport, licenses, workspace, domains, people, sessions, operators, Attempts(clock)
    )  # fmt: skip


def count(kind: str) -> int:
    """Entities of a kind, in the default namespace."""
    return int(ndb.Query(kind=kind).count())


DOMAIN_KINDS = ("AppsDomain", "Session", "LoginAttempts", "InstallLink", "AuditEntry", "ApiKeyTenant")
"""What the default namespace holds."""
TENANT_KINDS = ("AuditEntry", "Opening", "AccountSteps", "DomainPolicyRecord", "ApiKey", "Hold", "HeldAnswer")


def everything() -> int:
    """Entities of all the kinds that a visit could leave behind, in the default namespace."""
    return sum(count(kind) for kind in DOMAIN_KINDS)
