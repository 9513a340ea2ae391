"""The index is built from a reading of the Directory; nothing that is listed breaks it, no name is lost meanwhile."""

from collections.abc import Callable
from dataclasses import replace
from datetime import date, datetime, timedelta

import pytest
from google.cloud import ndb
from hypothesis import given
from hypothesis import strategies as st

from provisioning.directory.port import WorkspaceDomain
from provisioning.naming.address_groups import AddressGroups
from provisioning.naming.index_builder import TakenIndexBuilder
from provisioning.naming.index_records import AddedName, NameIndex
from provisioning.naming.occupancy import Occupant
from provisioning.naming.shards import Entry
from provisioning.naming.taken import TakenNames
from runtime.problems import Unavailable
from sandbox.datastore.server import DatastoreServer
from tests.provisioning.naming.conftest import MovableClock
from tests.provisioning.naming.listings import (
    BRANCH,
    DOMAINS,
    SCHOOL,
    TENANT,
    build,
    crawl,
    head,
    interrupting,
    listing,
    shards,
)

DAY = 24 * 60 * 60
pytestmark = pytest.mark.usefixtures("in_datastore")


class BusyClock(MovableClock):
    """A clock, and something that happens when it is looked at for the first time: when shards are being written."""

    def __init__(self, then: Callable[[], None]) -> None:
        super().__init__()
        self._then: list[Callable[[], None]] = [then]

    def __call__(self) -> datetime:
        if self._then:
            self._then.pop()()
        return self.now


def occupied(clock: MovableClock, *names: str, domain: str = SCHOOL) -> dict[str, Occupant]:
    """What an instance that remembers nothing finds."""
    return TakenNames(clock).of(TENANT, domain).occupants(names)


def written_by(server: DatastoreServer, work: Callable[[], None]) -> int:
    before = server.usage.entities["write"]
    work()
    return server.usage.entities["write"] - before


# What is in it


def test_each_domain_has_an_index_and_alias_domains_count_for_theirs(clock: MovableClock) -> None:
    build(clock, listing("ada", "bob@alias.example a", f"cyd@{BRANCH} g", "dan@other.example"))
    names = ("ada", "bob", "cyd", "dan")
    assert occupied(clock, *names) == {"ada": Occupant("user"), "bob": Occupant("alias")}
    assert occupied(clock, *names, domain=BRANCH) == {"cyd": Occupant("group")}


def test_domain_that_is_not_verified_has_none(clock: MovableClock) -> None:
    domains = (DOMAINS[0], replace(DOMAINS[1], verified=False))
    build(clock, listing("ada", f"bob@{BRANCH}"), domains=domains)
    assert occupied(clock, "ada")
    assert not TakenNames(clock).of(TENANT, BRANCH).exists


def test_of_several_occupants_the_strongest_is_kept(clock: MovableClock) -> None:
    build(
        clock, listing("ada d2026-12-01", "ada h", "ada a", "ada@alias.example u", "bob d2026-12-01", "bob d2026-12-03")
    )
    assert occupied(clock, "ada", "bob") == {"ada": Occupant("user"), "bob": Occupant("deleted", date(2026, 12, 3))}
    assert head().counts == {"user": 1, "deleted": 1}


JUNK = ["o'brien", "a+b", "ADA LOVE", " ", "", "a\tb", "\U0001f600", "ä", "x" * 300, "x" * 64, "a@b", "-._"]


def test_junk_of_google_breaks_nothing_and_the_rest_is_found(clock: MovableClock) -> None:
    junk = [f"{name}\tu\t{SCHOOL}\n".encode() for name in JUNK]
    broken = [
        b"\n\n",
        b"no tabs\n",
        b"ada\td2026-13-45\texample.org\n",
        b"cyd\tz\texample.org\n",
        b"\xff\xfe\tu\n",
        b"",
    ]
    build(clock, [*junk, *broken, *listing("bob")])
    found = occupied(clock, *JUNK, "ada", "bob", "cyd")
    assert found.keys() == {"o'brien", "a+b", "x" * 64, "a@b", "-._", "bob"}


@given(
    st.lists(st.one_of(st.binary(max_size=40), st.text(max_size=40).map(lambda text: text.encode("utf-8", "replace"))))
)
def test_no_line_whatever_breaks_the_groups(lines: list[bytes]) -> None:
    groups = AddressGroups(DOMAINS)
    for line in lines:
        groups.take(line)
        groups.take(line + b"\tu\texample.org\n")
    groups.take(b"ada\tu\texample.org\n")
    names = {entry.name for shard in groups.shards(SCHOOL, 3) for entry in shard.entries()}
    assert "ada" in names
    assert groups.total(SCHOOL) == 0


