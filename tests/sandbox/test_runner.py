"""One command: it starts three servers in order, says where they are, stops them, and says what is in the way."""

import json
import os
import signal
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path

import pytest
import requests

from sandbox import __main__ as command
from sandbox.google import seed
from sandbox.google.cron import SCHEDULE, read_jobs
from sandbox.google.world import Project, World
from sandbox.runner import CannotStart, Options, Sandbox, inherited, options_from, product_environment, require_free
from tests.sandbox.steps import Person
from tests.web import Web

STAND_IN = "tests.sandbox.product:create_app()"
CALLED = "tests.sandbox.product:create_called_app()"
BROKEN = "tests.sandbox.product:create_broken_app()"
SURROUNDINGS = {"PATH": os.environ["PATH"], "HOME": "/nowhere", "SECRET_TOKEN": "keep-out", "HTTP_PROXY": "http://x"}


@pytest.fixture
def options(tmp_path: Path) -> Options:
    return Options(port=_free_port(), google_port=_free_port(), data=tmp_path / "data", app=STAND_IN)


def test_product_gets_its_settings_and_nothing_else(options: Options) -> None:
    with Sandbox(options, SURROUNDINGS), Web(options.base_url) as web:
        variables = json.loads(web.get("/healthz").html)
    google = f"http://127.0.0.1:{options.google_port}"
    expected = product_environment(
        base_url=options.base_url,
        google_url=google,
        datastore_address=variables["DATASTORE_EMULATOR_HOST"],
        world=World(project=Project(data_key=variables["DATA_KEYS"])),
    )
    assert len(variables["DATA_KEYS"]) == 44  # 32 bytes, of this world's own
    assert {name: variables.get(name) for name in expected} == expected
    assert variables["HOME"] == "/nowhere"
    assert "SECRET_TOKEN" not in variables
    assert "HTTP_PROXY" not in variables
    read_by_a_shell = subprocess.run(
        ["/bin/sh", "-ac", ". ./product.env; exec env"],
        cwd=options.data,
        env={},
        text=True,
        capture_output=True,
        check=True,
    )
    assert expected.items() <= dict(line.split("=", 1) for line in read_by_a_shell.stdout.splitlines()).items()


def test_the_scheduler_calls_the_product_soon_after_the_start(options: Options) -> None:
    paths = [job.path for job in read_jobs(SCHEDULE)]
    with Sandbox(replace(options, app=CALLED), SURROUNDINGS), Web(options.base_url) as web:
        assert {web.get("/wait").html for _ in paths} == {f"{path} Bearer " for path in paths}


def test_google_sends_people_back_to_the_chosen_port(options: Options) -> None:
    with Sandbox(options, SURROUNDINGS), Web(f"http://127.0.0.1:{options.google_port}") as web:
        assert web.get("/").link("Open the setup page").url == f"{options.base_url}/marketplace/setup/"


def test_what_was_done_is_still_there_after_a_restart(options: Options) -> None:
    with Sandbox(options, SURROUNDINGS), Web(f"http://127.0.0.1:{options.google_port}") as web:
        Person(web, seed.ADMIN).sign_in().install()
    with Sandbox(options, SURROUNDINGS), Web(f"http://127.0.0.1:{options.google_port}") as web:
        Person(web, seed.HELPDESK).sign_in()
        assert web.get("/launcher").link("Frontdesk").url == f"{options.base_url}/marketplace/launch"


def test_ports_are_free_again_and_the_product_is_gone_afterwards(options: Options) -> None:
    with Sandbox(options, SURROUNDINGS) as sandbox:
        assert sandbox.ended() is None
    assert sandbox.ended() is not None
    require_free("PORT", options.port)
    require_free("GOOGLE_PORT", options.google_port)


@pytest.mark.parametrize("variable", ["PORT", "GOOGLE_PORT"])
def test_a_taken_port_is_named_with_a_way_out(options: Options, variable: str) -> None:
    port = options.port if variable == "PORT" else options.google_port
    with _listening(port), pytest.raises(CannotStart, match=f"(?s)Port {port} .* make run {variable}={port + 100}"):
        Sandbox(options, SURROUNDINGS).__enter__()


def test_a_product_that_does_not_start_is_reported_and_nothing_stays_behind(
    options: Options, capfd: pytest.CaptureFixture[str]
) -> None:
    broken = Options(options.port, options.google_port, options.data, BROKEN)
    with pytest.raises(CannotStart, match="ended before it answered"):
        Sandbox(broken, SURROUNDINGS).__enter__()
    assert "this app has a wrong setting" in capfd.readouterr().err
    require_free("GOOGLE_PORT", options.google_port)


