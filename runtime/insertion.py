"""Inserting entities that must not exist yet: one commit, no reads and no locks before it. ndb can only overwrite."""

from collections.abc import Sequence

import grpc
from google.cloud import ndb
from google.cloud.datastore_v1.types import CommitRequest

from runtime.wire import ask, encoded, new_request

_LOST = {grpc.StatusCode.ALREADY_EXISTS, grpc.StatusCode.ABORTED}


def insert_all(entities: Sequence[ndb.Model]) -> bool:
    """Insert all of them, or none because one of the keys exists or somebody was faster (False).

    Keys must be complete. Raises Unavailable when Datastore's answer was lost: all or none were written then.
    """
    request = new_request("commit", mode=CommitRequest.Mode.TRANSACTIONAL)
    request.single_use_transaction.read_write.SetInParent()
    for entity in entities:
        request.mutations.add().insert.CopyFrom(encoded(entity))
    try:
        ask("commit", request)
    except grpc.RpcError as error:
        if error.code() in _LOST:
            return False
        raise
    return True
