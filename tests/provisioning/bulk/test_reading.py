"""Rows of files, with their lines; every way in which one can be broken."""

import itertools
from collections.abc import Iterator

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from provisioning.bulk.file.decoding import DELIMITERS, ENCODINGS, UTF_8, WINDOWS_1252, Dialect, sniff
from provisioning.bulk.file.file_problem import FileProblem
from provisioning.bulk.file.lines import MAX_BYTES, MAX_ROW
from provisioning.bulk.file.reading import MAX_CELL, MAX_COLUMNS, MAX_ROWS, read_rows

COMMAS = Dialect(UTF_8, ",", is_certain=True)


def rows(text: str | bytes, dialect: Dialect = COMMAS) -> list[tuple[int, list[str]]]:
    return list(read_rows([text.encode() if isinstance(text, str) else text], dialect))


def problem(pieces: Iterator[bytes] | bytes, dialect: Dialect = COMMAS) -> FileProblem:
    with pytest.raises(FileProblem) as caught:
        for _ in read_rows([pieces] if isinstance(pieces, bytes) else pieces, dialect):
            pass
    return caught.value


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("a,b\nc,d\n", [(1, ["a", "b"]), (2, ["c", "d"])]),
        ("a,b\r\nc,d", [(1, ["a", "b"]), (2, ["c", "d"])]),
        ("a,b\rc,d\r", [(1, ["a", "b"]), (2, ["c", "d"])]),
        ("a,b\r\nc,d\ne,f\rg,h", [(1, ["a", "b"]), (2, ["c", "d"]), (3, ["e", "f"]), (4, ["g", "h"])]),
        ("\n\na\n\n , \nb\n", [(3, ["a"]), (6, ["b"])]),
        ('a,b\n"c\nd\r\ne",f\ng,h\n', [(1, ["a", "b"]), (2, ["c\nd\r\ne", "f"]), (5, ["g", "h"])]),
        ('a\n"c ""d"" e"\n', [(1, ["a"]), (2, ['c "d" e'])]),
        ('a,b\nO"Brien,5" disk\n', [(1, ["a", "b"]), (2, ['O"Brien', '5" disk'])]),
        ('a,b\nc, "d, e"\n', [(1, ["a", "b"]), (2, ["c", "d, e"])]),
        ("a,b,,\nc\nd,e,,\nf,g,,h\n", [(1, ["a", "b"]), (2, ["c", ""]), (3, ["d", "e"]), (4, ["f", "g", "", "h"])]),
        ("sep=,\r\na,b\r\nc,d", [(2, ["a", "b"]), (3, ["c", "d"])]),
        ("a\nsep=,\n", [(1, ["a"]), (2, ["sep="])]),
        ("\ufeffa\n'=1+1\n'it is\n''-2\n", [(1, ["a"]), (2, ["=1+1"]), (3, ["'it is"]), (4, ["'-2"])]),
        ("a\nb\x0bc\x85d\u2028e\n", [(1, ["a"]), (2, ["b\x0bc\x85d\u2028e"])]),
    ],
)
def test_rows_are_read_with_the_lines_where_they_begin(text: str, expected: list[tuple[int, list[str]]]) -> None:
    assert rows(text) == expected


@pytest.mark.parametrize("delimiter", DELIMITERS)
def test_columns_are_separated_by_what_the_dialect_says(delimiter: str) -> None:
    text = f"a{delimiter}b\nc{delimiter}d\n"
    assert rows(text, Dialect(UTF_8, delimiter, is_certain=True)) == [(1, ["a", "b"]), (2, ["c", "d"])]


@pytest.mark.parametrize("size", [1, 2, 3, 7, 100_000])
@pytest.mark.parametrize("codec", ["utf-8", "utf-8-sig", "utf-16", "utf-16-le", "utf-16-be", "cp1252"])
def test_it_does_not_matter_where_pieces_are_cut(codec: str, size: int) -> None:
    data = 'Vorname,"Näme"\r\nZoë,"Øde\r\ngård"\r\n'.encode(codec)
    pieces = [data[at : at + size] for at in range(0, len(data), size)]
    assert list(read_rows(pieces, sniff(data))) == [(1, ["Vorname", "Näme"]), (2, ["Zoë", "Øde\r\ngård"])]


def test_long_files_are_cut_within_characters_and_line_ends() -> None:
    """The pieces that are decoded together are 65,536 bytes: each offset puts something else at their ends."""
    line = 'Zoë,"Ød""e\r\ngård"\r\n'
    for offset in range(len(line.encode())):
        data = ("a" * offset + ",b\r\n" + line * 4000).encode()
        read = rows(data)
        assert len(read) == 4001
        assert {tuple(cells) for _, cells in read[1:]} == {("Zoë", 'Ød"e\r\ngård')}
        assert read[-1][0] == 2 + 2 * 3999


