"""One chain of pages, read while the page before is being saved.

A million people are 2,000 pages, one after the other, so nothing of ours may stand between an answer and the next
question: the next page is asked for as soon as its token is known, and this one is checked and saved meanwhile.
"""

import time
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor, wait
from dataclasses import asdict
from datetime import datetime
from typing import Any, cast

from google.cloud import ndb

from provisioning.directory.crawl import Chain, Obstacle, ends_early, goes_backwards
from provisioning.directory.crawl_ledger import CrawlLedger, Lease, aware, naive
from provisioning.directory.port import LastEntry, Listing, Page
from provisioning.directory.snapshot_pages import PackedPage, pack_deleted, pack_groups, pack_users
from provisioning.directory.snapshot_records import DirectoryCrawl, DirectoryPage, page_key
from runtime.clock import Clock
from runtime.google_problems import GoogleProblem, InvalidValue

HEAD_START = 0.005
"""Seconds in which the next question gets out, before this thread takes the interpreter's lock for its own work."""
_NEXT = {"users": "deleted", "deleted": "groups", "groups": "completing"}


class BrokenListing(GoogleProblem):
    """Pages that do not follow each other."""

    title = "Google's list does not hold together"
    code = "broken_listing"
    default_advice = "What was known before stays in use. It is read again by itself within the hour."


class ChainReader:
    """Reads users, deleted users and groups into pages of the lease's generation."""

    def __init__(self, listing: Listing, ledger: CrawlLedger, clock: Clock, pace: float) -> None:
        """ledger: where a page is kept together with the place behind it. pace: seconds from question to question."""
        self._listing = listing
        self._pace = pace
        self._ledger = ledger
        self._clock = clock

    def read(self, lease: Lease, crawl: DirectoryCrawl, subject: str, until: datetime) -> DirectoryCrawl:
        """Go on with the chain that crawl.phase names until it has ended, or until then; where the crawl stands now.

        A chain whose token has grown old, or whose pages run in a circle, is begun again once.
        Raises GoogleProblem, LeaseLost; what was saved stays saved.
        """
        chain = cast(Chain, crawl.phase)
        try:
            return self._read(lease, crawl, chain, subject, until)
        except (InvalidValue, BrokenListing) as problem:
            return self._restart(lease, chain, problem)

    def _read(self, lease: Lease, crawl: DirectoryCrawl, chain: Chain, subject: str, until: datetime) -> DirectoryCrawl:
        fetch = self._fetch(chain)
        with ThreadPoolExecutor(1, "crawl") as ahead:
            coming = ahead.submit(fetch, subject, crawl.token)
            while True:
                page = coming.result()
                goes_on = bool(page.next_token) and page.next_token != crawl.token and self._clock() < until
                if goes_on:
                    coming = ahead.submit(fetch, subject, page.next_token)
                    wait([coming], HEAD_START)
                crawl = self._save(lease, crawl, chain, subject, page)
                if not goes_on:
                    return crawl

    def _fetch(self, chain: Chain) -> Callable[[str, str], Page[Any]]:
        """Asks for a page of the chain, not sooner than the pace allows."""
        listing, began = self._listing, time.monotonic() - self._pace
        pages: dict[Chain, Callable[[str, str], Page[Any]]] = {
            "users": listing.users_page, "deleted": listing.deleted_page, "groups": listing.groups_page,
        }  # fmt: skip

        def fetch(subject: str, token: str) -> Page[Any]:
            nonlocal began
            time.sleep(max(0.0, began + self._pace - time.monotonic()))
            began = time.monotonic()
            return pages[chain](subject, token)

        return fetch

    def _save(
        self, lease: Lease, before: DirectoryCrawl, chain: Chain, subject: str, page: Page[Any]
    ) -> DirectoryCrawl:
        """The page and the place behind it, in one transaction."""
        entries = _without(before.last_id, page.entries)
        _check(before, chain, entries, page.next_token)
        packed = self._packed(chain, entries)
        obstacles = [] if page.next_token else self._obstacles(before, chain, subject, entries)
        number = before.pages.get(chain, 0)

        def edit(crawl: DirectoryCrawl) -> list[ndb.Model]:
            if crawl.pages.get(chain, 0) != number:
                return []  # it was saved, and only the answer to that was lost
            _advance(crawl, chain, entries, page.next_token)
            crawl.populate(
                pages={**crawl.pages, chain: number + 1}, counts=_counted(crawl.counts, chain, packed),
                obstacles=[*crawl.obstacles, *map(asdict, obstacles)], progressed=naive(self._clock()), trouble=None,
            )  # fmt: skip
            key = page_key(lease.tenant, lease.generation, chain, number)
            return [DirectoryPage(key=key, rows=packed.rows, addresses=packed.addresses)]

        return self._ledger.change(lease, edit)

    def _packed(self, chain: Chain, entries: Sequence[Any]) -> PackedPage:
        if chain == "deleted":
            return pack_deleted(entries, self._clock())
        return pack_users(entries) if chain == "users" else pack_groups(entries)

    def _obstacles(self, crawl: DirectoryCrawl, chain: Chain, subject: str, entries: Sequence[Any]) -> list[Obstacle]:
        """Whether the list ends where Google says that it ends; it has been seen to end early, with status 200."""
        if chain == "deleted":
            return []
        last: LastEntry | None = (self._listing.last_user if chain == "users" else self._listing.last_group)(subject)
        if last is None and chain == "users":
            raise BrokenListing("Google lists nobody, not even the administrator in whose name it was asked.")
        addresses = [entry.email for entry in entries] or ([crawl.last_address] if crawl.last_address else [])
        ids = {crawl.last_id, *(entry.id for entry in entries)}
        if last is None or not ends_early(addresses, ids, last, aware(crawl.began)):
            return []
        read = crawl.counts.get(chain, 0) + len(entries)
        return [Obstacle(chain, read, read, addresses[-1] if addresses else "", last.email)]

    def _restart(self, lease: Lease, chain: Chain, problem: GoogleProblem) -> DirectoryCrawl:
        def edit(crawl: DirectoryCrawl) -> list[ndb.Model]:
            if not crawl.token or chain in crawl.restarted:
                raise problem
            kept = {name: count for name, count in crawl.counts.items() if name not in _COUNTS[chain]}
            crawl.populate(
                restarted=[*crawl.restarted, chain], pages={**crawl.pages, chain: 0}, counts=kept,
                token="", marked_id="", last_id="", last_address="",
            )  # fmt: skip
            return []

        return self._ledger.change(lease, edit)


