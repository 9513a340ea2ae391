"""Java's .properties files, read as Java reads them."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from provisioning.properties import MAX_FILE, PropertiesError, Property, parse_properties


def pairs(file: bytes) -> list[tuple[str, str]]:
    return [(entry.name, entry.value) for entry in parse_properties(file)]


@pytest.mark.parametrize(
    ("file", "entries"),
    [
        (b"", []),
        (b"a=b", [("a", "b")]),
        (b"a:b\na b\na\tb\n", [("a", "b")] * 3),
        (b"  a  =  b  ", [("a", "b  ")]),  # Java keeps what follows the value
        (b"a = = b", [("a", "= b")]),
        (b"a : = b", [("a", "= b")]),
        (b"a", [("a", "")]),
        (b"=b", [("", "b")]),
        (b"# a=b\n! c=d\n  #e=f\n\n \t\f\n", []),
        (b"a=b # no comment", [("a", "b # no comment")]),
        (b"a=b\\\n   c\\\r\n\td\re=f", [("a", "bcd"), ("e", "f")]),
        (b"a=b\\\\\nc=d", [("a", "b\\"), ("c", "d")]),
        (b"a=b\\\\\\\nc", [("a", "b\\c")]),
        (b"a=b\\\n# not a comment\nc=d", [("a", "b# not a comment"), ("c", "d")]),
        (b"a=b\\", [("a", "b")]),
        (b"a=b\\\n\nc=d", [("a", "b"), ("c", "d")]),
        (b"# comment \\\na=b", [("a", "b")]),
        (b"a\\ b\\=c\\:d = e", [("a b=c:d", "e")]),
        (b"a=\\t\\n\\r\\f\\q\\\\", [("a", "\t\n\r\fq\\")]),
        (b"a=\\u00c1lvarez", [("a", "Álvarez")]),
        (b"\\u0061=\\uD83D\\uDE00", [("a", "😀")]),
        (b"a=\\ud83d", [("a", "\N{REPLACEMENT CHARACTER}")]),
        (b"a=\xc1lvarez", [("a", "Álvarez")]),
        ("a=Álvarez".encode(), [("a", "Ã\x81lvarez")]),  # Latin-1, as Java 7 and 8 read it
        (b"a=b\x0bc\x1cd\x85e", [("a", "b\x0bc\x1cd\x85e")]),  # line breaks to Python, not to Java
    ],
)
def test_files_are_read_as_java_reads_them(file: bytes, entries: list[tuple[str, str]]) -> None:
    assert pairs(file) == entries


def test_entries_know_their_line() -> None:
    file = b"# one\na=b\\\n c\r\n\r\nd=e\n"
    assert parse_properties(file) == [Property(2, "a", "bc"), Property(5, "d", "e")]


@pytest.mark.parametrize("file", [b"x=y\na=\\u12", b"x=y\na=\\u12g4", b"x=y\n\\u=b"])
def test_a_broken_escape_is_told_with_its_line(file: bytes) -> None:
    with pytest.raises(PropertiesError, match="Line 2"):
        parse_properties(file)


def test_a_huge_file_is_refused() -> None:
    with pytest.raises(PropertiesError, match="100,000"):
        parse_properties(b"#" * (MAX_FILE + 1))


def stored(text: str, *, is_name: bool) -> str:
    """As java.util.Properties.store writes it."""
    written = ""
    for place, character in enumerate(text):
        if character == " ":
            written += "\\ " if is_name or place == 0 else " "
        elif character in "\\=:#!":
            written += "\\" + character
        elif character in "\t\n\r\f":
            written += {"\t": "\\t", "\n": "\\n", "\r": "\\r", "\f": "\\f"}[character]
        elif " " < character <= "~":
            written += character
        else:
            units = character.encode("utf-16-be")
            written += "".join(f"\\u{units[i]:02X}{units[i + 1]:02X}" for i in range(0, len(units), 2))
    return written


@given(st.lists(st.tuples(st.text(min_size=1, max_size=20), st.text(max_size=40)), max_size=6), st.sampled_from("\n\r"))
def test_what_java_stores_is_read_back(entries: list[tuple[str, str]], end: str) -> None:
    file = end.join(f"{stored(name, is_name=True)}={stored(value, is_name=False)}" for name, value in entries)
    assert pairs(file.encode("latin-1")) == entries


def outcome(file: bytes) -> tuple[list[Property], str]:
    """The entries, and in what words the file was refused."""
    try:
        return list(parse_properties(file)), ""
    except PropertiesError as problem:
        return [], problem.what


@given(st.binary(max_size=80) | st.text(alphabet="a=: \\u0\n\r#!\t\f", max_size=40).map(str.encode))
def test_any_bytes_are_entries_or_a_problem(file: bytes) -> None:
    entries, refused = outcome(file)
    assert not refused or "Line" in refused
    lines = [entry.line for entry in entries]
    assert lines == sorted(set(lines))
    for entry in entries:
        (entry.name + entry.value).encode()
