"""Rules as people type them: rows come back as they were read, are moved without loss, and say what is wrong."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from provisioning.accounts.rule_rows import (
    MOST_RULES,
    RuleRow,
    fields_of,
    group_rules,
    rearranged,
    rows_of,
    typed_rows,
    unit_rules,
)
from provisioning.accounts.rules import GroupRule, OrgUnitRule
from provisioning.bulk.file.columns import header_key
from runtime.problems import BadRequest

UNITS = ("/", "/Staff", "/Students", "/Students/5a")
WORD = st.text("abcde/[]@. ", max_size=6).map(str.strip)
ROWS = st.lists(st.builds(RuleRow, st.sampled_from(["equals", "always"]), st.text("abc", max_size=4), WORD, WORD))


@given(ROWS.filter(lambda rows: len(rows) <= MOST_RULES))
def test_rows_are_read_as_they_are_shown(rows: list[RuleRow]) -> None:
    squeezed = [
        RuleRow(row.match, row.column, " ".join(row.value.split()), " ".join(row.target.split())) for row in rows
    ]
    assert typed_rows({**fields_of("unit", rows), **fields_of("group", [RuleRow()])}, "unit") == squeezed


@given(ROWS.filter(bool), st.data())
def test_moving_loses_nothing_and_leaves_the_rest_of_the_form(rows: list[RuleRow], data: st.DataObject) -> None:
    typed = {"letter": "x", **fields_of("unit", [RuleRow("always", target="/Staff")]), **fields_of("group", rows)}
    before = typed_rows(typed, "group")
    at = data.draw(st.integers(0, len(before) - 1))
    down, moved = rearranged(typed, f"group down {at}")
    assert sorted(map(repr, typed_rows(down, "group"))) == sorted(map(repr, before))
    back, _ = rearranged(down, f"group up {moved.at}")
    assert typed_rows(back, "group") == before or at == len(before) - 1
    assert {name: down[name] for name in typed if not name.startswith("group-")} == {
        name: value for name, value in typed.items() if not name.startswith("group-")
    }


def test_a_row_is_added_at_the_end_and_removed_where_it_stands() -> None:
    typed = fields_of("unit", [RuleRow(target="/Staff"), RuleRow(target="/Students")])
    more, added = rearranged(typed, "unit add 2")
    assert (typed_rows(more, "unit")[2].is_blank, added.at, added.said) == (True, 2, "Rule 3 is new, and empty.")
    fewer, removed = rearranged(more, "unit remove 0")
    assert [row.target for row in typed_rows(fewer, "unit")] == ["/Students", ""]
    assert (removed.at, removed.said) == (0, "Rule 1 is removed; 2 left.")
    _, last = rearranged(fields_of("unit", [RuleRow()]), "unit remove 0")
    assert last.at == -1


@pytest.mark.parametrize("button", ["", "unit", "unit up", "unit up x", "unit up 1", "unit fly 0", "x up 0"])
def test_what_is_no_button_is_refused(button: str) -> None:
    with pytest.raises(BadRequest):
        rearranged(fields_of("unit", [RuleRow()]), button)


def test_rules_are_read_without_what_they_do_not_look_at() -> None:
    units, wrong = unit_rules(
        [RuleRow("always", "class", "5", "/Students/[class]"), RuleRow(), RuleRow("begins", "class", "5", "/Staff")],
        UNITS,
    )
    assert (units, wrong) == ((OrgUnitRule("/Students/[class]"), OrgUnitRule("/Staff", "begins", "class", "5")), {})
    groups, wrong = group_rules([RuleRow("under", "class", "/Staff", "A@x.example"), RuleRow()], UNITS)
    assert (groups, wrong) == ((GroupRule("a@x.example", "under", "", "/Staff"),), {})
    assert group_rules(rows_of(groups), UNITS) == (groups, {})
    assert unit_rules(rows_of(units), UNITS) == (units, {})


@pytest.mark.parametrize(
    ("row", "field"),
    [
        (RuleRow("equals", "class", "", "/Staff"), "value"),
        (RuleRow("equals", "", "5", "/Staff"), "column"),
        (RuleRow("equals", "first.name", "5", "/Staff"), "column"),
        (RuleRow("under", "", "/Staff", "/Staff"), "match"),
        (RuleRow("always", target="/Nowhere"), "target"),
        (RuleRow("always", target="Staff"), "target"),
        (RuleRow("always", target="/Nowhere/[class]"), "target"),
        (RuleRow("always", target="/Students/[class"), "target"),
        (RuleRow("always", target="/Students/[a b]"), "target"),
        (RuleRow("always", target="/" + "x" * 500), "target"),
        (RuleRow("equals", "class", "5", ""), "target"),
    ],
)
def test_each_mistake_in_a_rule_for_units_is_named_where_it_is(row: RuleRow, field: str) -> None:
    _, wrong = unit_rules([RuleRow("always", target="/[class]"), row], UNITS)
    assert list(wrong) == [f"unit-1-{field}"]
    assert wrong[f"unit-1-{field}"].startswith("Rule 2: ")


@pytest.mark.parametrize(
    ("row", "field"),
    [
        (RuleRow("under", "", "/Nowhere", "a@x.example"), "value"),
        (RuleRow("always", target="teachers"), "target"),
        (RuleRow("always", target="a@b@c"), "target"),
        (RuleRow("always", target="[a@x.example"), "target"),
    ],
)
def test_each_mistake_in_a_rule_for_groups_is_named_where_it_is(row: RuleRow, field: str) -> None:
    _, wrong = group_rules([row, RuleRow("always", target="class-[class]@x.example")], UNITS)
    assert list(wrong) == [f"group-0-{field}"]


@pytest.mark.parametrize(
    ("heading", "name"),
    [
        ("class", "class"),
        ("Cost Center", "Cost_Center"),
        (" Führungs-Klasse ", "Fuhrungs_Klasse"),
        ("E\u0301cole", "Ecole"),
    ],
)
def test_headings_become_names_of_fields(heading: str, name: str) -> None:
    [row] = typed_rows({"unit-0-column": heading, "unit-0-target": "/"}, "unit")
    assert row.column == name
    assert header_key(name) == header_key(heading)


def test_there_is_a_most() -> None:
    rows = [RuleRow("always", target="/Staff")] * (MOST_RULES + 5)
    read = typed_rows(fields_of("unit", rows), "unit")
    _, wrong = unit_rules(read, UNITS)
    assert "At most" in wrong[f"unit-{MOST_RULES}-target"]
    assert unit_rules(read[:MOST_RULES], UNITS)[1] == {}
