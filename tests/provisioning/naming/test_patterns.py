"""The grammar: what parses, what is refused, and where it says so."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from provisioning.naming.patterns import (
    DEFAULT_PATTERNS,
    MAX_LIST_LENGTH,
    MAX_PATTERNS,
    Counter,
    Field,
    Literal,
    PatternError,
    Take,
    check_patterns,
    format_patterns,
    parse_pattern,
    parse_patterns,
)
from runtime.problems import BadRequest

TOKENS = [
    ("[firstname]", (Field("firstname"),)),
    ("[secondLastname]", (Field("secondLastname"),)),
    ("[custom_1]", (Field("custom_1"),)),
    ("[C1_firstname][lastname]", (Field("firstname", Take.CHARACTERS, 1), Field("lastname"))),
    ("[C12_nickname]", (Field("nickname", Take.CHARACTERS, 12),)),
    ("[C01_nickname]", (Field("nickname", Take.CHARACTERS, 1),)),
    ("[C999999999_nickname]", (Field("nickname", Take.CHARACTERS, 999_999_999),)),
    ("[W2_lastname]", (Field("lastname", Take.WORDS, 2),)),
    ("[H0_lastname]", (Field("lastname", Take.WITHOUT_HYPHENS),)),
    ("[" + "a" * 60 + "]", (Field("a" * 60),)),
    ("[Firstname]", (Field("Firstname"),)),
    ("[W12_lastname][#]", (Field("lastname", Take.WORDS, 12), Counter())),
    ("[H00_lastname]", (Field("lastname", Take.WITHOUT_HYPHENS),)),
    ("[C1_C2_x]", (Field("C2_x", Take.CHARACTERS, 1),)),
    ("[C_firstname]", (Field("C_firstname"),)),
    ("[c1_firstname]", (Field("c1_firstname"),)),
    ("[firstname][#]", (Field("firstname"), Counter())),
    ("[#]", (Counter(),)),
    ("x[#]y", (Literal("x"), Counter(), Literal("y"))),
    ("[lastname]_NYC", (Field("lastname"), Literal("_nyc"))),
    ("_[lastname]-", (Literal("_"), Field("lastname"), Literal("-"))),
    ("o'[lastname]", (Literal("o'"), Field("lastname"))),
    ("[a].[b]", (Field("a"), Literal("."), Field("b"))),
]

ERRORS = [
    ("[first-name]", 1, "no field name"),
    ("[ x ]", 1, "no field name"),
    ("[]", 1, "no field name"),
    ("[##]", 1, "no field name"),
    ("[1a]", 1, "no field name"),
    ("[C1_]", 1, "no field name"),
    ("[C1_1a]", 1, "no field name"),
    ("a[fírst]", 2, "no field name"),
    ("[C0_firstname]", 2, "starts at 1"),
    ("[W0_firstname]", 2, "starts at 1"),
    ("[H1_firstname]", 2, "followed by 0"),
    ("[C1234567890_firstname]", 2, "too large"),
    ("[C" + "9" * 3000 + "_firstname]", 2, "too large"),
    ("[firstname", 1, "never closed"),
    ("ab[", 3, "never closed"),
    ("[[firstname]]", 1, "no field name"),
    ("[firstname]]", 12, "never opened"),
    ("]", 1, "never opened"),
    ("[#][firstname][#]", 15, "at most one"),
    ("[firstname] [lastname]", 12, "a space"),
    ("[firstname]\n[lastname]", 12, "a space"),
    ("[firstname]+x", 12, "“+”"),
    ("[firstname]é", 12, "“é”"),
    ("[firstname]\u212a", 12, "“\u212a”"),  # the Kelvin sign, whose lower case is an ordinary k
    ("[firstname]\x00", 12, "U+0000"),
    ("[firstname]@x.de", 12, "“@”"),
    ("[firstname]..[lastname]", 13, "two dots"),
    (".[firstname]", 1, "beginning"),
    ("[firstname].", 12, "at the end"),
    ("abuse", 1, "keeps this name"),
    ("Postmaster", 1, "keeps this name"),
    ("[firstname]" + "x" * 64, 1, "no room"),
    ("[a]" * 65, 1, "no room"),
    ("x[" + "a" * 61 + "]", 2, "at most 60"),
    ("[C1_" + "a" * 61 + "]", 1, "at most 60"),
]


def refused(text: str) -> PatternError | None:
    try:
        parse_patterns(text)
    except PatternError as error:
        return error
    return None


@pytest.mark.parametrize(("text", "tokens"), TOKENS)
def test_pattern_is_parsed(text: str, tokens: tuple[object, ...]) -> None:
    assert parse_pattern(text).tokens == tokens


@pytest.mark.parametrize(("text", "position", "reason"), ERRORS)
def test_bad_pattern_is_refused_with_its_position(text: str, position: int, reason: str) -> None:
    with pytest.raises(PatternError) as caught:
        parse_patterns(f"[firstname], {text} ,[lastname]")
    assert (caught.value.pattern, caught.value.position) == (text.strip(), position)
    assert reason in caught.value.reason
    assert isinstance(caught.value, BadRequest)
    assert str(position) in caught.value.what


def test_list_is_split_trimmed_and_emptied_of_blanks() -> None:
    patterns = parse_patterns(" [firstname] ,, \n[lastname][#] , ")
    assert [pattern.text for pattern in patterns] == ["[firstname]", "[lastname][#]"]
    assert [pattern.counts for pattern in patterns] == [False, True]
    assert parse_patterns("") == parse_patterns(" , ,") == ()


def test_comma_inside_brackets_is_an_error_and_not_a_field() -> None:
    with pytest.raises(PatternError, match="never closed"):
        parse_patterns("[first,name]")


def test_default_list() -> None:
    assert format_patterns(DEFAULT_PATTERNS) == (
        "[firstname][lastname], [firstname].[lastname], [firstname]_[lastname], "
        "[C1_firstname][lastname], [firstname][C1_lastname]"
    )


def test_list_that_is_too_long_is_refused() -> None:
    assert parse_patterns("," * MAX_LIST_LENGTH) == ()
    with pytest.raises(PatternError, match="at most 4000 characters"):
        parse_patterns("," * MAX_LIST_LENGTH + " ")


def test_list_of_too_many_is_refused_at_the_first_that_is_too_many() -> None:
    full = ",".join(f"[a{number}]" for number in range(MAX_PATTERNS))
    assert len(parse_patterns(full + ",,")) == MAX_PATTERNS
    error = refused(f"{full},[b],[c]")
    assert error
    assert (error.pattern, error.reason) == ("[b]", "a list has at most 100 patterns")


def test_all_errors_are_told_at_once_and_the_rest_can_be_used() -> None:
    patterns, errors = check_patterns("[a], [b, c], [C0_d], [e][#]")
    assert [pattern.text for pattern in patterns] == ["[a]", "[e][#]"]
    assert [(error.pattern, error.position) for error in errors] == [("[b", 1), ("c]", 2), ("[C0_d]", 2)]
    first = refused("[a], [b, c], [C0_d], [e][#]")
    assert first
    assert (first.pattern, first.position) == ("[b", 1)


@given(st.text(alphabet="[]#CWH019_-.,' abcé\n", max_size=40) | st.text(max_size=40))
def test_any_text_parses_or_says_where_it_is_wrong(text: str) -> None:
    error = refused(text)
    if error:
        assert error.pattern in text
        assert 1 <= error.position <= len(error.pattern)
    else:
        patterns = parse_patterns(text)
        assert parse_patterns(format_patterns(patterns)) == patterns
