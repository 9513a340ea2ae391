"""Transactions that others may want at the same moment, with as few calls as there can be: the first read begins one,
the commit ends it. ndb needs a call more, and several times the CPU for each."""

import contextlib
import random
import time
from collections.abc import Callable, Sequence
from typing import Any, TypeVar

import grpc
from google.cloud import ndb
from google.cloud.datastore_v1.types import CommitRequest

from runtime.datastore import HOT_ATTEMPTS
from runtime.lookup import read
from runtime.problems import Unavailable
from runtime.wire import ask, encoded, encoded_key, new_request

T = TypeVar("T")


class Transaction:
    """One attempt. What is put or deleted is sent with the commit; reads do not see it."""

    def __init__(self) -> None:
        self._begun = b""
        self._changes: list[tuple[str, Any]] = []

    def look_up(self, keys: Sequence[ndb.Key]) -> list[ndb.Model | None]:
        """The entities of these keys, in order; the commit fails if one of them changes before it."""
        request = new_request("lookup")
        if self._begun:
            request.read_options.transaction = self._begun
        else:
            request.read_options.new_transaction.read_write.SetInParent()
        found, begun = read(keys, request)
        self._begun = begun or self._begun
        return found

    def put(self, *entities: ndb.Model) -> None:
        """Write them, whether they exist or not. Keys must be complete."""
        self._changes += [("upsert", encoded(entity)) for entity in entities]

    def delete(self, *keys: ndb.Key) -> None:
        """Delete them, if they exist."""
        self._changes += [("delete", encoded_key(key)) for key in keys]

    def commit(self) -> None:
        """Everything or nothing. Raises grpc's RpcError, Unavailable."""
        if not self._begun and not self._changes:
            return
        request = new_request("commit", mode=CommitRequest.Mode.TRANSACTIONAL)
        if self._begun:
            request.transaction = self._begun
        else:
            request.single_use_transaction.read_write.SetInParent()
        self._begun = b""  # whatever comes of it, it is over then
        for kind, message in self._changes:
            getattr(request.mutations.add(), kind).CopyFrom(message)
        ask("commit", request)

    def abandon(self) -> None:
        """Let others go on that wait for it; if that fails, Datastore ends it by itself after a minute."""
        if self._begun:
            with contextlib.suppress(Unavailable, grpc.RpcError):
                ask("rollback", new_request("rollback", transaction=self._begun))


def transact(work: Callable[[Transaction], T]) -> T:
    """Run `work` in a transaction; it may run more than once.

    Raises Unavailable when it was beaten every time (nothing was changed then), or when Datastore does not answer.
    """
    for attempt in range(HOT_ATTEMPTS):
        if attempt:
            time.sleep(random.uniform(0.010, 0.050))  # noqa: S311 - jitter, no secret
        transaction = Transaction()
        try:
            with contextlib.ExitStack() as on_failure:
                on_failure.callback(transaction.abandon)
                result = work(transaction)
                transaction.commit()
                on_failure.pop_all()
        except grpc.RpcError as error:
            if error.code() is not grpc.StatusCode.ABORTED:
                raise
        else:
            return result
    raise Unavailable("Too many people changed the same thing at the same moment.")