def test_a_product_that_dies_ends_the_command_with_1(options: Options, capsys: pytest.CaptureFixture[str]) -> None:
    with Sandbox(options, SURROUNDINGS) as sandbox:
        assert sandbox.product
        sandbox.product.kill()
        sandbox.product.wait()
        assert command.until_the_end(sandbox, threading.Event()) == 1
    assert "Frontdesk has ended by itself" in capsys.readouterr().err


def test_stopping_while_starting_is_quick(options: Options) -> None:
    stopping = threading.Event()
    stopping.set()
    with Sandbox(options, SURROUNDINGS, stopping) as sandbox:
        assert command.until_the_end(sandbox, stopping) == 0


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_command_runs_the_real_product_until_a_signal(options: Options, number: signal.Signals) -> None:
    with _command(options) as process:
        said = _read_until(process, "Ctrl-C stops everything")
        assert options.base_url in said
        assert seed.PASSWORD in said
        with Web(options.base_url) as web:
            assert web.get("/healthz").status == 200
        process.send_signal(number)
        assert process.wait(20) == 0
    require_free("PORT", options.port)


def test_product_ends_also_when_the_command_is_killed(options: Options) -> None:
    with _command(options) as process:
        _read_until(process, "Ctrl-C stops everything")
        with Web(options.base_url) as web:
            process.kill()
            with pytest.raises(requests.ConnectionError):
                _ask_until_it_fails(web, seconds=20)


def test_second_sandbox_on_the_same_data_is_refused(options: Options) -> None:
    with Sandbox(options, SURROUNDINGS):
        other = replace(options, port=_free_port(), google_port=_free_port())
        with pytest.raises(CannotStart, match="DATA="), Sandbox(other, SURROUNDINGS):
            pass


def test_command_says_which_port_is_taken_and_exits_1(options: Options) -> None:
    with _listening(options.google_port), _command(options) as process:
        assert process.wait(20) == 1
        assert process.stderr
        assert f"GOOGLE_PORT={options.google_port + 100}" in process.stderr.read()


def test_options_come_from_the_environment() -> None:
    assert options_from({}) == Options(8080, 8090, Path(".sandbox"))
    assert options_from({"PORT": "81", "GOOGLE_PORT": "82", "DATA": "d"}) == Options(81, 82, Path("d"))
    assert options_from({"PORT": "", "DATA": ""}) == Options()


@pytest.mark.parametrize(
    "environ",
    [{"PORT": "http"}, {"PORT": "0"}, {"GOOGLE_PORT": "65536"}, {"PORT": "-1"}, {"PORT": "٣"}, {"PORT": "8090"}],
)
def test_options_that_make_no_sense_are_refused(environ: dict[str, str]) -> None:
    with pytest.raises(CannotStart, match="PORT"):
        options_from(environ)


def test_every_google_origin_leads_to_the_simulation() -> None:
    variables = product_environment(
        base_url="http://localhost:1", google_url="http://127.0.0.1:2", datastore_address="127.0.0.1:3", world=World()
    )
    origins = json.loads(variables["GOOGLE_ORIGINS"])
    assert set(origins.values()) == {"http://127.0.0.1:2"}
    assert {
        "https://admin.googleapis.com",
        "https://admin.google.com",
        "http://metadata.google.internal",
    } <= origins.keys()
    assert variables["OIDC_DISCOVERY_URL"] == "http://127.0.0.1:2/.well-known/openid-configuration"


def test_credentials_of_the_surroundings_are_not_inherited() -> None:
    assert inherited({"PATH": "p", "GOOGLE_APPLICATION_CREDENTIALS": "x", "AWS_SECRET": "y"}) == {"PATH": "p"}


@contextmanager
def _command(options: Options) -> Iterator["subprocess.Popen[str]"]:
    ports = {"PORT": str(options.port), "GOOGLE_PORT": str(options.google_port), "DATA": str(options.data)}
    started = subprocess.Popen(
        [sys.executable, "-m", "sandbox"],
        env=os.environ | ports,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    with started as process:
        try:
            yield process
        finally:
            if process.poll() is None:
                process.terminate()


def _read_until(process: "subprocess.Popen[str]", words: str) -> str:
    assert process.stdout
    said = ""
    for line in process.stdout:
        said += line
        if words in line:
            break
    return said


def _ask_until_it_fails(web: Web, seconds: float) -> None:
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        web.get("/healthz")


@contextmanager
def _listening(port: int) -> Iterator[None]:
    with socket.create_server(("127.0.0.1", port)):
        yield


def _free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as probe:
        return int(probe.getsockname()[1])
