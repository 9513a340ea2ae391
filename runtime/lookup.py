"""Reading entities by key with one blocking call: as ndb's get_multi without a cache, for a third of its CPU."""

import random
import time
from collections.abc import Sequence
from typing import Any

import grpc
from google.api_core.exceptions import from_grpc_error
from google.cloud import ndb
from google.cloud.ndb import context as ndb_context

from runtime.problems import Unavailable
from runtime.wire import ask, decoded, encoded_key, new_request

ATTEMPTS = 3
"""Reading again does no harm."""


def look_up(keys: Sequence[ndb.Key]) -> list[ndb.Model | None]:
    """The entities of these keys, in order, None where there is none.

    Inside a transaction of ndb's it is one of its reads. Raises Unavailable when Datastore does not answer, and what
    ndb's reads raise when it refuses (Aborted, when a transaction has lost a race already).
    """
    request = new_request("lookup")
    transaction = ndb_context.get_context().transaction
    if transaction:
        request.read_options.transaction = transaction
    try:
        found, _ = read(keys, request)
    except grpc.RpcError as error:
        raise from_grpc_error(error) from error
    return found


def read(keys: Sequence[ndb.Key], request: Any) -> tuple[list[ndb.Model | None], bytes]:
    """As `look_up`, with the options of a request; also the transaction that the request began, if it was to."""
    found: dict[ndb.Key, ndb.Model] = {}
    begun = b""
    remaining = [encoded_key(key) for key in dict.fromkeys(keys)]
    while remaining:
        del request.keys[:]
        request.keys.extend(remaining)
        response = _ask(request)
        if response.transaction:
            begun = request.read_options.transaction = response.transaction
        entities = [decoded(result.entity) for result in response.found]
        found.update((entity.key, entity) for entity in entities)
        remaining = list(response.deferred)  # Datastore may leave some for another call
    return [found.get(key) for key in keys], begun


def _ask(request: Any) -> Any:
    for attempt in range(1, ATTEMPTS):
        try:
            return ask("lookup", request)
        except Unavailable:
            time.sleep(random.uniform(0.010, 0.050) * attempt)  # noqa: S311 - jitter, no secret
    return ask("lookup", request)
