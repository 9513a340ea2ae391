"""The whole stack: embedded Datastore, simulated Google, and the product, each on a real socket."""

import secrets
import socket
from collections.abc import Callable, Iterator, Mapping
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass

import pytest
from flask import Flask

from runtime.settings import Settings
from sandbox.datastore.server import DatastoreServer
from sandbox.google import marketplace, seed
from sandbox.google.cron import Cron
from sandbox.google.server import GoogleServer
from sandbox.google.task_queue_dispatch import TaskDispatcher
from sandbox.google.world import Customer, User, World
from sandbox.runner import product_environment
from tests.clock import MovableClock
from tests.serving import served
from tests.web import Page, Web
from tests.worlds import new_world

SCHOOL = "northfield.example"
ADMIN = "ada.admin@northfield.example"
HELPDESK = "hanna.helpdesk@northfield.example"
OPERATOR = "olivia.operator@frontdesk-vendor.example"


@dataclass
class Stack:
    """What a journey needs: the product's address, the simulated Google, people's browsers, and the time."""

    base_url: str
    google: GoogleServer
    world: World
    clock: MovableClock
    app: Flask
    settings: Settings
    open_browser: Callable[[], Web]

    def user(self, email: str) -> User:
        """A person of the simulated Workspace."""
        return next(user for user in self.world.users.values() if user.primary_email == email)

    def customer(self, domain: str) -> Customer:
        """A customer by one of its domains."""
        return next(c for c in self.world.customers.values() if any(d.name == domain for d in c.domains))

    def browser(self, email: str = "") -> Web:
        """A person's browser; with an address, signed in at Google and nowhere else."""
        web = self.open_browser()
        if email:
            self.sign_in_at_google(web, email)
        return web

    def sign_in_at_google(self, web: Web, email: str) -> Page:
        """By the simulated Google's own form."""
        page = web.get(f"{self.google.url}/accounts/signin")
        return page.form("signin").submit(email=email, password=seed.PASSWORD)

    def launch(self, email: str) -> Page:
        """A person opens the app from the launcher; the page they end on."""
        return self.browser(email).get(f"{self.base_url}/marketplace/launch")

    def expire_tokens(self) -> None:
        """As an hour later: Google knows none of the access tokens any more that it has issued."""
        with self.world.changing():
            self.world.tokens.clear()

    def run_tasks(self) -> int:
        """Deliver the tasks that are due, and those that they leave, until none is; how many requests were sent.

        What failed is due again by the queue's back-off: advance the clock and call again.
        """
        return TaskDispatcher(self.world).deliver_due()

    def cron(self, path: str) -> int:
        """Call a cron route as the scheduler does; the HTTP status."""
        return Cron(self.world, self.base_url, []).call(path)

    def set_up(self, domain: str = SCHOOL, admin: str = ADMIN, **choices: str) -> Web:
        """An administrator installs the app and walks through setup; their browser, signed in, on the home page.

        choices: fields of the wizard's form, such as creators="hanna@...".
        """
        web = self.browser(admin)
        marketplace.install(self.world, self.customer(domain).id)
        page = web.get(f"{self.base_url}/marketplace/setup/")
        page = page.form("/setup/checks").submit()
        page = page.form("/setup/choices/defaults").submit(**choices)
        page.form("/setup/enable").submit()
        return web


def allow(page: Page) -> Page:
    """Google's consent page, which people see where no administrator installed the app; any other page as it is."""
    asks = any(form.element["id"] == "consent" for form in page.forms)
    return page.form("consent").submit("Allow") if asks else page


@contextmanager
def running_stack(datastore: DatastoreServer, environ: pytest.MonkeyPatch) -> Iterator[Stack]:
    """A fresh world, a fresh Datastore project, a fresh app; all stopped afterwards."""
    environ.setenv("DATASTORE_EMULATOR_HOST", datastore.address)
    base_url = f"http://localhost:{free_port()}"
    world = new_world()
    seed.seed(world, base_url=base_url)
    world.project.project_id = f"test-{secrets.token_hex(6)}"
    clock = MovableClock(world)
    with ExitStack() as opened:
        google = opened.enter_context(GoogleServer(world))
        variables = product_environment(
            base_url=base_url, google_url=google.url, datastore_address=datastore.address, world=world
        )
        settings = settings_from(variables)
        app = opened.enter_context(served(settings, clock))
        yield Stack(base_url, google, world, clock, app, settings, lambda: opened.enter_context(Web(base_url)))


def settings_from(variables: Mapping[str, str]) -> Settings:
    """Settings from what would be environment variables, read the same way."""
    with pytest.MonkeyPatch.context() as patch:
        for name, value in variables.items():
            patch.setenv(name, value)
        return Settings()


def free_port() -> int:
    """A port nobody uses now."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])
