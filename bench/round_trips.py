"""Datastore round trips of a signed-in page view, counted at the embedded Datastore's own door."""

from typing import Any

import pytest

from sandbox.datastore.server import DatastoreServer
from sandbox.google.seed import ADMIN, HELPDESK
from tests.stack import Stack, running_stack

GOAL = 3
PAGES = ("/", "/accounts/new", "/marketplace/manage/")


def rows() -> list[dict[str, Any]]:
    """Each page twice: the second view is what is counted, the first may have to ask Google."""
    with (
        DatastoreServer(None) as datastore,
        pytest.MonkeyPatch.context() as environ,
        running_stack(datastore, environ) as stack,
    ):
        stack.set_up(creators=HELPDESK)
        return [_row(stack, datastore, path) for path in PAGES]


def _row(stack: Stack, datastore: DatastoreServer, path: str) -> dict[str, Any]:
    web = stack.browser(ADMIN if "manage" in path else HELPDESK)
    web.get(f"{stack.base_url}/marketplace/launch")
    web.get(f"{stack.base_url}{path}")
    before = sum(datastore.calls.values())
    page = web.get(f"{stack.base_url}{path}")
    if page.status != 200 or len(page.hops) != 1:
        raise RuntimeError(f"{path} was not shown: {page.status} {page.hops}")
    count = sum(datastore.calls.values()) - before
    name = f"signed-in page view {path}: Datastore round trips"
    return {"name": name, "value": count, "unit": "calls", "goal": GOAL, "met": count <= GOAL}


if __name__ == "__main__":
    for row in rows():
        print(row)
