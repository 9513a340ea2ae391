"""Rows of a CSV file, one after another: memory does not grow with them. Pure."""

import csv
import re
from collections.abc import Iterable, Iterator, Sequence

from provisioning.bulk.file.column_names import column_words
from provisioning.bulk.file.decoding import Dialect
from provisioning.bulk.file.file_problem import FileProblem
from provisioning.bulk.file.formulas import unguard
from provisioning.bulk.file.lines import MAX_ROW, Lines

MAX_ROWS = 150_000
"""As many as the Google Admin console takes; the header does not count."""
MAX_COLUMNS = 100
MAX_CELL = 10_000
"""Characters; ours, as are the number of columns and MAX_ROW."""
_ADDRESS = re.compile(r"[^@\s]{1,64}@[^@\s]+\.[^@\s.]+")


def read_rows(pieces: Iterable[bytes], dialect: Dialect) -> Iterator[tuple[int, list[str]]]:
    """The line where each row begins, from 1, and its cells without our formula guard; the first row is the header.

    Rows without text are left out. The others are as wide as the header; one that has text beyond it is wider.
    Raises FileProblem as it gets to what is wrong; rows given before are right.
    """
    rows = _rows(Lines(pieces, dialect.encoding), dialect.delimiter)
    header = next(rows, None)
    if header is None:
        raise FileProblem(
            "no_rows", "The file is empty.", advice="Upload a header, and a row for each person below it."
        )
    _refuse_a_person(*header)
    width = _width(header[1])
    yield header[0], header[1][:width]
    count = 0
    for count, (line, cells) in enumerate(rows, 1):
        if count > MAX_ROWS:
            raise _too_many_rows(line)
        yield line, _fitted(cells, width)
    if not count:
        raise FileProblem(
            "no_rows", "There is no row below the header.", advice="Write a row for each person below it."
        )


def _refuse_a_person(line: int, header: Sequence[str]) -> None:
    """Without a header the first person would be taken for one, and get no account."""
    address = next((cell.strip() for cell in header if _ADDRESS.fullmatch(cell.strip())), None)
    if address:
        raise FileProblem(
            "no_header", f"Line {line:,} holds an email address ({address}), so it is a person's, and no header.",
            advice="Write the names of the columns into a row above it.", line=line,
        )  # fmt: skip


def _rows(lines: Lines, delimiter: str) -> Iterator[tuple[int, list[str]]]:
    """Every row with text in it."""
    reader = csv.reader(lines, delimiter=delimiter, strict=True, skipinitialspace=True)
    header: list[str] = []
    while (raw := _next_row(reader, lines)) is not None:
        cells = [unguard(cell) for cell in raw]
        if any(cell.strip() for cell in cells):
            _check(cells, lines, header)
            header = header or cells
            yield lines.row_began, cells
        lines.begin_row()


def _next_row(reader: Iterator[list[str]], lines: Lines) -> list[str] | None:
    try:
        return next(reader, None)
    except csv.Error as error:
        # The module tells its two complaints apart by their words only.
        if "unexpected end" in str(error):
            raise lines.unclosed_quote() from error
        raise _stray_quote(lines) from error


def _check(cells: Sequence[str], lines: Lines, header: Sequence[str]) -> None:
    line = lines.row_began
    if len(cells) > MAX_COLUMNS and _width(cells) > MAX_COLUMNS:
        what = f"The row on line {line:,} has more than {MAX_COLUMNS} columns."
        raise FileProblem("too_many_columns", what, advice="Leave out columns that are not needed.", line=line)
    lengths = [len(cell) for cell in cells]
    if max(lengths) > MAX_CELL:
        at = lengths.index(max(lengths))
        where = f"{column_words(at, header)}, line {line:,}"
        raise FileProblem(
            "cell_too_long", f"{where}: the cell has more than {MAX_CELL:,} characters.",
            line=line, column=at + 1, advice="Shorten it; perhaps a quotation mark before it is never closed.",
        )  # fmt: skip
    if sum(lengths) > MAX_ROW:
        raise lines.row_too_long()


def _width(cells: Sequence[str]) -> int:
    """How many cells there are up to the last one with text."""
    return next((at for at in range(len(cells), 0, -1) if cells[at - 1].strip()), 0)


def _fitted(cells: list[str], width: int) -> list[str]:
    if len(cells) > width:
        return cells[: max(width, _width(cells))]
    return cells + [""] * (width - len(cells))


def _too_many_rows(line: int) -> FileProblem:
    advice = "Split it into several files, and upload one after another."
    return FileProblem("too_many_rows", f"The file has more than {MAX_ROWS:,} rows.", advice=advice, line=line)


def _stray_quote(lines: Lines) -> FileProblem:
    where = f"on line {lines.number:,}"
    if lines.number > lines.row_began:
        where = f"in the row from line {lines.row_began:,} to line {lines.number:,}"
    return FileProblem(
        "stray_quote", f"Text follows the closing quotation mark of a cell {where}.", line=lines.row_began,
        advice='Perhaps one before it is never closed. A quotation mark within a cell is written twice: "".',
    )  # fmt: skip
