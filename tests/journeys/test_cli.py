"""The commands about names, run as an operator runs them, on a set-up school."""

import json
import os
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor, wait
from pathlib import Path

import pytest
from click.testing import Result
from flask.testing import FlaskCliRunner

from provisioning.naming.holder import MAX_HELD
from sandbox.google.passwords import password_matches
from sandbox.google.world import Fault
from sandbox.runner import product_environment
from tests.journeys.rest import Rest, issue_key
from tests.stack import ADMIN, SCHOOL, Stack
from tests.stored import nothing_written, rows_of

ROOT = Path(__file__).parent.parent.parent

AT = ("--domain", SCHOOL)
USERS = "/admin/directory/v1/users"


class Shell:
    """Where the commands are typed."""

    def __init__(self, stack: Stack) -> None:
        self.stack = stack
        self._runner: FlaskCliRunner = stack.app.test_cli_runner()

    def run(self, *words: str, code: int = 0, typed: str = "") -> str:
        """What a command prints; with another code than 0, what it says to stderr."""
        result: Result = self._runner.invoke(args=list(words), input=typed)
        assert result.exit_code == code, (result.stdout, result.stderr, result.exception)
        assert "Traceback" not in result.stderr
        return result.stderr if code else result.stdout


@pytest.fixture(scope="module")
def shell(school: Stack) -> Shell:
    """At the school, which is this module's shell."""
    return Shell(school)


def test_suggest_select_and_create(shell: Shell) -> None:
    names = shell.run("names", "suggest", "Grace", "Hopper", *AT).splitlines()
    assert names == ["gracehopper", "grace.hopper", "grace_hopper"]
    assert shell.run("names", "select", names[1], *names, *AT) == ""
    created = shell.run("names", "create", names[1], "Grace", "Hopper", *AT, typed="correct horse\n")
    assert created == f"grace.hopper@{SCHOOL}\n"
    user = shell.stack.user(f"grace.hopper@{SCHOOL}")
    assert password_matches(user, "correct horse")
    assert shell.run("names", "suggest", "Grace", "Hopper", *AT, "--count", "1") == "gracehopper\n", "released"


def test_json_and_other_fields(shell: Shell) -> None:
    said = shell.run("names", "suggest", "Ada", "Byron", "--field", "nickname=x", "--count", "2", "--json", *AT)
    assert json.loads(said) == ["adabyron", "ada.byron"]
    said = shell.run("names", "create", "ada.byron", "Ada", "Byron", "--json", *AT, typed="correct horse")
    assert json.loads(said) == {"address": f"ada.byron@{SCHOOL}"}
    assert "NAME=VALUE" in shell.run("names", "suggest", "Ada", "Byron", "--field", "nickname", *AT, code=2)


def test_another_owner_has_no_part_in_the_names(shell: Shell) -> None:
    names = shell.run("names", "suggest", "Edith", "Clarke", *AT, "--as", "night shift").splitlines()
    assert names[0] in shell.run("names", "select", names[0], *names, *AT, code=1)
    assert not set(shell.run("names", "suggest", "Edith", "Clarke", *AT).splitlines()) & set(names)
    shell.run("names", "select", "", *names, *AT, "--as", "night shift")


def test_problems_are_said_in_words(shell: Shell) -> None:
    with nothing_written(shell.stack):
        assert "not set up here" in shell.run("names", "suggest", "A", "B", "--domain", "nowhere.example", code=1)
        assert "letter" in shell.run("names", "suggest", "😀", "😀", *AT, code=1)
        assert "8 to 100" in shell.run("names", "create", "zoe", "Zoë", "Quill", *AT, typed="short\n", code=1)
        shell.run("names", "suggest", "A", *AT, code=2)
    assert "another user" in shell.run("names", "create", "hanna.helpdesk", "H", "H", *AT, typed="a" * 9, code=1)


def test_what_may_succeed_later_has_an_exit_code_of_its_own(shell: Shell) -> None:
    for number in range(MAX_HELD):
        shell.run("names", "select", f"mine{number}", "nothing.of.mine", *AT, "--as", "hoarder")
    full = shell.run("names", "select", "one.more", "nothing.of.mine", *AT, "--as", "hoarder", code=75)
    assert str(MAX_HELD) in full


def test_refresh_begins_a_reading_that_the_queue_carries_out(shell: Shell) -> None:
    before = rows_of(shell.stack, "/DirectorySnapshot/")
    assert shell.run("names", "refresh", *AT) == "Begun.\n"
    assert rows_of(shell.stack, "/DirectorySnapshot/") == before
    assert shell.stack.run_tasks() > 0
    assert rows_of(shell.stack, "/DirectorySnapshot/") != before


