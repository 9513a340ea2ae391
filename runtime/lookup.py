"""Reading entities by key with one blocking call. ndb's get_multi does the same and takes five times our CPU for it."""

import random
import time
from collections.abc import Sequence
from typing import Any

import grpc
from google.api_core import gapic_v1
from google.cloud import ndb
from google.cloud.datastore.helpers import entity_from_protobuf
from google.cloud.datastore_v1.types import Key, LookupRequest, LookupResponse
from google.cloud.ndb import context as ndb_context
from google.cloud.ndb.model import _entity_from_ds_entity  # ndb has no public way from the wire to a model

from runtime.problems import Unavailable

LOOKUP_SECONDS = 10.0
ATTEMPTS = 3
"""Reading again does no harm."""

_Request, _Key = LookupRequest.pb(), Key.pb()  # their wrappers cost more than the call
_PASSING = {grpc.StatusCode.UNAVAILABLE, grpc.StatusCode.DEADLINE_EXCEEDED, grpc.StatusCode.INTERNAL}


def look_up(keys: Sequence[ndb.Key]) -> list[ndb.Model | None]:
    """The entities of these keys, in order, None where there is none: as `ndb.get_multi` without a cache.

    Inside a transaction it is one of its reads. Raises Unavailable when Datastore does not answer.
    """
    found: dict[ndb.Key, ndb.Model] = {}
    remaining = [_encoded(key) for key in dict.fromkeys(keys)]
    while remaining:
        response = _ask(remaining)
        entities = [_entity_from_ds_entity(entity_from_protobuf(result.entity)) for result in response.found]
        found.update((entity.key, entity) for entity in entities)
        remaining = list(response.deferred)
    return [found.get(key) for key in keys]


def _encoded(key: ndb.Key) -> Any:
    message = _Key()
    message.partition_id.project_id = key.project()
    message.partition_id.database_id = key.database() or ""
    message.partition_id.namespace_id = key.namespace() or ""
    for kind, name in key.pairs():
        part = message.path.add(kind=kind)
        setattr(part, "id" if isinstance(name, int) else "name", name)
    return message


def _ask(keys: Sequence[Any]) -> Any:
    """One answer; Datastore may defer some of the keys."""
    context = ndb_context.get_context()
    client = context.client
    request = _Request(project_id=client.project, database_id=client.database, keys=keys)
    if context.transaction:
        request.read_options.transaction = context.transaction
    routing = {"project_id": client.project} | ({"database_id": client.database} if client.database else {})
    metadata = (gapic_v1.routing_header.to_grpc_metadata(routing),)
    for attempt in range(1, ATTEMPTS + 1):
        try:
            return LookupResponse.pb(client.stub.lookup(request, timeout=LOOKUP_SECONDS, metadata=metadata))
        except grpc.RpcError as error:
            if error.code() not in _PASSING:
                raise
            if attempt == ATTEMPTS:
                raise Unavailable(raw=str(error.details())) from error
        time.sleep(random.uniform(0.010, 0.050) * attempt)  # noqa: S311 - jitter, no secret
    raise AssertionError("ATTEMPTS is less than one")
