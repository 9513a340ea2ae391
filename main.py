"""The only wiring: adapters, then services, then blueprints. Served as gunicorn "main:create_app()"."""

from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass

from flask import Blueprint, Flask

from marketplace import listing
from marketplace.access import CustomerId
from marketplace.attempts import Attempts
from marketplace.cli import marketplace_commands
from marketplace.domains import Domains
from marketplace.erasure.room import ErasureRoom
from marketplace.frame import Frame, let_browsers_keep
from marketplace.gate import Gate
from marketplace.installation import Installation
from marketplace.license_api import LicenseApi
from marketplace.licenses import Licenses
from marketplace.manage_web import ManagePages, manage_blueprint
from marketplace.navigation import NAV, SETTINGS_LINKS
from marketplace.oidc import GoogleSignIn
from marketplace.operators import Operators
from marketplace.operators_web import OperatorPages, operators_blueprint
from marketplace.pages_web import pages_blueprint
from marketplace.people import People
from marketplace.sessions import Sessions
from marketplace.setup_checks import GrantLinks, access_steps, license_scope_step
from marketplace.setup_web import SetupPages, setup_blueprint
from marketplace.sign_in_web import sign_in_blueprint
from provisioning.accounts.policy import Policies
from provisioning.accounts.room import AccountRoom
from provisioning.api import compatibility_web, rest
from provisioning.api import web as keys_web
from provisioning.api.compatibility import CompatibilityAccess
from provisioning.api.interface import RestInterface
from provisioning.api.keys import ApiKeys, rows_outside
from provisioning.bulk.pages.web import LARGE
from provisioning.bulk.room import BulkRoom, Neighbours
from provisioning.cli import Counter, import_command, names_commands
from provisioning.directory import snapshot_web
from provisioning.directory.google import GoogleDirectory
from provisioning.directory.google_licensing import GoogleLicenses
from provisioning.directory.google_listing import GoogleListing
from provisioning.directory.jobs import add_directory_jobs
from provisioning.directory.places import Places
from provisioning.directory.snapshot import Snapshots
from provisioning.invitations import web as join_web
from provisioning.invitations.room import InvitationRoom
from provisioning.library import Desks, DomainDesk, Program
from provisioning.naming.holds import Holds
from provisioning.naming.index_builder import TakenIndexBuilder
from provisioning.naming.jobs import add_naming_jobs
from provisioning.naming.live_occupancy import DirectoryOccupancy
from provisioning.naming.suggestions import Suggestions
from provisioning.naming.taken import TakenNames
from provisioning.setup_steps import defaults_step, directory_steps
from runtime import internal
from runtime.clock import Clock, system_clock
from runtime.cloud_tasks import CloudTasks
from runtime.datastore import Datastore
from runtime.google_api import GoogleTransport
from runtime.guards import HEALTH_PATH, install_guards
from runtime.internal import InternalRoutes
from runtime.limits import Limits
from runtime.logs import log_to_stdout
from runtime.sealing import Sealer
from runtime.service_tokens import ServiceTokens
from runtime.settings import Settings
from runtime.tasks import Tasks

A_YEAR = 31_536_000


@dataclass(frozen=True)
class Host:
    """What everything stands on: the outside world, and the time."""

    settings: Settings
    clock: Clock
    transport: GoogleTransport
    datastore: Datastore
    directory: GoogleDirectory
    tasks: Tasks
    sealer: Sealer

    def close(self) -> None:
        """Close the connections."""
        self.transport.close()
        self.datastore.close()


@dataclass(frozen=True)
class Marketplace:
    """Who may come in."""

    domains: Domains
    people: People
    sessions: Sessions
    gate: Gate
    grants: GrantLinks
    operators: Operators

    def administrator(self, tenant: str) -> str:
        """In whose name the Directory of a tenant in use is asked. Raises Problem for one that is not."""
        return self.domains.require_active(CustomerId(tenant)).delegated_admin


@dataclass(frozen=True)
class Provisioning:
    """What makes names and accounts."""

    policies: Policies
    places: Places
    limits: Limits
    suggestions: Suggestions
    accounts: AccountRoom
    bulk: BulkRoom
    desks: Desks


def create_app(settings: Settings | None = None, *, clock: Clock = system_clock) -> Flask:
    """The application. settings: read from the environment when not given."""
    if settings is None:
        log_to_stdout()
        settings = Settings()
    host = _host(settings, clock)
    marketplace = _marketplace(host)
    app = Flask(__name__, static_folder="static", template_folder="templates")
    app.config.update(SEND_FILE_MAX_AGE_DEFAULT=A_YEAR)
    _rooms(app, host, marketplace)
    app.wsgi_app = host.datastore.wrap(app.wsgi_app)  # type: ignore[assignment,method-assign]
    app.extensions["frontdesk"] = host
    return app


