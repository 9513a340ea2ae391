"""Shards: every name put in is found, nothing else is, and counters are answered from one of them."""

from datetime import date, timedelta
from itertools import count, islice, takewhile

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from provisioning.naming import shards
from provisioning.naming.occupancy import Occupant
from provisioning.naming.shards import (
    Entry,
    Shard,
    counter_blocks,
    fitting_bits,
    line_of,
    pack,
    shard_of,
    spelled,
    stem,
    text_of,
)

TODAY = date(2026, 11, 21)
KINDS = ("user", "alias", "group", "group alias", "other", "deleted")
alike = st.text(alphabet="abJ12._-'+", min_size=1, max_size=8)
junk = st.one_of(st.text(max_size=12), st.text(min_size=60, max_size=300), alike.map(lambda name: f"{name}\n{name}"))
names = st.one_of(alike, junk)
bits = st.integers(0, 10)


@st.composite
def entries(draw: st.DrawFn, name: st.SearchStrategy[str] = names) -> Entry:
    kind = draw(st.sampled_from(KINDS))
    until = draw(st.dates(TODAY - timedelta(30), TODAY + timedelta(30))) if kind == "deleted" else None
    return Entry(draw(name), kind, until)


def can_be_taken(name: str) -> bool:
    lower = name.lower()
    return lower.isascii() and 1 <= len(lower) <= 64 and all(33 <= ord(character) < 127 for character in lower)


def strongest(found: list[Entry]) -> tuple[str, date | None]:
    best = min(found, key=lambda entry: (KINDS.index(entry.kind), -(entry.until or date.min).toordinal()))
    return best.kind, best.until


@given(st.lists(entries(), max_size=40), bits)
def test_every_name_is_found_with_its_kind_in_its_shard_and_no_other_is(given_entries: list[Entry], bits: int) -> None:
    by_shard: dict[int, list[Entry]] = {}
    for entry in given_entries:
        by_shard.setdefault(shard_of(entry.name, bits), []).append(entry)
    unpacked = {number: Shard.unpack(pack(each)) for number, each in by_shard.items()}
    taken: dict[str, list[Entry]] = {}
    for entry in given_entries:
        if can_be_taken(entry.name):
            taken.setdefault(entry.name.lower(), []).append(entry)
    for name, found in taken.items():
        entry = unpacked[shard_of(name, bits)].find(name)
        assert entry
        assert (entry.name, (entry.kind, entry.until)) == (name, strongest(found))
    assert sum(len(list(shard.entries())) for shard in unpacked.values()) == len(taken)


@given(st.lists(entries(), max_size=30), names)
def test_name_that_was_not_put_in_is_not_found(given_entries: list[Entry], other: str) -> None:
    shard = Shard.unpack(pack(given_entries))
    expected = other.lower() in {entry.name.lower() for entry in given_entries} and can_be_taken(other)
    assert bool(shard.find(other)) is expected


@given(st.lists(entries(), max_size=30))
def test_packing_what_was_unpacked_changes_nothing(given_entries: list[Entry]) -> None:
    packed = pack(given_entries)
    shard = Shard.unpack(packed)
    assert shard.pack() == packed == pack(shard.entries()) == pack(reversed(list(shard.entries())))
    assert Shard.unpack(shard.pack()).digest == shard.digest


@given(st.lists(entries(), max_size=20), entries())
def test_adding_is_as_if_it_had_been_there_from_the_beginning(given_entries: list[Entry], new: Entry) -> None:
    before = Shard.unpack(pack(given_entries))
    after = before.adding(new)
    assert after.data == Shard.unpack(pack([*given_entries, new])).data
    assert (after is before) is (after.data == before.data)


def test_adding_to_a_large_shard_finds_the_place_at_every_edge() -> None:
    """The fences of a shard's stretches, its first line and its last one among the neighbours."""
    names = [f"person{number:03d}" for number in range(0, 900, 3)]
    shard = Shard.unpack(pack(Entry(name, "alias") for name in names))
    assert len(shard.data) > 3 * 1024
    for number in range(-1, 901):
        new = Entry(f"person{number:03d}", "user")
        assert shard.adding(new).data == text_of([*shard.data.split(b"\n"), line_of(new)])


