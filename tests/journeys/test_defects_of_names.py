"""What the original program for usernames got wrong, each through the whole product with an index; none of it is here.

The same without an index, and what has nothing to do with one, is in tests/provisioning/naming/test_suggestions.py;
clients in many processes are in test_races.py there.
"""

from concurrent.futures import ThreadPoolExecutor

import pytest

from sandbox.google import people
from sandbox.google.world import Fault
from tests.journeys.rest import Rest, order, refused
from tests.stack import SCHOOL

USERS, GROUPS = "/admin/directory/v1/users", "/admin/directory/v1/groups"


@pytest.fixture
def indexed(rest: Rest) -> Rest:
    """The school's Directory was read."""
    assert rest.stack.cron("/cron/directory") == 204
    rest.stack.run_tasks()
    return rest


def read_again(rest: Rest) -> None:
    """An administrator has the Directory read; every instance knows of it a minute later."""
    start_reading(rest)
    rest.stack.run_tasks()
    rest.stack.clock.advance(seconds=61, google=False)


def start_reading(rest: Rest) -> None:
    page = rest.admin.get(f"{rest.stack.base_url}/manage/directory")
    page.press("Try again" if "Try again" in page.text else "Refresh now")


def suggest(rest: Rest, first: str, last: str) -> list[str]:
    answer = rest.call("POST", "suggest", {"firstname": first, "lastname": last})
    assert answer.status_code == 200, answer.text
    names: list[str] = answer.json()
    return names


def student(rest: Rest, number: int) -> str:
    """The id of a student of the school."""
    listed = [user for user in rest.stack.world.users.values() if user.org_unit_path.startswith("/Students")]
    return listed[number].id


def test_clients_at_once_get_different_names_and_the_next_one_too(indexed: Rest) -> None:
    with ThreadPoolExecutor(8) as clients:
        answers = list(clients.map(lambda _: suggest(indexed, "Two", "Clients"), range(8)))
    answers.append(suggest(indexed, "Two", "Clients"))
    names = [name for answer in answers for name in answer]
    assert len(names) == len(set(names)) == 27


def test_address_with_an_apostrophe_stops_no_reading(indexed: Rest) -> None:
    people.rename_user(indexed.stack.world, student(indexed, 1), f"pat.o'shea@{SCHOOL}")
    people.rename_user(indexed.stack.world, student(indexed, 2), f"quinnafter@{SCHOOL}")
    read_again(indexed)
    assert suggest(indexed, "Quinn", "After")[0] == "quinn.after", "what comes after it in the listing was read too"
    refused(indexed.call("POST", "create", order(username="pat.o'shea")), 409)
    people.rename_user(indexed.stack.world, student(indexed, 3), f"ritalater@{SCHOOL}")
    read_again(indexed)
    assert suggest(indexed, "Rita", "Later")[0] == "rita.later"


def test_error_while_reading_stops_neither_suggestions_nor_the_next_reading(indexed: Rest) -> None:
    people.rename_user(indexed.stack.world, student(indexed, 4), f"samfault@{SCHOOL}")
    world = indexed.stack.world
    with world.changing():
        world.faults.append(Fault(GROUPS, "GET", 403, count=-1))
    read_again(indexed)
    assert suggest(indexed, "Hanna", "Helpdesk")[0] == "hannahelpdesk"
    assert suggest(indexed, "Hanna", "Helpdesk")[0] == "hannah", "hanna.helpdesk is in use in the index in force"
    with world.changing():
        world.faults.clear()
    read_again(indexed)
    assert suggest(indexed, "Sam", "Fault")[0] == "sam.fault"


def test_error_of_the_directory_is_not_read_as_free(indexed: Rest) -> None:
    names = suggest(indexed, "Tess", "Error")
    world = indexed.stack.world
    with world.changing():
        world.faults.append(Fault(USERS, "GET", 403, count=-1))
    answer = indexed.call("POST", "select", {"username": names[0], "suggestions": names})
    with world.changing():
        world.faults.clear()
    refused(answer, answer.status_code)
    assert answer.status_code in {403, 503}
    assert not set(suggest(indexed, "Tess", "Error")) & set(names), "and the names are kept"
    assert indexed.call("POST", "select", {"username": names[0], "suggestions": names}).status_code == 200


def test_aliases_and_groups_are_seen(indexed: Rest) -> None:
    assert "front.desk" not in suggest(indexed, "Front", "Desk"), "an alias of Hanna's"
    assert suggest(indexed, "Off", "Ice")[0] == "off.ice", "office is a group"


def test_name_made_while_the_directory_is_read_is_not_suggested_again(indexed: Rest) -> None:
    world = indexed.stack.world
    start_reading(indexed)
    with world.changing():
        world.knobs.list_lag = 3600
    made = order(username="una.during", firstname="Una", lastname="During")
    assert indexed.call("POST", "create", made).status_code == 200
    indexed.stack.run_tasks()
    with world.changing():
        world.knobs.list_lag = 0
    indexed.stack.clock.advance(minutes=20, google=False)
    assert suggest(indexed, "Una", "During") == ["unaduring", "una_during", "uduring"]


def test_look_up_ignores_case(indexed: Rest) -> None:
    people.rename_user(indexed.stack.world, student(indexed, 5), f"Vera.CASE@{SCHOOL}")
    read_again(indexed)
    assert suggest(indexed, "VERA", "Case")[:2] == ["veracase", "vera_case"]
