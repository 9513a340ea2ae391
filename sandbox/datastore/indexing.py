"""What of an entity is indexed, and what is too large to be stored."""

from sandbox.datastore.keys import check_name
from sandbox.datastore.messages import Message
from sandbox.datastore.refusals import InvalidArgument
from sandbox.datastore.values import ENCODERS, LONGEST_INDEXED

LONGEST_VALUE = 1_048_487
LARGEST_ENTITY = 1_048_576

Entry = tuple[str, bytes]
"""A property's name (`a.b` inside a structured one) and the bytes of one value."""


def entries_of(entity: Message) -> set[Entry]:
    """Every indexed value. Refuses values that the service cannot hold. Empty arrays are not indexed."""
    entries: set[Entry] = set()
    for name, value in entity.properties.items():
        check_name("property.name", name)
        _collect(entries, name, name, value, indexed=True)
    return entries


def _collect(entries: set[Entry], name: str, path: str, value: Message, *, indexed: bool) -> None:
    variant = value.WhichOneof("value_type")
    indexed = indexed and not value.exclude_from_indexes
    match variant:
        case "array_value":
            for element in value.array_value.values:
                if element.WhichOneof("value_type") == "array_value":
                    raise InvalidArgument("list_value cannot contain a Value containing another list_value.")
                _collect(entries, name, path, element, indexed=indexed)
        case "entity_value":
            for inner, part in value.entity_value.properties.items():
                check_name("property.name", inner)
                _collect(entries, inner, f"{path}.{inner}", part, indexed=indexed)
        case None:
            raise InvalidArgument(f'The value "{name}" does not contain a value.')
        case "string_value" | "blob_value":
            _check_length(name, value, variant)
    if indexed and variant in ENCODERS:
        entries.add((path, ENCODERS[variant](value)))


def _check_length(name: str, value: Message, variant: str) -> None:
    content = value.blob_value if variant == "blob_value" else value.string_value
    limit = LONGEST_VALUE if value.exclude_from_indexes else LONGEST_INDEXED
    if len(content) * 4 > limit and len(content if isinstance(content, bytes) else content.encode()) > limit:
        raise InvalidArgument(f'The value of property "{name}" is longer than {limit} bytes.')


def check_size(body: bytes) -> None:
    """Refuses an entity that is too large as a whole; body: its serialised form."""
    if len(body) > LARGEST_ENTITY:
        raise InvalidArgument(f"maximum entity size is {LARGEST_ENTITY} bytes")
