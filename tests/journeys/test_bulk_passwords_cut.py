"""First passwords whose window ends while they are being read: a file is whole or none, letters say what is missing."""

from collections.abc import Callable

import pytest

from sandbox.datastore.messages import Message
from sandbox.datastore.server import DatastoreServer
from tests.journeys.test_bulk import again, send, upload
from tests.stack import ADMIN, running_stack
from tests.web import Page

ROWS = ["First,Cut", *["Nameless,"] * 24, "Second,Cut"]
"""Two people, and so many that are left out between them that each is in a slice of their own."""


class Interruption:
    """Something that happens while the store is asked for the passwords of the second slice."""

    def __init__(self) -> None:
        self.happens: Callable[[], object] = lambda: None

    def around(self, name: str, method: Callable[[Message], Message], request: Message) -> Message:
        """As DatastoreServer wants it."""
        if name == "Lookup" and any(_is_of_the_second_slice(key) for key in request.keys):
            self.happens()
        return method(request)


def _is_of_the_second_slice(key: Message) -> bool:
    return bool(key.path[-1].kind == "BulkSecrets" and key.path[-1].name.endswith("/000001"))


def test_passwords_that_are_deleted_while_they_are_read_are_not_missing_unnoticed() -> None:
    hook = Interruption()
    with (
        pytest.MonkeyPatch.context() as environ,
        DatastoreServer(None, around=hook.around) as datastore,
        running_stack(datastore, environ) as desk,
    ):
        desk.set_up()
        web = desk.launch(ADMIN).web
        page = upload(desk, web, "\n".join(["First name,Last name", *ROWS]).encode())
        desk.run_tasks()
        page = web.get(page.url).press("Create 2 accounts")
        desk.run_tasks()
        page = again(desk, web, web.get(page.url))
        whole = send(desk, page, "/passwords.csv")
        assert (whole.status_code, whole.content.count(b"\r\n")) == (200, 3)
        assert int(whole.headers["Content-Length"]) == len(whole.content), "what the network cuts off is noticed"

        hook.happens = lambda: desk.clock.advance(minutes=15, google=False)
        none = send(desk, page, "/passwords.csv")
        assert (none.status_code, "Content-Disposition" in none.headers) == (409, False)
        assert "Their time ended while they were being read" in none.text
        assert "2 accounts were created" in Page(web, none, []).text, "the job is shown as it is"

        desk.clock.advance(minutes=-15, google=False)

        def end_the_window() -> None:
            desk.clock.advance(minutes=15, google=False)
            desk.cron("/cron/bulk")

        hook.happens = end_the_window
        letters = Page(web, send(desk, page, "/letters"), [])
        assert [letter.text.partition(",")[0] for letter in letters.document.all("article")] == ["Dear First Cut"]
        assert "Letters are missing" in letters.text
        assert "These were all" not in letters.text
