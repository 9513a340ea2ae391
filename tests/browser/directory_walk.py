"""The walk past the Directory's page in each of its states."""

from collections.abc import Iterator

from playwright.sync_api import Page, expect

from sandbox.google import control
from sandbox.google import people as workspace
from sandbox.google.world import User
from tests.browser.people import People
from tests.stack import ADMIN, SCHOOL, Stack

DIRECTORY = "/manage/directory"
GROUPS = "/admin/directory/v1/groups"
STATE = "#directory-state"


def directory(stack: Stack, visitors: People) -> Iterator[tuple[str, Page]]:
    """An administrator has everybody read, meets trouble, and is asked about a list that has shrunk."""
    stack.set_up()
    ada = visitors.sign_in(stack, ADMIN, DIRECTORY)
    yield "directory, beginning", ada
    stumble(stack)
    ada.reload()
    yield "directory, waiting for Google", ada
    recover(stack)
    ada.goto(stack.base_url + DIRECTORY)
    yield "directory, read", ada
    delete_people(stack, 60)
    ada.get_by_role("button", name="Refresh now").click()
    stack.run_tasks()
    ada.reload()
    expect(ada.get_by_role("heading", name="The new list is held back")).to_be_visible()
    yield "directory, held back", ada


def stumble(stack: Stack) -> None:
    """Google's groups cannot be read; what comes before them can."""
    control.add_fault(stack.world, GROUPS, count=-1)
    stack.run_tasks()


def recover(stack: Stack) -> None:
    """Google can be asked again, and the queue tries again."""
    control.remove_faults(stack.world)
    stack.clock.advance(minutes=10)
    stack.run_tasks()


def delete_people(stack: Stack, count: int) -> User:
    """More than a school loses in a day; one of them."""
    school = stack.customer(SCHOOL)
    pupils = [one.id for one in stack.world.users.values() if one.customer_id == school.id and not one.deletion_time]
    leavers = [one for one in pupils if stack.world.users[one].org_unit_path.startswith("/Students")][:count]
    for user_id in leavers:
        workspace.delete_user(stack.world, user_id)
    return stack.world.users[leavers[0]]
