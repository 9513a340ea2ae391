"""GAM7 beside the product: the same accounts on the same simulated Google, as fast as GAM7 makes them.

It is a program of its own, from PyPI, in an environment of its own: .bench in this repository's folder, which is kept
and never committed. Without it and without a network this says so and measures nothing. It is told a proxy and a
certificate authority (bench/tls_proxy.py), and believes that it talks to Google. All else is as it comes, with the five
processes that it has unless told otherwise, and again with as many as people give it who are in a hurry.
"""

import csv
import json
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Sequence
from contextlib import ExitStack
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import Any

from bench.inserts import Inserts, a_second, created, most_in_a_second
from bench.tls_proxy import CA, running_proxy
from sandbox.google import seed, tokens
from sandbox.google.scopes import PREFIX
from sandbox.google.world import User, World

HERE = Path(__file__).parent.parent / ".bench" / "gam"
PASSWORD = "correct horse battery"
SCOPES = ["openid", "email", "profile", PREFIX + "admin.directory.user", PREFIX + "admin.directory.group"]
COLUMNS = ("address", "first", "last", "password", "unit")
COMMAND = "gam create user ~address firstname ~first lastname ~last password ~password org ~unit"
PROCESSES = (5, 20)
"""Its num_threads, which are processes."""

Row = dict[str, Any]


@dataclass(frozen=True)
class _Ran:
    """seconds: of the clock; cpu: of all its processes; said: the end of what it printed."""

    seconds: float
    cpu: float
    said: str


def rows(google_url: str, world: World, people: Sequence[User], inserts: Inserts) -> list[Row]:
    """Takes these people out of the world, and has GAM7 make their accounts. google_url: where the world answers."""
    program = _program()
    if not program:
        return []
    found = []
    for processes in PROCESSES:
        _withdraw(world, people)
        inserts.clear()
        ran = _run(program, google_url, world, people, processes)
        title = f"GAM7, {len(people):,} accounts, {processes} processes"
        found += _measured(title, ran, inserts, people[0].primary_email.partition("@")[2])
    return found


def _withdraw(world: World, people: Sequence[User]) -> None:
    """Whoever has their addresses."""
    addresses = {user.primary_email for user in people}
    with world.changing():
        world.users = {key: user for key, user in world.users.items() if user.primary_email not in addresses}


def _measured(title: str, ran: _Ran, inserts: Inserts, domain: str) -> list[Row]:
    asked = inserts.of(domain)
    made = created(asked)
    if len(made) < 2:
        raise RuntimeError(f"GAM7 made no accounts: {ran.said}")
    return [
        _row(f"{title}: made", len(made), "accounts"),
        _row(f"{title}: rate of creates", a_second(made), "accounts/s"),
        _row(f"{title}: most asked in any second", most_in_a_second(asked), "inserts"),
        _row(f"{title}: refused for quota", len(asked) - len(made), "inserts"),
        _row(f"{title}: its CPU", ran.cpu / len(made) * 1000, "ms/account"),
        _row(f"{title}: until it ended", ran.seconds, "s"),
    ]


def _program() -> Path | None:
    """GAM7, installed now where it was not; None when it cannot be had."""
    program = HERE / "bin" / "gam"
    if not program.exists():
        subprocess.run([sys.executable, "-m", "venv", str(HERE)], check=True)
        install = [str(HERE / "bin" / "python"), "-m", "pip", "install", "-qq", "gam7"]
        if subprocess.run(install, check=False).returncode:
            print("GAM7 is not here, and cannot be installed: it is left out")
            return None
    return program


def _run(program: Path, google_url: str, world: World, people: Sequence[User], processes: int) -> _Ran:
    with ExitStack() as opened:
        folder = Path(opened.enter_context(tempfile.TemporaryDirectory()))
        proxy = opened.enter_context(running_proxy(folder, google_url))
        _configure(folder, world, processes)
        _list(folder / "people.csv", people)
        variables = {"PATH": os.environ["PATH"], "HOME": str(folder), "GAMCFGDIR": str(folder), "https_proxy": proxy}
        log = opened.enter_context((folder / "log").open("w+"))
        command = [str(program), "csv", str(folder / "people.csv"), *COMMAND.split()]
        began = time.monotonic()
        process = subprocess.Popen(command, cwd=folder, env=variables, stdout=log, stderr=log)
        _, _, usage = os.wait4(process.pid, 0)
        seconds = time.monotonic() - began
        process.returncode = 0  # it has been waited for
        return _Ran(seconds, usage.ru_utime + usage.ru_stime, (folder / "log").read_text()[-2000:])


def _configure(folder: Path, world: World, processes: int) -> None:
    """As after its own `gam config` and `gam oauth create`, with a token that is good for an hour."""
    settings = {
        "config_dir": folder, "cache_dir": folder / "cache", "drive_dir": folder, "cacerts_pem": folder / CA,
        "customer_id": seed.NORTHFIELD, "domain": "northfield.example", "admin_email": seed.ADMIN,
        "num_threads": processes,
    }  # fmt: skip
    (folder / "cache").mkdir()
    lines = "".join(f"{name} = {value}\n" for name, value in settings.items())
    (folder / "gam.cfg").write_text(f"[DEFAULT]\n{lines}")
    project, admin = world.project, world.user_by_email(seed.ADMIN)
    if admin is None:
        raise RuntimeError("the seed has no administrator")
    with world.changing():
        refresh = tokens.issue_refresh_token(world, admin.id, project.oauth_client_id, SCOPES)
    token = tokens.issue(world, "user", admin.id, project.oauth_client_id, SCOPES)
    about = {"email": seed.ADMIN, "hd": "northfield.example", "iss": "https://accounts.google.com", "sub": admin.id}
    kept = {
        "client_id": project.oauth_client_id, "client_secret": project.oauth_client_secret, "id_token": "",
        "decoded_id_token": about, "refresh_token": refresh.value, "scopes": SCOPES, "token": token.value,
        "token_expiry": f"{world.now() + timedelta(seconds=tokens.LIFETIME):%Y-%m-%dT%H:%M:%SZ}",
        "token_uri": "https://oauth2.googleapis.com/token",
    }  # fmt: skip
    (folder / "oauth2.txt").write_text(json.dumps(kept))


def _list(path: Path, people: Sequence[User]) -> None:
    with path.open("w", newline="") as file:
        writer = csv.writer(file)
        writer.writerow(COLUMNS)
        for user in people:
            writer.writerow([user.primary_email, user.given_name, user.family_name, PASSWORD, user.org_unit_path])


def _row(name: str, value: float, unit: str) -> Row:
    return {"name": name, "value": round(value, 2), "unit": unit, "goal": None, "met": None}
