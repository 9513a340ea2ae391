"""Reads what was kept of the Directory, page after page, so that a million people need the memory of a few pages."""

from collections.abc import Iterator, Mapping
from itertools import islice

from google.cloud import ndb

from provisioning.directory.crawl import CHAINS, SnapshotInfo
from provisioning.directory.crawl_status import info_of
from provisioning.directory.port import ListedGroup, ListedUser
from provisioning.directory.snapshot_pages import SnapshotPage, groups_of, lines_of, users_of
from provisioning.directory.snapshot_records import crawl_key, old_page_keys, page_key, snapshot_key
from runtime.problems import Unavailable

AT_ONCE = 16
"""Pages read in one round trip: half a megabyte."""
DELETED_AT_ONCE = 500


class SnapshotStore:
    """The pages of every tenant. Called inside an ndb context."""

    def in_force(self, tenant: str) -> SnapshotInfo | None:
        """The reading that counts now; None before the first."""
        return info_of(snapshot_key(tenant).get())

    def pages(self, tenant: str, generation: int) -> Iterator[SnapshotPage]:
        """Users, then deleted users, then groups, as Google listed them.

        Raises Unavailable for a generation that was replaced by a newer one meanwhile.
        """
        layout = self._layout(tenant, generation)
        wanted = ((chain, number) for chain in CHAINS for number in range(layout.get(chain, 0)))
        while places := list(islice(wanted, AT_ONCE)):
            found = ndb.get_multi([page_key(tenant, generation, chain, number) for chain, number in places])
            for (chain, number), page in zip(places, found, strict=True):
                if page is None:
                    raise _replaced()
                yield SnapshotPage(chain, number, page.rows, page.addresses)

    def addresses(self, tenant: str, generation: int) -> Iterator[bytes]:
        """The lines of each page; see snapshot_pages."""
        return (lines_of(page.addresses) for page in self.pages(tenant, generation))

    def people(self, tenant: str) -> Iterator[ListedUser]:
        """Everybody in the reading in force; nobody before the first."""
        return (user for page in self._pages_in_force(tenant) if page.chain == "users" for user in users_of(page.rows))

    def groups(self, tenant: str) -> Iterator[ListedGroup]:
        """Every group in the reading in force."""
        return (one for page in self._pages_in_force(tenant) if page.chain == "groups" for one in groups_of(page.rows))

    def drop_older(self, tenant: str, generation: int) -> bool:
        """Delete some of the pages older than the generation; False when none was left."""
        keys = old_page_keys(tenant, generation, DELETED_AT_ONCE)
        ndb.delete_multi(keys)
        return len(keys) == DELETED_AT_ONCE

    def _pages_in_force(self, tenant: str) -> Iterator[SnapshotPage]:
        info = self.in_force(tenant)
        return self.pages(tenant, info.generation) if info else iter(())

    def _layout(self, tenant: str, generation: int) -> Mapping[str, int]:
        for found in ndb.get_multi([snapshot_key(tenant), crawl_key(tenant)]):
            if found and found.generation == generation:
                return dict(found.pages)
        raise _replaced()


def _replaced() -> Unavailable:
    return Unavailable("The Directory was read again meanwhile.", advice="Begin again: there is a newer reading now.")
