"""How fields become text that an address can hold."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from provisioning.naming.patterns import Field, Take
from provisioning.naming.values import Language, Values, make_safe
from runtime.problems import BadRequest

SAFE = [
    ("Álvarez", "alvarez"),
    ("A\u0301lvarez", "alvarez"),
    ("O'Brien", "obrien"),
    ("O\u2019Brien", "obrien"),
    ("Jean Luc", "jeanluc"),
    ("Jean-Luc", "jean-luc"),
    ("Groß", "gross"),
    ("GROẞ", "gross"),
    ("Łukasz", "lukasz"),
    ("Søren", "soren"),
    ("Ærø", "aero"),
    ("Đorđe", "dorde"),
    ("王小明", "wangxiaoming"),
    ("Αλέξης", "alexes"),
    ("Жанна", "zhanna"),
    ("İpek", "ipek"),
    ("IŞIK", "isik"),
    ("a.b_c-d", "a.b_c-d"),
    ("_.-x-._", "x"),
    ("St.", "st"),
    ("5A", "5a"),
    ("a@b+c&d=e,f<g>h!", "abcdefgh"),
    ("[firstname]", "firstname"),
    ("...", ""),
    ("😀", ""),
    ("", ""),
    ("\ud800x", "x"),
    ("\u202eabc", "abc"),
]

IN_LANGUAGE = [
    ("Jäger", Language.NONE, "jager"),
    ("Jäger", Language.GERMAN, "jaeger"),
    ("JÄGER", Language.GERMAN, "jaeger"),
    ("Ja\u0308ger", Language.GERMAN, "jaeger"),
    ("Öztürk", Language.SWEDISH, "oeztuerk"),
    ("Ångström", Language.NONE, "angstrom"),
    ("Ångström", Language.FINNISH, "aangstroem"),
    ("Håkon", Language.NORWEGIAN, "haakon"),
    ("Søren", Language.GERMAN, "soren"),
    ("Søren", Language.DANISH, "soeren"),
    ("Groß", Language.GERMAN, "gross"),
]

TAKEN = [
    ("Carlos", Field("x", Take.CHARACTERS, 1), "c"),
    ("Carlos", Field("x", Take.CHARACTERS, 6), "carlos"),
    ("Carlos", Field("x", Take.CHARACTERS, 999), "carlos"),
    ("Ærø", Field("x", Take.CHARACTERS, 2), "ae"),
    ("Jean Luc Marie", Field("x", Take.WORDS, 1), "jean"),
    ("Jean Luc Marie", Field("x", Take.WORDS, 2), "jeanluc"),
    ("Jean Luc Marie", Field("x", Take.WORDS, 9), "jeanlucmarie"),
    ("😀 - Anna Maria", Field("x", Take.WORDS, 1), "anna"),
    ("王小明", Field("x", Take.WORDS, 1), "wangxiaoming"),
    ("Smith-Jones", Field("x", Take.WITHOUT_HYPHENS), "smithjones"),
    ("Smith\u2013Jones", Field("x", Take.WITHOUT_HYPHENS), "smithjones"),
    ("Ann-.-", Field("x", Take.WITHOUT_HYPHENS), "ann"),
    ("😀", Field("x", Take.WITHOUT_HYPHENS), ""),
    ("😀", Field("x", Take.WORDS, 3), ""),
]


@pytest.mark.parametrize(("value", "expected"), SAFE)
def test_value_is_made_safe(value: str, expected: str) -> None:
    assert make_safe(value) == expected


@pytest.mark.parametrize(("value", "language", "expected"), IN_LANGUAGE)
def test_value_is_made_safe_in_a_language(value: str, language: Language, expected: str) -> None:
    assert make_safe(value, language) == expected


@pytest.mark.parametrize(("value", "field", "expected"), TAKEN)
def test_part_of_a_value_is_taken(value: str, field: Field, expected: str) -> None:
    assert Values({"firstname": "A", "lastname": "B", "x": value}).text(field) == expected


def test_field_that_was_not_sent_is_empty() -> None:
    values = Values({"firstname": "A", "lastname": "B", "null": None, "Nick": "n"})
    assert [values.text(Field(name)) for name in ("null", "nick", "other")] == ["", "", ""]


@pytest.mark.parametrize(
    ("fields", "what"),
    [
        ({"lastname": "B"}, "firstname"),
        ({"firstname": "A"}, "lastname"),
        ({"firstname": "A", "lastname": " \t"}, "lastname"),
        ({"firstname": None, "lastname": "B"}, "firstname"),
        ({"firstname": "a" * 61, "lastname": "B"}, "more than 60"),
        ({"firstname": "A", "lastname": "B", "x": "a" * 201}, "more than 200"),
        ({"firstname": "😀", "lastname": "..."}, "Neither"),
    ],
)
def test_fields_that_cannot_be_used_are_refused(fields: dict[str, str | None], what: str) -> None:
    with pytest.raises(BadRequest, match=what):
        Values(fields)


def test_sixty_characters_are_accepted() -> None:
    assert len(Values({"firstname": "é" * 60, "lastname": "B"}).text(Field("firstname"))) == 60


@given(st.text(), st.sampled_from(Language))
def test_any_text_becomes_safe(text: str, language: Language) -> None:
    safe = make_safe(text, language)
    assert set(safe) <= set("abcdefghijklmnopqrstuvwxyz0123456789._-")
    assert safe == safe.strip("._-") == make_safe(safe, language)