@given(st.lists(entries(), max_size=30))
def test_counts_say_how_many_names_each_kind_has(given_entries: list[Entry]) -> None:
    shard = Shard.unpack(pack(given_entries))
    kinds = [entry.kind for entry in shard.entries()]
    assert shard.counts() == {kind: kinds.count(kind) for kind in set(kinds)}


@given(st.lists(st.integers(0, 400)), st.text("ab1.-", max_size=3), st.text("ab2._", max_size=3))
def test_numbers_are_those_taken_as_a_counter_writes_them(taken: list[int], before: str, after: str) -> None:
    lines = [Entry(f"{before}{number}{after}", "user") for number in taken]
    noise = [Entry(f"{before}x{after}", "user"), Entry(f"{before}007{after}", "alias"), Entry(f"z{before}5", "user")]
    shard = Shard.unpack(pack([*lines, *noise]))
    expected = {number for number in range(500) if shard.find(f"{before}{number}{after}")}
    assert shard.numbers(before.upper(), after) == expected
    assert expected >= set(taken)


@given(names, names)
def test_junk_around_a_counter_takes_nothing_that_is_not_there(before: str, after: str) -> None:
    shard = Shard.unpack(pack([Entry("a1", "user"), Entry("b2", "user")]))
    assert shard.numbers(before, after) == {n for n in range(10) if shard.find(f"{before}{n}{after}")}


def test_deleted_name_counts_up_to_its_day() -> None:
    shard = Shard.unpack(pack([Entry("ada", "deleted", TODAY), Entry("ada7", "deleted", TODAY)]))
    assert shard.occupant(b"ada", TODAY) == Occupant("deleted", TODAY)
    assert shard.occupant(b"ada", TODAY + timedelta(1)) is None
    assert shard.numbers("ada", "", TODAY) == {7}
    assert shard.numbers("ada", "", TODAY + timedelta(1)) == set()


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("john.smith", "johnsmith"),
        ("John_Smith-17", "johnsmith"),
        ("johnsmith12345", "johnsmith1"),
        ("s1234567", "s123"),
        ("12345678", "1234"),
        ("john.17.smith", "johnsmith"),
        ("5a1234", "5a"),
        ("a12b", "ab"),
        ("o'brien3", "o'brien"),
    ],
)
def test_stem(name: str, expected: str) -> None:
    assert stem(spelled(name)) == expected.encode()


@given(names, bits)
def test_fewer_shards_are_the_same_shards_put_together(name: str, bits: int) -> None:
    assert shard_of(name, bits) == shard_of(name, shards.MAX_BITS) % 2**bits
    assert shard_of(name, bits) == shard_of(name.lower(), bits)


@example("", "1111", 0)
@given(st.text("ab12._-", max_size=4), st.text("ab12._-", max_size=4), st.integers(0, 200_000))
def test_names_of_a_block_share_a_shard_and_blocks_leave_nothing_out(before: str, after: str, start: int) -> None:
    blocks = list(islice(counter_blocks(after, start), 5))
    assert blocks[0].start == start
    assert [block.stop for block in blocks[:-1]] == [block.start for block in blocks[1:]]
    for block in blocks:
        assert len({stem(spelled(f"{before}{number}{after}")) for number in (*block[:50], *block[-50:])}) == 1


def test_ten_thousand_numbers_lie_in_a_few_blocks() -> None:
    blocks = takewhile(lambda block: block.start <= 10_001, counter_blocks(".smith", 1))
    assert len(list(blocks)) == 5
    assert len({shard_of(f"john{number}", shards.MAX_BITS) for number in range(1, 10_001)}) <= 2


@pytest.mark.parametrize(
    ("total", "expected"), [(0, 0), (999, 0), (1_600, 1), (8_000, 3), (1_000_000, 10), (9_000_000, 10)]
)
def test_number_of_shards_grows_with_the_names(total: int, expected: int) -> None:
    assert fitting_bits(total) == expected


@given(st.integers(0, 2_000_000), bits)
def test_number_of_shards_stays_while_it_fits(total: int, current: int) -> None:
    kept = fitting_bits(total, current)
    assert kept == current or not 500 <= total / 2**current <= 2000
    assert fitting_bits(total, kept) == kept


def test_shards_are_evenly_full() -> None:
    sizes = [0] * 1024
    for number in islice(count(), 100_000):
        sizes[shard_of(f"{'abcdefghij'[number % 10]}{number * 2_654_435_761 % 2**32:x}", 10)] += 1
    assert max(sizes) < 200