@pytest.mark.parametrize(
    ("text", "code", "line", "column"),
    [
        (b"", "no_rows", 0, 0),
        (b"\n\n", "no_rows", 0, 0),
        (b"a,b\n,\n", "no_rows", 0, 0),
        (b"\nAnna,Smith, anna@example.org\nBo,Jones,bo@example.org\n", "no_header", 2, 0),
        (b'a,b\nc,d\n"e,f\ng,h\n', "unclosed_quote", 3, 0),
        (b'a,b\nc,d\n"e,f\ng,"h"\n', "stray_quote", 3, 0),
        (b'a,b\n"Anna" Smith,c\n', "stray_quote", 2, 0),
        (b'a,b\n"' + b"c,d\n" * 20_000, "unclosed_quote", 2, 0),
        (b"a,b\nc,d\ne\0,f\n", "not_text", 3, 0),
        (b"a,b\nc,d\ne\xff,f\n", "encoding", 3, 0),
        (b"a,b\nc,d\ne\xc3", "encoding", 3, 0),
        (b"a\nb\n" + b"c," * MAX_COLUMNS + b"d\n", "too_many_columns", 3, 0),
        (b"a,b\n\nc," + b"d" * (MAX_CELL + 1), "cell_too_long", 3, 2),
        (b"a,b,c\n" + b",".join([b"d" * (MAX_ROW // 2)] * 2) + b",e", "row_too_long", 2, 0),
        (b"a\n" + b"b" * 3 * MAX_ROW, "row_too_long", 2, 0),
        (b"a\n" + b"," * 200_000, "row_too_long", 2, 0),
    ],
)
def test_what_is_wrong_is_told_with_its_line_and_what_to_do(text: bytes, code: str, line: int, column: int) -> None:
    found = problem(text)
    assert (found.code, found.line, found.column) == (code, line, column)
    assert found.status == 400
    assert found.advice
    assert not line or f"ine {line}" in found.what


def test_rows_before_a_fault_are_given() -> None:
    read = read_rows([b'a,b\nc,d\n"e'], COMMAS)
    assert list(itertools.islice(read, 2)) == [(1, ["a", "b"]), (2, ["c", "d"])]
    with pytest.raises(FileProblem, match="line 3"):
        next(read)


def test_caps_are_reached_but_not_passed() -> None:
    header = ",".join(f"c{number}" for number in range(MAX_COLUMNS))
    assert len(rows(header + ",,,\n" + "x," * MAX_COLUMNS)[1][1]) == MAX_COLUMNS
    assert len(rows("a\n" + "b" * MAX_CELL)[1][1][0]) == MAX_CELL
    quotes = ",".join(['"' + '""' * (MAX_ROW // 2) + '"'] * 2)
    assert sum(map(len, rows("a,b\n" + quotes)[1][1])) == MAX_ROW


def test_the_row_after_the_last_permitted_is_refused() -> None:
    pieces = itertools.chain([b"a\n"], itertools.repeat(b"b\n" * 10_000, 15), [b"\n\n"])
    read = list(read_rows(pieces, COMMAS))
    assert len(read) == MAX_ROWS + 1
    refused = problem(itertools.chain([b"a\n"], itertools.repeat(b"b\n" * 10_000, 16)))
    assert (refused.code, refused.line) == ("too_many_rows", MAX_ROWS + 2)


def test_a_file_that_is_too_large_is_refused_before_it_was_read() -> None:
    taken = []

    def pieces() -> Iterator[bytes]:
        for number in range(100):
            taken.append(number)
            yield (b" " * 9_999 + b"\n") * (MAX_BYTES // 100_000)

    assert problem(pieces()).code == "too_large"
    assert len(taken) == 11


@pytest.mark.parametrize(
    ("begin", "again", "code"),
    [
        (b'a,b\n"', b"c,d\n" * 20_000, "unclosed_quote"),
        (b'a,b\n"', b'\n",,,,,,,,"' * 8_000, "unclosed_quote"),
        (b"a,b\n", b"c" * 80_000, "row_too_long"),
        (b"a,b\n", b"," * 80_000, "row_too_long"),
    ],
)
def test_a_row_without_end_is_not_waited_for(begin: bytes, again: bytes, code: str) -> None:
    taken = []

    def pieces() -> Iterator[bytes]:
        yield begin
        for number in range(300):
            taken.append(number)
            yield again

    refused = problem(pieces())
    assert (refused.code, refused.line) == (code, 2)
    assert len(taken) < 3


def test_empty_lines_are_not_read_for_ever() -> None:
    refused = problem(itertools.repeat(b"\n" * 50_000, 100))
    assert refused.code == "too_many_lines"


def test_an_encoding_nobody_knows_is_refused() -> None:
    assert problem(b"a\nb", Dialect("EBCDIC", ",", is_certain=True)).code == "encoding"


def test_what_is_not_windows_1252_is_refused_with_its_line() -> None:
    assert problem(b"a\nb\n\x81", Dialect(WINDOWS_1252, ",", is_certain=False)).line == 3


def attempted(data: bytes, dialect: Dialect | None = None) -> list[tuple[int, list[str]]] | FileProblem:
    """Nothing else may come of any bytes."""
    try:
        return rows(data, dialect or sniff(data))
    except FileProblem as refused:
        return refused


def hold(read: list[tuple[int, list[str]]] | FileProblem) -> None:
    """What is true of all rows."""
    if isinstance(read, FileProblem):
        assert read.what
        return
    assert len(read) >= 2
    assert [line for line, _ in read] == sorted({line for line, _ in read})
    assert all(len(cells) >= len(read[0][1]) and any(cell.strip() for cell in cells) for _, cells in read)


@given(st.binary(max_size=300), st.sampled_from(ENCODINGS), st.sampled_from(DELIMITERS))
@settings(max_examples=300)
def test_any_bytes_are_rows_or_a_problem(data: bytes, encoding: str, delimiter: str) -> None:
    hold(attempted(data))
    hold(attempted(data, Dialect(encoding, delimiter, is_certain=True)))


@given(st.text(alphabet="ab,;\t\"\r\n'= é", max_size=60), st.sampled_from(["utf-8", "utf-16", "cp1252"]))
@settings(max_examples=500)
def test_any_text_is_rows_or_a_problem(text: str, codec: str) -> None:
    hold(attempted(text.encode(codec)))
