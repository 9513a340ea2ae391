"""What an uploaded file is: its encoding and what separates its columns, or what kind of file it is instead. Pure."""

import codecs
import csv
import io
import re
from dataclasses import dataclass
from itertools import islice

from provisioning.bulk.file.file_kinds import refuse_other_kinds
from provisioning.bulk.file.file_problem import FileProblem

UTF_8, UTF_8_BOM, UTF_16, WINDOWS_1252 = "UTF-8", "UTF-8 with BOM", "UTF-16", "Windows-1252"
ENCODINGS = (UTF_8, UTF_8_BOM, UTF_16, WINDOWS_1252)
DELIMITERS = (",", ";", "\t")

_STEP = 1 << 16
"""Bytes looked at together, so that a whole file may be given."""
_SAMPLE, _SAMPLE_ROWS = 100_000, 30
"""Bytes, and rows, by which delimiters are compared."""
_CONTROLS = re.compile(r"[\x01-\x08\x0e-\x19\x1b-\x1f\x7f]")
"""What text hardly holds, and other files do; \\x1a ended texts once."""
_DECLARED = re.compile(r'"?sep=([,;\t])"?[\r\n]*\Z', re.IGNORECASE)
_SAVE_UTF_8 = "Save it as CSV UTF-8 (in Excel: Save as, CSV UTF-8; in Google Sheets: Download, CSV), and upload that."


@dataclass(frozen=True)
class Dialect:
    """encoding: of ENCODINGS; delimiter: of DELIMITERS. is_certain: whether nobody needs to look at the letters."""

    encoding: str
    delimiter: str
    is_certain: bool


def sniff(head: bytes) -> Dialect:
    """How to read this. head: the beginning, or all of it, which is surer; what is not seen is checked as it is read.

    UTF-8 and UTF-16 are recognised. What is neither is taken for Windows-1252, which cannot be recognised, so that it
    is not certain. Raises FileProblem: other_kind, not_text, encoding, no_rows.
    """
    refuse_other_kinds(head)
    encoding = _encoding(head)
    sample = _sample(head, encoding)
    if "\0" in sample or (encoding == WINDOWS_1252 and len(_CONTROLS.findall(sample)) * 100 > len(sample)):
        raise FileProblem("not_text", "This is not a text file.", advice=_SAVE_UTF_8)
    if not sample.strip():
        raise FileProblem(
            "no_rows", "The file is empty.", advice="Upload a header, and a row for each person below it."
        )
    return Dialect(encoding, _delimiter(sample), encoding != WINDOWS_1252)


def decoder(encoding: str, first: bytes) -> codecs.IncrementalDecoder:
    """Decodes a file in pieces, and drops a byte order mark; it raises UnicodeDecodeError. first: its beginning.

    Raises FileProblem when the encoding is none of ENCODINGS.
    """
    if encoding not in ENCODINGS:
        raise FileProblem(
            "encoding", "That encoding is not known here.", advice=f"Choose one of {', '.join(ENCODINGS)}."
        )
    if encoding == UTF_16:
        return codecs.getincrementaldecoder(_byte_order(first))()
    return codecs.getincrementaldecoder("cp1252" if encoding == WINDOWS_1252 else "utf-8-sig")()


def unreadable(encoding: str, line: int = 0) -> FileProblem:
    """The file, or this line of it, is not in the encoding."""
    where = f"Line {line:,}" if line else "The file"
    return FileProblem(
        "encoding", f"{where} holds bytes that mean nothing in {encoding}.", advice=_SAVE_UTF_8, line=line
    )


def declared_delimiter(line: str) -> str | None:
    """What the first line says about what separates columns, as Excel writes it (sep=;). None when it says nothing."""
    found = _DECLARED.match(line)
    return found[1] if found else None


def _encoding(head: bytes) -> str:
    if head.startswith(codecs.BOM_UTF8):
        return UTF_8_BOM
    if head.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)) or _looks_like_utf_16(head[:_STEP]):
        return UTF_16
    return UTF_8 if _decodes(head, "utf-8") else WINDOWS_1252


def _looks_like_utf_16(head: bytes) -> bool:
    """Without a mark: Latin letters, commas and line breaks have a zero in every other byte, nearly all on one side."""
    even, odd = head[0::2].count(0), head[1::2].count(0)
    return max(even, odd) > max(10 * min(even, odd), len(head) // 8) and _decodes(head, _byte_order(head))


def _byte_order(first: bytes) -> str:
    """The codec. The mark says it; without one, the side on which zeros are (a guess, right for what has commas)."""
    if first.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
        return "utf-16"
    return "utf-16-be" if first[0::2].count(0) > first[1::2].count(0) else "utf-16-le"


def _decodes(head: bytes, codec: str) -> bool:
    """Whether it is written so; its end may be in the middle of a character."""
    incremental = codecs.getincrementaldecoder(codec)()
    try:
        for start in range(0, len(head), _STEP):
            incremental.decode(head[start : start + _STEP])
    except UnicodeDecodeError:
        return False
    return True


def _sample(head: bytes, encoding: str) -> str:
    try:
        return decoder(encoding, head[:_STEP]).decode(head[:_SAMPLE])
    except UnicodeDecodeError as error:
        raise unreadable(encoding) from error


def _delimiter(sample: str) -> str:
    """The one that gives most rows the width of the header; of those that do so equally, the one with most columns."""
    first = io.StringIO(sample, newline="").readline()
    return declared_delimiter(first) or max(DELIMITERS, key=lambda delimiter: _fit(sample, delimiter))


def _fit(sample: str, delimiter: str) -> tuple[float, int]:
    lines = csv.reader(io.StringIO(sample, newline=""), delimiter=delimiter, skipinitialspace=True)
    widths = [len(row) for row in islice(filter(None, lines), _SAMPLE_ROWS)]
    if not widths or widths[0] == 1:
        return 0.0, 0
    return sum(width == widths[0] for width in widths) / len(widths), widths[0]
