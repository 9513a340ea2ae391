"""One command, three servers: the embedded Datastore, the simulated Google, and the product as a child process.

Beside them the task queue and the scheduler, which call the product.

The product learns about the other two from environment variables and from nothing else.
"""

import fcntl
import json
import shlex
import socket
import subprocess
import sys
import threading
import time
import urllib.error
import urllib.request
from collections.abc import Iterator, Mapping
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from types import TracebackType
from typing import Self

from sandbox.datastore.server import DatastoreServer
from sandbox.google import seed
from sandbox.google.cron import SCHEDULE, Cron, read_jobs
from sandbox.google.journal import open_world
from sandbox.google.server import GoogleServer
from sandbox.google.task_queue_dispatch import TaskDispatcher
from sandbox.google.world import World

START_SECONDS = 60.0
"""How long the product may take to answer for the first time; a cold disk needs several of them."""
STOP_SECONDS = 10.0
"""How long it may take to finish what it is answering."""
SUPPORT_EMAIL = "support@frontdesk-vendor.example"

_GOOGLE = (
    "https://accounts.google.com",
    "https://oauth2.googleapis.com",
    "https://iamcredentials.googleapis.com",
    "https://admin.googleapis.com",
    "https://cloudtasks.googleapis.com",
    "https://appsmarket.googleapis.com",
    "https://licensing.googleapis.com",
    "https://www.googleapis.com",
    "http://metadata.google.internal",
    "http://169.254.169.254",
    "https://admin.google.com",
    "https://workspace.google.com",
)
_INHERITED = {"PATH", "HOME", "LANG", "LC_ALL", "LC_CTYPE", "TZ", "TMPDIR", "VIRTUAL_ENV"}
_COVERAGE = {"COVERAGE_PROCESS_START", "COVERAGE_PROCESS_CONFIG"}  # so that a test run measures the product too


class CannotStart(Exception):
    """The sandbox does not run, and why, in words for the person who typed the command."""


@dataclass(frozen=True)
class Options:
    """Where to listen and where to keep what was done. `app`: the WSGI application, as gunicorn names it."""

    port: int = 8080
    google_port: int = 8090
    data: Path = Path(".sandbox")
    app: str = "main:create_app()"

    @property
    def base_url(self) -> str:
        """Where the product answers. Not 127.0.0.1: for browsers the two names are different sites."""
        return f"http://localhost:{self.port}"


class Sandbox:
    """The three servers. Enter to start them in order; leaving stops them in the opposite order."""

    def __init__(self, options: Options, environ: Mapping[str, str], stopping: threading.Event | None = None) -> None:
        """environ: the product inherits its path, home and language. stopping: set to give up while starting."""
        self.options, self._environ = options, environ
        self._stopping = stopping or threading.Event()
        self._stack = ExitStack()
        self.product: subprocess.Popen[bytes] | None = None

    def __enter__(self) -> Self:
        """Start everything and wait until the product answers; CannotStart says what is in the way."""
        require_free("PORT", self.options.port)
        require_free("GOOGLE_PORT", self.options.google_port)
        with ExitStack() as stack:
            self._start(stack)
            self._stack = stack.pop_all()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Stop the product, then Google, then the Datastore."""
        self._stack.close()

    def ended(self) -> int | None:
        """The exit status of the product when it is no longer running."""
        return self.product.poll() if self.product else None

    def _start(self, stack: ExitStack) -> None:
        options = self.options
        stack.enter_context(only_user_of(options.data))
        datastore = stack.enter_context(DatastoreServer(options.data / "datastore.sqlite3", port=0))
        fill = partial(seed.seed, base_url=options.base_url)
        world = open_world(options.data / "google.sqlite3", fill)
        stack.callback(world.close)
        seed.point_at(world, options.base_url)
        google = stack.enter_context(GoogleServer(world, options.google_port, seed=fill))
        variables = product_environment(
            base_url=options.base_url, google_url=google.url, datastore_address=datastore.address, world=world
        )
        write_environment(options.data / "product.env", variables)
        environment = inherited(self._environ) | variables
        self.product = start_product(options, environment)
        stack.callback(stop_product, self.product)
        stack.enter_context(leash(self.product))
        wait_for_product(self.product, f"{options.base_url}/healthz", self._stopping)
        stack.enter_context(TaskDispatcher(world))
        stack.enter_context(Cron(world, options.base_url, read_jobs(SCHEDULE)))


def write_environment(path: Path, variables: Mapping[str, str]) -> None:
    """Keep the product's variables where a shell can read them, for its commands: docs/sandbox.md shows how."""
    path.write_text("".join(f"{name}={shlex.quote(value)}\n" for name, value in sorted(variables.items())))


