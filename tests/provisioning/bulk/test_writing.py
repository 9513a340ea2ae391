"""Files on their way out, and back in again."""

import csv
import io

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from provisioning.accounts.steps import Step
from provisioning.bulk.file.column_names import ColumnNames
from provisioning.bulk.file.decoding import UTF_8_BOM, Dialect, sniff
from provisioning.bulk.file.formulas import guard, unguard
from provisioning.bulk.file.mapping import guess_mapping
from provisioning.bulk.file.reading import read_rows
from provisioning.bulk.file.result_columns import PROBLEM, RESULT
from provisioning.bulk.file.values import values_of
from provisioning.bulk.file.writing import (
    RESULTS,
    delimiter_beside,
    failed_header,
    failed_row,
    results_header,
    results_row,
    to_csv,
    to_csv_row,
)
from provisioning.bulk.rows import Finding, Row

FORMULAS = ("=", "+", "-", "@", "\t", "\r", "\n", "\uff1d", "\uff0b", "\uff0d", "\uff20")
HEADER = ["Vorname", "Nachname", "Klasse"]
COLUMNS = ColumnNames(HEADER, {"first_name": 0, "last_name": 1, "class": 2})
TROUBLE = st.text(alphabet="ab=+-@'\"\t\r\n,; éＡ\uff1d😀\x1a\u2028", max_size=12)
CELLS = st.text(st.characters(exclude_characters="\0", exclude_categories=["Cs"]), max_size=12) | TROUBLE


@pytest.mark.parametrize(
    ("cell", "guarded"),
    [
        ("Anna", "Anna"),
        ("=1+1", "'=1+1"),
        ("+49 170", "'+49 170"),
        ("'=x", "''=x"),
        ("'s", "'s"),
        ("", ""),
        ("a=b", "a=b"),
        ("x;=1+1;y", "x;'=1+1;y"),
        ("x,@y", "x,'@y"),
        ('x; "=1', "x; \"'=1"),
        ("Mill Lane 1\n-\n\nB", "Mill Lane 1\n'-\n\nB"),
        ("x,'=y", "x,''=y"),
    ],
)
def test_formulas_are_guarded(cell: str, guarded: str) -> None:
    assert guard(cell) == guarded
    assert unguard(guarded) == cell


@given(TROUBLE)
def test_the_guard_is_taken_away_and_nothing_else(cell: str) -> None:
    assert unguard(guard(cell)) == cell
    assert not guard(cell).startswith(FORMULAS)


@given(st.lists(TROUBLE, min_size=1, max_size=3), st.sampled_from(",;"), st.sampled_from(",;\t"))
def test_no_cell_is_a_formula_by_whatever_separator_a_spreadsheet_goes(
    cells: list[str], written: str, split: str
) -> None:
    """As programs read that look for quotation marks at the beginning of cells only, and forgive all else."""
    text = to_csv_row(["x", *cells], written)
    for row in csv.reader(io.StringIO(text, newline=""), delimiter=split, strict=False):
        assert not [cell for cell in row if cell.startswith(("=", "+", "-", "@"))]


@pytest.mark.parametrize(
    ("cells", "row"),
    [
        (["a", "b c", ""], "a,b c,\r\n"),
        (['O"Brien', "a,b", "a;b", "a\tb"], '"O""Brien","a,b","a;b","a\tb"\r\n'),
        (["\r\n", " x"], '"\'\r\n"," x"\r\n'),
        (["=a,b"], '"\'=a,b"\r\n'),
    ],
)
def test_cells_are_quoted_where_they_must_be(cells: list[str], row: str) -> None:
    assert to_csv_row(cells) == row


def test_semicolons_are_written_where_they_were_uploaded() -> None:
    assert [delimiter_beside(uploaded) for uploaded in (",", ";", "\t")] == [",", ";", ","]
    data = b"".join(to_csv([["a;b", "c,d"], ["e", "=f"]], ";"))
    assert sniff(data).delimiter == ";"
    assert [cells for _, cells in read_rows([data], sniff(data))] == [["a;b", "c,d"], ["e", "=f"]]


@given(st.lists(st.lists(CELLS, min_size=3, max_size=3).map(lambda cells: ["x", *cells, "y"]), min_size=2, max_size=5))
@settings(max_examples=300)
def test_what_is_written_is_read_again(rows: list[list[str]]) -> None:
    data = b"".join(to_csv(rows))
    assert sniff(data).encoding == UTF_8_BOM
    assert [cells for _, cells in read_rows([data], Dialect(UTF_8_BOM, ",", is_certain=True))] == rows


