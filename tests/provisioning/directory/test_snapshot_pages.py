"""Pages as they are kept: whatever Google sends comes back, and addresses are one line each."""

from datetime import UTC, datetime

from hypothesis import given
from hypothesis import strategies as st

from provisioning.directory.port import DeletedUser, ListedGroup, ListedUser
from provisioning.directory.snapshot_pages import (
    deleted_of,
    groups_of,
    lines_of,
    pack_deleted,
    pack_groups,
    pack_users,
    users_of,
)

NOW = datetime(2026, 11, 21, 12, tzinfo=UTC)
TEXT = st.text(st.characters(exclude_categories=["Cs"]), max_size=20)
TEXTS = st.lists(TEXT, max_size=3).map(tuple)
USERS = st.builds(ListedUser, TEXT, TEXT, TEXTS, TEXTS, TEXT, TEXT, TEXT, st.booleans(), st.booleans(), TEXTS)
GROUPS = st.builds(ListedGroup, TEXT, TEXT, TEXT, TEXTS, TEXTS)


def user(email: str, aliases: tuple[str, ...] = (), others: tuple[str, ...] = ()) -> ListedUser:
    return ListedUser("1", email, aliases, others, "", "", "/", suspended=False, archived=False, organization_ids=())


def lines(users: list[ListedUser]) -> list[str]:
    return lines_of(pack_users(users).addresses).decode().splitlines()


@given(st.lists(USERS, max_size=5), st.lists(GROUPS, max_size=5))
def test_what_was_packed_comes_back(users: list[ListedUser], groups: list[ListedGroup]) -> None:
    assert list(users_of(pack_users(users).rows)) == users
    assert list(groups_of(pack_groups(groups).rows)) == groups


@given(st.lists(st.text(max_size=30), max_size=5))
def test_whatever_an_address_is_its_line_is_one_line(addresses: list[str]) -> None:
    packed = pack_users([user("plain@x.example"), *map(user, addresses)])
    found = lines_of(packed.addresses).decode().split("\n")
    assert found[0] == "plain\tu\tx.example"
    assert found[-1] == ""
    assert all(line.count("\t") == 2 for line in found[:-1])


def test_lines_are_in_lower_case_and_say_what_the_address_is_of() -> None:
    people = [user("O'Brien@X.example", ("Pat@x.example",), ("o'brien@alias.example",))]
    assert lines(people) == ["o'brien\tu\tx.example", "pat\ta\tx.example", "o'brien\ta\talias.example"]
    group = ListedGroup("2", "Office@x.example", "Office", ("info@x.example",), ())
    packed = pack_groups([group])
    assert lines_of(packed.addresses).decode().splitlines() == ["office\tg\tx.example", "info\th\tx.example"]
    assert (packed.entries, packed.aliases) == (1, 1)


def test_googles_own_test_addresses_are_left_out() -> None:
    packed = pack_users([user("a@x.example", (), ("a@x.example.test-google-a.com",))])
    assert lines_of(packed.addresses) == b"a\tu\tx.example\n"
    assert packed.aliases == 0


def test_deleted_people_keep_their_names_for_twenty_days() -> None:
    people = [
        DeletedUser("1", "a@x.example", "2026-11-10T23:30:00.000Z"),
        DeletedUser("2", "b@x.example", ""),
        DeletedUser("3", "c@x.example", "soon"),
        DeletedUser("4", "d@x.example", "9999-12-31T23:59:59.000Z"),
    ]
    packed = pack_deleted(people, NOW)
    assert lines_of(packed.addresses).decode().splitlines() == [
        "a\td2026-11-30\tx.example",
        "b\td2026-12-11\tx.example",
        "c\td2026-12-11\tx.example",
        "d\td2026-12-11\tx.example",
    ]
    assert list(deleted_of(packed.rows)) == people
