"""What a file turns out to be."""

import codecs
import io
import zipfile

import pytest

from provisioning.bulk.file.decoding import UTF_8, UTF_8_BOM, UTF_16, WINDOWS_1252, Dialect, sniff
from provisioning.bulk.file.file_problem import FileProblem

TABLE = "Vorname;Nachname;Klasse\r\nJörg;Müßig;5A\r\nZoë;Ødegård;5B\r\n"


def problem(head: bytes) -> FileProblem:
    with pytest.raises(FileProblem) as caught:
        sniff(head)
    return caught.value


@pytest.mark.parametrize(
    ("codec", "mark", "dialect"),
    [
        ("utf-8", b"", Dialect(UTF_8, ";", is_certain=True)),
        ("utf-8", codecs.BOM_UTF8, Dialect(UTF_8_BOM, ";", is_certain=True)),
        ("utf-16-le", codecs.BOM_UTF16_LE, Dialect(UTF_16, ";", is_certain=True)),
        ("utf-16-be", codecs.BOM_UTF16_BE, Dialect(UTF_16, ";", is_certain=True)),
        ("utf-16-le", b"", Dialect(UTF_16, ";", is_certain=True)),
        ("utf-16-be", b"", Dialect(UTF_16, ";", is_certain=True)),
        ("cp1252", b"", Dialect(WINDOWS_1252, ";", is_certain=False)),
    ],
)
def test_encodings_are_recognised_and_the_last_resort_says_that_it_is_one(
    codec: str, mark: bytes, dialect: Dialect
) -> None:
    assert sniff(mark + TABLE.encode(codec)) == dialect


def test_utf_16_without_a_mark_is_recognised_by_its_commas() -> None:
    table = "Họ và tên,Lớp\n" + "Nguyễn Văn Ấn,Lớp Một\n" * 3
    for codec in ("utf-16-le", "utf-16-be"):
        assert sniff(table.encode(codec)) == Dialect(UTF_16, ",", is_certain=True)


def test_a_beginning_may_end_within_a_character() -> None:
    data = ("Name\n" + "é" * 10).encode()
    assert {sniff(data[:end]).encoding for end in range(6, len(data))} == {UTF_8}


def test_a_letter_far_down_tells_when_all_of_the_file_is_given() -> None:
    data = b"First name,Last name\r\n" + b"Anna,Smith\r\n" * 20_000 + "Jörg,Groß\r\n".encode("cp1252")
    assert sniff(data) == Dialect(WINDOWS_1252, ",", is_certain=False)


@pytest.mark.parametrize(
    ("text", "delimiter"),
    [
        ("First,Last\nAnna,Smith\n", ","),
        ("First;Last\nAnna;Smith\n", ";"),
        ("First\tLast\nAnna\tSmith\n", "\t"),
        ("Name;Email\nSmith, Anna;a@example.org\nJones, Bo;b@example.org\n", ";"),
        ('"Last, First, Middle";Email\n"Smith, Anna, M";a@example.org\n', ";"),
        ("First;Last;Groups\nAnna;Smith;a@x.org,b@x.org,c@x.org\n", ";"),
        ("Last, First;Class;Email\nSmith, Anna;5A;a@x.org\nO, Bo;5B;b@x.org\n", ";"),
        ("Name\nAnna Smith\n", ","),
        ("Name\nSmith, Anna\nJones, Bo\n", ","),
        ("sep=;\nName,First;Last,Second\na,b;c,d\n", ";"),
        ('"sep=\t"\nName,First\tLast,Second\n', "\t"),
        ("\n\nFirst;Last\n\nAnna;Smith\n", ";"),
        ('First,Last\n"An\nna;;;;;;",Smith\n', ","),
    ],
)
def test_the_delimiter_is_the_one_that_fits_the_rows(text: str, delimiter: str) -> None:
    assert sniff(text.encode()).delimiter == delimiter


def zipped(*names: str) -> bytes:
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w") as archive:
        for name in names:
            archive.writestr(name, "application/vnd.oasis.opendocument.spreadsheet" if name == "mimetype" else "x")
    return file.getvalue()


@pytest.mark.parametrize(
    ("head", "what", "advice"),
    [
        (zipped("[Content_Types].xml", "_rels/.rels", "xl/workbook.xml"), "Excel workbook", "Save as, CSV UTF-8"),
        (zipped("mimetype", "content.xml"), "OpenDocument spreadsheet", "In LibreOffice"),
        (zipped("[Content_Types].xml", "word/document.xml"), "Word", "spreadsheet"),
        (zipped("Index/Document.iwa"), "Numbers", "Export to, CSV"),
        (zipped("people.csv"), "ZIP", "Unpack"),
        (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + b"\0" * 100, "old Excel workbook", "Save as, CSV UTF-8"),
        (b"%PDF-1.7\n%\xe2\xe3\xcf\xd3", "PDF", "spreadsheet"),
        (b"{\\rtf1\\ansi", "Rich Text", "spreadsheet"),
        (b"\x1f\x8b\x08\x00", "GZIP", "Unpack"),
        (b"\x89PNG\r\n\x1a\n", "picture", "spreadsheet"),
        (b"\xef\xbb\xbf\r\n <HTML><table>", "web page", "Open it in a spreadsheet"),
        (b'<?xml version="1.0"?><Workbook>', "XML", "Open it in a spreadsheet"),
    ],
)
def test_other_kinds_of_files_are_told_how_to_become_csv(head: bytes, what: str, advice: str) -> None:
    refused = problem(head)
    assert refused.code == "other_kind"
    assert what in refused.what
    assert advice in refused.advice


@pytest.mark.parametrize(
    ("head", "code"),
    [
        (b"", "no_rows"),
        (b" \r\n\t\r\n", "no_rows"),
        (codecs.BOM_UTF16_LE, "no_rows"),
        (bytes(range(32)) * 10, "not_text"),
        (b"a,b\n\0\0\0\0,c\n", "not_text"),
        (b"\x7fELF\x02\x01\x01\xfe\xff\x03\x04", "not_text"),
        (b"a,b\n\x81\x8d,c\n", "encoding"),  # two of the five bytes that Windows-1252 leaves out
        ("Name\n😀".encode("utf-16")[:-4] + b"\x3d\xd8a\0", "encoding"),  # half of a pair
    ],
)
def test_what_is_no_table_is_refused(head: bytes, code: str) -> None:
    assert problem(head).code == code
