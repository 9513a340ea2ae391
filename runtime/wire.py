"""What ndb's models are on Datastore's wire, and one blocking call there.

ndb runs every call through its own event loop, a thread of gRPC's and wrapped messages, which takes several times the
CPU of the call itself. Calls that come with every suggestion go this way instead; everything else stays with ndb.
"""

from typing import Any

import grpc
from google.api_core import gapic_v1
from google.cloud import ndb
from google.cloud.datastore.helpers import _set_protobuf_value, entity_from_protobuf, entity_to_protobuf
from google.cloud.datastore_v1.types import (
    CommitRequest,
    CommitResponse,
    Entity,
    Key,
    LookupRequest,
    LookupResponse,
    RollbackRequest,
    RollbackResponse,
)
from google.cloud.ndb import context as ndb_context
from google.cloud.ndb.model import _entity_from_ds_entity, _entity_to_ds_entity  # ndb has no public way to the wire

from runtime.datastore import DataUnavailable

SECONDS = 10.0
"""How long one call may take."""

# The messages themselves; their wrappers cost more than the call.
_Key, _Entity = Key.pb(), Entity.pb()
_REQUESTS: dict[str, Any] = {
    "lookup": LookupRequest.pb(),
    "commit": CommitRequest.pb(),
    "rollback": RollbackRequest.pb(),
}
_RESPONSES: dict[str, Any] = {"lookup": LookupResponse, "commit": CommitResponse, "rollback": RollbackResponse}
_SILENT = {grpc.StatusCode.UNAVAILABLE, grpc.StatusCode.DEADLINE_EXCEEDED, grpc.StatusCode.INTERNAL}


def new_request(method: str, **fields: Any) -> Any:
    """A request to the database of the ndb context that this is called in. method: lookup, commit or rollback."""
    client = ndb_context.get_context().client
    return _REQUESTS[method](project_id=client.project, database_id=client.database, **fields)


def ask(method: str, request: Any) -> Any:
    """The answer. Raises DataUnavailable when none came, and otherwise grpc's own RpcError."""
    client = ndb_context.get_context().client
    routing = {"project_id": client.project} | ({"database_id": client.database} if client.database else {})
    metadata = (gapic_v1.routing_header.to_grpc_metadata(routing),)
    try:
        answer = getattr(client.stub, method)(request, timeout=SECONDS, metadata=metadata)
    except grpc.RpcError as error:
        if error.code() in _SILENT:
            raise DataUnavailable(raw=str(error.details())) from error
        raise
    return _RESPONSES[method].pb(answer)


def encoded_key(key: ndb.Key) -> Any:
    """A complete key as a message."""
    message = _Key()
    message.partition_id.project_id = key.project()
    message.partition_id.database_id = key.database() or ""
    message.partition_id.namespace_id = key.namespace() or ""
    for kind, name in key.pairs():
        part = message.path.add(kind=kind)
        setattr(part, "id" if isinstance(name, int) else "name", name)
    return message


def encoded(entity: ndb.Model) -> Any:
    """An entity with a complete key as a message."""
    stored = _entity_to_ds_entity(entity, set_key=False)
    if stored._meanings:  # noqa: SLF001 - marks of compressed and of old properties, which nothing often written has
        return Entity.pb(entity_to_protobuf(_entity_to_ds_entity(entity)))
    message = _Entity(key=encoded_key(entity.key))
    for name, value in stored.items():
        property_ = message.properties[name]
        _set_protobuf_value(property_, value)
        if name in stored.exclude_from_indexes:
            for each in property_.array_value.values if isinstance(value, list) else [property_]:
                each.exclude_from_indexes = True
    return message


def decoded(message: Any) -> ndb.Model:
    """The model of an entity's message."""
    model = ndb.Model._lookup_model(message.key.path[-1].kind)  # noqa: SLF001 - else ndb copies the key to know its kind
    return _entity_from_ds_entity(entity_from_protobuf(message), model_class=model)
