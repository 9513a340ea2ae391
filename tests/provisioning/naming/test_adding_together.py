"""Names that come into use together: added with one transaction, and never otherwise than one by one."""

import pytest

from provisioning.naming.index_records import AddedName
from provisioning.naming.occupancy import Occupant, OccupantKind
from provisioning.naming.taken import TakenNames
from sandbox.datastore.server import DatastoreServer
from tests.provisioning.naming.conftest import MovableClock
from tests.provisioning.naming.listings import BRANCH, SCHOOL, TENANT, build, head, listing, shards

PEOPLE: list[tuple[str, OccupantKind]] = [(f"person{'abcdefghijklmnopqrstuvwxy'[n]}", "user") for n in range(25)]


@pytest.fixture
def taken(in_datastore: None, clock: MovableClock) -> TakenNames:
    return TakenNames(clock)


def added() -> set[str]:
    return {record.entry.name for record in AddedName.query(namespace=TENANT)}


def test_25_names_cost_one_transaction_and_are_known_at_once(
    taken: TakenNames, clock: MovableClock, datastore_server: DatastoreServer
) -> None:
    build(clock, listing(*(f"name{'abcdefghij'[n % 10]}{n // 10 * 10_000}" for n in range(8000))))
    assert head().bits == 3
    revision, other = head().revision, TakenNames(clock)
    assert not other.of(TENANT, SCHOOL).occupants(["persona"])
    commits = datastore_server.calls["Commit"]
    taken.add_all(TENANT, SCHOOL, [*PEOPLE, ("info", "group")])
    assert datastore_server.calls["Commit"] - commits == 1
    assert head().revision == revision + 1
    mine = taken.remembered(TENANT, SCHOOL)
    assert mine
    assert mine.occupants([name for name, _ in PEOPLE]).keys() == {name for name, _ in PEOPLE}
    assert mine.occupants(["info"]) == {"info": Occupant("group")}
    assert mine.counts == {"user": 8025, "group": 1}
    clock.move(60)
    assert len(other.of(TENANT, SCHOOL).occupants([name for name, _ in PEOPLE])) == 25


def test_names_added_before_there_is_an_index_are_in_the_first_one(taken: TakenNames, clock: MovableClock) -> None:
    taken.add_all(TENANT, SCHOOL, PEOPLE)
    assert not taken.of(TENANT, SCHOOL).exists
    build(clock, listing("bob", f"ada@{BRANCH}"))
    clock.move(61)
    assert len(taken.of(TENANT, SCHOOL).occupants(["bob", *(name for name, _ in PEOPLE)])) == 26
    assert taken.of(TENANT, BRANCH).occupants(["persona"]) == {}


def test_nothing_is_written_of_names_that_nobody_can_have_or_of_none(taken: TakenNames, clock: MovableClock) -> None:
    build(clock, listing("ada"))
    before = shards(), head().revision
    taken.add_all(TENANT, SCHOOL, [])
    taken.add_all(TENANT, SCHOOL, [("a b", "user"), ("ä", "user"), ("", "user")])
    assert (shards(), head().revision) == before


def test_the_same_name_twice_and_a_name_that_is_known_count_once(taken: TakenNames, clock: MovableClock) -> None:
    build(clock, listing("ada"))
    taken.add_all(TENANT, SCHOOL, [("ada", "user"), ("Bob", "user"), ("bob", "user")])
    assert taken.of(TENANT, SCHOOL).counts == {"user": 2}
    assert added() == {"ada", "bob"}


def test_together_is_as_one_by_one(taken: TakenNames, clock: MovableClock) -> None:
    """Names of one shard, some of them known as something stronger or weaker."""
    pages = listing("ab1", "ab2 g", "ab3 d2026-12-01", "ab4 o")
    new: list[tuple[str, OccupantKind]] = [
        ("a.b2", "user"), ("ab2", "user"), ("ab3", "user"), ("AB4", "group"), ("ab1", "other"), ("x", "deleted"),
    ]  # fmt: skip
    for tenant in ("C1", "C2"):
        build(clock, pages, tenant=tenant)
    taken.add_all("C1", SCHOOL, new)
    for name, kind in new:
        taken.add("C2", SCHOOL, name, kind)
    together, one_by_one = (TakenNames(clock).of(tenant, SCHOOL) for tenant in ("C1", "C2"))
    names = ["ab1", "ab2", "ab3", "ab4", "a.b2", "x"]
    assert together.occupants(names) == one_by_one.occupants(names)
    assert together.occupants(names)["ab3"] == Occupant("user")
    assert together.counts == one_by_one.counts
