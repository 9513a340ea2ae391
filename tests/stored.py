"""What is kept: every entity of the product's Datastore, read past the product, and the accounts at Google."""

from collections.abc import Iterator
from contextlib import contextmanager

from google.cloud import datastore

from sandbox.google.journal import as_json
from tests.stack import Stack

Row = dict[str, object]
TOUCHED = {"Session": {"seen_at", "checked_at", "licensed_at"}, "ApiKey": {"last_used"}}
"""What looking alone may move: when somebody was last here, and when Google last confirmed it."""


def stored(stack: Stack) -> dict[str, Row]:
    """All entities by "namespace/kind/id", with all their properties."""
    client = datastore.Client(project=stack.settings.google_cloud_project)
    namespaces = client.query(kind="__namespace__")
    namespaces.keys_only()
    found = [entity for space in namespaces.fetch() for entity in client.query(namespace=space.key.name or "").fetch()]
    client.close()
    return {_name(entity): dict(entity) for entity in found}


def rows_of(stack: Stack, *marks: str) -> dict[str, Row]:
    """Those in whose key or values one of the marks is: a customer id, a domain, a person's id."""
    return {name: row for name, row in stored(stack).items() if any(mark in f"{name} {row}" for mark in marks)}


def accounts_at_google(stack: Stack) -> str:
    """Every account and group of the simulated Google."""
    with stack.world.lock:
        return as_json([stack.world.users, stack.world.groups])


@contextmanager
def nothing_written(stack: Stack) -> Iterator[None]:
    """The same before and after, here and at Google, but for when somebody was last here."""
    before, accounts = _settled(stack), accounts_at_google(stack)
    yield
    after = _settled(stack)
    changed = sorted(name for name in before.keys() | after.keys() if before.get(name) != after.get(name))
    assert not changed, {name: (before.get(name), after.get(name)) for name in changed}
    assert accounts_at_google(stack) == accounts


def _settled(stack: Stack) -> dict[str, Row]:
    rows = {}
    for name, row in stored(stack).items():
        moving = TOUCHED.get(name.split("/")[1], set())
        rows[name] = {key: value for key, value in row.items() if key not in moving}
    return rows


def _name(entity: datastore.Entity) -> str:
    return f"{entity.key.namespace or ''}/{entity.kind}/{entity.key.id_or_name}"
