"""Keys as bytes that sort as Datastore sorts keys.

A path is the concatenation of its elements, so that an ancestor's bytes are a prefix of its descendants'. Within one
kind ids come before names. Partitions (project, database, namespace) are kept apart from paths.
"""

import re
from typing import NamedTuple

from sandbox.datastore.messages import Message, PartitionId
from sandbox.datastore.refusals import InvalidArgument

LONGEST_NAME = 1500
PAST_DESCENDANTS = b"\xff"
"""Appended to a path: after all its descendants, because no kind's UTF-8 begins with this byte."""

_END, _ESCAPED_ZERO = b"\x00\x01", b"\x00\xff"
_ID, _NAME = b"\x01", b"\x02"
_ID_OFFSET = 1 << 63
_RESERVED = re.compile(r"__.*__", re.DOTALL)
_NAMESPACE = re.compile(r"[0-9A-Za-z._-]{0,100}")


class Partition(NamedTuple):
    """Where a key lives."""

    project: str
    database: str
    namespace: str


def partition_of(partition_id: Message, request: Message) -> Partition:
    """The partition, completed and checked against the request's own project and database."""
    project = partition_id.project_id or request.project_id
    database = partition_id.database_id or request.database_id
    if project != request.project_id or database != request.database_id:
        raise InvalidArgument(
            f"mismatched databases within request: {request.project_id}/{request.database_id} vs. {project}/{database}"
        )
    namespace = partition_id.namespace_id
    if namespace and not _NAMESPACE.fullmatch(namespace):
        raise InvalidArgument(f'Illegal string "{namespace}" in namespace id.')
    return Partition(project, database, namespace)


def partition_id(partition: Partition) -> Message:
    """The message for it."""
    return PartitionId(project_id=partition.project, database_id=partition.database, namespace_id=partition.namespace)


def complete_reference(key: Message, partition_id: Message) -> None:
    """Puts a key inside a value into the given project and database when it names none."""
    if not key.partition_id.project_id:
        key.partition_id.project_id, key.partition_id.database_id = partition_id.project_id, partition_id.database_id


def is_incomplete(key: Message) -> bool:
    """Whether Datastore is to choose the id of the last element."""
    return not key.path or key.path[-1].WhichOneof("id_type") is None


def check_path(key: Message) -> None:
    """Refuses an empty path, and an incomplete element before the last."""
    if not key.path:
        raise InvalidArgument("Key path is empty.")
    for element in key.path[:-1]:
        if element.WhichOneof("id_type") is None:
            raise _incomplete(element)


def encode_path(key: Message) -> bytes:
    """The bytes of a complete key's path; refuses an incomplete one."""
    if not key.path:
        raise InvalidArgument("Key path is empty.")
    return b"".join([_encode_element(element) for element in key.path])


def _encode_element(element: Message) -> bytes:
    kind = escaped(element.kind)
    number: int = element.id
    if number:
        return kind + _ID + (number + _ID_OFFSET).to_bytes(8, "big")
    if element.name:
        return kind + _NAME + escaped(element.name)
    match element.WhichOneof("id_type"):
        case "id":
            raise InvalidArgument("Key path id is invalid. Must not be zero.")
        case "name":
            raise InvalidArgument("The key path element name is the empty string.")
    raise _incomplete(element)


def _incomplete(element: Message) -> InvalidArgument:
    return InvalidArgument(f"Key path element must not be incomplete: [{element.kind}: ]")


def escaped(text: str) -> bytes:
    """UTF-8 with a terminator that sorts before every continuation."""
    return text.encode().replace(b"\x00", _ESCAPED_ZERO) + _END


def decode_path(path: bytes, key: Message) -> None:
    """Appends the elements of `path` to the message `key`."""
    at = 0
    while at < len(path):
        element = key.path.add()
        element.kind, at = unescape(path, at)
        tag, at = path[at : at + 1], at + 1
        if tag == _ID:
            element.id, at = int.from_bytes(path[at : at + 8], "big") - _ID_OFFSET, at + 8
        else:
            element.name, at = unescape(path, at)


def unescape(path: bytes, at: int) -> tuple[str, int]:
    """The escaped text that begins at `at`, and where it ends."""
    # A zero inside the text is followed by 0xff, so the first 0x00 0x01 is the terminator.
    end = path.index(_END, at)
    return path[at:end].replace(_ESCAPED_ZERO, b"\x00").decode(), end + len(_END)


def check_names(key: Message) -> None:
    """Refuses kinds and names under which nothing can be stored."""
    for element in key.path:
        check_name("kind", element.kind)
        if element.name:
            check_name("key path element name", element.name)


def check_name(what: str, name: str) -> None:
    """Refuses an empty, reserved or overlong name."""
    if not name:
        raise InvalidArgument(f"The {what} is the empty string.")
    if name.startswith("__") and _RESERVED.fullmatch(name):
        raise InvalidArgument(f'The {what} "{name}" is reserved.')
    if len(name) * 4 > LONGEST_NAME and len(name.encode()) > LONGEST_NAME:
        raise InvalidArgument(f"The {what} is longer than {LONGEST_NAME} bytes.")
