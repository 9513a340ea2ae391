"""A page of a listing as it is kept: all of it for later work, and its addresses apart, cheap to read. Pure.

rows: zlib of a JSON array of arrays, in the order of the fields of ListedUser, DeletedUser or ListedGroup.
addresses: zlib of lines `local-part TAB kind[date] TAB domain`, in lower case; kinds: u user, a alias, g group,
h group alias, d deleted with the ISO date until which the name counts as in use.
"""

import json
import zlib
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from provisioning.directory.port import DeletedUser, ListedGroup, ListedUser

DELETED_FOR = timedelta(days=20)
"""How long Google lets an account be undeleted, for which it needs its address."""
TEST_SUFFIX = ".test-google-a.com"
"""Google gives every address one more on its own test domain; no name can be taken there."""
_FAST = 1
"""zlib's level: a fifth of the time of the usual one for a tenth more space."""


@dataclass(frozen=True)
class PackedPage:
    """Blobs as kept, and how many entries and aliases they hold."""

    rows: bytes
    addresses: bytes
    entries: int
    aliases: int


@dataclass(frozen=True)
class SnapshotPage:
    """A kept page of a chain: users, deleted or groups. rows, addresses: packed; see users_of, groups_of, lines_of."""

    chain: str
    number: int
    rows: bytes
    addresses: bytes


def pack_users(users: Sequence[ListedUser]) -> PackedPage:
    """People with their aliases."""
    lines: list[str] = []
    for user in users:
        _add(lines, user.email, "u")
        if user.aliases or user.non_editable_aliases:
            for alias in (*user.aliases, *user.non_editable_aliases):
                _add(lines, alias, "a")
    return _packed(users, lines)


def pack_groups(groups: Sequence[ListedGroup]) -> PackedPage:
    """Groups with their aliases."""
    lines: list[str] = []
    for group in groups:
        _add(lines, group.email, "g")
        for alias in (*group.aliases, *group.non_editable_aliases):
            _add(lines, alias, "h")
    return _packed(groups, lines)


def pack_deleted(users: Sequence[DeletedUser], now: datetime) -> PackedPage:
    """Deleted people; where Google does not say when, the days are counted from now."""
    lines: list[str] = []
    for user in users:
        _add(lines, user.email, f"d{(_day(user.deleted_at, now) + DELETED_FOR).isoformat()}")
    return _packed(users, lines)


def lines_of(addresses: bytes) -> bytes:
    """The lines of a kept page."""
    return zlib.decompress(addresses)


def users_of(rows: bytes) -> Iterator[ListedUser]:
    """The people of a kept page."""
    for row in map(ListedUser._make, json.loads(zlib.decompress(rows))):
        yield row._replace(
            aliases=tuple(row.aliases),
            non_editable_aliases=tuple(row.non_editable_aliases),
            organization_ids=tuple(row.organization_ids),
        )


def groups_of(rows: bytes) -> Iterator[ListedGroup]:
    """The groups of a kept page."""
    for id_, email, name, aliases, others in json.loads(zlib.decompress(rows)):
        yield ListedGroup(id_, email, name, tuple(aliases), tuple(others))


def deleted_of(rows: bytes) -> Iterator[DeletedUser]:
    """The deleted people of a kept page."""
    return (DeletedUser(*row) for row in json.loads(zlib.decompress(rows)))


def _add(lines: list[str], address: str, kind: str) -> None:
    """Whatever Google sends stays one line; what cannot be printed can be nobody's name."""
    local, _, domain = address.lower().rpartition("@")
    if local and not domain.endswith(TEST_SUFFIX) and address.isprintable():
        lines.append(f"{local}\t{kind}\t{domain}\n")


def _packed(entries: Sequence[ListedUser | DeletedUser | ListedGroup], lines: list[str]) -> PackedPage:
    rows = json.dumps(entries, ensure_ascii=False, separators=(",", ":"))
    return PackedPage(
        zlib.compress(_encoded([rows]), _FAST), zlib.compress(_encoded(lines), _FAST), len(entries), _others(lines)
    )


def _encoded(texts: Iterable[str]) -> bytes:
    """Half a surrogate pair, which JSON can carry and UTF-8 cannot, becomes a question mark."""
    return "".join(texts).encode("utf-8", "replace")


def _others(lines: list[str]) -> int:
    return sum("\ta\t" in line or "\th\t" in line for line in lines)


def _day(text: str, now: datetime) -> date:
    """Of a deletion, which cannot be later than now."""
    try:
        return min(datetime.fromisoformat(text).date(), now.date())
    except ValueError:
        return now.date()
