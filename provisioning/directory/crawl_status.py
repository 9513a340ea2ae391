"""What is kept of a reading, put into the words of provisioning.directory.crawl."""

from datetime import datetime, timedelta
from typing import Any

from provisioning.directory.crawl import (
    CHAINS,
    RETRY_FAILED,
    RETRY_HELD,
    CompletedCrawl,
    CrawlStatus,
    Obstacle,
    Progress,
    SnapshotInfo,
    Trouble,
)
from provisioning.directory.crawl_ledger import FAILED, HELD, RUNNING, aware
from provisioning.directory.port import WorkspaceDomain
from provisioning.directory.snapshot_records import DirectoryCrawl, DirectorySnapshot

PAGE_OF = {"users": 500, "deleted": 500, "groups": 200}
_STATES = {RUNNING: "running", HELD: "held", FAILED: "failed"}


def status_of(
    crawl: DirectoryCrawl | None, snapshot: DirectorySnapshot | None, hours: int, now: datetime
) -> CrawlStatus:
    """All that there is to say. hours: between two readings; now: aware."""
    state: Any = _STATES.get(crawl.state, "rest") if crawl else "never"
    return CrawlStatus(
        state=state,
        hours=hours,
        generation=crawl.generation if crawl else 0,
        in_force=info_of(snapshot),
        next_at=due(crawl, snapshot, hours),
        progress=_progress(crawl, snapshot, now) if crawl and state == "running" else None,
        trouble=Trouble(**crawl.trouble) if crawl and crawl.trouble and state in {"running", "failed"} else None,
        obstacles=tuple(Obstacle(**item) for item in crawl.obstacles) if crawl and state == "held" else (),
    )


def due(crawl: DirectoryCrawl | None, snapshot: DirectorySnapshot | None, hours: int) -> datetime | None:
    """When the next reading is to begin by itself; None for at once, and while one is running."""
    if crawl and crawl.state == RUNNING:
        return None
    if crawl and crawl.state in {FAILED, HELD}:
        return aware(crawl.touched) + (RETRY_FAILED if crawl.state == FAILED else RETRY_HELD)
    return aware(snapshot.began) + timedelta(hours=hours) if snapshot else None


def info_of(snapshot: DirectorySnapshot | None) -> SnapshotInfo | None:
    """The reading in force."""
    if snapshot is None:
        return None
    return SnapshotInfo(
        snapshot.generation, aware(snapshot.began), aware(snapshot.ended), domains_of(snapshot.domains),
        snapshot.counts, snapshot.pages,
    )  # fmt: skip


def completed(crawl: DirectoryCrawl) -> CompletedCrawl:
    """A reading whose chains have all ended."""
    return CompletedCrawl(crawl.generation, aware(crawl.began), domains_of(crawl.domains), crawl.counts)


def domains_of(kept: list[dict[str, Any]]) -> tuple[WorkspaceDomain, ...]:
    """Domains as they are kept."""
    return tuple(WorkspaceDomain(**{**domain, "aliases": tuple(domain["aliases"])}) for domain in kept)


def _progress(crawl: DirectoryCrawl, snapshot: DirectorySnapshot | None, now: datetime) -> Progress:
    before = snapshot.counts if snapshot else {}
    phase = crawl.phase
    read = sum(crawl.counts.get(chain, 0) for chain in CHAINS)
    minutes = max((now - aware(crawl.began)).total_seconds(), 1.0) / 60
    left = max(sum(before.get(chain, 0) for chain in CHAINS) - read, 0)
    return Progress(
        phase=phase,
        page=crawl.pages.get(phase, 0),
        expected=-(-before.get(phase, 0) // PAGE_OF[phase]) if phase in PAGE_OF else 0,
        found=crawl.counts.get(phase, 0),
        per_minute=round(read / minutes),
        seconds_left=round(left / read * minutes * 60) if read else 0,
    )
