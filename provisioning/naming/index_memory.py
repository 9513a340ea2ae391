"""What a process remembers of the indexes: bounded by bytes, shared by its threads."""

import threading
from collections.abc import Iterable
from datetime import date

from cachetools import LRUCache, TTLCache

from provisioning.naming.index_records import Head, shard_key
from provisioning.naming.shards import Shard
from runtime.clock import Clock
from runtime.lookup import look_up
from runtime.problems import Unavailable

_OVERHEAD = 300
"""Bytes that Python needs for an entry and its key, about."""
_NUMBER_BYTES = 100
"""For a number in a set, and the part of its shard that is remembered with it."""
MANY = 100
"""Taken numbers of one counter in one shard; fewer are found as fast as they are remembered."""


class ShardGone(Unavailable):
    """A shard that the index names is not there: the index was read too long ago, or it is damaged."""

    title = "The index of taken names could not be read"
    code = "names_index"
    default_advice = "Try again. If it stays like this, an administrator can refresh the directory's copy."


class IndexMemory:
    """Heads for a time, shards for as long as there is room: a shard never changes, so that it never grows old."""

    def __init__(self, clock: Clock, memory_bytes: int, lifetime: float) -> None:
        """memory_bytes: for all together, a quarter of it for heads and numbers; lifetime: of a head, in seconds."""
        self._lock = threading.Lock()
        self._heads: TTLCache[tuple[str, str], Head] = TTLCache(
            memory_bytes // 8, lifetime, timer=lambda: clock().timestamp(), getsizeof=_head_size
        )
        self._shards: LRUCache[tuple[str, bytes], Shard] = LRUCache(memory_bytes * 3 // 4, getsizeof=_shard_size)
        self._numbers: LRUCache[tuple[Shard, str, str, date], frozenset[int]] = LRUCache(
            memory_bytes // 8, getsizeof=lambda numbers: len(numbers) * _NUMBER_BYTES
        )

    def head(self, tenant: str, domain: str) -> Head | None:
        """What is remembered and not too old."""
        with self._lock:
            return self._heads.get((tenant, domain))

    def keep_head(self, head: Head) -> Head:
        """The newer one of this and what is remembered; it is remembered from now on."""
        place = (head.tenant, head.domain)
        with self._lock:
            known = self._heads.get(place)
            if known and known.revision > head.revision:
                return known
            if _head_size(head) <= self._heads.maxsize:
                self._heads[place] = head
            return head

    def forget_head(self, tenant: str, domain: str) -> None:
        """So that it is read again."""
        with self._lock:
            self._heads.pop((tenant, domain), None)

    def keep_shard(self, head: Head, number: int, shard: Shard) -> None:
        """Remember the head's shard of this number, if it is not larger than all the room."""
        with self._lock:
            if _shard_size(shard) <= self._shards.maxsize:
                self._shards[head.tenant, head.digest(number)] = shard

    def numbers(self, shard: Shard, before: str, after: str, today: date) -> frozenset[int]:
        """As the shard's own, remembered where there are many: a counter is asked for by one caller after another."""
        asked = (shard, before, after, today)
        with self._lock:
            known = self._numbers.get(asked)
        if known is not None:
            return known
        found = frozenset(shard.numbers(before, after, today))
        if MANY <= len(found) <= self._numbers.maxsize // _NUMBER_BYTES:
            with self._lock:
                self._numbers[asked] = found
        return found

    def shards(self, head: Head, numbers: Iterable[int]) -> dict[int, Shard]:
        """These shards; those not remembered are read with one call. Raises ShardGone."""
        wanted = {number: (head.tenant, head.digest(number)) for number in set(numbers)}
        with self._lock:
            found = {number: self._shards.get(place) for number, place in wanted.items()}
        missing = [number for number, shard in found.items() if shard is None]
        if not missing:
            return {number: shard for number, shard in found.items() if shard}
        entities = look_up([shard_key(head.tenant, head.shard_id(number)) for number in missing])
        read = {number: Shard.unpack(entity.packed) for number, entity in zip(missing, entities, strict=True) if entity}
        if len(read) < len(missing):
            raise ShardGone(f"A part of the index of {head.domain} is not there.")
        for number, shard in read.items():
            self.keep_shard(head, number, shard)
        return {number: shard or read[number] for number, shard in found.items()}


def _head_size(head: Head) -> int:
    return len(head.digests) + 2 * _OVERHEAD


def _shard_size(shard: Shard) -> int:
    return len(shard.data) + _OVERHEAD
