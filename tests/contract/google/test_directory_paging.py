"""Pages: together they are the whole list, whatever their size; tokens are good for one question and three days."""

import base64
from collections.abc import Callable
from datetime import timedelta

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from sandbox.google.world import World
from tests.contract.google.conftest import HANNA, NORTHFIELD
from tests.contract.google.directory_service import Caller, new_body, person, refused

COUNT = 40


@pytest.fixture
def crowd(world: World, admin: Caller) -> Caller:
    """Forty people whose names repeat and whose addresses differ in case."""
    world.knobs.enforce_quota = False
    for number in range(COUNT - 3):
        local = f"P{number:02d}" if number % 3 else f"p{number:02d}"
        user = person(world, world.customers[NORTHFIELD], f"{local}@northfield.example")
        user.given_name, user.family_name = "xYz"[number % 3], "aAb"[number % 3]
    return admin


@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    size=st.integers(1, 50),
    order=st.sampled_from(["", "email", "familyName", "givenName"]),
    direction=st.sampled_from(["ASCENDING", "DESCENDING"]),
    limit=st.integers(0, 7),
)
def test_all_pages_are_the_whole_list(
    size: int, order: str, direction: str, limit: int, world: World, crowd: Caller
) -> None:
    question = {"sortOrder": direction} | ({"orderBy": order} if order else {})
    whole = crowd.all_users(maxResults=500, **question)
    world.knobs.page_limit = limit
    paged = crowd.all_users(maxResults=size, **question)
    world.knobs.page_limit = 0
    assert paged == whole
    assert len(whole) == COUNT
    assert whole == crowd.all_users(maxResults=500, **question | {"sortOrder": direction})


def test_equal_names_are_ordered_by_address(crowd: Caller) -> None:
    users = crowd.all_users(orderBy="familyName")
    keys = [(user["name"]["familyName"].casefold(), user["primaryEmail"].lower()) for user in users]
    assert keys == sorted(keys)


def test_pages_may_be_short(world: World, crowd: Caller) -> None:
    world.knobs.page_limit = 4
    answer = crowd.api.users().list(customer="my_customer", maxResults=500).execute()
    assert len(answer["users"]) == 4
    assert answer["nextPageToken"]


def test_a_row_may_come_twice(world: World, crowd: Caller) -> None:
    world.knobs.repeat_last_row = True
    users = crowd.all_users(maxResults=10)
    assert len(users) > COUNT
    assert len({user["id"] for user in users}) == COUNT
    assert users[9] == users[10]


def test_a_list_may_end_early_and_say_nothing(world: World, crowd: Caller) -> None:
    world.knobs.lists_end_early = True
    assert len(crowd.all_users(maxResults=10)) == 10


def first_token(crowd: Caller) -> str:
    answer = crowd.api.users().list(customer="my_customer", maxResults=5, query="isAdmin=false").execute()
    return str(answer["nextPageToken"])


@pytest.mark.parametrize(
    "changed",
    [
        {"query": "isAdmin=true"},
        {"query": None},
        {"orderBy": "email"},
        {"showDeleted": "true"},
        {"domain": "northfield.example"},
        {"viewType": "domain_public"},
        {"customer": NORTHFIELD},
    ],
)
def test_a_token_is_for_its_own_question(changed: dict[str, str | None], crowd: Caller) -> None:
    token = first_token(crowd)
    question: dict[str, str | None] = {"customer": "my_customer", "query": "isAdmin=false"}
    question = {name: value for name, value in (question | changed).items() if value}
    assert refused(crowd.api.users().list(pageToken=token, **question)).message == "Invalid Input: 0"


def test_how_the_answer_is_written_may_change(crowd: Caller) -> None:
    question = {"customer": "my_customer", "query": "isAdmin=false", "pageToken": first_token(crowd)}
    answer = crowd.api.users().list(maxResults=7, fields="users(id)", **question).execute()
    assert len(answer["users"]) == 7


def test_a_token_lasts_three_days(world: World, crowd: Caller) -> None:
    token, days = first_token(crowd), timedelta(days=3).total_seconds()
    question = {"customer": "my_customer", "query": "isAdmin=false", "pageToken": token}
    own = world.tokens[crowd.wire.token]
    forever = type(own)(own.value, own.kind, own.subject_user_id, own.client, own.scopes, own.expires + timedelta(9))
    world.tokens[own.value] = forever
    world.knobs.clock_offset = days - 60
    assert crowd.api.users().list(**question).execute()["users"]
    world.knobs.clock_offset = days + 60
    assert refused(crowd.api.users().list(**question)).message == "Invalid Input: 0"


def cut(token: str) -> str:
    return token[:-4]


def edited(token: str) -> str:
    """The first letter is any of 64, so the one put there must be another."""
    return ("B" if token[0] == "A" else "A") + token[1:]


def lengthened(token: str) -> str:
    return token + "AAAA"


def of_other_letters(_: str) -> str:
    return "é"


@pytest.mark.parametrize("spoil", [cut, edited, lengthened, of_other_letters])
def test_an_edited_token_is_refused(spoil: Callable[[str], str], crowd: Caller) -> None:
    request = crowd.api.users().list(customer="my_customer", query="isAdmin=false", pageToken=spoil(first_token(crowd)))
    assert refused(request).message == "Invalid Input"


def test_a_token_is_opaque(crowd: Caller) -> None:
    token = first_token(crowd)
    assert "@" not in token
    assert base64.urlsafe_b64encode(base64.urlsafe_b64decode(token + "==")).decode().startswith(token[:-2])


def test_a_listing_survives_changes_between_its_pages(crowd: Caller) -> None:
    users = crowd.api.users()
    request = users.list(customer="my_customer", maxResults=10)
    answer = request.execute()
    seen = [user["id"] for user in answer["users"]]
    users.delete(userKey=seen[-1]).execute()
    users.insert(body=new_body("aaaa@northfield.example")).execute()
    later = users.insert(body=new_body("zzzz@northfield.example")).execute()["id"]
    while (request := users.list_next(request, answer)) is not None:
        answer = request.execute()
        seen += [user["id"] for user in answer["users"]]
    assert len(seen) == len(set(seen)) == COUNT + 1
    assert {HANNA, later} <= set(seen)
