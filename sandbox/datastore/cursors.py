"""Cursors: a place in a query's order, not a number of rows, so they stay true while others insert and delete."""

import struct
from typing import NamedTuple

from sandbox.datastore.refusals import InvalidArgument

Position = tuple[bytes, ...]
"""The values that a row is sorted by; its path is one of them."""

_MARK = b"\x01"
_HEAD = struct.Struct(">cB")
_LENGTH = struct.Struct(">I")


class Cursor(NamedTuple):
    """The place just behind a row; descending: for each part of the position, how its query sorted."""

    position: Position
    descending: tuple[bool, ...]


def encode(position: Position, descending: tuple[bool, ...]) -> bytes:
    """The cursor behind a row."""
    parts = [_HEAD.pack(_MARK, len(position)), bytes(descending)]
    for part in position:
        parts += (_LENGTH.pack(len(part)), part)
    return b"".join(parts)


def decode(data: bytes, parts: int) -> Cursor:
    """The reverse of `encode`; parts: how many the query sorts by. INVALID_ARGUMENT for anything else."""
    try:
        mark, count = _HEAD.unpack_from(data)
        descending = tuple(map(bool, data[_HEAD.size : _HEAD.size + count]))
        position = _parts(data, _HEAD.size + count)
    except struct.error:
        mark, count, position = b"", 0, ()
    if mark != _MARK or count != parts or len(position) != parts:
        raise InvalidArgument("The cursor does not belong to this query, or is not one of this Datastore's.")
    return Cursor(position, descending)


def _parts(data: bytes, at: int) -> Position:
    found = []
    while at < len(data):
        (length,) = _LENGTH.unpack_from(data, at)
        at += _LENGTH.size
        found.append(data[at : at + length])
        at += length
    return tuple(found)


def compare(one: Position, other: Position, descending: tuple[bool, ...]) -> int:
    """Negative when `one` comes before `other` in that order, 0 when they are the same place."""
    for mine, theirs, reverse in zip(one, other, descending, strict=True):
        if mine != theirs:
            return -1 if (mine < theirs) != reverse else 1
    return 0
