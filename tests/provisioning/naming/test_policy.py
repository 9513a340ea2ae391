"""What may be offered: the examples of source 003, Google's rules, repair, and words that nobody wants."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from provisioning.naming.candidates import drafts
from provisioning.naming.patterns import DEFAULT_PATTERNS, parse_patterns
from provisioning.naming.policy import DEFAULT_FORBIDDEN_WORDS, NamingPolicy, Verdict, Why, broken_rule
from provisioning.naming.values import Language, Values
from runtime.problems import BadRequest


def verdicts(
    patterns: str, fields: dict[str, str], policy: NamingPolicy | None = None, numbers: int = 2
) -> list[Verdict]:
    """Every candidate in order; of each counter the first `numbers`."""
    policy = policy or NamingPolicy()
    values = Values({"firstname": "", "lastname": ""} | fields, policy.language)
    return [
        policy.finish(draft.numbered(number))
        for draft in drafts(parse_patterns(patterns), values)
        for number in range(1, numbers + 1 if draft.counts else 2)
    ]


def names(patterns: str, fields: dict[str, str], policy: NamingPolicy | None = None, numbers: int = 2) -> list[str]:
    return [verdict.name for verdict in verdicts(patterns, fields, policy, numbers) if not verdict.why]


CARLOS = {"firstname": "Carlos", "lastname": "Álvarez"}
JOHN = {"firstname": "John", "lastname": "Smith"}


def test_worked_example_of_the_source_corrected() -> None:
    patterns = (
        "[firstname].[lastname], [C1_firstname].[lastname], [firstname][lastname]_[region], "
        "[firstname][lastname]_[group], [lastname]_nyc, [firstname][lastname][#]"
    )
    assert names(patterns, CARLOS | {"region": "CA", "group": "5A"}, numbers=3)[:8] == [
        "carlos.alvarez",
        "c.alvarez",
        "carlosalvarez_ca",
        "carlosalvarez_5a",
        "alvarez_nyc",
        "carlosalvarez1",
        "carlosalvarez2",
        "carlosalvarez3",
    ]


CASES = [
    (
        "[firstname].[lastname], [firstname][lastname], [C1_firstname].[lastname]_[secondLastname]",
        {"firstname": "Carlos", "lastname": "Alvarez", "secondLastname": "Martinez"},
        ["carlos.alvarez", "carlosalvarez", "c.alvarez_martinez"],
    ),
    ("[nickname][lastname]", {"firstname": "Jonathan", "lastname": "Bravo", "nickname": "Jonny"}, ["jonnybravo"]),
    ("[C1_firstname][lastname]", JOHN, ["jsmith"]),
    ("[firstname][lastname][#]", JOHN, ["johnsmith1", "johnsmith2"]),
    ("[#].[lastname]", JOHN, ["1.smith", "2.smith"]),
    ("[lastname]_nyc", JOHN, ["smith_nyc"]),
    ("[C1_firstname].[lastname][custom1],[C3_lastname]_[custom1]", JOHN | {"custom1": "X9"}, ["j.smithx9", "smi_x9"]),
    # A pattern whose field is missing, empty or leaves nothing is skipped, a counter or not.
    ("[nickname][lastname], [nickname][#], [lastname]", JOHN, ["smith"]),
    ("[nickname], [lastname]", JOHN | {"nickname": ""}, ["smith"]),
    ("[nickname], [lastname]", JOHN | {"nickname": "😀"}, ["smith"]),
    ("[Firstname], [lastname]", JOHN, ["smith"]),
    # Values are never scanned for tokens again.
    ("[nickname]", JOHN | {"nickname": "[lastname][#]"}, ["lastname"]),
    # The last resort.
    ("", JOHN, ["johnsmith1", "johnsmith2"]),
    (
        "",
        {"firstname": "Wolfeschlegel", "lastname": "Steinhausenberger"},
        ["wolfeschlsteinhaus1", "wolfeschlsteinhaus2"],
    ),
    ("[firstname].[lastname]", {"firstname": "😀", "lastname": "Smith"}, ["smith1", "smith2"]),
    ("[firstname]", {"firstname": "王小明", "lastname": "…"}, ["wangxiaoming", "wangxiaom1"]),
    # Dots squeezed, dangling separators dropped.
    ("[firstname].[lastname]", {"firstname": "J..P.", "lastname": ".Smith"}, ["j.p.smith"]),
    ("[C2_firstname].[lastname]", {"firstname": "J.P", "lastname": "Smith"}, ["j.smith"]),
    ("[lastname].[C5_firstname]", {"firstname": "Jean-Luc", "lastname": "Picard"}, ["picard.jean"]),
    ("[C5_firstname][lastname]", {"firstname": "Jean-Luc", "lastname": "Picard"}, ["jean-picard"]),
    ("[lastname]_", JOHN, ["smith_"]),
    # Hard names.
    ("[firstname].[lastname]", {"firstname": "Søren", "lastname": "Ærø"}, ["soren.aero"]),
    ("[firstname].[lastname]", {"firstname": "Miles", "lastname": "O'Brien"}, ["miles.obrien"]),
    ("[firstname].[lastname]", {"firstname": "A", "lastname": "B"}, ["a.b"]),
    ("[firstname].[W1_lastname]", {"firstname": "Gabriel", "lastname": "García Márquez"}, ["gabriel.garcia"]),
    ("[firstname].[H0_lastname]", {"firstname": "Ann", "lastname": "Smith-Jones"}, ["ann.smithjones"]),
    # Too long: the longest value is cut first, never the counter or the literal text.
    ("[firstname].[lastname]", {"firstname": "a" * 60, "lastname": "b" * 10}, ["a" * 53 + "." + "b" * 10]),
    ("[firstname].[lastname]", {"firstname": "a" * 60, "lastname": "b" * 60}, ["a" * 32 + "." + "b" * 31]),
    ("[firstname]_staff[#]", {"firstname": "a" * 60, "lastname": "b"}, ["a" * 57 + "_staff1", "a" * 57 + "_staff2"]),
    (
        "[firstname].[lastname]",
        {"firstname": "a" * 52 + "-" + "c" * 7, "lastname": "b" * 10},
        ["a" * 52 + "." + "b" * 10],
    ),
]


@pytest.mark.parametrize(("patterns", "fields", "expected"), CASES)
def test_candidates(patterns: str, fields: dict[str, str], expected: list[str]) -> None:
    assert names(patterns, fields)[: len(expected)] == expected
    assert all(broken_rule(name) == "" for name in names(patterns, fields))


def test_default_patterns() -> None:
    expected = ["johnsmith", "john.smith", "john_smith", "jsmith", "johns", "johnsmith1", "johnsmith2"]
    assert names(", ".join(pattern.text for pattern in DEFAULT_PATTERNS), JOHN) == expected


def test_counter_keeps_its_digits_when_a_long_name_is_cut() -> None:
    draft = next(
        drafts(parse_patterns("[lastname][firstname][#]"), Values({"firstname": "b" * 60, "lastname": "a" * 60}))
    )
    name = NamingPolicy().finish(draft.numbered(123_456)).name
    assert (len(name), name[-6:]) == (64, "123456")


def test_counter_that_no_longer_fits_is_not_offered() -> None:
    (draft, _) = drafts(parse_patterns("[firstname]" + "x" * 62 + "[#]"), Values(JOHN))
    assert NamingPolicy().finish(draft.numbered(9)) == Verdict("j" + "x" * 62 + "9")
    assert NamingPolicy().finish(draft.numbered(10)).why is Why.NOT_LEGAL


def test_language_of_the_domain_is_used() -> None:
    policy = NamingPolicy(language=Language.GERMAN)
    assert names("[firstname].[lastname]", {"firstname": "Jörg", "lastname": "Müller"}, policy)[0] == "joerg.mueller"


LEGAL = ["a", "a.b", "o'brien", "_a-", "-", "a" * 64, "1"]
NOT_LEGAL = ["", ".", ".a", "a.", "a..b", "a" * 65, "A", "a b", "a+b", "é", "a@b", "a&b", "a\n", "[a]"]


@pytest.mark.parametrize("name", LEGAL)
def test_google_accepts(name: str) -> None:
    assert broken_rule(name) == ""


@pytest.mark.parametrize("name", NOT_LEGAL)
def test_google_does_not_accept(name: str) -> None:
    assert broken_rule(name)


def test_reserved_names_are_not_offered() -> None:
    policy = NamingPolicy(reserved_words=frozenset({" John.Smith "}))
    found = verdicts("[firstname].[lastname], [lastname]", JOHN | {"lastname": "Smith"}, policy)
    assert [(verdict.name, verdict.why) for verdict in found[:2]] == [("john.smith", Why.RESERVED), ("smith", None)]
    for name in ("abuse", "Postmaster", "JOHN.smith"):
        assert policy.check(name).why is Why.RESERVED
    assert (
        NamingPolicy()
        .finish(next(drafts(parse_patterns("[lastname]"), Values({"firstname": "x", "lastname": "Abuse"}))).parts)
        .why
    )


FORBIDDEN = [
    ("Fiona", "Uckley", "[C1_firstname][lastname]", "fuck"),
    ("Sam", "Hitchens", "[C1_firstname][lastname]", "shit"),
    ("Dick", "Van Dyke", "[firstname].[lastname]", ""),
    ("Ann", "Dickens", "[firstname][lastname]", ""),
    ("Alfred", "Hitchcock", "[C1_firstname][lastname]", ""),
    ("Fiona", "Uckley", "[C1_firstname].[lastname]", ""),
    ("Fuck", "Shit", "[firstname][lastname]", ""),
    ("F", "U", "[firstname][lastname]ckx", "fuck"),
]


@pytest.mark.parametrize(("first", "last", "pattern", "word"), FORBIDDEN)
def test_forbidden_word_counts_only_where_parts_meet(first: str, last: str, pattern: str, word: str) -> None:
    verdict = verdicts(pattern, {"firstname": first, "lastname": last})[0]
    assert (verdict.why, verdict.detail) == ((Why.FORBIDDEN, word) if word else (None, ""))


def test_forbidden_words_of_the_domain_replace_the_default_ones() -> None:
    policy = NamingPolicy(forbidden_words=frozenset({"HNS", ""}))
    assert verdicts("[firstname][lastname]", JOHN, policy)[0].why is Why.FORBIDDEN
    assert names("[C1_firstname][lastname]", {"firstname": "F", "lastname": "Uckley"}, policy)[0] == "fuckley"
    assert all(len(word) > 3 and word.islower() for word in DEFAULT_FORBIDDEN_WORDS)


@pytest.mark.parametrize(
    "choice",
    [
        {"number_of_suggestions": 0},
        {"number_of_suggestions": 11},
        {"hold_seconds": 0},
        {"hold_seconds": -1},
        {"hold_seconds": 86_401},
        {"hold_seconds": float("nan")},
    ],
)
def test_policy_refuses_numbers_out_of_range(choice: dict[str, float]) -> None:
    with pytest.raises(BadRequest):
        NamingPolicy(**choice)  # type: ignore[arg-type]


TOKENS = st.sampled_from(
    [
        "[firstname]",
        "[lastname]",
        "[C1_firstname]",
        "[C7_lastname]",
        "[W1_x]",
        "[H0_lastname]",
        "[x]",
        "[#]",
        ".",
        "_",
        "-a",
        "q'",
    ]
)
FIELDS = st.fixed_dictionaries(
    {"firstname": st.text(min_size=1, max_size=60), "lastname": st.text(min_size=1, max_size=60)},
    optional={"x": st.text(max_size=200)},
)


@given(st.lists(st.lists(TOKENS, min_size=1, max_size=8).map("".join), max_size=5), FIELDS, st.sampled_from(Language))
def test_candidates_are_legal_and_the_same_each_time(
    patterns: list[str], fields: dict[str, str], language: Language
) -> None:
    policy = NamingPolicy(language=language)

    def run() -> list[Verdict] | str:
        try:
            filled = drafts(parse_patterns(",".join(patterns)), Values(fields, language))
            return [policy.finish(draft.numbered(n)) for draft in filled for n in (1, 12, 10**9)]
        except BadRequest as error:
            return error.what

    found = run()
    assert found == run()
    assert isinstance(found, str) or all(verdict.why or not broken_rule(verdict.name) for verdict in found)
    assert isinstance(found, str) or Why.NOT_LEGAL not in {verdict.why for verdict in found}
