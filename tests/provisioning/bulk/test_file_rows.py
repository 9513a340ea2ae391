"""Rows of a file as they are kept."""

from provisioning.bulk.decoding import Dialect
from provisioning.bulk.file_rows import NOT_KEPT, row_of
from provisioning.bulk.reading import read_rows
from provisioning.bulk.writing import failed_header, failed_row, to_csv

HEADER = ["First name", "Last name", "Password", "OU"]
MAPPING = {"first_name": 0, "last_name": 1, "password": 2, "org_unit": 3}


def test_a_row_is_kept_without_its_password() -> None:
    row, password = row_of(7, ["Anna", " Smith ", " s3cret-9x ", "/"], 4, MAPPING)
    assert password == "s3cret-9x"
    assert (row.line, row.cells) == (7, ["Anna", " Smith ", "", "/"])
    assert row.values == {"first_name": "Anna", "last_name": "Smith", "org_unit": "/"}
    assert row.findings == []


def test_a_file_need_not_have_passwords() -> None:
    row, password = row_of(7, ["Anna", "Smith"], 2, {"first_name": 0, "last_name": 1})
    assert (row.cells, password) == (["Anna", "Smith"], "")


def test_a_row_that_is_too_wide_is_a_problem_and_holds_no_password_anywhere() -> None:
    row, password = row_of(7, ["Anna", "Smith", " Jr", "s3cret-9x", "/Students"], 4, MAPPING)
    assert password == ""
    assert "s3cret-9x" not in str(row)
    assert row.values == {"first_name": "Anna", "last_name": "Smith"}
    (finding,) = row.findings
    assert (finding.code, finding.severity) == ("cells_beyond_header", "error")
    assert "5 cells" in finding.sentence


def test_a_row_that_was_too_wide_is_too_wide_when_it_comes_back() -> None:
    row, _ = row_of(7, ["Anna", "Smith", " Jr", "s3cret-9x", "/Students"], 4, MAPPING)
    data = b"".join(to_csv([failed_header(HEADER), failed_row(HEADER, row)]))
    (_, header), (line, cells) = read_rows([data], Dialect("UTF-8", ",", is_certain=True))
    again, _ = row_of(line, cells, len(header), MAPPING)
    assert [finding.code for finding in again.findings] == ["cells_beyond_header"]
    assert NOT_KEPT in again.cells
