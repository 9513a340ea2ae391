"""docs/bulk.md says what the code does."""

import re
from pathlib import Path

import pytest

from provisioning.bulk.file.columns import FIELD_OF_HEADER, FIELDS, header_key
from provisioning.bulk.file.decoding import ENCODINGS
from provisioning.bulk.file.file_problem import FileProblem
from provisioning.bulk.file.lines import MAX_BYTES, MAX_LINES, MAX_ROW
from provisioning.bulk.file.reading import MAX_CELL, MAX_COLUMNS, MAX_ROWS
from provisioning.bulk.file.result_columns import PROBLEM, RESULT
from provisioning.bulk.file.values import several

TEXT = (Path(__file__).parents[3] / "docs/bulk.md").read_text()
ROWS = re.findall(r"^\| `(\w+)` \| ([^|]+) \| ([^|]+) \|$", TEXT, re.MULTILINE)
FLAT = " ".join(TEXT.split())


def test_every_field_is_explained_and_no_other() -> None:
    assert [(name, label) for name, label, _ in ROWS] == [(name, spec.label) for name, spec in FIELDS.items()]


@pytest.mark.parametrize(("name", "others"), [(name, others) for name, _, others in ROWS])
def test_columns_called_so_are_recognised(name: str, others: str) -> None:
    assert {FIELD_OF_HEADER[header_key(header)] for header in several(others)} == {name}


def test_encodings_and_numbers_are_those_of_the_code() -> None:
    assert all(encoding in TEXT for encoding in ENCODINGS)
    numbers = f"{MAX_BYTES >> 20} MB, {MAX_ROWS:,} rows ({MAX_LINES:,} lines, empty ones too), {MAX_COLUMNS} columns"
    assert f"{numbers}, and {MAX_ROW:,} characters in a row" in FLAT
    assert MAX_CELL == MAX_ROW


def test_codes_are_those_of_the_code() -> None:
    named = re.search(r"fault: (.*?)\. line", " ".join((FileProblem.__doc__ or "").split()))
    assert named
    table = TEXT.partition("| code |")[2].partition("\n\n")[0]
    assert set(re.findall(r"`(\w+)`", table)) == set(named[1].split(", "))


def test_our_columns_are_named_in_their_order() -> None:
    assert ", ".join(RESULT) in FLAT
    assert len(PROBLEM) == 3
