"""Stored and computed people in one list, without building it."""

from hypothesis import given
from hypothesis import strategies as st

from sandbox.google.generated import GeneratedUsers
from sandbox.google.screens.user_list import PAGE, UserList
from sandbox.google.world import Customer, Domain, User, World

COMPUTED = 230


@given(
    hidden=st.sets(st.integers(0, COMPUTED - 1), max_size=40),
    deleted=st.sets(st.integers(0, COMPUTED - 1), max_size=10),
    added=st.sets(st.text("abmz.", min_size=1, max_size=6), max_size=30),
    search=st.sampled_from(["", "a", "m", "zz", "ab.", "b"]),
)
def test_pages_are_the_whole_list_in_order(hidden: set[int], deleted: set[int], added: set[str], search: str) -> None:
    world, customer = _world()
    people = GeneratedUsers(customer)
    for number in hidden | deleted:
        user = people.person(number)
        user.deletion_time = "2026-01-01T00:00:00.000Z" if number in deleted else ""
        world.users[user.id] = user
    for place, local in enumerate(sorted(added)):
        user = User(f"9{place:020d}", f"{local}@city.example", "", "", "", customer.id)
        world.users[user.id] = user
    users = UserList(world)
    first = users.page(customer, search, 1)
    found = [user for number in range(1, first.last + 1) for user in users.page(customer, search, number).users]
    assert [user.primary_email for user in found] == _expected(world, people, search)
    assert first.total == len(found)
    assert len(first.users) == min(PAGE, len(found))


def test_computed_person_is_found_by_id() -> None:
    world, customer = _world()
    wanted = GeneratedUsers(customer).person(77)
    assert [user.primary_email for user in UserList(world).page(customer, wanted.id, 1).users] == [wanted.primary_email]


def _world() -> tuple[World, Customer]:
    customer = Customer("C0city", "City", [Domain("city.example", is_primary=True)], generated_users=COMPUTED)
    return World(customers={customer.id: customer}), customer


def _expected(world: World, people: GeneratedUsers, search: str) -> list[str]:
    """By brute force: computed people match by the beginning of their address, stored ones anywhere."""
    computed = [people.person(number) for number in range(COMPUTED)]
    shown = [u.primary_email for u in computed if u.id not in world.users and u.primary_email.startswith(search)]
    stored = [user for user in world.users.values() if not user.deletion_time]
    texts = {u.primary_email: f"{u.given_name} {u.family_name} {u.primary_email} {u.id}".casefold() for u in stored}
    return sorted(shown + [email for email, text in texts.items() if search in text])
