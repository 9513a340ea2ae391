"""The index of the taken names of one domain, as somebody asks it. Called inside an ndb context."""

from collections.abc import Callable, Iterable, Iterator, Sequence
from datetime import datetime
from itertools import islice

from provisioning.naming.index_memory import IndexMemory, ShardGone
from provisioning.naming.index_records import Head
from provisioning.naming.occupancy import Occupant, OccupantKind
from provisioning.naming.shards import Shard, counter_blocks, slot_of, spelled
from runtime.clock import Clock

_MOST_BLOCKS = 64
"""Blocks of numbers looked at together: as many shards at most are read with one call."""


class Index:
    """As it was when its head was read; a few names may have come since."""

    def __init__(self, head: Head, memory: IndexMemory, clock: Clock, reread: Callable[[], Head]) -> None:
        """reread: the head from Datastore, for when a shard of the given one has been deleted meanwhile."""
        self._head = head
        self._memory = memory
        self._clock = clock
        self._reread = reread

    @property
    def exists(self) -> bool:
        """Whether it was ever built. An index that was not knows nothing, and can be asked nothing else."""
        return self._head.built is not None

    @property
    def built(self) -> datetime:
        """When the crawl began that it was built from, in UTC."""
        if self._head.built is None:
            raise ShardGone(f"There is no index of the names of {self._head.domain} yet.")
        return self._head.built

    @property
    def counts(self) -> dict[OccupantKind, int]:
        """How many names each kind has."""
        return dict(self._head.counts)

    @property
    def total(self) -> int:
        """How many names are taken."""
        return sum(self._head.counts.values())

    def occupants(self, names: Iterable[str]) -> dict[str, Occupant]:
        """Those of the names that are taken, and by what. At most one call for the shards not in memory."""
        today, listed = self._clock().date(), list(names)
        keys = [spelled(name) for name in listed]
        looked_at = zip(listed, keys, self._shards(keys), strict=True)
        return {name: occupant for name, key, shard in looked_at if (occupant := shard.occupant(key, today))}

    def free_numbers(self, before: str, after: str, start: int = 1) -> Iterator[int]:
        """The numbers n from `start` upward for which before + n + after is not taken, without end.

        Shards are read as they are needed, some at once when the first do not suffice.
        """
        today = self._clock().date()
        taken: dict[Shard, frozenset[int]] = {}
        blocks, together = counter_blocks(after, start), 1
        while True:
            batch = list(islice(blocks, together))
            shards = self._shards([spelled(f"{before}{block.start}{after}") for block in batch])
            for block, shard in zip(batch, shards, strict=True):
                if shard not in taken:
                    taken[shard] = self._memory.numbers(shard, before, after, today)
                yield from (number for number in block if number not in taken[shard])
            together = min(2 * together, _MOST_BLOCKS)

    def load(self, names: Iterable[str]) -> None:
        """Have the shards of these names in memory, with one call at most."""
        self._shards([spelled(name) for name in names])

    def _shards(self, keys: Sequence[bytes]) -> list[Shard]:
        """The shard of each name, `spelled`. Raises ShardGone when the index is damaged: nothing is free then."""
        try:
            return self._read(keys)
        except ShardGone:
            self._head = self._reread()
            return self._read(keys)

    def _read(self, keys: Sequence[bytes]) -> list[Shard]:
        if not self.exists:
            raise ShardGone(f"There is no index of the names of {self._head.domain} yet.")
        mask = (1 << self._head.bits) - 1
        numbers = [slot_of(key) & mask for key in keys]
        shards = self._memory.shards(self._head, numbers)
        return [shards[number] for number in numbers]
