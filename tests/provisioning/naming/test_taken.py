"""The index as it is asked, and names that are added to it."""

from datetime import UTC, date, datetime
from itertools import islice

import pytest
from google.cloud import ndb
from hypothesis import given
from hypothesis import strategies as st

from provisioning.naming.index import Index
from provisioning.naming.index_memory import IndexMemory, ShardGone
from provisioning.naming.index_records import Head, shard_key
from provisioning.naming.occupancy import Occupant
from provisioning.naming.shards import Entry, Shard, line_of, shard_of, text_of
from provisioning.naming.taken import TakenNames
from sandbox.datastore.server import DatastoreServer
from tests.provisioning.naming.conftest import MovableClock
from tests.provisioning.naming.listings import BRANCH, SCHOOL, TENANT, build, head, listing, shards

TODAY = datetime(2026, 11, 21, 12, tzinfo=UTC)


@pytest.fixture
def taken(in_datastore: None, clock: MovableClock) -> TakenNames:
    return TakenNames(clock)


def index_of(entries: list[Entry], bits: int) -> Index:
    """An index that is in memory as a whole, and can read nothing."""
    texts: dict[int, list[bytes]] = {number: [] for number in range(1 << bits)}
    for entry in entries:
        texts[shard_of(entry.name, bits)].append(line_of(entry))
    built = [Shard(text_of(texts[number])) for number in range(1 << bits)]
    head = Head(TENANT, SCHOOL, bits, b"".join(shard.digest for shard in built), built=TODAY)
    memory = IndexMemory(lambda: TODAY, 2**26, 60)
    for number, shard in enumerate(built):
        memory.keep_shard(head, number, shard)
    return Index(head, memory, lambda: TODAY, lambda: head)


# Before there is an index


def test_without_an_index_nothing_is_said_to_be_free(taken: TakenNames) -> None:
    index = taken.of(TENANT, SCHOOL)
    assert not index.exists
    assert (index.total, index.counts) == (0, {})
    with pytest.raises(ShardGone):
        index.occupants(["ada"])
    with pytest.raises(ShardGone):
        next(index.free_numbers("ada", ""))
    with pytest.raises(ShardGone):
        index.built  # noqa: B018 - a property that raises


def test_name_added_before_there_is_an_index_is_in_the_first_one(taken: TakenNames, clock: MovableClock) -> None:
    taken.add(TENANT, SCHOOL, "Ada", "user")
    assert not taken.of(TENANT, SCHOOL).exists
    build(clock, listing("bob"))
    clock.move(61)
    assert taken.of(TENANT, SCHOOL).occupants(["ada", "bob", "cyd"]) == {
        "ada": Occupant("user"),
        "bob": Occupant("user"),
    }


# Asking


def test_index_tells_who_has_a_name_and_how_many_names_there_are(taken: TakenNames, clock: MovableClock) -> None:
    build(clock, listing("ada", "info a", "staff g", "team h", "gone d2026-12-01", "past d2026-11-20"))
    index = taken.of(TENANT, SCHOOL)
    assert index.exists
    assert index.built == datetime(2026, 11, 21, 6, tzinfo=UTC)
    assert index.occupants(["ADA", "info", "staff", "team", "gone", "past", "free", "a b\n", "", "ä", "x" * 300]) == {
        "ADA": Occupant("user"),
        "info": Occupant("alias"),
        "staff": Occupant("group"),
        "team": Occupant("group alias"),
        "gone": Occupant("deleted", date(2026, 12, 1)),
    }
    assert index.counts == {"user": 1, "alias": 1, "group": 1, "group alias": 1, "deleted": 2}
    assert index.total == 6


def test_asking_costs_two_calls_at_first_and_none_later(
    taken: TakenNames, clock: MovableClock, datastore_server: DatastoreServer
) -> None:
    build(clock, listing(*(f"name{'abcdefghij'[n % 10]}{n // 10 * 10_000}" for n in range(8000))))
    assert head().bits == 3
    names = [f"{word}x" for word in ("john", "smith", "jsmith", "mary", "jane")]
    assert taken.remembered(TENANT, SCHOOL) is None
    before = datastore_server.calls["Lookup"]
    index = taken.of(TENANT, SCHOOL)
    assert index.occupants(names) == {}
    assert datastore_server.calls["Lookup"] - before == 2
    again = taken.remembered(TENANT, SCHOOL)
    assert again
    assert again.occupants(names) == {}
    assert datastore_server.calls["Lookup"] - before == 2
    clock.move(60)
    assert taken.remembered(TENANT, SCHOOL) is None


