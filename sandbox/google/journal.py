"""Keeps a world in a SQLite file, so that a restart goes on where the last run ended.

One row for each object. After a change every object is compared with what was written last (some microseconds each),
and only those that differ are written, in one transaction, before the change's lock is released.
"""

import json
import marshal
import sqlite3
from collections.abc import Callable, Iterator, Mapping
from dataclasses import fields
from pathlib import Path
from typing import Any, TypeVar

from sandbox.google.grants import BrowserSession, RefreshToken, SigningKey
from sandbox.google.task_queue_state import QueuedTask
from sandbox.google.world import Customer, Domain, Fault, Group, Installation, Knobs, OrgUnit, Project, User, World

SCHEMA = "CREATE TABLE IF NOT EXISTS world (kind TEXT, key TEXT, value TEXT NOT NULL, PRIMARY KEY (kind, key))"
COLLECTIONS: dict[str, type] = {
    "users": User,
    "groups": Group,
    "refresh_tokens": RefreshToken,
    "browser_sessions": BrowserSession,
    "queued_tasks": QueuedTask,
}
LISTS: dict[str, type] = {"faults": Fault, "signing_keys": SigningKey, "service_account_keys": SigningKey}
SINGLE: dict[str, type] = {"project": Project, "knobs": Knobs}

Key = tuple[str, str]
Row = tuple[str, str, object]
T = TypeVar("T")


def open_world(path: Path | str | None, seed: Callable[[World], None]) -> World:
    """The world in the file, or a seeded one where there is none; None keeps it in memory. End with `World.close`."""
    if path is None:
        world = World()
        seed(world)
        return world
    connection = sqlite3.connect(path, check_same_thread=False)
    # A write survives the end of the process at any moment; only a power cut may take the last changes back.
    connection.execute("PRAGMA journal_mode=WAL")
    connection.execute("PRAGMA synchronous=NORMAL")
    connection.execute(SCHEMA)
    world = World()
    rows = connection.execute("SELECT kind, key, value FROM world ORDER BY rowid").fetchall()
    restore(world, rows)
    if not rows:
        seed(world)
    _Journal(world, connection).begin()
    return world


def restore(world: World, rows: list[tuple[str, str, str]]) -> None:
    """Fill an empty world from rows of kind, key and JSON."""
    for kind, key, text in rows:
        value = json.loads(text)
        if kind == "customers":
            world.customers[key] = _customer(value)
        elif kind in COLLECTIONS:
            getattr(world, kind)[key] = _build(COLLECTIONS[kind], value)
        elif kind in LISTS:
            setattr(world, kind, [_build(LISTS[kind], one) for one in value])
        elif kind in SINGLE:
            setattr(world, kind, _build(SINGLE[kind], value))
        else:
            setattr(world, kind, value)


class _Journal:
    def __init__(self, world: World, connection: sqlite3.Connection) -> None:
        self._world = world
        self._connection = connection
        self._written: dict[Key, bytes] = {}

    def begin(self) -> None:
        self._world.journal = self.save
        self._world.at_close = self._connection.close
        with self._world.lock:
            self.save()

    def save(self) -> None:
        rows = {(kind, key): value for kind, key, value in _rows(self._world)}
        marks = {key: _mark(value) for key, value in rows.items()}
        changed = [key for key, mark in marks.items() if self._written.get(key) != mark]
        gone = self._written.keys() - marks.keys()
        if not changed and not gone:
            return
        with self._connection:
            self._connection.executemany(
                "INSERT INTO world VALUES (?, ?, ?) ON CONFLICT (kind, key) DO UPDATE SET value = excluded.value",
                [(*key, as_json(rows[key])) for key in changed],
            )
            self._connection.executemany("DELETE FROM world WHERE kind = ? AND key = ?", gone)
        self._written = marks


def as_json(value: object) -> str:
    """JSON text of a value with state objects in it."""
    return json.dumps(value, default=vars, ensure_ascii=False, separators=(",", ":"))


def _rows(world: World) -> Iterator[Row]:
    for kind in ("customers", *COLLECTIONS):
        for key, value in getattr(world, kind).items():
            yield kind, key, value
    for kind in (*LISTS, *SINGLE, "consents", "password_hint"):
        yield kind, "", getattr(world, kind)


def _mark(value: object) -> bytes:
    # The many have flat fields and are compared in marshal's form, which takes a fifth of JSON's time.
    if isinstance(value, User | Group):
        return marshal.dumps(vars(value), 2)
    return as_json(value).encode()


def _customer(value: Mapping[str, Any]) -> Customer:
    customer = _build(Customer, value)
    customer.domains = [_build(Domain, one) for one in value["domains"]]
    customer.installation = _build(Installation, value["installation"])
    customer.org_units = [_build(OrgUnit, one) for one in value["org_units"]]
    return customer


def _build(kind: type[T], value: Mapping[str, Any]) -> T:
    # A file of an older version may hold fields that are gone.
    known = {field.name for field in fields(kind)}  # type: ignore[arg-type]
    return kind(**{name: given for name, given in value.items() if name in known})