@given(st.lists(st.text("ab12.", min_size=1, max_size=5)), st.integers(0, 10))
def test_groups_put_every_name_into_its_shard(names: list[str], bits: int) -> None:
    groups = AddressGroups(DOMAINS)
    for name in names:
        groups.add(SCHOOL, Entry(name, "user"))
    found = list(groups.shards(SCHOOL, bits))
    assert len(found) == 2**bits
    assert sorted(entry.name for shard in found for entry in shard.entries()) == sorted(set(names))


def test_more_names_are_spread_over_more_shards_and_fewer_over_fewer(clock: MovableClock) -> None:
    names = [f"{word}{number}x" for number in range(3000) for word in ("a", "b")]
    for generation, (listed, bits) in enumerate([(names[:10], 0), (names, 3), (names[:3000], 2), (names[:2], 0)], 1):
        build(clock, listing(*listed), generation)
        assert head().bits == bits
        assert occupied(clock, *names).keys() == set(listed)


# What it writes


def test_building_the_same_again_writes_no_shard(clock: MovableClock, datastore_server: DatastoreServer) -> None:
    pages = listing(*(f"name{number}x{number}" for number in range(5000)))
    build(clock, pages)
    before = shards()
    assert written_by(datastore_server, lambda: build(clock, pages)) == 0
    assert written_by(datastore_server, lambda: build(clock, pages, 2)) == 2  # a head for each domain
    assert shards() == before
    assert head().generation == 2


def test_only_shards_that_changed_are_written(clock: MovableClock, datastore_server: DatastoreServer) -> None:
    names = [f"{'abcdefghij'[number % 10]}{number}x" for number in range(9000)]
    build(clock, listing(*names))
    assert head().bits == 3
    names[5] = "another"
    assert written_by(datastore_server, lambda: build(clock, listing(*names), 2)) in {3, 4}
    assert occupied(clock, "another", "f5x").keys() == {"another"}


def test_deleted_names_whose_day_has_passed_are_free_without_another_build(clock: MovableClock) -> None:
    build(clock, listing("ada d2026-11-22"))
    clock.move(DAY)
    assert occupied(clock, "ada")
    clock.move(DAY)
    assert not occupied(clock, "ada")


def test_shards_out_of_force_go_after_an_hour_and_a_build(clock: MovableClock) -> None:
    build(clock, listing("ada"))
    taken = TakenNames(clock)
    first = set(shards())
    clock.move(DAY)
    taken.add(TENANT, SCHOOL, "bob", "user")
    taken.add(TENANT, SCHOOL, "cyd", "user")
    build(clock, listing("ada", "bob", "cyd"), 2)
    assert len(shards()) == 3  # the branch's and two of today, of which one is in force
    assert not first & {identity for identity in shards() if identity.startswith(SCHOOL)}
    clock.move(DAY)
    build(clock, listing("ada", "bob", "cyd"), 3)
    assert len(shards()) == 2
    assert occupied(clock, "ada", "bob", "cyd").keys() == {"ada", "bob", "cyd"}


def test_shard_that_is_missing_is_written_again(clock: MovableClock) -> None:
    build(clock, listing("ada"))
    before = shards()
    ndb.delete_multi(
        [key for key in ndb.Query(kind="NameShard", namespace=TENANT).iter(keys_only=True)]  # noqa: C416 - an iterator
    )
    build(clock, listing("ada"), 2)
    assert shards() == before
    assert occupied(clock, "ada")


def test_domain_that_the_customer_has_no_more_is_forgotten(clock: MovableClock) -> None:
    build(clock, listing("ada", f"bob@{BRANCH}"))
    build(clock, listing("ada"), 2, DOMAINS[:1])
    assert not TakenNames(clock).of(TENANT, BRANCH).exists
    assert {identity.partition("/")[0] for identity in shards()} == {SCHOOL}
    assert occupied(clock, "ada")


def test_domain_whose_name_begins_another_keeps_its_own_shards(clock: MovableClock) -> None:
    longer = WorkspaceDomain(f"{SCHOOL}.uk", is_primary=False, verified=True)
    build(clock, listing("ada", f"bob@{SCHOOL}.uk"), domains=(*DOMAINS, longer))
    build(clock, listing("ada", f"bob@{SCHOOL}.uk"), 2, (DOMAINS[1], longer))
    assert occupied(clock, "bob", domain=longer.name)
    assert not [identity for identity in shards() if identity.startswith(f"{SCHOOL}/")]