def close(app: Flask) -> None:
    """Close the connections of an app that is no longer served."""
    host: Host = app.extensions["frontdesk"]
    host.close()


@contextmanager
def open_library(
    domain: str, *, owner: str = "", settings: Settings | None = None, clock: Clock = system_clock
) -> Iterator[DomainDesk]:
    """Names and accounts of a domain for a script, until the block ends. Raises NotFound for a domain not set up.

    owner: who holds the names, the same for all that may select and create each other's; nobody else's if empty.
    settings: read from the environment when not given. For the thread that opened it. docs/library.md tells more.
    """
    host = _host(settings or Settings(), clock)
    marketplace = _marketplace(host)
    with closing(host), host.datastore.context():
        program = Program.script(owner)
        name = domain.strip().lower()
        yield _provisioning(host, marketplace).desks.of(marketplace.domains.tenant_of(name), program, domain=name)


def _host(settings: Settings, clock: Clock) -> Host:
    transport = GoogleTransport(settings)
    datastore = Datastore(settings.google_cloud_project, transport.platform_credentials())
    directory, tasks = GoogleDirectory(transport), CloudTasks(transport, settings)
    return Host(settings, clock, transport, datastore, directory, tasks, Sealer(settings.sealing_keys))


def _marketplace(host: Host) -> Marketplace:
    settings, clock = host.settings, host.clock
    domains = Domains(Licenses(LicenseApi(host.transport, settings.application_id), clock), clock)
    people = People(host.directory)
    sessions = Sessions(domains, people, settings.operators, clock)
    grants, operators = GrantLinks(settings, listing.DIRECTORY_SCOPES), Operators(domains, settings.base_url, clock)
    return Marketplace(domains, people, sessions, Gate(sessions, settings), grants, operators)


def _installation(host: Host, marketplace: Marketplace, policies: Policies, snapshots: Snapshots) -> Installation:
    """The wizard's steps, in the order in which they make sense."""
    domains, people, grants = marketplace.domains, marketplace.people, marketplace.grants
    steps = [
        *access_steps(host.transport, host.directory, domains, people, grants),
        *directory_steps(host.directory),
        license_scope_step(host.transport, domains, grants, lambda tenant: bool(policies.of(tenant).license)),
    ]
    choices = [defaults_step(policies, host.directory)]
    return Installation(steps, choices, domains, people, host.clock, snapshots.on_enabled)


def _provisioning(host: Host, marketplace: Marketplace) -> Provisioning:
    """What they came for."""
    directory, domains, clock = host.directory, marketplace.domains, host.clock
    policies, holds, limits = Policies(directory, clock), Holds(clock), Limits(clock)
    occupancy = DirectoryOccupancy(directory, marketplace.administrator, limits, clock)
    taken, places = TakenNames(clock), Places(directory, clock)
    suggestions = Suggestions(holds, taken, occupancy, limits)
    accounts = AccountRoom(
        directory, GoogleLicenses(host.transport), marketplace.administrator, holds, taken, policies, places,
        suggestions, host.tasks, clock,
    )  # fmt: skip
    near = Neighbours(
        directory, accounts.steps, accounts.creates_pace, accounts.steps_pace, places, policies, taken,
        marketplace.administrator, host.datastore.context,
    )  # fmt: skip
    bulk = BulkRoom(clock, host.tasks, host.sealer, near)
    desks = Desks(domains, policies, suggestions, accounts.opening, clock)
    return Provisioning(policies, places, limits, suggestions, accounts, bulk, desks)


def _counters(host: Host, marketplace: Marketplace, rooms: Provisioning) -> list[Blueprint]:
    """Pages and interfaces where names and accounts are to be had."""
    gate, sign_in_url = marketplace.gate, host.settings.google_url("https://accounts.google.com")
    keys, compatibility = ApiKeys(host.clock), CompatibilityAccess(host.clock)
    interface = RestInterface(keys, compatibility, rooms.desks, rooms.limits)
    return [
        *rooms.accounts.blueprints(gate, sign_in_url),
        rooms.bulk.blueprint(gate, sign_in_url),
        keys_web.keys_blueprint(gate, keys),
        compatibility_web.compatibility_blueprint(gate, compatibility, keys, rooms.places, host.settings.base_url),
        rest.rest_blueprint(interface),
        rest.compatible_blueprint(interface),
    ]


