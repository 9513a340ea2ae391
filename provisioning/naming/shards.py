"""The taken names of a domain in shards that hold everybody whose names look alike. Pure.

A shard is text, sorted: for each name "\\n", the name, a tab and a mark: a letter for what has the name (u user, a
alias, g group, h group alias, o other, d deleted), and for d the last day on which it counts. Names that differ in
separators and in a number alone are in the same shard, so that one answers for a person's candidates and a counter.
"""

import re
import zlib
from bisect import bisect_left, bisect_right
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import date
from hashlib import blake2b
from typing import get_args

from provisioning.naming.occupancy import Occupant, OccupantKind
from provisioning.naming.patterns import MAX_NAME_LENGTH

MAX_BITS = 10
"""At most 1024 shards."""
NAMES_IN_A_SHARD = 1000
"""What a shard should hold, roughly: some 7 kB packed, unpacked in less than a tenth of a millisecond."""
DIGEST_BYTES = 8

_STRIDE = 1024
"""Bytes of a shard that a look-up searches through."""
_LONGEST_LINE = 128
"""More than a name, a mark with its day, and what is between them."""
_NUMBER_DIGITS = 4
"""Digits of a number that the stem leaves out. If it left out all, numeric names would come into one shard."""
_SEPARATORS = b"._-"
_DIGITS = b"0123456789"
_NO_DIGITS = bytes(set(range(256)).difference(_DIGITS))
_NAME = re.compile(rb"[!-~]{1,%d}" % MAX_NAME_LENGTH)
_LETTERS = b"uaghod"  # in the order of OccupantKind: the stronger first
_KINDS: dict[int, OccupantKind] = dict(zip(_LETTERS, get_args(OccupantKind), strict=True))
_LETTER_OF = {kind: bytes([letter]) for letter, kind in _KINDS.items()}
_COMPRESSION = 6


@dataclass(frozen=True, slots=True)
class Entry:
    """A name that is taken, by what, and for a deleted account until which day (UTC, inclusive)."""

    name: str
    kind: OccupantKind
    until: date | None = None


class Shard:
    """Entries of which a name is found in microseconds. Never changes."""

    __slots__ = ("_fences", "_starts", "data")

    def __init__(self, data: bytes = b"\n") -> None:
        """data: the text, not packed; see `text_of`."""
        self.data = data
        # Where every so many bytes a line starts, and its name: searching all of the text takes ten times as long.
        starts = [data.index(b"\n", at) for at in range(_STRIDE, len(data) - _LONGEST_LINE, _STRIDE)]
        self._fences = [data[start + 1 : data.index(b"\t", start)] for start in starts]
        self._starts = [0, *starts, len(data)]

    @classmethod
    def unpack(cls, packed: bytes) -> "Shard":
        """From what `pack` made."""
        return cls(zlib.decompress(packed))

    def pack(self) -> bytes:
        """As it is kept."""
        return zlib.compress(self.data, _COMPRESSION)

    @property
    def digest(self) -> bytes:
        """8 bytes that stand for the contents: of the text, so that the compressor's version does not matter."""
        return blake2b(self.data, digest_size=DIGEST_BYTES).digest()

    def find(self, name: str) -> Entry | None:
        """The entry of a name in any case, also one of a deleted account whose day has passed."""
        mark = self._mark(spelled(name))
        return Entry(name, *_meaning(mark)) if mark else None

    def occupant(self, key: bytes, today: date) -> Occupant | None:
        """What has the name, `spelled`, on this day (UTC); None for a deleted account whose day has passed."""
        mark = self._mark(key)
        if not mark:
            return None
        kind, until = _meaning(mark)
        return None if until and until < today else Occupant(kind, until)

    def numbers(self, before: str, after: str, today: date = date.min) -> set[int]:
        """The numbers n, written as a counter writes them, for which the name before + n + after is taken here."""
        if not key_of(f"{before}0{after}"):
            return set()
        start, end = (part.lower().encode() for part in (before, after))
        lines = self.data[self._start(start + b"0") : self._start(start + b":")]  # ":" follows "9"
        if not lines:  # as for most people, who need no expression then
            return set()
        numbered = re.compile(rb"\n%b(0|[1-9][0-9]*)%b\t(?:[^d]|d([-0-9]+))" % (re.escape(start), re.escape(end)))
        day = today.isoformat().encode()
        return {int(number) for number, until in numbered.findall(lines) if not until or until >= day}

    def adding(self, entry: Entry) -> "Shard":
        """With the entry; itself if the entry says nothing new, or less than what is known of the name."""
        line = line_of(entry)
        key, _, mark = line.partition(b"\t")
        known = self._mark(key) if line else b""
        if not line or (known and not _is_stronger(mark, known)):
            return self
        at = self._start(key) + 1
        rest = at + (len(key) + len(known) + 2 if known else 0)
        return Shard(b"%b%b\n%b" % (self.data[:at], line, self.data[rest:]))

    def entries(self) -> Iterator[Entry]:
        """All of them, in alphabetical order."""
        for line in self.data.split(b"\n")[1:-1]:
            key, _, mark = line.partition(b"\t")
            yield Entry(key.decode(), *_meaning(mark))

    def counts(self) -> dict[OccupantKind, int]:
        """How many names each kind has; kinds that have none are left out."""
        found = {kind: self.data.count(b"\t%c" % letter) for letter, kind in _KINDS.items()}
        return {kind: count for kind, count in found.items() if count}

    def _start(self, key: bytes) -> int:
        """Where the first line begins whose name is not before the key."""
        stretch = bisect_left(self._fences, key)
        at = self._starts[stretch]
        for line in self.data[at + 1 : self._starts[stretch + 1]].split(b"\n"):
            if not line or line.partition(b"\t")[0] >= key:
                break
            at += len(line) + 1
        return at

    def _mark(self, key: bytes) -> bytes:
        """The mark of a name, `spelled`; b"" if it is not here."""
        stretch = bisect_right(self._fences, key)
        at = self.data.find(b"\n" + key + b"\t", self._starts[stretch], self._starts[stretch + 1])
        if at < 0 or b"\n" in key:  # a line and the beginning of the next are no name
            return b""
        start = at + len(key) + 2
        return self.data[start : self.data.index(b"\n", start)]


