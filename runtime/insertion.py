"""Inserting entities that must not exist yet: one commit, no reads and no locks before it. ndb can only overwrite."""

from collections.abc import Sequence

import grpc
from google.api_core import gapic_v1
from google.cloud import ndb
from google.cloud.datastore import helpers
from google.cloud.datastore_v1.types import CommitRequest, Mutation, TransactionOptions
from google.cloud.ndb import context as ndb_context
from google.cloud.ndb.model import _entity_to_ds_entity  # ndb has no public way from a model to the wire

from runtime.problems import Unavailable

COMMIT_SECONDS = 10.0

_LOST = {grpc.StatusCode.ALREADY_EXISTS, grpc.StatusCode.ABORTED}
_AMBIGUOUS = {grpc.StatusCode.UNAVAILABLE, grpc.StatusCode.DEADLINE_EXCEEDED, grpc.StatusCode.INTERNAL}


def insert_all(entities: Sequence[ndb.Model]) -> bool:
    """Insert all of them, or none because one of the keys exists or somebody was faster (False).

    Keys must be complete. Raises Unavailable when Datastore's answer was lost: all or none were written then.
    """
    client = ndb_context.get_context().client
    request = CommitRequest(
        project_id=client.project,
        database_id=client.database,
        mode=CommitRequest.Mode.TRANSACTIONAL,
        single_use_transaction=TransactionOptions(read_write=TransactionOptions.ReadWrite()),
        mutations=[Mutation(insert=helpers.entity_to_protobuf(_entity_to_ds_entity(e))) for e in entities],
    )
    routing = {"project_id": client.project} | ({"database_id": client.database} if client.database else {})
    metadata = (gapic_v1.routing_header.to_grpc_metadata(routing),)
    try:
        client.stub.commit(request, timeout=COMMIT_SECONDS, metadata=metadata)
    except grpc.RpcError as error:
        return _lost(error)
    return True


def _lost(error: grpc.RpcError) -> bool:
    """False when the commit was refused; raises otherwise."""
    if error.code() in _LOST:
        return False
    if error.code() in _AMBIGUOUS:
        raise Unavailable(raw=str(error.details())) from error
    raise error
