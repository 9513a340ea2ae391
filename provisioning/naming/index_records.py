"""What the index of taken names keeps in Datastore, in the tenant's namespace.

Shards are named by their contents and never change. The index of a domain says which of them are in force, so that one
put of it changes any number of shards at once. Queries are on one property or on keys; that they find what was
committed before, as Firestore in Datastore mode promises, is relied upon.
"""

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime

from google.cloud import ndb

from provisioning.naming.occupancy import OccupantKind
from provisioning.naming.shards import DIGEST_BYTES, Entry, Shard
from runtime.lookup import look_up


class NameIndex(ndb.Model):  # type: ignore[misc]
    """Which shards are in force. Key: the domain. Without `built` there is no index yet, and changes are counted."""

    bits = ndb.IntegerProperty(default=0, indexed=False)
    digests = ndb.BlobProperty(default=b"")  # 8 bytes for each of the 2**bits shards
    counts = ndb.JsonProperty()  # kind to how many names
    generation = ndb.IntegerProperty(default=0, indexed=False)  # of the crawl it was built from
    revision = ndb.IntegerProperty(default=0, indexed=False)  # one more with every change
    built = ndb.DateTimeProperty(indexed=False)  # when its crawl began; UTC, naive


class NameShard(ndb.Model):  # type: ignore[misc]
    """Key: "domain/bits/shard/digest"."""

    packed = ndb.BlobProperty(required=True)
    written = ndb.DateTimeProperty(required=True, indexed=False)  # UTC, naive


class AddedName(ndb.Model):  # type: ignore[misc]
    """A name that came into use between two crawls. Key: "domain/name".

    change: "domain/revision", the revision of the index that it made, with leading zeros, so that what came after a
    revision is a range.
    """

    kind = ndb.TextProperty(required=True)
    until = ndb.DateProperty(indexed=False)
    at = ndb.DateTimeProperty(required=True)  # UTC, naive
    change = ndb.StringProperty(required=True)

    @property
    def domain(self) -> str:
        """The domain that it is in."""
        return str(self.key.id()).partition("/")[0]

    @property
    def entry(self) -> Entry:
        """As it stands in a shard."""
        return Entry(str(self.key.id()).partition("/")[2], self.kind, self.until)


@dataclass(frozen=True)
class Head:
    """A domain's NameIndex as a value that threads can share; revision -1: there is none."""

    tenant: str
    domain: str
    bits: int = 0
    digests: bytes = b""
    counts: Mapping[OccupantKind, int] = field(default_factory=dict)
    generation: int = 0
    revision: int = -1
    built: datetime | None = None

    def shard_id(self, number: int) -> str:
        """The key's id of the shard that is in force."""
        return shard_id(self.domain, self.bits, number, self.digest(number))

    def digest(self, number: int) -> bytes:
        """Of the shard that is in force."""
        return self.digests[number * DIGEST_BYTES : (number + 1) * DIGEST_BYTES]

    def shard_ids(self) -> list[str]:
        """Of all shards in force, by number; none before the index was built."""
        return [self.shard_id(number) for number in range(len(self.digests) // DIGEST_BYTES)]

    def replacing(self, shards: Mapping[int, tuple[Shard, Shard]]) -> "Head":
        """With other shards; by number, what was there and what comes instead."""
        digests, counts = bytearray(self.digests), Counter(self.counts)
        for number, (before, after) in shards.items():
            digests[number * DIGEST_BYTES : (number + 1) * DIGEST_BYTES] = after.digest
            counts.subtract(before.counts())
            counts.update(after.counts())
        return replace(self, digests=bytes(digests), counts=dict(+counts))


def head_key(tenant: str, domain: str) -> ndb.Key:
    """Where the index of a domain is."""
    return ndb.Key(NameIndex, domain, namespace=tenant)


def read_head(tenant: str, domain: str) -> Head:
    """The value of what is there now."""
    return head_of(tenant, domain, *look_up([head_key(tenant, domain)]))


def head_of(tenant: str, domain: str, entity: NameIndex | None) -> Head:
    """The value of what was read."""
    if entity is None:
        return Head(tenant, domain)
    built = entity.built.replace(tzinfo=UTC) if entity.built else None
    numbers = (entity.generation, entity.revision)
    return Head(tenant, domain, entity.bits, entity.digests, entity.counts or {}, *numbers, built)


def new_head(head: Head) -> NameIndex:
    """An entity of it, not saved."""
    return NameIndex(
        key=head_key(head.tenant, head.domain),
        bits=head.bits,
        digests=head.digests,
        counts=dict(head.counts),
        generation=head.generation,
        revision=head.revision,
        built=naive(head.built) if head.built else None,
    )


def shard_id(domain: str, bits: int, number: int, digest: bytes) -> str:
    """The id of a shard's key."""
    return f"{domain}/{bits}/{number}/{digest.hex()}"


def shard_key(tenant: str, identity: str) -> ndb.Key:
    """Where a shard is."""
    return ndb.Key(NameShard, identity, namespace=tenant)


def new_shard(tenant: str, identity: str, shard: Shard, written: datetime) -> NameShard:
    """A shard, not saved. written: in UTC."""
    return NameShard(key=shard_key(tenant, identity), packed=shard.pack(), written=naive(written))


def new_added(tenant: str, domain: str, entry: Entry, revision: int, at: datetime) -> AddedName:
    """A record of a name, not saved. revision: that of the index with this name; 0 if there is none. at: in UTC."""
    key = ndb.Key(AddedName, f"{domain}/{entry.name}", namespace=tenant)
    return AddedName(key=key, kind=entry.kind, until=entry.until, at=naive(at), change=_change(domain, revision))


def added_after(tenant: str, domain: str, revision: int) -> list[AddedName]:
    """The names that made the index's later revisions."""
    first, last = _change(domain, revision), _change(domain, 10**12 - 1)
    return list(AddedName.query(AddedName.change > first, AddedName.change <= last, namespace=tenant))


def added_since(tenant: str, moment: datetime) -> list[AddedName]:
    """The names added from then on, in any of the tenant's domains. moment: in UTC."""
    return list(AddedName.query(AddedName.at >= naive(moment), namespace=tenant))


def added_before(tenant: str, moment: datetime) -> list[ndb.Key]:
    """Keys of the records that are older. moment: in UTC."""
    return list(AddedName.query(AddedName.at < naive(moment), namespace=tenant).iter(keys_only=True))


def shard_keys(tenant: str, domain: str) -> list[ndb.Key]:
    """The keys of all shards that the domain has, in force or not."""
    first, last = shard_key(tenant, f"{domain}/"), shard_key(tenant, f"{domain}0")  # "0" follows "/"
    return list(NameShard.query(NameShard.key > first, NameShard.key < last, namespace=tenant).iter(keys_only=True))


def indexed_domains(tenant: str) -> list[str]:
    """The domains of the tenant that have an index, or are about to."""
    return [str(key.id()) for key in NameIndex.query(namespace=tenant).iter(keys_only=True)]


def ids(keys: Iterable[ndb.Key]) -> set[str]:
    """Their ids."""
    return {str(key.id()) for key in keys}


def naive(moment: datetime) -> datetime:
    """As Datastore keeps it."""
    return moment.astimezone(UTC).replace(tzinfo=None)


def _change(domain: str, revision: int) -> str:
    return f"{domain}/{revision:012d}"
