"""Every example of docs/patterns.md."""

import re
from pathlib import Path

import pytest

from provisioning.naming.candidates import drafts
from provisioning.naming.pattern_advice import advise
from provisioning.naming.patterns import DEFAULT_PATTERNS, check_patterns, format_patterns, parse_patterns
from provisioning.naming.policy import NamingPolicy
from provisioning.naming.values import Language, Values

TEXT = (Path(__file__).parents[3] / "docs/patterns.md").read_text()


def rows(*columns: str) -> list[list[str]]:
    """The cells of the table with these columns."""
    head = "| " + " | ".join(columns) + " |\n"
    table = TEXT.split(head, 1)[1].split("\n\n", 1)[0]
    return [[cell.strip() for cell in line.strip("|").split("|")] for line in table.splitlines()[1:]]


def code(cell: str) -> list[str]:
    return re.findall(r"`([^`]+)`", cell)


def names(patterns: str, fields: dict[str, str], count: int, language: str = "") -> list[str]:
    """The first names that rules allow."""
    policy = NamingPolicy(parse_patterns(patterns), language=Language(language))
    found: list[str] = []
    for draft in drafts(policy.patterns, Values(fields, policy.language)):
        numbered = (draft.numbered(number) for number in range(1, count + 1))
        verdicts = [policy.finish(parts) for parts in (numbered if draft.counts else [draft.parts])]
        found += [verdict.name for verdict in verdicts if not verdict.why]
    return found[:count]


def person(words: str) -> dict[str, str]:
    """The last names begin where the first names of the examples end."""
    first, last = re.fullmatch(r"(María José|\S+) (.+)", words).groups()  # type: ignore[union-attr]
    return {"firstname": first, "lastname": last}


@pytest.mark.parametrize(("pattern", "words", "expected"), rows("pattern", "person", "name"))
def test_example(pattern: str, words: str, expected: str) -> None:
    assert names(code(pattern)[0], person(words), len(code(expected))) == code(expected)


@pytest.mark.parametrize(("language", "words", "expected"), rows("language", "person", "`[lastname]`"))
def test_example_of_a_language(language: str, words: str, expected: str) -> None:
    assert names("[lastname]", person(words), 1, language.replace("none", "")) == code(expected)


def test_worked_example() -> None:
    blocks = [block.strip() for block in re.findall(r"\n\n((?:    .+\n)+)", TEXT)]
    fields = dict(re.findall(r"(\w+)=(\w+)", TEXT))
    patterns, expected = blocks[0], blocks[1].split()
    assert fields == {"firstname": "Carlos", "lastname": "Álvarez", "region": "CA", "group": "5A"}
    assert names(patterns, fields, len(expected)) == expected


@pytest.mark.parametrize(("pattern", "position", "because"), rows("pattern", "character", "because"))
def test_what_is_refused(pattern: str, position: str, because: str) -> None:
    [error] = check_patterns(code(pattern)[0])[1]
    assert (error.pattern, error.position) == (code(pattern)[0], int(position))
    assert error.reason.startswith(because)


@pytest.mark.parametrize(("patterns", "remark"), rows("patterns", "remark"))
def test_what_is_remarked_upon(patterns: str, remark: str) -> None:
    [advice] = advise(parse_patterns(code(patterns)[0]))
    assert remark in advice.remark


def test_standard_list_is_the_one_in_code() -> None:
    assert f"`{format_patterns(DEFAULT_PATTERNS)}`" in TEXT
