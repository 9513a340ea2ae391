"""Java's .properties files: names and values line by line, as java.util.Properties reads them from a stream. Pure.

Latin-1; # and ! begin comments; a backslash at the end continues a line; = : or space ends a name; \\t \\n \\r \\f and
\\uXXXX are what they are in Java.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass

from runtime.problems import BadRequest

MAX_FILE = 100_000
"""Bytes; ours."""
_BLANK = " \t\f"
_NATURAL_LINE = re.compile(r"\r\n|\r|\n")
_NAME = re.compile(r"(?:[^\\=: \t\f]|\\.)*", re.DOTALL)
_SEPARATOR = re.compile(r"[ \t\f]*[=:]?[ \t\f]*")
_ESCAPE = re.compile(r"\\(?:u([0-9a-fA-F]{4})|(.?))", re.DOTALL)
_LETTERS = {"t": "\t", "n": "\n", "r": "\r", "f": "\f"}


class PropertiesError(BadRequest):
    """The file cannot be read."""

    code = "properties"
    default_advice = "Correct the file and read it again. Nothing was changed."


@dataclass(frozen=True)
class Property:
    """One entry. line: where it begins, from 1."""

    line: int
    name: str
    value: str


def parse_properties(file: bytes) -> list[Property]:
    """The entries in the order of the file; a name may come more than once. Raises PropertiesError."""
    if len(file) > MAX_FILE:
        raise PropertiesError(f"The file has more than {MAX_FILE:,} bytes.")
    return [_entry(line, text) for line, text in _logical_lines(file.decode("latin-1"))]


def _logical_lines(text: str) -> Iterator[tuple[int, str]]:
    """Lines put together with what continues them, and the number of the first; no blank ones and no comments."""
    began, gathered = 0, ""
    for number, line in enumerate(_NATURAL_LINE.split(text), 1):
        stripped = line.lstrip(_BLANK)
        if not gathered and (not stripped or stripped[0] in "#!"):
            continue
        began = began or number
        gathered += stripped
        if _is_continued(stripped):
            gathered = gathered[:-1]
            if gathered:
                continue
        elif gathered:
            yield began, gathered
        began, gathered = 0, ""
    if gathered:
        yield began, gathered


def _is_continued(line: str) -> bool:
    """Whether an odd number of backslashes stands at the end: two are one that was escaped."""
    return (len(line) - len(line.rstrip("\\"))) % 2 == 1


def _entry(line: int, text: str) -> Property:
    name = _NAME.match(text)
    end = name.end() if name else 0
    separator = _SEPARATOR.match(text, end)
    start = separator.end() if separator else end
    return Property(line, _unescaped(text[:end], line), _unescaped(text[start:], line))


def _unescaped(text: str, line: int) -> str:
    def plain(found: re.Match[str]) -> str:
        digits, letter = found.groups()
        if digits:
            return chr(int(digits, 16))
        if letter == "u":
            raise PropertiesError(f"Line {line}: \\u is followed by four hexadecimal digits.")
        return _LETTERS.get(letter, letter)

    return _joined(_ESCAPE.sub(plain, text))


def _joined(text: str) -> str:
    """Java's characters are halves of pairs; a half alone means nothing and becomes a question mark."""
    return text.encode("utf-16-le", "surrogatepass").decode("utf-16-le", "replace")