def test_refresh_waits_until_it_is_done(shell: Shell) -> None:
    with ThreadPoolExecutor(1) as threads:
        waiting = threads.submit(shell.run, "names", "refresh", "--wait", *AT)
        while not waiting.done():
            shell.stack.run_tasks()
            wait([waiting], timeout=0.1)
    counts = json.loads(waiting.result())
    school = shell.stack.customer(SCHOOL).id
    assert counts["users"] == sum(user.customer_id == school for user in shell.stack.world.users.values())
    assert counts["groups"] > 0


def test_refresh_that_fails_says_why(shell: Shell) -> None:
    with shell.stack.world.changing():
        shell.stack.world.faults.append(Fault(USERS, "GET", 403, count=-1))
    shell.run("names", "refresh", *AT)
    shell.stack.run_tasks()
    with ThreadPoolExecutor(1) as threads:
        waiting = threads.submit(shell.run, "names", "refresh", "--wait", *AT, code=75)
        while not waiting.done():
            shell.stack.run_tasks()
            wait([waiting], timeout=0.1)
    with shell.stack.world.changing():
        shell.stack.world.faults.clear()
    assert "failed" in waiting.result()


def test_the_program_prints_its_answer_and_nothing_else(school: Stack, monkeypatch: pytest.MonkeyPatch) -> None:
    """A process of its own, with the settings of its environment, as in production."""
    settings = product_environment(
        base_url=school.base_url, google_url=school.google.url,
        datastore_address=os.environ["DATASTORE_EMULATOR_HOST"], world=school.world,
    )  # fmt: skip
    environment = os.environ | settings | {"GOOGLE_CLOUD_PROJECT": school.settings.google_cloud_project}
    words = [sys.executable, "frontdesk", "names", "suggest", "Lise", "Meitner", *AT, "--json"]
    done = subprocess.run(words, cwd=ROOT, env=environment, capture_output=True, text=True, check=False, timeout=60)
    assert (done.returncode, done.stderr) == (0, "")
    assert json.loads(done.stdout) == ["lisemeitner", "lise.meitner", "lise_meitner"]


PROPERTIES = """
accounts.UsernameGeneration.patterns=[lastname].[firstname], [lastname][#]
accounts.UsernameGeneration.numberOfSuggestions=2
apis.GoogleAPIs.domain=northfield.example
security.ssl.keyStorePassword=canary
"""


@pytest.fixture
def file(tmp_path: Path) -> Path:
    path = tmp_path / "config.properties"
    path.write_text(PROPERTIES)
    return path


def test_properties_are_imported_when_it_is_said_so(shell: Shell, file: Path) -> None:
    with nothing_written(shell.stack):
        shown = shell.run("import-properties", str(file), *AT)
    assert "line 3: accounts.UsernameGeneration.numberOfSuggestions: taken over: 2\n" in shown
    assert "line 5: security.ssl.keyStorePassword: left out: Encryption" in shown
    assert "canary" not in shown
    assert "--apply" in shown

    assert shell.run("import-properties", str(file), *AT, "--apply").endswith("Changed.\n")
    assert shell.run("names", "suggest", "Ada", "Quill", *AT) == "quill.ada\nquill1\n"
    assert "taken over" not in shell.run("import-properties", str(file), *AT)
    file.write_text(PROPERTIES.replace("[lastname].[firstname], [lastname][#]", "").replace("=2", "=3"))
    shell.run("import-properties", str(file), *AT, "--apply")


def test_a_wrong_line_changes_nothing(shell: Shell, file: Path) -> None:
    file.write_text(PROPERTIES + "accounts.UsernameGeneration.cachedUsernames=perhaps\n")
    with nothing_written(shell.stack):
        assert "Nothing was changed" in shell.run("import-properties", str(file), *AT, "--apply", code=1)
        assert "not set up here" in shell.run("import-properties", str(file), "--domain", "nowhere.example", code=1)
        file.write_bytes(b"a=\\u1")
        assert "Line 1" in shell.run("import-properties", str(file), *AT, code=1)
        shell.run("import-properties", str(file) + ".missing", *AT, code=2)


def test_names_of_commands_and_of_keys_do_not_mix(shell: Shell) -> None:
    """A key's holder is the key; a command's is whoever runs it."""
    admin = shell.stack.launch(ADMIN).web
    rest = Rest(shell.stack, admin, issue_key(admin, shell.stack.base_url))
    names = rest.call("POST", "suggest", {"firstname": "Ann", "lastname": "Oakley"}).json()
    assert names[0] in shell.run("names", "create", names[0], "Ann", "Oakley", *AT, typed="correct horse", code=1)