def _doors(host: Host, marketplace: Marketplace, installation: Installation) -> list[Blueprint]:
    """Sign-in, setup, management, operators, and the pages for everybody."""
    settings, gate, sessions = host.settings, marketplace.gate, marketplace.sessions
    domains, operators, grants = marketplace.domains, marketplace.operators, marketplace.grants
    attempts, google = Attempts(host.clock), GoogleSignIn(settings, host.clock)
    manage = ManagePages(gate, sessions, domains, marketplace.people, installation, grants, SETTINGS_LINKS, host.clock)
    return [
        sign_in_blueprint(gate, sessions, domains, attempts, google, settings),
        setup_blueprint(SetupPages(gate, sessions, installation, operators, grants, settings)),
        manage_blueprint(manage),
        operators_blueprint(OperatorPages(gate, sessions, operators, settings)),
        pages_blueprint(settings),
    ]


def _rooms(app: Flask, host: Host, marketplace: Marketplace) -> None:
    settings, gate = host.settings, marketplace.gate
    provisioning = _provisioning(host, marketplace)
    snapshots = _snapshots(host, marketplace, provisioning.policies)
    invitations = InvitationRoom(
        settings, host.clock, host.sealer, host.directory, provisioning.places, provisioning.policies,
        provisioning.limits, provisioning.desks,
    )  # fmt: skip
    erasure = ErasureRoom(marketplace.domains, [rows_outside], host.tasks, host.clock)
    frame = Frame(gate, marketplace.sessions, settings, NAV, provisioning.policies.may_create)
    install_guards(
        app, settings, session_cookie=gate.cookie, csrf_exempt=CSRF_EXEMPT, shows_raw=frame.shows_raw, large=LARGE,
        admit_large=gate.require_visitor,
    )  # fmt: skip
    frame.install(app)
    app.after_request(let_browsers_keep)
    app.add_url_rule(HEALTH_PATH, "healthz", lambda: ("ok\n", 200, {"Content-Type": "text/plain"}))
    for blueprint in (
        *_doors(host, marketplace, _installation(host, marketplace, provisioning.policies, snapshots)),
        *_counters(host, marketplace, provisioning),
        snapshot_web.directory_blueprint(gate, snapshots),
        *invitations.blueprints(gate),
        *erasure.blueprints(gate, marketplace.sessions),
        _jobs(host, marketplace, snapshots, erasure, provisioning.accounts, provisioning.bulk, invitations),
    ):
        app.register_blueprint(blueprint)
    commands = marketplace_commands(marketplace.operators, host.datastore, settings)
    app.cli.add_command(erasure.with_commands(commands, host.datastore))
    counter = _counter(host, marketplace, provisioning, snapshots)
    app.cli.add_command(names_commands(counter))
    app.cli.add_command(import_command(counter))


def _counter(host: Host, marketplace: Marketplace, rooms: Provisioning, snapshots: Snapshots) -> Counter:
    """For commands."""
    domains = marketplace.domains
    return Counter(host.datastore, rooms.desks, rooms.policies, snapshots, domains.tenant_of, domains.domains_of)


def _snapshots(host: Host, marketplace: Marketplace, policies: Policies) -> Snapshots:
    """The one reading of everybody, and what is built from it."""
    return Snapshots(
        GoogleListing(host.transport), host.directory.domains, marketplace.administrator, policies.of,
        [TakenIndexBuilder(host.clock)], host.tasks, host.clock,
    )  # fmt: skip


def _jobs(
    host: Host, marketplace: Marketplace, snapshots: Snapshots, erasure: ErasureRoom,
    *rooms: AccountRoom | BulkRoom | InvitationRoom,
) -> Blueprint:  # fmt: skip
    """What the task queue and the scheduler call."""
    routes = InternalRoutes(host.settings, ServiceTokens(host.settings, host.clock), erasure.requests.serves)
    erasure.add_jobs(routes)
    add_directory_jobs(routes, snapshots, marketplace.domains.active)
    add_naming_jobs(routes, Holds(host.clock), Limits(host.clock), marketplace.domains.known)
    for room in rooms:
        room.add_jobs(routes, marketplace.domains)
    return routes.blueprint


CSRF_EXEMPT = (rest.NAME, rest.COMPATIBLE, internal.NAME, join_web.NAME)
"""Blueprints whose callers send a key or a token, and no session's cookie."""
