"""What one reading of the whole Directory is made of, and the rules that judge it. Pure.

Four chains are read one after the other: domains, people, deleted people, groups. What was read counts only when every
chain has ended and nothing has shrunk suddenly; until then the snapshot in force stays as it is.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Literal, Protocol

from provisioning.directory.port import LastEntry, WorkspaceDomain

Chain = Literal["users", "deleted", "groups"]
CHAINS: tuple[Chain, ...] = ("users", "deleted", "groups")
SHRINK_FREE = 20
"""So many may disappear at once whatever the percentage: small domains change by half in a day."""
RETRY_FAILED = timedelta(hours=1)
RETRY_HELD = timedelta(hours=6)
"""A short list is Google's passing weakness more often than the truth; so a held-back one is read again by itself."""
GIVE_UP = timedelta(hours=6)
"""A crawl that has saved nothing for so long fails. Google's page tokens last three days."""
REVIVE = timedelta(minutes=5)
"""A crawl that nobody has worked on for so long gets another task."""


@dataclass(frozen=True)
class CompletedCrawl:
    """A reading that ended cleanly. began: aware; what it says is no older. domains: with alias domains.

    counts: how many "users", "aliases", "groups", "group_aliases" and "deleted" were read.
    """

    generation: int
    began: datetime
    domains: tuple[WorkspaceDomain, ...]
    counts: Mapping[str, int]


class SnapshotConsumer(Protocol):
    """Something that is built from every complete reading before it is in force."""

    def complete(self, tenant: str, crawl: CompletedCrawl, addresses: Callable[[], Iterator[bytes]]) -> None:
        """Take it over; may be called again with the same one. addresses: begins a new run through the pages' lines."""


@dataclass(frozen=True)
class SnapshotInfo:
    """The reading in force. began, ended: aware. counts: as CompletedCrawl's; pages: by chain."""

    generation: int
    began: datetime
    ended: datetime
    domains: tuple[WorkspaceDomain, ...]
    counts: Mapping[str, int]
    pages: Mapping[str, int]


@dataclass(frozen=True)
class Obstacle:
    """Why a complete reading is held back.

    what: there are too few of. before, now: how many. ends_at, should_end_at: the addresses where the list ended and
    where Google says that it ends, when these differ. missing: domains, by name.
    """

    what: Literal["users", "groups", "aliases", "domains"]
    before: int
    now: int
    ends_at: str = ""
    should_end_at: str = ""
    missing: tuple[str, ...] = ()


@dataclass(frozen=True)
class Trouble:
    """A problem that a crawl met, in words; raw: Google's own."""

    title: str
    what: str
    advice: str
    raw: str = ""


@dataclass(frozen=True)
class Progress:
    """How far a reading is. phase: domains, a chain, completing or cleaning.

    page, expected, found: pages read, pages in all (0 if unknown) and entries of the chain. per_minute: entries of all
    chains. seconds_left: 0 if unknown.
    """

    phase: str
    page: int
    expected: int
    found: int
    per_minute: int
    seconds_left: int


@dataclass(frozen=True)
class CrawlStatus:
    """All that there is to say about a tenant's Directory.

    state: never (nothing was ever read or begun), running, held, failed or rest. trouble: why it failed, or what a
    running one waits for. next_at: when it is read again by itself. hours: as chosen, from one reading to the next.
    """

    state: Literal["never", "running", "held", "failed", "rest"]
    hours: int
    generation: int = 0
    in_force: SnapshotInfo | None = None
    next_at: datetime | None = None
    progress: Progress | None = None
    trouble: Trouble | None = None
    obstacles: tuple[Obstacle, ...] = ()


def shrunk(before: Mapping[str, int], now: Mapping[str, int], percent: int) -> list[Obstacle]:
    """What has lost more than `percent` and more than SHRINK_FREE entries; people and groups also if all are gone.

    Aliases only where there is nothing else: whoever is not listed has none.
    """
    found = []
    kinds: tuple[Literal["users", "groups"], ...] = ("users", "groups")
    for what in kinds:
        had, has = before.get(what, 0), now.get(what, 0)
        if _has_shrunk(had, has, percent) or (had and not has):
            found.append(Obstacle(what, had, has))
    had, has = before.get("aliases", 0), now.get("aliases", 0)
    return found or ([Obstacle("aliases", had, has)] if _has_shrunk(had, has, percent) else [])


def _has_shrunk(had: int, has: int, percent: int) -> bool:
    return had - has > max(SHRINK_FREE, had * percent / 100)


def missing_domains(before: Sequence[WorkspaceDomain], now: Sequence[WorkspaceDomain]) -> list[Obstacle]:
    """Domains and alias domains that are not listed any more: whoever has an address there would look like nobody."""
    had, has = ({name for one in each if one.verified for name in (one.name, *one.aliases)} for each in (before, now))
    return [Obstacle("domains", len(had), len(has), missing=tuple(sorted(had - has)))] if had - has else []


def ends_early(addresses: Sequence[str], ids: set[str], last: LastEntry | None, began: datetime) -> bool:
    """Whether a list stopped before its last entry. addresses, ids: of its last page, in Google's order.

    Not when the last entry is on that page, or comes before its end (it was removed meanwhile, or is in the way of the
    one that was), or was made after the reading began.
    """
    if last is None or last.id in ids or (last.created_at is not None and last.created_at >= began):
        return False
    return not addresses or addresses[-1].lower() < last.email.lower()


def goes_backwards(before: str, first: str) -> bool:
    """Whether a page begins before the address that the page before ended with: a chain that runs in a circle.

    Google says that people are listed "in alphabetical order, case-insensitive", but neither where punctuation and
    digits stand nor how several domains follow each other; so first letters are compared, within one domain.
    """
    (old, _, domain), (new, _, other) = before.lower().partition("@"), first.lower().partition("@")
    letters = old[:1] + new[:1]
    return domain == other and letters.isascii() and letters.isalpha() and new[:1] < old[:1]
