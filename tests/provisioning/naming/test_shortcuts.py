"""Evaluation takes shortcuts where there is nothing to do; here it is compared with the long way, for any input."""

import re
import unicodedata
from datetime import date
from string import ascii_lowercase, digits

import pytest
from hypothesis import example, given
from hypothesis import strategies as st
from unidecode import unidecode

from provisioning.naming.candidates import Origin, Part
from provisioning.naming.patterns import Field, Take
from provisioning.naming.policy import NamingPolicy, Why, _fitted, _repaired
from provisioning.naming.shards import Entry, Shard, pack, stem
from provisioning.naming.values import Language, Values, make_safe

WORDS = frozenset({"ab", "aba", "bb", "a.b", "c"})
GERMAN = {"ä": "ae", "ö": "oe", "ü": "ue", "å": "aa", "Ä": "Ae", "Ö": "Oe", "Ü": "Ue", "Å": "Aa"}
TEXT = st.text(st.one_of(st.characters(), st.characters(max_codepoint=127), st.sampled_from("äÖåÆß-._' ")), max_size=60)
PARTS = st.lists(
    st.one_of(
        st.builds(Part, st.text("abc._-", max_size=45), st.just(Origin.VALUE)),
        st.builds(Part, st.text("ab._-'", min_size=1, max_size=5), st.just(Origin.LITERAL)),
        st.builds(Part, st.integers(1, 10**9).map(str), st.just(Origin.COUNTER)),
    ),
    max_size=5,
).map(tuple)


def safe_the_long_way(value: str, language: Language) -> str:
    """Every step for every value, one character at a time."""
    text = unicodedata.normalize("NFC", value)
    text = "".join(GERMAN.get(c, c) for c in text) if language else text
    text = unidecode("".join(c for c in text if not 0xD800 <= ord(c) < 0xE000)).lower()
    return "".join(c for c in text if c in ascii_lowercase + digits + "._-").strip("._-")


@given(TEXT, st.sampled_from([Language.NONE, Language.GERMAN]))
@example("e\u0301", Language.NONE)
@example("\ud800Å\x00", Language.GERMAN)
def test_ascii_is_made_safe_as_anything_else_is(value: str, language: Language) -> None:
    assert make_safe(value, language) == safe_the_long_way(value, language)


def forbidden_the_long_way(parts: tuple[Part, ...]) -> str:
    """Every word at every place: forbidden where it begins before a boundary and ends after it."""
    name = "".join(part.text for part in parts)
    boundaries = [len("".join(part.text for part in parts[:end])) for end in range(1, len(parts))]
    found = [
        word
        for word in WORDS
        for start in range(len(name))
        if name.startswith(word, start) and any(start < end < start + len(word) for end in boundaries)
    ]
    return min(found, default="")


@given(PARTS)
@example((Part("a.", Origin.VALUE), Part(".b", Origin.VALUE)))
@example((Part("a", Origin.VALUE), Part("b-", Origin.VALUE)))
@example((Part("", Origin.VALUE),))
@example(())
def test_name_that_needs_no_repair_is_the_one_that_repair_leaves(parts: tuple[Part, ...]) -> None:
    verdict = NamingPolicy(forbidden_words=WORDS).finish(parts)
    repaired = _repaired(_fitted(_repaired(parts)))
    assert verdict.name == "".join(part.text for part in repaired)
    if verdict.why in {None, Why.FORBIDDEN}:
        assert verdict.detail == forbidden_the_long_way(repaired)
        assert (verdict.why is Why.FORBIDDEN) == bool(verdict.detail)


@pytest.mark.parametrize(
    ("field", "expected"),
    [
        (Field("firstname"), "jean-luc.marie"),
        (Field("firstname", Take.CHARACTERS, 4), "jean"),
        (Field("firstname", Take.CHARACTERS, 99), "jean-luc.marie"),
        (Field("firstname", Take.WORDS, 1), "jean-luc"),
        (Field("firstname", Take.WITHOUT_HYPHENS), "jeanluc.marie"),
        (Field("nickname"), ""),
        (Field("nickname", Take.CHARACTERS, 1), ""),
        (Field("Firstname"), ""),
    ],
)
def test_what_tokens_of_one_field_take_does_not_depend_on_their_order(field: Field, expected: str) -> None:
    sent = {"firstname": "Jean-Luc .Marie", "lastname": "Picard", "nickname": "…"}
    after_all = Values(sent)
    for take, count in ((Take.ALL, 0), (Take.CHARACTERS, 1), (Take.WORDS, 2), (Take.WITHOUT_HYPHENS, 0)):
        after_all.text(Field(field.name, take, count))
    assert after_all.text(field) == Values(sent).text(field) == expected


@given(st.sets(st.text(ascii_lowercase + digits + "._-'", min_size=1, max_size=64), max_size=20), st.integers(0, 400))
def test_look_up_finds_in_a_long_shard_what_is_there_and_nothing_else(names: set[str], more: int) -> None:
    taken = {*names, *(f"john.smith{number}" for number in range(0, 2 * more, 2))}
    shard = Shard.unpack(pack(Entry(name, "user") for name in taken))
    asked = {*taken, *(f"john.smith{number}" for number in range(2 * more)), *(name[:-1] for name in names), "", "~"}
    assert {name for name in asked if shard.find(name)} == taken


@given(st.binary(max_size=12) | st.text("a1.-\n", max_size=12).map(str.encode))
def test_stem_is_what_an_expression_leaves(key: bytes) -> None:
    bare = re.sub(rb"[._-]", b"", key)
    assert stem(key) == re.sub(rb"[0-9]{1,4}([^0-9]*)\Z", rb"\1", bare, count=1)


def test_look_up_at_every_place_of_a_shard() -> None:
    names = sorted({f"{letter * length}{number}" for letter in "az" for length in (1, 59) for number in range(60)})
    for count in range(len(names)):
        shard = Shard.unpack(pack(Entry(name, "deleted", date(2026, 11, 30)) for name in names[:count]))
        assert [name for name in names if shard.find(name)] == names[:count]


@given(
    st.sets(st.integers(0, 12_000), max_size=300),
    st.sets(st.text("ab19._-", min_size=1, max_size=8), max_size=200),
    st.sampled_from(["ab", "a", "a9", "~", "-"]),
    st.sampled_from(["", "b", "-9"]),
)
def test_numbers_in_a_long_shard_are_those_that_a_look_up_finds(
    numbers: set[int], others: set[str], before: str, after: str
) -> None:
    names = {f"{before}{number}{after}" for number in numbers} | others
    shard = Shard.unpack(pack(Entry(name, "user") for name in names))
    found = shard.numbers(before, after)
    assert numbers <= found
    assert all(shard.find(f"{before}{number}{after}") for number in found)
    assert not [n for n in range(2_000) if n not in found and f"{before}{n}{after}" in names]