def product_environment(*, base_url: str, google_url: str, datastore_address: str, world: World) -> dict[str, str]:
    """Every variable that the product needs to run here, and no other."""
    project = world.project
    return {
        "BASE_URL": base_url,
        "OIDC_DISCOVERY_URL": f"{google_url}/.well-known/openid-configuration",
        "OIDC_CLIENT_ID": project.oauth_client_id,
        "OIDC_CLIENT_SECRET": project.oauth_client_secret,
        "DATA_KEYS": project.data_key,
        "GOOGLE_CLOUD_PROJECT": project.project_id,
        "APPLICATION_ID": project.number,
        "SERVICE_ACCOUNT_EMAIL": project.service_account_email,
        "SERVICE_ACCOUNT_CLIENT_ID": project.service_account_client_id,
        "GOOGLE_ORIGINS": json.dumps(dict.fromkeys(_GOOGLE, google_url)),
        "TASKS_LOCATION": project.location,
        "OPERATORS": seed.OPERATOR,
        "SUPPORT_EMAIL": SUPPORT_EMAIL,
        "DATASTORE_EMULATOR_HOST": datastore_address,
        "PYTHONUNBUFFERED": "1",
    }


def inherited(environ: Mapping[str, str]) -> dict[str, str]:
    """What a program needs of its surroundings; no credentials, no proxies, no settings of other programs."""
    return {name: value for name, value in environ.items() if name in _INHERITED | _COVERAGE}


@contextmanager
def only_user_of(data: Path) -> Iterator[None]:
    """Make the folder and hold it; CannotStart while another sandbox does. A dead process holds nothing."""
    data.mkdir(parents=True, exist_ok=True)
    with (data / "lock").open("w") as file:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError as error:
            raise CannotStart(
                f"Another sandbox keeps its data in {data}.\n"
                "Stop it, or let this one keep its own: make run DATA=.sandbox-2"
            ) from error
        yield


@contextmanager
def leash(leader: "subprocess.Popen[bytes]") -> Iterator[None]:
    """End a group of processes also when this one is killed and cannot do so itself: the pipe to the shell closes."""
    command = ["sh", "-c", 'read -r _; kill -s TERM -- "-$0"', str(leader.pid)]
    with subprocess.Popen(command, stdin=subprocess.PIPE, start_new_session=True) as shell:
        try:
            yield
        finally:
            shell.kill()


def require_free(variable: str, port: int) -> None:
    """Raise CannotStart when somebody listens on the port already."""
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind(("127.0.0.1", port))
        except OSError as error:
            raise CannotStart(
                f"Port {port} of this machine cannot be used ({error.strerror}).\n"
                f"Stop what listens there, or choose another: make run {variable}={port + 100}"
            ) from error


def start_product(options: Options, environment: Mapping[str, str]) -> "subprocess.Popen[bytes]":
    """The product under gunicorn, as on App Engine: one worker, because gRPC and fork do not mix."""
    gunicorn = [sys.executable, "-m", "gunicorn", "--bind", f"127.0.0.1:{options.port}", "--worker-class", "gthread"]
    tuning = ["--workers", "1", "--threads", "8", "--graceful-timeout", "5", "--log-level", "warning"]
    # A session of its own: Ctrl-C in the terminal reaches this process only, which then stops the others in order.
    return subprocess.Popen([*gunicorn, *tuning, options.app], env=dict(environment), start_new_session=True)


def stop_product(product: "subprocess.Popen[bytes]") -> None:
    """Ask it to end; insist when it does not."""
    product.terminate()
    try:
        product.wait(STOP_SECONDS)
    except subprocess.TimeoutExpired:
        product.kill()
        product.wait()


def wait_for_product(product: "subprocess.Popen[bytes]", url: str, stopping: threading.Event) -> None:
    """Return once the address answers or somebody wants to stop; CannotStart when the product ends or is too slow."""
    deadline = time.monotonic() + START_SECONDS
    while time.monotonic() < deadline:
        if product.poll() is not None:
            raise CannotStart(
                f"Frontdesk ended before it answered (exit status {product.returncode}). Its own words are above."
            )
        if _answers(url) or stopping.wait(0.1):
            return
    raise CannotStart(f"Frontdesk did not answer at {url} within {START_SECONDS:.0f} seconds.")


def _answers(url: str) -> bool:
    opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))
    try:
        with opener.open(url, timeout=2) as answer:
            return bool(answer.status == 200)
    except (urllib.error.URLError, ConnectionError, TimeoutError):
        return False


def options_from(environ: Mapping[str, str]) -> Options:
    """PORT, GOOGLE_PORT and DATA; CannotStart when one makes no sense."""
    options = Options(
        port=_port("PORT", environ, Options.port),
        google_port=_port("GOOGLE_PORT", environ, Options.google_port),
        data=Path(environ.get("DATA") or Options.data),
    )
    if options.port == options.google_port:
        raise CannotStart(f"PORT and GOOGLE_PORT are both {options.port}. Choose two different ones.")
    return options


def _port(variable: str, environ: Mapping[str, str], default: int) -> int:
    text = environ.get(variable) or str(default)
    if not (text.isascii() and text.isdigit() and 0 < int(text) < 65536):
        raise CannotStart(f"{variable}={text} is not a port. Choose a number from 1 to 65535.")
    return int(text)
