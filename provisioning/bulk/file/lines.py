"""The lines of a file's text, counted as editors count, and bounded. Pure."""

import io
from collections.abc import Iterable, Iterator

from provisioning.bulk.file.decoding import declared_delimiter, decoder, unreadable
from provisioning.bulk.file.file_problem import FileProblem

MAX_BYTES = 30 * 1024 * 1024
"""App Engine takes requests of 32 MB."""
MAX_LINES = 1_000_000
"""Also empty ones, which cost time as well; ours."""
MAX_ROW = 10_000
"""Characters of all cells of a row; ours. Rows that are stored together fit into an entity, but for what does not
compress (25 rows of 8,000 random Chinese characters do not)."""

_LONGEST = 2 * MAX_ROW + 1000
"""Characters of a row as it is written: each may be a quotation mark, which is doubled."""
_SPLIT = "Leave out what is not needed, or split it into several files."
_STEP = 1 << 16
"""Bytes decoded together."""


def check_size(size: int) -> None:
    """Raises FileProblem when a file of so many bytes is too large."""
    if size > MAX_BYTES:
        raise FileProblem("too_large", f"The file has more than {MAX_BYTES // 1024**2} MB.", advice=_SPLIT)


class Lines:
    """An iterator for csv.reader: each line with its end, which may be LF, CR or both; all of them in one file too.

    number: how many lines were given. row_began: the line where the present row begins, kept by `begin_row`.
    Raises FileProblem: too_large, too_many_lines, encoding, not_text, unclosed_quote, row_too_long.
    """

    def __init__(self, pieces: Iterable[bytes], encoding: str) -> None:
        self.number = 0
        self.row_began = 1
        self._row_length = 0
        self._encoding = encoding
        self._lines = self._split(self._texts(_steps(pieces)))

    def __iter__(self) -> Iterator[str]:
        return self

    def __next__(self) -> str:
        line = next(self._lines)
        self.number += 1
        if self.number == 1 and declared_delimiter(line):
            self.begin_row()
            return next(self)
        self._row_length += len(line)
        if self._row_length > _LONGEST:
            raise self.row_too_long()
        if self.number > MAX_LINES:
            raise FileProblem("too_many_lines", f"The file has more than {MAX_LINES:,} lines.", advice=_SPLIT)
        if "\0" in line:
            raise FileProblem("not_text", f"Line {self.number:,} holds bytes that are not text.", line=self.number)
        return line

    def begin_row(self) -> None:
        """The row before was read to its end."""
        self.row_began = self.number + 1
        self._row_length = 0

    def row_too_long(self) -> FileProblem:
        """What is wrong with the present row: it is too long, or goes on because of a lone quotation mark."""
        if self.number > self.row_began:
            return self.unclosed_quote()
        what = f"The row on line {self.row_began:,} has more than {MAX_ROW:,} characters."
        return FileProblem("row_too_long", what, line=self.row_began, advice="Shorten its cells.")

    def unclosed_quote(self) -> FileProblem:
        """A cell of the present row has no end."""
        return FileProblem(
            "unclosed_quote", f"In the row that begins on line {self.row_began:,}, a quotation mark opens a cell and "
            "nothing closes it.", line=self.row_began,
            advice='Take the mark away, or write one at the end of the cell. One within a cell is written twice: "".',
        )  # fmt: skip

    def _texts(self, steps: Iterator[bytes]) -> Iterator[str]:
        first = next(steps, b"")
        incremental = decoder(self._encoding, first)
        try:
            yield incremental.decode(first)
            for step in steps:
                yield incremental.decode(step)
            yield incremental.decode(b"", final=True)
        except UnicodeDecodeError as error:
            before = error.object[: error.start]
            line = self.number + 1 + max(before.count(b"\n"), before.count(b"\r"))
            raise unreadable(self._encoding, line) from error

    def _split(self, texts: Iterable[str]) -> Iterator[str]:
        rest = ""
        for text in texts:
            lines = io.StringIO(rest + text, newline="").readlines()
            # The last line may go on in the next text, and its CR may be half of an end.
            rest = lines.pop() if lines and not lines[-1].endswith("\n") else ""
            yield from lines
            if len(rest) > _LONGEST:
                raise self.row_too_long()
        if rest:
            yield rest


def _steps(pieces: Iterable[bytes]) -> Iterator[bytes]:
    """The same bytes, in pieces of _STEP; so the first is long enough to tell the byte order by."""
    size, rest = 0, b""
    for piece in pieces:
        size += len(piece)
        check_size(size)
        joined = rest + piece
        whole = len(joined) - len(joined) % _STEP
        for start in range(0, whole, _STEP):
            yield joined[start : start + _STEP]
        rest = joined[whole:]
    yield rest
