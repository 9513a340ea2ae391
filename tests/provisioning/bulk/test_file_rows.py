"""Rows of a file as they are kept."""

from provisioning.bulk.file.column_names import ColumnNames
from provisioning.bulk.file.decoding import Dialect
from provisioning.bulk.file.file_rows import NOT_KEPT, FileRows
from provisioning.bulk.file.reading import read_rows
from provisioning.bulk.file.writing import failed_header, failed_row, to_csv

HEADER = ["First name", "Last name", "Password", "OU"]
WIDE = ["Anna", "Smith", " Jr", "s3cret-9x", "/Students"]
MAPPING = {"first_name": 0, "last_name": 1, "password": 2, "org_unit": 3}


def test_a_row_is_kept_without_its_password() -> None:
    row, password = FileRows(HEADER, MAPPING).row(7, ["Anna", " Smith ", " s3cret-9x ", "/"])
    assert password == "s3cret-9x"
    assert (row.line, row.cells) == (7, ["Anna", " Smith ", "", "/"])
    assert row.values == {"first_name": "Anna", "last_name": "Smith", "org_unit": "/"}
    assert row.findings == []


def test_a_file_need_not_have_passwords() -> None:
    row, password = FileRows(HEADER[:2], {"first_name": 0, "last_name": 1}).row(7, ["Anna", "Smith"])
    assert (row.cells, password) == (["Anna", "Smith"], "")


def test_a_second_column_of_passwords_is_not_kept_either() -> None:
    row, password = FileRows(["Name", "Password", "Kennwort"], {"full_name": 0, "password": 1}).row(
        7, ["A B", "c", "d"]
    )
    assert (row.cells, password) == (["A B", "", ""], "c")


def test_a_row_that_is_too_wide_is_a_problem_and_holds_no_password_anywhere() -> None:
    row, password = FileRows(HEADER, MAPPING).row(7, WIDE)
    assert password == ""
    assert "s3cret-9x" not in str(row)
    assert row.values == {"first_name": "Anna", "last_name": "Smith"}
    (finding,) = row.findings
    assert (finding.code, finding.severity) == ("cells_beyond_header", "error")
    assert "5 cells" in finding.sentence


def test_a_row_that_was_too_wide_is_too_wide_when_it_comes_back() -> None:
    row, _ = FileRows(HEADER, MAPPING).row(7, WIDE)
    columns = ColumnNames(HEADER, MAPPING)
    data = b"".join(to_csv([failed_header(columns), failed_row(columns, row)]))
    (_, header), (line, cells) = read_rows([data], Dialect("UTF-8", ",", is_certain=True))
    again, _ = FileRows(header, MAPPING).row(line, cells)
    assert [finding.code for finding in again.findings] == ["cells_beyond_header"]
    assert NOT_KEPT in again.cells
