"""The Directory is read by tasks and cron while administrators look on."""

import pytest

from provisioning.directory.crawl_ledger import LEASE
from tests.stack import ADMIN, HELPDESK, SCHOOL, Stack
from tests.web import Page, Web

DIRECTORY = "/manage/directory"


@pytest.fixture
def admin(stack: Stack) -> Web:
    """The school's administrator, after setup; nothing was read yet."""
    return stack.set_up()


def look(web: Web) -> Page:
    return web.get(DIRECTORY)


def set_knobs(stack: Stack, **knobs: object) -> None:
    with stack.world.changing():
        for name, value in knobs.items():
            setattr(stack.world.knobs, name, value)


def test_a_new_domain_is_read_by_the_scheduler_and_shown(stack: Stack, admin: Web) -> None:
    assert "has not been read yet" in look(admin).text
    assert stack.cron("/cron/directory") == 204
    assert "Reading the Directory" in look(admin).text
    stack.run_tasks()
    page = look(admin)
    assert "300 people" in page.text
    print(page.text)
