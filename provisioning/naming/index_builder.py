"""Builds the index of taken names from a complete reading of the Directory. Called inside an ndb context.

New shards are written first, where nobody looks yet; one put then lets them all count. What was added while the listing
was read is added again before, and that put counts the revisions, so that no name is lost between the two.
"""

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import replace
from datetime import UTC, timedelta
from functools import partial
from itertools import islice
from typing import TypeVar

from google.cloud import ndb

from provisioning.directory.crawl import CompletedCrawl
from provisioning.naming.address_groups import AddressGroups
from provisioning.naming.index_records import (
    Head,
    added_after,
    added_before,
    added_since,
    head_key,
    ids,
    indexed_domains,
    naive,
    new_head,
    new_shard,
    read_head,
    shard_key,
    shard_keys,
)
from provisioning.naming.shards import DIGEST_BYTES, Shard, fitting_bits, shard_of
from runtime.clock import Clock
from runtime.datastore import transact
from runtime.problems import Unavailable

T = TypeVar("T")

OVERLAP = timedelta(minutes=30)
"""Names added so long before a reading began are added to it: Google's lists lag behind by some minutes (a guess)."""
KEEP_ADDED = timedelta(days=3)
"""How long before the last reading's beginning added names are kept; Google's page tokens last as long."""
KEEP_UNUSED = timedelta(hours=1)
"""Shards that are not in force stay so long after they were written: a build may be about to put them in force."""

_TOGETHER = 100
"""Shards in one request: less than a megabyte."""
_IN_A_TRANSACTION = 20
"""Shards deleted together; older Datastores take 25 entity groups in one transaction."""
_ROUNDS = 30


class TakenIndexBuilder:
    """Implements provisioning.directory.crawl.SnapshotConsumer. Interrupted or repeated it does no harm."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock

    def complete(self, tenant: str, crawl: CompletedCrawl, addresses: Callable[[], Iterator[bytes]]) -> None:
        """An index for each verified domain of the tenant; one that is newer already stays as it is.

        A million names take a few seconds. Writes only shards that changed. Raises Unavailable.
        """
        heads = [self._begin(tenant, domain.name) for domain in crawl.domains if domain.verified]
        due = [head for head in heads if head.generation <= crawl.generation]
        groups = AddressGroups([domain for domain in crawl.domains if domain.name in {head.domain for head in due}])
        for lines in addresses():
            groups.take(lines)
        for added in added_since(tenant, crawl.began - OVERLAP):
            groups.add(added.domain, added.entry)
        for head in due:
            self._replace(head, crawl, groups)
        self._drop_domains(tenant, crawl, {head.domain for head in heads})
        for keys in _batches(added_before(tenant, crawl.began - KEEP_ADDED)):
            ndb.delete_multi(keys)

    def _begin(self, tenant: str, domain: str) -> Head:
        """The index as it is; where there is none, an empty one that counts what is added from now on."""

        def work() -> Head:
            head = read_head(tenant, domain)
            if head.revision < 0:
                head = replace(head, revision=0)
                new_head(head).put()
            return head

        head = read_head(tenant, domain)
        return head if head.revision >= 0 else transact(work)

    def _replace(self, old: Head, crawl: CompletedCrawl, groups: AddressGroups) -> None:
        """Write what changed, put it in force, and delete what has not been in force for a while."""
        kept = ids(shard_keys(old.tenant, old.domain))
        total = groups.total(old.domain)
        bits = fitting_bits(total, old.bits if old.built else None)
        blank = replace(old, bits=bits, digests=bytes(DIGEST_BYTES << bits), counts={})
        new = replace(blank, generation=crawl.generation, built=crawl.began.astimezone(UTC))
        unchanged = kept.intersection(old.shard_ids())
        for batch in _batches(enumerate(groups.shards(old.domain, bits))):
            new = self._write(new, {number: (Shard(), shard) for number, shard in batch}, unchanged)
        self._put_in_force(new)
        self._sweep(old.tenant, old.domain, kept.difference(old.shard_ids()))

    def _write(self, head: Head, shards: dict[int, tuple[Shard, Shard]], unchanged: Iterable[str] = ()) -> Head:
        """The head with these shards, by number old and new; they are in Datastore then, but nobody looks at them."""
        head, now = head.replacing(shards), self._clock()
        changed = {number: shard for number, (_, shard) in shards.items() if head.shard_id(number) not in unchanged}
        ndb.put_multi([new_shard(head.tenant, head.shard_id(number), each, now) for number, each in changed.items()])
        return head

    def _put_in_force(self, head: Head) -> None:
        """Raises Unavailable when names are added faster than they can be taken over."""

        def work() -> Head | None:
            current = read_head(head.tenant, head.domain)
            if current.revision != head.revision:
                return current
            if current != head:  # the same again, when a task is repeated, is no change
                new_head(replace(head, revision=head.revision + 1)).put()
            return None

        for _ in range(_ROUNDS):
            current = transact(work)
            if current is None or current.generation > head.generation or current.revision < 0:
                return  # in force; or a later reading was faster
            head = self._caught_up(head, current.revision)
        raise Unavailable("Names are being added faster than the index can be replaced.")

    def _caught_up(self, head: Head, revision: int) -> Head:
        """With what was added since the head's revision, up to this one."""
        entries = [added.entry for added in added_after(head.tenant, head.domain, head.revision)]
        number_of = {entry: shard_of(entry.name, head.bits) for entry in entries}
        numbers = sorted(set(number_of.values()))
        kept = ndb.get_multi([shard_key(head.tenant, head.shard_id(number)) for number in numbers])
        shards = {}
        for number, entity in zip(numbers, kept, strict=True):
            shard = before = Shard.unpack(entity.packed)
            for entry in (each for each in entries if number_of[each] == number):
                shard = shard.adding(entry)
            shards[number] = (before, shard)
        return replace(self._write(head, shards, head.shard_ids()), revision=revision)

    def _drop_domains(self, tenant: str, crawl: CompletedCrawl, present: set[str]) -> None:
        """The indexes of domains that the customer has no more."""
        for domain in set(indexed_domains(tenant)) - present:
            if transact(partial(_drop, tenant, domain, crawl.generation)):
                for keys in _batches(shard_keys(tenant, domain)):
                    ndb.delete_multi(keys)

    def _sweep(self, tenant: str, domain: str, replaced: set[str]) -> None:
        """Delete those of the shards that are not in force and old enough, looked at again in a transaction.

        Those that this build replaced go with the next one: other instances look at them for a while.
        """
        latest = naive(self._clock() - KEEP_UNUSED)

        def work(batch: Sequence[str]) -> None:
            in_force = set(read_head(tenant, domain).shard_ids())
            shards = ndb.get_multi([shard_key(tenant, identity) for identity in batch if identity not in in_force])
            ndb.delete_multi([shard.key for shard in shards if shard and shard.written < latest])

        for batch in _batches(sorted(replaced), _IN_A_TRANSACTION):
            transact(partial(work, batch))


def _drop(tenant: str, domain: str, generation: int) -> bool:
    """In a transaction: delete the head, if no later reading made it; whether the shards are to follow."""
    if read_head(tenant, domain).generation > generation:
        return False
    head_key(tenant, domain).delete()
    return True


def _batches(items: Iterable[T], size: int = _TOGETHER) -> Iterator[list[T]]:
    rest = iter(items)
    while batch := list(islice(rest, size)):
        yield batch