def test_counter_asked_again_knows_what_came_and_what_has_lapsed_since(taken: TakenNames, clock: MovableClock) -> None:
    numbers = [f"john{n}" for n in range(1, 151) if n != 7]
    build(clock, listing(*numbers, "john151 d2026-11-21"))

    def first_free() -> list[int]:
        return list(islice(taken.of(TENANT, SCHOOL).free_numbers("john", ""), 3))

    assert first_free() == first_free() == [7, 152, 153]
    taken.add(TENANT, SCHOOL, "john7", "user")
    assert first_free() == [152, 153, 154]
    clock.move(24 * 60 * 60)
    assert first_free() == [151, 152, 153]


def test_index_read_by_somebody_else_is_remembered(taken: TakenNames, clock: MovableClock) -> None:
    build(clock, listing("ada"))
    entity = taken.meta_key(TENANT, SCHOOL).get()
    assert taken.remember(TENANT, SCHOOL, entity).occupants(["ada"])
    assert taken.remembered(TENANT, SCHOOL)
    assert not taken.remember(TENANT, BRANCH + ".other", None).exists


def test_older_reading_does_not_replace_a_newer_one(taken: TakenNames, clock: MovableClock) -> None:
    build(clock, listing("ada"))
    entity = taken.meta_key(TENANT, SCHOOL).get()
    taken.add(TENANT, SCHOOL, "bob", "user")
    assert taken.remember(TENANT, SCHOOL, entity).occupants(["bob"])


def test_loading_ahead_saves_calls(taken: TakenNames, clock: MovableClock, datastore_server: DatastoreServer) -> None:
    build(clock, listing("ada", "ada1"))
    index = taken.of(TENANT, SCHOOL)
    index.load(["ada", "bob"])
    before = datastore_server.calls["Lookup"]
    assert next(index.free_numbers("ada", "")) == 2
    assert datastore_server.calls["Lookup"] == before


# Shards that are gone


def test_shard_replaced_by_another_instance_is_found_again(taken: TakenNames, clock: MovableClock) -> None:
    build(clock, listing("ada"))
    index, other = taken.of(TENANT, SCHOOL), TakenNames(clock)
    old = set(shards())
    other.add(TENANT, SCHOOL, "bob", "user")
    ndb.delete_multi([shard_key(TENANT, identity) for identity in old])
    assert index.occupants(["ada", "bob"]).keys() == {"ada", "bob"}
    assert list(islice(index.free_numbers("bob", ""), 2)) == [1, 2]


def test_damaged_index_says_so_and_never_that_a_name_is_free(taken: TakenNames, clock: MovableClock) -> None:
    build(clock, listing("ada"))
    ndb.delete_multi([shard_key(TENANT, identity) for identity in shards()])
    with pytest.raises(ShardGone) as raised:
        taken.of(TENANT, SCHOOL).occupants(["bob"])
    assert raised.value.retry
    build(clock, listing("ada"), 2)
    clock.move(61)
    assert taken.of(TENANT, SCHOOL).occupants(["ada", "bob"]).keys() == {"ada"}


def test_memory_is_bounded(in_datastore: None, clock: MovableClock, datastore_server: DatastoreServer) -> None:
    names = [f"{n * 2_654_435_761 % 2**32:032b}".translate({48: "a", 49: "b"}) for n in range(8000)]
    build(clock, listing(*names))
    small = TakenNames(clock, memory_bytes=80_000)
    assert len(small.of(TENANT, SCHOOL).occupants(names)) == len(names)
    before = datastore_server.calls["Lookup"]
    assert len(small.of(TENANT, SCHOOL).occupants(names)) == len(names)
    assert datastore_server.calls["Lookup"] > before
    nothing = TakenNames(clock, memory_bytes=100)
    assert nothing.of(TENANT, SCHOOL).occupants(names[:1])
    assert nothing.remembered(TENANT, SCHOOL) is None


# Counters


@given(
    st.lists(st.integers(0, 300), max_size=80),
    st.text("ab1.", max_size=3),
    st.text("ab2_", max_size=3),
    st.integers(0, 40),
    st.integers(0, 10),
)
def test_free_numbers_are_those_of_the_naive_search(
    numbers: list[int], before: str, after: str, start: int, bits: int
) -> None:
    entries = [Entry(f"{before}{number}{after}", "user") for number in numbers]
    entries += [Entry(f"{before}7{after}", "deleted", date(2026, 11, 20)), Entry(f"{before}x{after}", "user")]
    index = index_of(entries, bits)
    names = {number: f"{before}{number}{after}" for number in range(start, 400)}
    occupied = index.occupants(names.values())
    expected = [number for number, name in names.items() if name not in occupied]
    assert list(islice(index.free_numbers(before.upper(), after), 5)) == list(
        islice((n for n in range(1, 400) if f"{before}{n}{after}" not in index.occupants([f"{before}{n}{after}"])), 5)
    )
    assert list(islice(index.free_numbers(before, after, start), 30)) == expected[:30]
    assert {number for number in numbers if number >= start}.isdisjoint(expected)


