"""Real processes that want the same account, and one that is killed at the worst moment."""

import signal
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager

import pytest

from sandbox.google.passwords import password_matches
from sandbox.google.world import User, World
from tests.provisioning.conftest import Desk, order

ADDRESS = "zoe.quill@northfield.example"


@contextmanager
def opener(*arguments: str) -> Iterator["subprocess.Popen[str]"]:
    """A process that stands ready to open an account."""
    command = [sys.executable, "-m", "tests.provisioning.accounts.opener", *arguments]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        assert process.stdout.readline() == "ready\n"
        try:
            yield process
        finally:
            process.kill()


def go(process: "subprocess.Popen[str]") -> None:
    assert process.stdin is not None
    process.stdin.write("go\n")
    process.stdin.flush()


def outcome(process: "subprocess.Popen[str]") -> str:
    assert process.stdout is not None
    return process.stdout.readline().strip()


@pytest.mark.parametrize(
    ("second", "codes"),
    [(("page-2", "operation-0000000002"), {"name_held", "address_taken"}), (("page-1", "operation-0000000001"), set())],
    ids=["two holders", "the same wish twice"],
)
def test_two_processes_that_want_the_same_name_make_one_account(
    desk: Desk, second: tuple[str, str], codes: set[str]
) -> None:
    with opener("zoe.quill", "page-1", "operation-0000000001") as one, opener("zoe.quill", *second) as other:
        go(one)
        go(other)
        answers = {outcome(one), outcome(other)}
    [user] = desk.users_of(ADDRESS)
    assert answers - {user.id} <= codes
    assert len(answers) == (2 if codes else 1)
    assert [entry.target for entry in desk.audit() if entry.action == "account.created"] == [ADDRESS]


def test_killed_between_google_and_our_record_it_is_continued(desk: Desk) -> None:
    desk.set_knobs(get_lag=60.0)  # the answer is lost and the account does not show: the process is looking for it
    desk.break_google(503, when="after")
    with opener("zoe.quill", "page-1", "operation-0000000001") as process:
        go(process)
        user = made(desk.world)
        process.send_signal(signal.SIGKILL)
        assert process.wait() == -signal.SIGKILL
    assert desk.audit() == []
    desk.clock.advance(seconds=60)
    opened = desk.opening.open(desk.asker(), order())
    assert opened.person_id == user.id
    assert password_matches(user, "correct horse")
    assert [entry.target for entry in desk.audit()] == [ADDRESS]


def made(world: World, address: str = ADDRESS) -> User:
    """The account, as soon as Google has made it."""
    event = threading.Event()
    previous: Callable[[], None] | None = world.journal

    def look() -> None:
        if previous is not None:
            previous()
        if any(user.primary_email == address for user in world.users.values()):
            event.set()

    world.journal = look
    assert event.wait(10)
    return next(user for user in world.users.values() if user.primary_email == address)
