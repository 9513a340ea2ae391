"""Every example of docs/rules.md is true."""

from collections.abc import Iterator
from pathlib import Path

from provisioning.accounts.rule_rows import MATCHES
from provisioning.accounts.rules import GroupRule, Match, OrgUnitRule, groups_for, place

TEXT = (Path(__file__).parents[3] / "docs/rules.md").read_text()
_RULE = ("when", "column", "value")
MATCH: dict[str, Match] = {words: name for rows in MATCHES.values() for name, words in rows}  # type: ignore[misc]


def table(*header: str) -> Iterator[list[str]]:
    """The rows of the table with these columns."""
    _, _, rest = TEXT.partition(f"| {' | '.join(header)} |\n")
    for line in rest.splitlines()[1:]:
        if not line.startswith("|"):
            return
        yield [cell.strip() for cell in line.strip("|").split("|")]


def values(person: str) -> dict[str, str]:
    return dict(part.split("=") for part in person.split(", ") if "=" in part)


def test_accounts_go_where_the_document_says() -> None:
    rules = [OrgUnitRule(path, MATCH[when], column, value) for when, column, value, path in table(*_RULE, "goes to")]
    examples = list(table("person", "goes to"))
    assert (len(rules), len(examples)) == (3, 4)
    for person, path in examples:
        assert place(rules, "the default", values(person)) == path, person


def test_accounts_join_what_the_document_says() -> None:
    rules = [GroupRule(group, MATCH[when], column, value) for when, column, value, group in table(*_RULE, "joins")]
    examples = list(table("person", "joins"))
    assert (len(rules), len(examples)) == (3, 3)
    for person, groups in examples:
        path = person.rpartition("placed at ")[2]
        assert ", ".join(groups_for(rules, values(person), path)) == groups.replace("nothing", ""), person


def test_every_kind_of_rule_is_explained() -> None:
    assert {when for when, _ in table("when", "fits")} == set(MATCH)