_COUNTS: dict[Chain, tuple[str, ...]] = {
    "users": ("users", "aliases"),
    "deleted": ("deleted",),
    "groups": ("groups", "group_aliases"),
}
"""What a chain counts: entries, then their aliases."""


def _without(last_id: str, entries: Sequence[Any]) -> list[Any]:
    """Each once, and not the one that the page before ended with: rows have been seen to come twice."""
    unique = {entry.id: entry for entry in entries}
    unique.pop(last_id, None)
    return list(unique.values())


def _check(crawl: DirectoryCrawl, chain: Chain, entries: Sequence[Any], next_token: str) -> None:
    if next_token and next_token == crawl.token:
        raise BrokenListing("Google gives a page that leads to itself.")
    if not entries or not crawl.last_id:
        return
    marked = crawl.marked_id  # ndb takes its time for each look at a property
    if any(entry.id == marked for entry in entries):
        raise BrokenListing("Google lists the same entries again and again.")
    if chain != "deleted" and goes_backwards(crawl.last_address, entries[0].email):
        raise BrokenListing("Google's list goes backwards.", raw=f"{entries[0].email} after {crawl.last_address}")


def _advance(crawl: DirectoryCrawl, chain: Chain, entries: Sequence[Any], next_token: str) -> None:
    """Behind these entries; after the last page, at the beginning of the next chain."""
    if not next_token:
        crawl.populate(phase=_NEXT[chain], token="", marked_id="", last_id="", last_address="")
        return
    crawl.token = next_token
    if entries:
        crawl.populate(last_id=entries[-1].id, last_address=entries[-1].email)
        if _is_power_of_two(crawl.pages.get(chain, 0) + 1):
            crawl.marked_id = entries[0].id


def _is_power_of_two(number: int) -> bool:
    """When an entry is marked: so a circle of any length, entered anywhere, meets a mark of its own (Brent's way)."""
    return number & (number - 1) == 0


def _counted(counts: dict[str, int], chain: Chain, packed: PackedPage) -> dict[str, int]:
    added = dict(zip(_COUNTS[chain], (packed.entries, packed.aliases), strict=False))
    return {**counts, **{name: counts.get(name, 0) + number for name, number in added.items()}}
