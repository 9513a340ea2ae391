"""google.datastore.v1 without a library in between: requests as data, answers as plain Python values."""

import contextlib
import datetime as dt
import uuid
from collections.abc import Callable, Iterator
from typing import Any

import grpc
from google.cloud.datastore_v1.types import datastore, entity, query

TRANSACTIONAL = datastore.CommitRequest.Mode.TRANSACTIONAL
NON_TRANSACTIONAL = datastore.CommitRequest.Mode.NON_TRANSACTIONAL
_METHODS = (
    "Lookup", "RunQuery", "RunAggregationQuery", "BeginTransaction", "Commit", "Rollback", "AllocateIds", "ReserveIds",
)  # fmt: skip
_VALUES: dict[type, str] = {
    bool: "boolean_value", int: "integer_value", float: "double_value", str: "string_value", bytes: "blob_value",
    dt.datetime: "timestamp_value", entity.Key: "key_value", entity.Entity: "entity_value",
}  # fmt: skip


def key(*path: str | int) -> Any:
    """A key of alternating kinds and ids or names; it may end with a kind: incomplete."""
    elements = []
    for at in range(0, len(path), 2):
        element = {"kind": path[at]}
        if at + 1 < len(path):
            element["name" if isinstance(path[at + 1], str) else "id"] = path[at + 1]
        elements.append(element)
    return entity.Key(path=elements)


def value(content: Any, *, indexed: bool = True) -> Any:
    """A Value message of a Python value."""
    flag = {"exclude_from_indexes": not indexed}
    if isinstance(content, entity.Value):
        return content
    if content is None:
        return entity.Value(null_value=0, **flag)
    if isinstance(content, list):
        return entity.Value(array_value={"values": [value(each) for each in content]})
    return entity.Value(**{_VALUES[type(content)]: content}, **flag)


def thing(entity_key: Any, **properties: Any) -> Any:
    """An Entity message."""
    return entity.Entity(key=entity_key, properties={name: value(each) for name, each in properties.items()})


class Wire:
    """A channel to one Datastore, for one project that nobody else uses."""

    def __init__(self, address: str) -> None:
        """address: host and port."""
        options = [("grpc.max_send_message_length", -1), ("grpc.max_receive_message_length", -1)]
        self.channel = grpc.insecure_channel(address, options=options)
        self.project = f"p-{uuid.uuid4().hex[:12]}"
        self._calls = {name: self._call(name) for name in _METHODS}

    def _call(self, name: str) -> Callable[..., Any]:
        request, response = getattr(datastore, f"{name}Request"), getattr(datastore, f"{name}Response")
        return self.channel.unary_unary(
            f"/google.datastore.v1.Datastore/{name}",
            request_serializer=request.serialize,
            response_deserializer=response.pb().FromString,
        )

    def __call__(self, name: str, **fields: Any) -> Any:
        """Calls a method; the answer is the raw message. Raises grpc.RpcError."""
        request = getattr(datastore, f"{name}Request")(**{"project_id": self.project, **fields})
        return self._calls[name](request, timeout=20)

    def put(self, *entities: Any) -> Any:
        """Upserts them outside any transaction."""
        return self.change(*({"upsert": each} for each in entities))

    def change(self, *mutations: Any) -> Any:
        """Applies mutations outside any transaction."""
        return self("Commit", mode=NON_TRANSACTIONAL, mutations=list(mutations))

    def begin(self, *, read_only: bool = False) -> bytes:
        """Begins a transaction."""
        options: dict[str, Any] = {"read_only" if read_only else "read_write": {}}
        return bytes(self("BeginTransaction", transaction_options=options).transaction)

    def finish(self, transaction: bytes, *mutations: Any) -> Any:
        """Commits a transaction."""
        return self("Commit", mode=TRANSACTIONAL, transaction=transaction, mutations=list(mutations))

    def get(self, *keys: Any, **options: Any) -> list[Any]:
        """The `n` of each entity found, None where it has none; options: ReadOptions."""
        answer = self("Lookup", keys=list(keys), read_options=options)
        return [each.entity.properties["n"].integer_value for each in answer.found]

    def query(self, **fields: Any) -> Any:
        """The raw batch of a Query's answer; `kind` is a name, None for kindless."""
        kind = fields.pop("kind", "A")
        options = fields.pop("read_options", {})
        kinds = [{"name": kind}] if kind else []
        return self("RunQuery", query=query.Query(kind=kinds, **fields), read_options=options).batch

    def keys(self, **fields: Any) -> list[str | int]:
        """The ids or names that a query finds."""
        return [last_of(each.entity.key) for each in self.query(**fields).entity_results]

    def rows(self, **fields: Any) -> list[tuple[str | int, dict[str, Any]]]:
        """The ids or names that a query finds, with the properties."""
        return [(last_of(each.entity.key), plain(each.entity)) for each in self.query(**fields).entity_results]


def last_of(entity_key: Any) -> str | int:
    """The id or name of a raw key."""
    last: str | int = entity_key.path[-1].name or entity_key.path[-1].id
    return last


def plain(raw: Any) -> dict[str, Any]:
    """A raw entity's properties."""
    return {name: plain_value(each) for name, each in sorted(raw.properties.items())}


def plain_value(raw: Any) -> Any:
    """A raw value's content; messages inside stay as they are."""
    variant = raw.WhichOneof("value_type")
    return None if variant == "null_value" else getattr(raw, variant)


def outcome(call: Callable[[], Any]) -> Any:
    """What the call returns, or the name of the status that it was refused with."""
    try:
        return call()
    except grpc.RpcError as error:
        return error.code().name


@contextlib.contextmanager
def connected(address: str) -> Iterator[Wire]:
    """A Wire, closed afterwards."""
    wire = Wire(address)
    try:
        yield wire
    finally:
        wire.channel.close()