# What happens meanwhile


def test_name_added_while_the_listing_is_read_is_in_the_index(clock: MovableClock) -> None:
    build(clock, listing("ada"))
    taken = TakenNames(clock)
    read = interrupting(listing("ada"), lambda: taken.add(TENANT, SCHOOL, "bob", "user"))
    TakenIndexBuilder(clock).complete(TENANT, crawl(2), read)
    assert occupied(clock, "ada", "bob", "cyd").keys() == {"ada", "bob"}
    assert head().generation == 2


@pytest.mark.parametrize("built_before", [True, False])
def test_name_added_between_reading_and_flip_is_in_the_index(built_before: bool, clock: MovableClock) -> None:
    if built_before:
        build(clock, listing("ada"))
    taken = TakenNames(clock)

    def meanwhile() -> None:
        taken.add(TENANT, SCHOOL, "bob", "user")
        taken.add(TENANT, BRANCH, "cyd", "alias")

    build(BusyClock(meanwhile), listing("ada"), 2)
    assert occupied(clock, "ada", "bob", "cyd").keys() == {"ada", "bob"}
    assert occupied(clock, "ada", "bob", "cyd", domain=BRANCH) == {"cyd": Occupant("alias")}
    assert head().counts == {"user": 2}


def test_names_added_half_an_hour_before_a_reading_survive_it_and_older_ones_are_google_s(clock: MovableClock) -> None:
    taken = TakenNames(clock)
    build(clock, listing("ada"))
    clock.now = crawl(2).began - timedelta(minutes=31)
    taken.add(TENANT, SCHOOL, "bob", "user")
    clock.move(120)
    taken.add(TENANT, SCHOOL, "cyd", "user")
    build(clock, listing("ada"), 2)
    assert occupied(clock, "ada", "bob", "cyd").keys() == {"ada", "cyd"}


def test_records_of_added_names_go_after_three_days(clock: MovableClock) -> None:
    taken = TakenNames(clock)
    clock.now = crawl(1).began
    taken.add(TENANT, SCHOOL, "old", "user")
    clock.move(2)
    taken.add(TENANT, SCHOOL, "new", "user")
    clock.move(3 * DAY)
    build(clock, listing("ada"), 4)
    assert AddedName.query(namespace=TENANT).count() == 2
    clock.now = crawl(4).began + timedelta(seconds=1)
    later = replace(crawl(4), generation=5, began=clock.now)
    TakenIndexBuilder(clock).complete(TENANT, later, lambda: iter(listing("ada")))
    assert [added.entry.name for added in AddedName.query(namespace=TENANT)] == ["new"]


def test_earlier_reading_that_comes_again_changes_nothing(
    clock: MovableClock, datastore_server: DatastoreServer
) -> None:
    build(clock, listing("ada"))
    build(clock, listing("bob", f"cyd@{BRANCH}"), 2)
    assert written_by(datastore_server, lambda: build(clock, listing("ada"), 1, DOMAINS[:1])) == 0
    assert occupied(clock, "ada", "bob").keys() == {"bob"}
    assert occupied(clock, "cyd", domain=BRANCH)


def test_interrupted_build_leaves_the_index_in_force_and_can_be_repeated(clock: MovableClock) -> None:
    build(clock, listing("ada"))

    def killed() -> None:
        raise Unavailable("The task was killed.")

    with pytest.raises(Unavailable):
        TakenIndexBuilder(clock).complete(TENANT, crawl(2), interrupting(listing("bob"), killed))
    with pytest.raises(Unavailable):
        build(BusyClock(killed), listing("bob"), 2)
    assert occupied(clock, "ada", "bob").keys() == {"ada"}
    build(clock, listing("bob"), 2)
    assert occupied(clock, "ada", "bob").keys() == {"bob"}


def test_two_builds_of_one_reading_at_once_end_in_the_same_index(clock: MovableClock) -> None:
    pages = listing("ada", "bob")
    build(BusyClock(lambda: build(clock, pages)), pages)
    assert occupied(clock, "ada", "bob").keys() == {"ada", "bob"}
    assert head().generation == 1


def test_build_that_a_later_reading_overtakes_changes_nothing(clock: MovableClock) -> None:
    build(clock, listing("ada"))
    build(BusyClock(lambda: build(clock, listing("cyd"), 3)), listing("bob"), 2)
    assert occupied(clock, "ada", "bob", "cyd").keys() == {"cyd"}
    assert head().generation == 3
    assert NameIndex.query(namespace=TENANT).count() == 2