def stem(key: bytes) -> bytes:
    """What names that look alike, `spelled`, have in common: without . _ - and the last number's last four digits."""
    bare = key.translate(None, _SEPARATORS)
    if bare.isalpha():
        return bare
    end = bare.rstrip(_NO_DIGITS)
    start = max(len(end.rstrip(_DIGITS)), len(end) - _NUMBER_DIGITS)
    return bare[:start] + bare[len(end) :]


def shard_of(name: str, bits: int) -> int:
    """Which of 2**bits shards a name belongs to, in any case. The shard for fewer bits is the same number's rest."""
    return slot_of(spelled(name)) & ((1 << bits) - 1)


def slot_of(key: bytes) -> int:
    """The shard for MAX_BITS of a name, `spelled`."""
    return zlib.crc32(stem(key)) & ((1 << MAX_BITS) - 1)


def spelled(name: str) -> bytes:
    """The name in lower case, as shards spell it if they can hold it."""
    return name.lower().encode("utf-8", "surrogatepass")


def fitting_bits(total: int, current: int | None = None) -> int:
    """How many bits of shards for as many names: the current ones as long as shards are half to twice as full."""
    if current is not None and NAMES_IN_A_SHARD / 2 <= total / (1 << current) <= 2 * NAMES_IN_A_SHARD:
        return current
    return min(range(MAX_BITS + 1), key=lambda bits: abs(total / (1 << bits) - NAMES_IN_A_SHARD))


def counter_blocks(after: str, start: int) -> Iterator[range]:
    """All numbers from `start` upward, in ranges: for any `before` a range's names before + n + after share a shard."""
    bare = after.encode("utf-8", "surrogatepass").translate(None, _SEPARATORS)
    tail = re.match(rb"([0-9]*)[^0-9]*(.*)", bare, re.DOTALL)
    digits = max(0, _NUMBER_DIGITS - len(tail[1])) if tail and not tail[2] else 0
    while True:
        # Numbers that the stem leaves out whole are alike if they are as long; of longer ones the first digits count.
        end = 10 ** len(str(start)) if digits and start < 10**digits else (start // 10**digits + 1) * 10**digits
        yield range(start, end)
        start = end


def key_of(name: str) -> bytes:
    """The name as shards spell it; b"" for one that no shard holds, because Google would never accept it."""
    key = spelled(name)
    return key if _NAME.fullmatch(key) else b""


def line_of(entry: Entry) -> bytes:
    """The entry as a line of a shard, without "\\n"; b"" if its name can be in no shard."""
    key = key_of(entry.name)
    until = entry.until.isoformat().encode() if entry.until else b""
    return b"%b\t%b%b" % (key, _LETTER_OF[entry.kind], until) if key else b""


def text_of(lines: Iterable[bytes]) -> bytes:
    """A shard's text from lines in any order, some perhaps empty. Of a name's marks the strongest is kept."""
    kept: dict[bytes, bytes] = {}
    for line in lines:
        key, _, mark = line.partition(b"\t")
        known = kept.get(key)
        if known is None or _is_stronger(mark, known.partition(b"\t")[2]):
            kept[key] = line
    kept.pop(b"", None)
    return b"\n".join([b"", *sorted(kept.values()), b""])  # a tab comes before whatever a name can hold


def pack(entries: Iterable[Entry]) -> bytes:
    """A shard of these, as it is kept. Names that no shard holds are left out."""
    return Shard(text_of(map(line_of, entries))).pack()


def _is_stronger(mark: bytes, known: bytes) -> bool:
    """By kind; of two deleted accounts the one that counts longer."""
    if mark[:1] == known[:1]:
        return mark > known
    return _LETTERS.find(mark[:1]) < _LETTERS.find(known[:1])


def _meaning(mark: bytes) -> tuple[OccupantKind, date | None]:
    return _KINDS[mark[0]], date.fromisoformat(mark[1:].decode()) if len(mark) > 1 else None