@pytest.mark.parametrize(
    ("before", "after", "most"), [("john.smith", "", 12), ("john", ".smith", 12), ("j2024", "", 12)]
)
def test_ten_thousand_numbers_taken_cost_a_few_reads(
    taken: TakenNames, clock: MovableClock, datastore_server: DatastoreServer, before: str, after: str, most: int
) -> None:
    crowd = [f"someone{'abcdefghij'[n % 10]}{'abcdefghij'[n // 10 % 10]}{n}" for n in range(40_000)]
    gap = [f"{before}{number}{after}" for number in range(1, 10_001) if number != 17]
    build(clock, listing(*crowd, *gap))
    assert head().bits >= 5
    index = taken.of(TENANT, SCHOOL)
    reads, calls = datastore_server.usage.entities["read"], datastore_server.calls["Lookup"]
    assert list(islice(index.free_numbers(before, after), 3)) == [17, 10_001, 10_002]
    assert datastore_server.usage.entities["read"] - reads <= most
    assert datastore_server.calls["Lookup"] - calls <= 4


def test_counter_before_another_number_takes_more_reads_but_few_calls(
    taken: TakenNames, clock: MovableClock, datastore_server: DatastoreServer
) -> None:
    build(clock, listing(*(f"john{number}_5a" for number in range(1, 2001)), *(f"o{n}" for n in range(2000))))
    index = taken.of(TENANT, SCHOOL)
    calls = datastore_server.calls["Lookup"]
    assert next(index.free_numbers("john", "_5a")) == 2001
    assert datastore_server.calls["Lookup"] - calls <= 3


# Adding


def test_added_name_is_taken_here_at_once_and_elsewhere_after_a_minute(taken: TakenNames, clock: MovableClock) -> None:
    build(clock, listing("ada"))
    other = TakenNames(clock)
    assert not other.of(TENANT, SCHOOL).occupants(["bob"])
    taken.of(TENANT, SCHOOL)
    taken.add(TENANT, SCHOOL, "Bob", "group alias")
    mine = taken.remembered(TENANT, SCHOOL)
    assert mine
    assert mine.occupants(["bob"]) == {"bob": Occupant("group alias")}
    assert mine.counts == {"user": 1, "group alias": 1}
    assert not other.of(TENANT, SCHOOL).occupants(["bob"])
    clock.move(60)
    assert other.of(TENANT, SCHOOL).occupants(["bob"])


def test_adding_keeps_what_says_more(taken: TakenNames, clock: MovableClock) -> None:
    build(clock, listing("ada", "bob d2026-12-01"))
    taken.add(TENANT, SCHOOL, "ada", "deleted", date(2026, 12, 2))
    taken.add(TENANT, SCHOOL, "bob", "deleted", date(2026, 12, 3))
    taken.add(TENANT, SCHOOL, "bob", "deleted", date(2026, 12, 2))
    index = taken.of(TENANT, SCHOOL)
    assert index.occupants(["ada", "bob"]) == {"ada": Occupant("user"), "bob": Occupant("deleted", date(2026, 12, 3))}
    assert index.total == 2


def test_adding_writes_one_shard_and_keeps_the_old_one_for_those_who_read_it(
    taken: TakenNames, clock: MovableClock, datastore_server: DatastoreServer
) -> None:
    build(clock, listing("ada"))
    taken.of(TENANT, SCHOOL).occupants(["ada"])
    old = shards()
    before, calls = datastore_server.usage.entities["write"], datastore_server.calls["Lookup"]
    taken.add(TENANT, SCHOOL, "bob", "user")
    assert datastore_server.usage.entities["write"] - before == 3
    assert datastore_server.calls["Lookup"] - calls == 1
    assert shards().items() > old.items()


@pytest.mark.parametrize("name", ["", "a b", "ä", "x" * 65, "a\nb", "\ud800", "x" * 3000])
def test_name_that_nobody_can_have_is_not_added(taken: TakenNames, clock: MovableClock, name: str) -> None:
    build(clock, listing("ada"))
    before = shards(), head().revision
    taken.add(TENANT, SCHOOL, name, "user")
    assert (shards(), head().revision) == before


def test_tenants_and_domains_are_apart(taken: TakenNames, clock: MovableClock) -> None:
    build(clock, listing("ada", f"bob@{BRANCH}"))
    assert taken.of(TENANT, SCHOOL).occupants(["ada", "bob"]).keys() == {"ada"}
    assert taken.of(TENANT, BRANCH).occupants(["ada", "bob"]).keys() == {"bob"}
    assert not taken.of("C2", SCHOOL).exists
