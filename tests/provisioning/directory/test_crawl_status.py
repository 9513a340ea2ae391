"""What administrators are told of a reading."""

from dataclasses import asdict
from datetime import UTC, datetime, timedelta

import pytest

from provisioning.directory.crawl import CrawlStatus, Obstacle, Progress, Trouble
from provisioning.directory.crawl_status import status_of
from provisioning.directory.snapshot_records import DirectoryCrawl, DirectorySnapshot

pytestmark = pytest.mark.usefixtures("desk")  # entities want a context

NOW = datetime(2026, 11, 21, 12, 0, tzinfo=UTC)
BEGAN = datetime(2026, 11, 21, 11, 50)  # noqa: DTZ001 - as Datastore keeps it
TROUBLE = Trouble("Google does not answer just now", "Nothing came.", "Wait.", "HTTP 503")


def crawl(**values: object) -> DirectoryCrawl:
    given: dict[str, object] = {
        "generation": 2,
        "state": "running",
        "began": BEGAN,
        "progressed": BEGAN,
        "touched": BEGAN,
    }
    return DirectoryCrawl(**(given | values))


def snapshot(**counts: int) -> DirectorySnapshot:
    return DirectorySnapshot(generation=1, began=BEGAN, ended=BEGAN, counts=counts, pages={})


def told(one: DirectoryCrawl | None, known: DirectorySnapshot | None = None) -> CrawlStatus:
    return status_of(one, known, 24, NOW)


def test_a_million_people_are_expected_when_there_were_a_million() -> None:
    reading = crawl(phase="users", pages={"users": 311}, counts={"users": 155_500, "aliases": 9})
    status = told(reading, snapshot(users=1_000_001, groups=400))
    assert status.progress == Progress("users", 311, 2001, 155_500, per_minute=15_550, seconds_left=3260)
    assert status.next_at is None


def test_the_first_time_nothing_is_expected() -> None:
    reading = crawl(phase="users", pages={"users": 3}, counts={"users": 1500})
    assert told(reading).progress == Progress("users", 3, 0, 1500, per_minute=150, seconds_left=0)


def test_groups_come_two_hundred_at_a_time() -> None:
    reading = crawl(phase="groups", pages={"users": 1, "groups": 1}, counts={"users": 500, "groups": 200})
    progress = told(reading, snapshot(users=500, groups=401)).progress
    assert progress is not None
    assert (progress.page, progress.expected, progress.found) == (1, 3, 200)


@pytest.mark.parametrize("phase", ["domains", "completing", "cleaning"])
def test_other_phases_have_no_pages(phase: str) -> None:
    progress = told(crawl(phase=phase, counts={"users": 500}), snapshot(users=500)).progress
    assert progress is not None
    assert (progress.phase, progress.page, progress.expected, progress.seconds_left) == (phase, 0, 0, 0)


def test_troubles_and_obstacles_are_told_while_they_matter() -> None:
    kept, obstacle = asdict(TROUBLE), Obstacle("users", 300, 120)
    assert told(crawl(trouble=kept)).trouble == TROUBLE
    assert told(crawl(state="failed", trouble=kept)).trouble == TROUBLE
    assert told(crawl(state="over", trouble=kept)).trouble is None
    assert told(crawl(state="held", obstacles=[asdict(obstacle)])).obstacles == (obstacle,)
    assert told(crawl(state="running", obstacles=[asdict(obstacle)])).obstacles == ()


def test_when_it_is_read_again() -> None:
    began = BEGAN.replace(tzinfo=UTC)
    assert told(None).next_at is None
    assert told(None).state == "never"
    assert told(crawl(state="over"), snapshot()).next_at == began + timedelta(hours=24)
    assert told(crawl(state="failed"), snapshot()).next_at == began + timedelta(hours=1)
    assert told(crawl(state="held"), snapshot()).next_at == began + timedelta(hours=6)
