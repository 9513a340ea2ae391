"""Values as bytes that sort as Datastore sorts indexed values.

null < integer and timestamp (microseconds) < boolean < text and blob < double < geographical point < key. Integers and
doubles do not mix. An inequality does not stop at the end of its type: `> 3` also finds every text.
"""

import struct
from collections.abc import Callable

from sandbox.datastore.keys import decode_path, encode_path, escaped, unescape
from sandbox.datastore.messages import Message, Value
from sandbox.datastore.refusals import InvalidArgument

LONGEST_INDEXED = 1500
FROM_INDEX = 18
"""`meaning` of a value that was read from an index instead of from the entity."""

NULL, INTEGER, BOOLEAN, TEXT, DOUBLE, POINT, KEY = (bytes([tag]) for tag in (5, 16, 24, 32, 40, 48, 56))
_OFFSET = 1 << 63
_ALL_BITS = (1 << 64) - 1


def encode_value(value: Message) -> bytes:
    """The bytes of an indexable value (neither array nor entity)."""
    return ENCODERS[value.WhichOneof("value_type")](value)


def _integer(number: int) -> bytes:
    return INTEGER + (number + _OFFSET).to_bytes(8, "big")


def _timestamp(value: Message) -> bytes:
    moment = value.timestamp_value
    return _integer(moment.seconds * 1_000_000 + moment.nanos // 1000)


def encode_double(number: float) -> bytes:
    """Eight bytes in numerical order; the negative zero is a value of its own, just before the other."""
    bits: int = struct.unpack(">Q", struct.pack(">d", number))[0]
    return (bits ^ (_ALL_BITS if bits & _OFFSET else _OFFSET)).to_bytes(8, "big")


def decode_double(data: bytes) -> float:
    """The reverse of `encode_double`."""
    bits = int.from_bytes(data, "big")
    number: float = struct.unpack(">d", (bits ^ (_OFFSET if bits & _OFFSET else _ALL_BITS)).to_bytes(8, "big"))[0]
    return number


def _text(value: Message) -> bytes:
    return _short(value.string_value.encode())


def _blob(value: Message) -> bytes:
    return _short(value.blob_value)


def _short(data: bytes) -> bytes:
    if len(data) > LONGEST_INDEXED:
        raise InvalidArgument(f"The value is longer than {LONGEST_INDEXED} bytes.")
    return TEXT + data


def _point(value: Message) -> bytes:
    point = value.geo_point_value
    return POINT + encode_double(point.latitude) + encode_double(point.longitude)


def _key(value: Message) -> bytes:
    key = value.key_value
    partition = key.partition_id
    names = (partition.project_id, partition.database_id, partition.namespace_id)
    return KEY + b"".join(map(escaped, names)) + encode_path(key)


ENCODERS: dict[str, Callable[[Message], bytes]] = {
    "null_value": lambda _: NULL,
    "integer_value": lambda value: INTEGER + (value.integer_value + _OFFSET).to_bytes(8, "big"),
    "timestamp_value": _timestamp,
    "boolean_value": lambda value: BOOLEAN + (b"\x01" if value.boolean_value else b"\x00"),
    "string_value": _text,
    "blob_value": _blob,
    "double_value": lambda value: DOUBLE + encode_double(value.double_value),
    "geo_point_value": _point,
    "key_value": _key,
}


def decode_value(data: bytes) -> Message:
    """The value as a projection shows it: timestamps are integers there and blobs, where they can be, are text."""
    value = Value(meaning=FROM_INDEX)
    _DECODERS[data[:1]](value, data[1:])
    return value


def number_in(data: bytes) -> int | float | None:
    """The number that these bytes stand for, None when they stand for something else."""
    match data[:1]:
        case tag if tag == INTEGER:
            return int.from_bytes(data[1:], "big") - _OFFSET
        case tag if tag == DOUBLE:
            return decode_double(data[1:])
    return None


def _set_null(value: Message, _: bytes) -> None:
    value.null_value = 0


def _set_integer(value: Message, data: bytes) -> None:
    value.integer_value = int.from_bytes(data, "big") - _OFFSET


def _set_boolean(value: Message, data: bytes) -> None:
    value.boolean_value = data == b"\x01"


def _set_text(value: Message, data: bytes) -> None:
    try:
        value.string_value = data.decode()
    except UnicodeDecodeError:
        value.blob_value = data


def _set_double(value: Message, data: bytes) -> None:
    value.double_value = decode_double(data)


def _set_point(value: Message, data: bytes) -> None:
    value.geo_point_value.latitude = decode_double(data[:8])
    value.geo_point_value.longitude = decode_double(data[8:])


def _set_key(value: Message, data: bytes) -> None:
    partition = value.key_value.partition_id
    partition.project_id, at = unescape(data, 0)
    partition.database_id, at = unescape(data, at)
    partition.namespace_id, at = unescape(data, at)
    decode_path(data[at:], value.key_value)


_DECODERS: dict[bytes, Callable[[Message, bytes], None]] = {
    NULL: _set_null,
    INTEGER: _set_integer,
    BOOLEAN: _set_boolean,
    TEXT: _set_text,
    DOUBLE: _set_double,
    POINT: _set_point,
    KEY: _set_key,
}
