"""What a commit's mutations ask for, checked and encoded before anybody has to wait for the writer."""

import random
from dataclasses import dataclass

from sandbox.datastore.indexing import Entry, check_size, entries_of
from sandbox.datastore.keys import check_names, check_path, encode_path, is_incomplete, partition_of
from sandbox.datastore.messages import Message
from sandbox.datastore.records import Address, address_of
from sandbox.datastore.refusals import InvalidArgument, Unimplemented

ID_BITS = 52
"""Ids are drawn, not counted: large enough not to meet, small enough to be exact in JavaScript."""


@dataclass(slots=True)
class Change:
    """One mutation. `entity` is None for a delete. `allocated`: its id is ours to choose."""

    operation: str
    mutation: Message
    key: Message
    address: Address
    entity: Message | None
    body: bytes
    entries: set[Entry]
    allocated: bool

    def allocate(self, rng: random.Random) -> None:
        """Gives it another random id."""
        self.key.path[-1].id = 1 + rng.getrandbits(ID_BITS)
        self.address = self.address._replace(path=encode_path(self.key))
        if self.entity is not None:
            self.body = self.entity.SerializeToString()


def changes_in(request: Message, rng: random.Random) -> list[Change]:
    """The mutations of a CommitRequest; the request's own messages are completed in place."""
    changes = [_change(mutation, request, rng) for mutation in request.mutations]
    named = [change.address for change in changes if not change.allocated]
    if request.mode == request.NON_TRANSACTIONAL and len(set(named)) < len(named):
        raise InvalidArgument(
            "A non-transactional commit may not contain multiple mutations affecting the same entity."
        )
    return changes


def _change(mutation: Message, request: Message, rng: random.Random) -> Change:
    operation = mutation.WhichOneof("operation")
    if operation is None:
        raise InvalidArgument("Mutation is missing operation.")
    if mutation.property_transforms or mutation.HasField("property_mask"):
        raise Unimplemented("property_mask and property_transforms")
    if operation == "delete":
        return _deletion(mutation, request)
    return _writing(operation, mutation, request, rng)


def _deletion(mutation: Message, request: Message) -> Change:
    key = mutation.delete
    partition = partition_of(key.partition_id, request)
    return Change("delete", mutation, key, address_of(key, partition), None, b"", set(), allocated=False)


def _writing(operation: str, mutation: Message, request: Message, rng: random.Random) -> Change:
    entity = getattr(mutation, operation)
    key = entity.key
    partition = partition_of(key.partition_id, request)
    key.partition_id.project_id, key.partition_id.database_id = partition.project, partition.database
    check_path(key)
    check_names(key)
    allocated = operation != "update" and is_incomplete(key)
    if allocated:
        key.path[-1].id = 1 + rng.getrandbits(ID_BITS)
    address = address_of(key, partition)
    entries = entries_of(entity)
    body = entity.SerializeToString()
    check_size(body)
    return Change(operation, mutation, key, address, entity, body, entries, allocated)
