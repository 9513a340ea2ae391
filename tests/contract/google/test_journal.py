"""The journal: what was done is there after a restart."""

import sqlite3
from pathlib import Path

import pytest

from sandbox.google import browsers, control, marketplace, people, task_queue
from sandbox.google.grants import BrowserSession
from sandbox.google.journal import as_json, open_world
from sandbox.google.keys import ensure_keys
from sandbox.google.task_queue_state import QueuedTask
from sandbox.google.tokens import issue_refresh_token
from sandbox.google.world import Domain, Group, World

EVERYTHING = (
    *("project", "customers", "users", "groups", "faults", "knobs", "consents", "refresh_tokens"),
    *("browser_sessions", "queued_tasks", "signing_keys", "service_account_keys", "password_hint"),
)


def test_everything_is_there_again_with_its_types(file: Path, world: World) -> None:
    opened = open_world(file, lambda empty: fill(empty, world))
    change_everything(opened)
    before = as_json({name: getattr(opened, name) for name in EVERYTHING})
    opened.close()

    again = open_world(file, must_not_seed)
    assert as_json({name: getattr(again, name) for name in EVERYTHING}) == before
    customer = again.customers["C01northf"]
    assert customer.primary_domain == "northfield.example"
    assert customer.installation.installed
    assert isinstance(customer.domains[0], Domain)
    assert [task.id for task in task_queue.waiting(again)] == ["t"]
    again.close()


def test_change_is_on_disk_before_the_lock_is_released(file: Path, world: World) -> None:
    opened = open_world(file, lambda empty: fill(empty, world))
    people.suspend(opened, "100000000000000000002")

    with sqlite3.connect(file) as reader:
        row = reader.execute("SELECT value FROM world WHERE kind = 'users' AND key LIKE '%2'").fetchone()
    reader.close()
    assert '"suspended":true' in row[0]
    opened.close()


def test_only_what_changed_is_written(file: Path, world: World) -> None:
    opened = open_world(file, lambda empty: fill(empty, world))
    counting = sqlite3.connect(file)
    counting.execute("CREATE TABLE written (kind TEXT, key TEXT)")
    note = "BEGIN INSERT INTO written VALUES (NEW.kind, NEW.key); END"
    counting.execute("CREATE TRIGGER inserted AFTER INSERT ON world " + note)
    counting.execute("CREATE TRIGGER updated AFTER UPDATE ON world " + note)
    counting.commit()
    people.suspend(opened, "100000000000000000002")

    assert counting.execute("SELECT kind, key FROM written").fetchall() == [("users", "100000000000000000002")]
    counting.close()
    opened.close()


def test_what_was_removed_stays_removed(file: Path, world: World) -> None:
    opened = open_world(file, lambda empty: fill(empty, world))
    with opened.changing():
        del opened.users["100000000000000000005"]
    opened.close()

    again = open_world(file, must_not_seed)
    assert "100000000000000000005" not in again.users
    assert len(again.users) == len(world.users) - 1
    again.close()


def test_field_of_an_older_version_is_passed_over(file: Path, world: World) -> None:
    open_world(file, lambda empty: fill(empty, world)).close()
    with sqlite3.connect(file) as connection:
        connection.execute("UPDATE world SET value = '{\"latency\":2.5,\"gone\":1}' WHERE kind = 'knobs'")
    connection.close()

    again = open_world(file, must_not_seed)
    assert again.knobs.latency == 2.5
    again.close()


def test_without_a_file_the_world_is_just_seeded(world: World) -> None:
    opened = open_world(None, lambda empty: fill(empty, world))

    assert opened.users == world.users
    opened.close()


def fill(empty: World, world: World) -> None:
    with empty.changing():
        for name in ("project", "customers", "users", "signing_keys", "service_account_keys"):
            setattr(empty, name, getattr(world, name).copy() if name != "project" else world.project)
    ensure_keys(empty)


def change_everything(world: World) -> None:
    marketplace.install(world, "C01northf", ["/Staff"])
    marketplace.install_individual(world, "100000000000000000005")
    marketplace.set_delegation(world, "C02harbou", "123", ["openid"])
    control.add_fault(world, "/x", count=-1)
    control.set_knobs(world, latency=1.5)
    with world.changing():
        world.groups["g1"] = Group("g1", "Größe@northfield.example", "Größe", "C01northf", members={"a@b.c": "OWNER"})
        world.users["100000000000000000001"].more["externalIds"] = [{"value": "7", "type": "organization"}]
        session = world.browser_sessions["cookie"] = BrowserSession("cookie")
        browsers.sign_in(world, session, world.users["100000000000000000002"])
        issue_refresh_token(world, "100000000000000000002", "client", ["openid"])
        world.password_hint = "a hint"
    task_queue.create(
        world, QueuedTask("projects/p/locations/l/queues/q/tasks/t", "http://localhost/", headers={"a": "b"})
    )


def must_not_seed(world: World) -> None:
    raise AssertionError("the file has a world already")


@pytest.fixture
def file(tmp_path: Path) -> Path:
    return tmp_path / "google.sqlite3"
