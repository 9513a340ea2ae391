"""Files that are not text, known by their first bytes, and how to make a CSV file of each. Pure."""

import codecs

from provisioning.bulk.file.file_problem import FileProblem

_ZIP, _OLE = b"PK\x03\x04", b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
_EXCEL = "In Excel: File, Save as, CSV UTF-8 (comma delimited)."
_LIBRE_OFFICE = "In LibreOffice: File, Save as, Text CSV, character set UTF-8."
_ANY = f"{_EXCEL} {_LIBRE_OFFICE} In Google Sheets: File, Download, Comma-separated values."
_WORD = "Copy the table into a spreadsheet and save that as CSV. " + _ANY
_UNPACK = "Unpack it, and upload the CSV file that is in it."
_INSIDE_ZIP = (
    (b"mimetypeapplication/vnd.oasis.opendocument.spreadsheet", "an OpenDocument spreadsheet (ODS)", _LIBRE_OFFICE),
    (b"mimetypeapplication/vnd.oasis.opendocument", "an OpenDocument file", _WORD),
    (b"word/", "a Word document", _WORD),
    (b"Index/", "an Apple Numbers file", "In Numbers: File, Export to, CSV, encoding Unicode (UTF-8)."),
    (b"xl/", "an Excel workbook (XLSX)", _EXCEL),
    (b"[Content_Types].xml", "an Excel workbook (XLSX)", _EXCEL),
)
_OTHERS = (
    (_OLE, "an old Excel workbook (XLS)", _EXCEL),
    (b"%PDF", "a PDF", _WORD),
    (b"{\\rtf", "a Rich Text document", _WORD),
    (b"\x1f\x8b", "a compressed file (GZIP)", _UNPACK),
    (b"7z\xbc\xaf\x27\x1c", "a compressed file (7z)", _UNPACK),
    (b"Rar!", "a compressed file (RAR)", _UNPACK),
    (b"\x89PNG", "a picture", _WORD),
    (b"\xff\xd8\xff", "a picture", _WORD),
    (b"SQLite format 3", "a database", "Export the table from it as CSV (UTF-8)."),
)
_MARKUP = (b"<!doctype", b"<html", b"<table", b"<?xml", b"<workbook")


def refuse_other_kinds(head: bytes) -> None:
    """Raises FileProblem, code other_kind, when this is the beginning of something else than a table as text."""
    if head.startswith(_ZIP):
        inside = ((what, advice) for name, what, advice in _INSIDE_ZIP if name in head)
        raise _problem(*next(inside, ("a ZIP file", _UNPACK)))
    for start, what, advice in _OTHERS:
        if head.startswith(start):
            raise _problem(what, advice)
    if head[:1000].removeprefix(codecs.BOM_UTF8).lstrip().lower().startswith(_MARKUP):
        # School systems write web pages or XML with the ending .xls; spreadsheets open them and can save CSV.
        raise _problem("a web page or XML file", f"Open it in a spreadsheet and save it as CSV. {_ANY}")


def _problem(what: str, advice: str) -> FileProblem:
    return FileProblem("other_kind", f"This is {what}, not a CSV file.", advice=advice)
