"""The names that are taken, from the index, and names that come into use: the service. Called inside an ndb context."""

import threading
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
from runtime.datastore import transact

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
        entry = Entry(name.lower(), kind, until)
        if not key_of(name):
            return
        with self._stripes[hash((tenant, domain)) % _STRIPES]:
            head, shard = transact(lambda: self._add(tenant, domain, entry))
        if shard:
            self._memory.keep_shard(tenant, head.shard_id(shard_of(name, head.bits)), shard)
        self._memory.keep_head(head)

    def _add(self, tenant: str, domain: str, entry: Entry) -> tuple[Head, Shard | None]:
        """In a transaction: the index's next revision, and the shard that the name is in, if there is an index."""
        head = read_head(tenant, domain)
        changed: list[ndb.Model] = []
        shard = None
        if head.built:
            number = shard_of(entry.name, head.bits)
            before = self._memory.shards(head, [number])[number]
            shard = before.adding(entry)
            if shard is not before:
                head = head.replacing({number: (before, shard)})
                changed.append(new_shard(tenant, head.shard_id(number), shard, self._clock()))
        if head.revision >= 0:
            head = replace(head, revision=head.revision + 1)
            changed.append(new_head(head))
        changed.append(new_added(tenant, domain, entry, max(head.revision, 0), self._clock()))
        ndb.put_multi(changed)
        return head, shard

    def _index(self, head: Head) -> Index:
        return Index(head, self._memory, self._clock, lambda: self._reread(head.tenant, head.domain))

    def _reread(self, tenant: str, domain: str) -> Head:
        self._memory.forget_head(tenant, domain)
        return self._memory.keep_head(read_head(tenant, domain))