@given(st.lists(st.lists(TROUBLE, min_size=2, max_size=2), min_size=1, max_size=4))
def test_other_programs_read_the_same_but_for_the_guard(rows: list[list[str]]) -> None:
    text = b"".join(to_csv(rows)).decode("utf-8-sig")
    assert list(csv.reader(io.StringIO(text, newline=""))) == [[guard(cell) for cell in cells] for cells in rows]


def row(state: str = "finished", **fields: object) -> Row:
    known = {"username": "anna.smith", "domain": "example.org", "cells": ["Anna", "Smith", "5A"], **fields}
    return Row(line=7, values={}, state=state, **known)  # type: ignore[arg-type]


def results(**fields: object) -> dict[str, str]:
    """Our columns beside the original ones."""
    made = results_row(COLUMNS, row(**fields))
    assert results_header(COLUMNS) == [*HEADER, *RESULT]
    assert made[:3] == ["Anna", "Smith", "5A"]
    return dict(zip(RESULT, made[3:], strict=True))


def test_results_say_what_became_of_each() -> None:
    steps = [Step("group", "5a@example.org", state="done"), Step("license", "a/b").failed("full", "No seat is left.")]
    made = results(planned="asmith", steps=steps)
    assert made == {
        "Line in file": "7",
        "Result": "Created",
        "Account created": "anna.smith@example.org",
        "Account deleted": "",
        "Username in preview": "asmith@example.org",
        "Follow-ups": "group 5a@example.org done; license a/b failed: No seat is left.",
        "Problem": "",
        "Problem in column": "",
        "Problem code": "",
    }


def test_only_another_username_than_the_previews_is_named() -> None:
    assert results(planned="anna.smith")["Username in preview"] == ""


def test_every_state_has_a_word_and_only_accounts_that_exist_or_did_are_named() -> None:
    address = "anna.smith@example.org"
    for state, word in RESULTS.items():
        made = results(state=state)
        assert made["Result"] == word
        assert made["Account created"] == (address if state in {"created", "finished", "kept"} else "")
        assert made["Account deleted"] == (address if state == "deleted" else "")


def test_who_is_left_to_another_list_is_not_said_to_have_an_account() -> None:
    findings = [Finding("comes_by_another", "Another list is about to open it.", "employee_id", "warning")]
    assert results(state="skipped", username="", findings=findings)["Result"] == "Left to another list"


def test_problems_come_with_their_columns_and_codes() -> None:
    findings = [
        Finding("name_missing", "A first name is needed.", "first_name"),
        Finding("odd", "Look at the class.", "class", "warning"),
    ]
    made = results(state="problem", findings=findings)
    assert made["Problem"] == "Vorname: A first name is needed. Klasse: Look at the class."
    assert made["Problem in column"] == "Vorname (column A, First name); Klasse (column C, class)"
    assert made["Problem code"] == "name_missing, odd"
    assert results(state="failed", code="invalid", sentence="Google refused it.")["Problem"] == "Google refused it."
    twice = [Finding("odd", "Look at it.", severity="warning")]
    assert results(state="failed", findings=twice, code="odd", sentence="Look at it.")["Problem"] == "Look at it."
    known = Finding("has_account", "Anna has a.smith@example.org.", "employee_id", "note")
    assert results(state="skipped", findings=[known])["Problem"] == (
        "Employee or student ID: Anna has a.smith@example.org."
    )
    assert results(findings=[Finding("cut", "The name was cut.", severity="note")])["Problem"] == ""


def test_failed_rows_can_be_uploaded_again_as_they_are_and_again() -> None:
    header, cells = HEADER, ["=Anna", "'Smith", "5\nA"]
    for _ in range(3):
        failed = row("failed", cells=cells, code="invalid", sentence="Google refused it.")
        columns = ColumnNames(header, {})
        data = b"".join(to_csv([failed_header(columns), failed_row(columns, failed)]))
        (_, header), (_, cells) = read_rows([data], sniff(data))
        assert header == [*HEADER, *PROBLEM]
        guess = guess_mapping(header, extra=["Klasse"])
        assert guess.is_complete
        assert values_of(cells, guess.fields) == {"first_name": "=Anna", "last_name": "'Smith", "Klasse": "5\nA"}


def test_a_row_wider_than_its_header_stays_so() -> None:
    header, cells = HEADER, ["Anna", "Smith", "Jr", "5A"]
    for _ in range(3):
        failed = row("problem", cells=cells)
        columns = ColumnNames(header, {})
        data = b"".join(to_csv([failed_header(columns), failed_row(columns, failed)]))
        (_, header), (_, cells) = read_rows([data], sniff(data))
        assert (cells[:3], cells[len(header) :]) == (["Anna", "Smith", "Jr"], ["5A"])


def test_a_short_row_is_filled_up() -> None:
    assert failed_row(COLUMNS, row("failed", cells=["Anna"], code="c", sentence="S."))[:4] == ["Anna", "", "", "S."]
