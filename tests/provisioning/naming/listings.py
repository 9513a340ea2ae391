"""Readings of a Directory as a crawl leaves them, for the index of taken names."""

from collections.abc import Callable, Iterable, Iterator
from datetime import UTC, datetime, timedelta

from google.cloud import ndb

from provisioning.directory.crawl import CompletedCrawl
from provisioning.directory.port import WorkspaceDomain
from provisioning.naming.index_builder import TakenIndexBuilder
from provisioning.naming.index_records import NameIndex, NameShard
from runtime.clock import Clock

TENANT = "C1"
SCHOOL, BRANCH = "example.org", "branch.example"
DOMAINS = (
    WorkspaceDomain(SCHOOL, is_primary=True, verified=True, aliases=("alias.example",)),
    WorkspaceDomain(BRANCH, is_primary=False, verified=True),
)
FIRST = datetime(2026, 11, 21, 6, tzinfo=UTC)


def listing(*addresses: str) -> list[bytes]:
    """Pages of three lines; addresses like "ada u", "ada@branch.example a" or "bob d2026-12-01"; u may be left out."""
    lines = []
    for address in addresses:
        name, _, mark = address.partition(" ")
        local, _, domain = name.partition("@")
        lines.append(f"{local}\t{mark or 'u'}\t{domain or SCHOOL}\n".encode())
    return [b"".join(lines[at : at + 3]) for at in range(0, len(lines), 3)]


def crawl(generation: int, domains: tuple[WorkspaceDomain, ...] = DOMAINS) -> CompletedCrawl:
    """The generation-th reading, one a day."""
    return CompletedCrawl(generation, FIRST + timedelta(days=generation - 1), domains, {})


def build(
    clock: Clock,
    pages: Iterable[bytes],
    generation: int = 1,
    domains: tuple[WorkspaceDomain, ...] = DOMAINS,
    tenant: str = TENANT,
) -> None:
    """Let what was listed be in force."""
    kept = list(pages)
    TakenIndexBuilder(clock).complete(tenant, crawl(generation, domains), lambda: iter(kept))


def interrupting(pages: Iterable[bytes], then: Callable[[], None]) -> Callable[[], Iterator[bytes]]:
    """The pages, and something that happens before they end."""

    def read() -> Iterator[bytes]:
        yield from pages
        then()

    return read


def shards() -> dict[str, bytes]:
    """Every shard that is kept."""
    return {str(shard.key.id()): shard.packed for shard in NameShard.query(namespace=TENANT)}


def head(domain: str = SCHOOL) -> NameIndex:
    """The index's entity."""
    return ndb.Key(NameIndex, domain, namespace=TENANT).get()
