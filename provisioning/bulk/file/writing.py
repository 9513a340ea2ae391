"""Files for spreadsheets: CSV as Excel reads it unasked, formulas guarded; and the results of a job. Pure."""

from collections.abc import Iterable, Iterator, Sequence

from provisioning.accounts.steps import Step
from provisioning.bulk.file.column_names import ColumnNames
from provisioning.bulk.file.formulas import guard
from provisioning.bulk.file.result_columns import PROBLEM, RESULT, is_ours
from provisioning.bulk.rows import Finding, Row

BOM = "\ufeff"
"""By it Excel knows UTF-8."""
_QUOTED = frozenset(',;\t\r\n"')
"""What a cell is quoted for: whatever may separate columns, so that the file reads the same by any of them."""

RESULTS = {
    "ready": "Not created yet",
    "problem": "Left out",
    "skipped": "Has an account already",
    "intent": "Being created",
    "created": "Created, follow-ups open",
    "finished": "Created",
    "failed": "Not created",
    "review": "A person has to decide",
    "deleted": "Deleted again",
    "kept": "Created, and kept when the others were deleted",
}
"""In the words of the file, by the state of the row."""
EXPECTED = "Left to another list"
"""The same, of one that another job was about to make."""


def to_csv_row(cells: Sequence[str], delimiter: str = ",") -> str:
    """One row with its line end, guarded against formulas; `read_rows` gives the same cells again."""
    return delimiter.join(_quoted(guard(cell)) for cell in cells) + "\r\n"


def to_csv(rows: Iterable[Sequence[str]], delimiter: str = ",") -> Iterator[bytes]:
    """A whole file, row by row: UTF-8 with a byte order mark, as Excel and Google's console want it."""
    yield BOM.encode()
    for row in rows:
        yield to_csv_row(row, delimiter).encode()


def delimiter_beside(uploaded: str) -> str:
    """For files to whoever uploaded one with this delimiter.

    Where Excel writes semicolons it puts a row with commas into one cell; so do the settings of most of Europe.
    """
    return ";" if uploaded == ";" else ","


def results_header(columns: ColumnNames) -> list[str]:
    """Of the file of results: the original columns, then ours."""
    return [*_original(columns.header, columns.header), *RESULT]


def results_row(columns: ColumnNames, row: Row) -> list[str]:
    """What became of one person. columns: the original file's."""
    created, deleted = (row.address if done else "" for done in (row.exists, row.state == "deleted"))
    planned = f"{row.planned}@{row.domain}" if row.planned and row.planned != row.username else ""
    follow_ups = "; ".join(_of_step(step) for step in row.steps if row.state != "skipped")
    result = EXPECTED if row.is_expected else RESULTS[row.state]
    ours = (str(row.line), result, created, deleted, planned, follow_ups, *_problem(columns, row))
    return [*_original(columns.header, row.cells), *ours, *row.cells[len(columns.header) :]]


def failed_header(columns: ColumnNames) -> list[str]:
    """Of the file of rows that were not created; it can be mended and uploaded as it is."""
    return [*_original(columns.header, columns.header), *PROBLEM]


def failed_row(columns: ColumnNames, row: Row) -> list[str]:
    """One of them, with what stood in the way. columns: the original file's.

    Text beyond the header comes last, so that the row is as wrong as it was when nobody mends it.
    """
    return [*_original(columns.header, row.cells), *_problem(columns, row), *row.cells[len(columns.header) :]]


def _quoted(cell: str) -> str:
    if not _QUOTED.isdisjoint(cell) or cell != cell.strip():
        return '"' + cell.replace('"', '""') + '"'
    return cell


def _original(header: Sequence[str], cells: Sequence[str]) -> list[str]:
    """The cells under the header's columns, but those that we added to an earlier file."""
    padded = [*cells, *[""] * (len(header) - len(cells))]
    return [cell for name, cell in zip(header, padded, strict=False) if not is_ours(name)]


def _problem(columns: ColumnNames, row: Row) -> tuple[str, str, str]:
    """Sentences, columns and codes of what stood or stands in the way."""
    explains = row.state in {"problem", "skipped"}
    seen = [finding for finding in row.findings if explains or finding.severity == "warning"]
    if row.sentence:
        seen = [*seen, Finding(row.code, row.sentence)]
    sentences = " ".join(dict.fromkeys(_sentence(columns, row, finding) for finding in seen))
    named = dict.fromkeys(columns.of(finding.column, row.cells) for finding in seen if finding.column)
    return sentences, "; ".join(named), ", ".join(dict.fromkeys(finding.code for finding in seen))


def _sentence(columns: ColumnNames, row: Row, finding: Finding) -> str:
    return f"{columns.short(finding.column, row.cells)}: {finding.sentence}" if finding.column else finding.sentence


def _of_step(step: Step) -> str:
    what = f"{step.kind} {step.target}".strip()
    reason = f": {step.sentence}" if step.sentence else ""
    return f"{what} {step.state}{reason}"
