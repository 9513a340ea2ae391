"""What of an entity is indexed, and what is too large to be stored."""

from sandbox.datastore.keys import check_name, complete_reference
from sandbox.datastore.messages import Message
from sandbox.datastore.refusals import InvalidArgument
from sandbox.datastore.values import ENCODERS, LONGEST_INDEXED

UNINDEXED_TEXT = 15
"""`meaning` of a text that must not be indexed."""

LONGEST_VALUE = 1_048_487
LARGEST_ENTITY = 1_048_576

Entry = tuple[str, bytes]
"""A property's name (`a.b` inside a structured one) and the bytes of one value."""


def entries_of(entity: Message) -> set[Entry]:
    """Every indexed value. Refuses values that the service cannot hold. Empty arrays are not indexed.

    References whose partition is left out are completed in place; the entity's own key must be complete already.
    """
    collection = _Collection(entity.key.partition_id)
    for name, value in entity.properties.items():
        check_name("property.name", name)
        collection.add(name, name, value, indexed=True)
    return collection.entries


class _Collection:
    def __init__(self, partition_id: Message) -> None:
        self.entries: set[Entry] = set()
        self._partition_id = partition_id

    def add(self, name: str, path: str, value: Message, *, indexed: bool) -> None:
        variant = value.WhichOneof("value_type")
        indexed = indexed and not value.exclude_from_indexes
        match variant:
            case "array_value":
                self._add_elements(name, path, value.array_value, indexed=indexed)
            case "entity_value":
                for inner, part in value.entity_value.properties.items():
                    check_name("property.name", inner)
                    self.add(inner, f"{path}.{inner}", part, indexed=indexed)
            case "key_value":
                complete_reference(value.key_value, self._partition_id)
            case "string_value" | "blob_value":
                _check_length(name, value, variant)
            case None:
                raise InvalidArgument(f'The value "{name}" does not contain a value.')
        if indexed and variant in ENCODERS:
            self.entries.add((path, _encoded(variant, value)))

    def _add_elements(self, name: str, path: str, array: Message, *, indexed: bool) -> None:
        for element in array.values:
            if element.WhichOneof("value_type") == "array_value":
                raise InvalidArgument("list_value cannot contain a Value containing another list_value.")
            self.add(name, path, element, indexed=indexed)


def _encoded(variant: str, value: Message) -> bytes:
    if value.meaning == UNINDEXED_TEXT:
        raise InvalidArgument(f"Indexed value has meaning {UNINDEXED_TEXT}.")
    return ENCODERS[variant](value)


def _check_length(name: str, value: Message, variant: str) -> None:
    content = value.blob_value if variant == "blob_value" else value.string_value
    limit = LONGEST_VALUE if value.exclude_from_indexes else LONGEST_INDEXED
    if len(content) * 4 > limit and len(content if isinstance(content, bytes) else content.encode()) > limit:
        raise InvalidArgument(f'The value of property "{name}" is longer than {limit} bytes.')


def check_size(body: bytes) -> None:
    """Refuses an entity that is too large as a whole; body: its serialised form."""
    if len(body) > LARGEST_ENTITY:
        raise InvalidArgument(f"maximum entity size is {LARGEST_ENTITY} bytes")
