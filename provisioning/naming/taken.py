"""The names that are taken, from the index, and names that come into use: the service. Called inside an ndb context."""

import threading
from collections.abc import Sequence
from dataclasses import replace
from datetime import date

from google.cloud import ndb

from provisioning.naming.index import Index
from provisioning.naming.index_memory import IndexMemory
from provisioning.naming.index_records import (
    Head,
    NameIndex,
    head_key,
    head_of,
    new_added,
    new_head,
    new_shard,
    read_head,
)
from provisioning.naming.occupancy import OccupantKind
from provisioning.naming.shards import Entry, Shard, key_of, shard_of
from runtime.clock import Clock
from runtime.transaction import Transaction, transact

MEMORY_BYTES = 64 * 1024 * 1024
LIFETIME = 60.0
"""Seconds for which an instance may not know what another one added; holds protect such names for longer."""

_STRIPES = 16


class TakenNames:
    """The indexes of all tenants; one for the process, so that its threads share what it remembers."""

    def __init__(self, clock: Clock, *, memory_bytes: int = MEMORY_BYTES, lifetime: float = LIFETIME) -> None:
        """lifetime: how long an index is asked without being read again, in seconds."""
        self._clock = clock
        self._memory = IndexMemory(clock, memory_bytes, lifetime)
        # Threads of one process that add to the same index queue here instead of losing races in Datastore.
        self._stripes = [threading.Lock() for _ in range(_STRIPES)]

    def remembered(self, tenant: str, domain: str) -> Index | None:
        """From memory alone; None if it is not there, or too old."""
        head = self._memory.head(tenant, domain)
        return self._index(head) if head else None

    def meta_key(self, tenant: str, domain: str) -> ndb.Key:
        """What to read for `remember`, together with whatever else is needed."""
        return head_key(tenant, domain)

    def remember(self, tenant: str, domain: str, entity: NameIndex | None) -> Index:
        """The index, from the entity that was read just now; None: there was none."""
        return self._index(self._memory.keep_head(head_of(tenant, domain, entity)))

    def of(self, tenant: str, domain: str) -> Index:
        """The index: remembered, or read with one call."""
        return self.remembered(tenant, domain) or self.read(tenant, domain)

    def read(self, tenant: str, domain: str) -> Index:
        """The index as it is now, whatever is remembered; one call."""
        return self._index(self._memory.keep_head(read_head(tenant, domain)))

    def add(self, tenant: str, domain: str, name: str, kind: OccupantKind, until: date | None = None) -> None:
        """Let the name be taken from now on, also by an index that is being built at this moment.

        until: as for Occupant. A name that Google would never accept is left out. Raises Unavailable.
        """
        self._add_all(tenant, domain, [Entry(name.lower(), kind, until)])

    def add_all(self, tenant: str, domain: str, entries: Sequence[tuple[str, OccupantKind]]) -> None:
        """The same of some names (at most 25) with one transaction for all. Raises Unavailable."""
        self._add_all(tenant, domain, [Entry(name.lower(), kind) for name, kind in entries])

    def _add_all(self, tenant: str, domain: str, entries: Sequence[Entry]) -> None:
        accepted = [entry for entry in entries if key_of(entry.name)]
        if not accepted:
            return
        with self._stripes[hash((tenant, domain)) % _STRIPES]:
            head, shards = transact(lambda transaction: self._add(transaction, tenant, domain, accepted))
        for number, shard in shards.items():
            self._memory.keep_shard(head, number, shard)
        self._memory.keep_head(head)

    def _add(
        self, transaction: Transaction, tenant: str, domain: str, entries: Sequence[Entry]
    ) -> tuple[Head, dict[int, Shard]]:
        """The index's next revision, and the shards that the names are in, if there is an index."""
        head, now = head_of(tenant, domain, *transaction.look_up([head_key(tenant, domain)])), self._clock()
        before, after = self._adding(head, entries) if head.built else ({}, {})
        changed = {number: (before[number], shard) for number, shard in after.items() if shard is not before[number]}
        head = head.replacing(changed)
        if head.revision >= 0:
            head = replace(head, revision=head.revision + 1)
            transaction.put(new_head(head))
        transaction.put(
            *(new_shard(tenant, head.shard_id(number), shard, now) for number, (_, shard) in changed.items()),
            *(new_added(tenant, domain, entry, max(head.revision, 0), now) for entry in entries),
        )
        return head, after

    def _adding(self, head: Head, entries: Sequence[Entry]) -> tuple[dict[int, Shard], dict[int, Shard]]:
        """By number, the shards that the names belong to as they are, and as they are with the names."""
        numbers = [shard_of(entry.name, head.bits) for entry in entries]
        before = self._memory.shards(head, numbers)
        after = dict(before)
        for number, entry in zip(numbers, entries, strict=True):
            after[number] = after[number].adding(entry)
        return before, after

    def _index(self, head: Head) -> Index:
        return Index(head, self._memory, self._clock, lambda: self._reread(head.tenant, head.domain))

    def _reread(self, tenant: str, domain: str) -> Head:
        self._memory.forget_head(tenant, domain)
        return self._memory.keep_head(read_head(tenant, domain))
