"""One Datastore for the run. Journeys that change the world get a stack of their own; others share a school."""

from collections.abc import Iterator

import pytest

from sandbox.datastore.server import DatastoreServer
from tests.journeys.place import Place, person
from tests.journeys.rest import Rest, issue_key
from tests.stack import HELPDESK, OPERATOR, allow, running_stack
from tests.stack_fixtures import school, stack

__all__ = ["school", "stack"]


@pytest.fixture(scope="module")
def rest(datastore_server: DatastoreServer) -> Iterator[Rest]:
    """The school, set up, and a key of its. Shared: each test asks for names of its own."""
    with pytest.MonkeyPatch.context() as environ, running_stack(datastore_server, environ) as running:
        admin = running.set_up(creators=HELPDESK)
        yield Rest(running, admin, issue_key(admin, running.base_url))


@pytest.fixture(scope="module")
def place(datastore_server: DatastoreServer) -> Iterator[Place]:
    """The school, set up, and its people, signed in. Shared: leave it as it was."""
    with pytest.MonkeyPatch.context() as environ, running_stack(datastore_server, environ) as running:
        admin, operator = running.set_up(creators=HELPDESK), running.browser(OPERATOR)
        issue_key(admin, running.base_url)
        yield Place(
            running,
            admin=person(running, admin.get(f"{running.base_url}/")),
            operator=person(running, allow(operator.get(f"{running.base_url}/operators/"))),
            creator=person(running, running.launch(HELPDESK)),
            member=person(running, running.launch("nora.head@northfield.example")),
        )
