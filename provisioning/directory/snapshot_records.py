"""What is kept of the Directory, in the tenant's namespace. Nothing is indexed: everything is read by its key."""

from typing import Any

from google.cloud import ndb


class DirectoryCrawl(ndb.Model):  # type: ignore[misc]
    """The one reading that is under way, held back or over. Key: "crawl".

    A task works on it while it has the lease; whatever it writes, it writes in one transaction with this entity, in
    which it looks whether the lease is still its own. Times are UTC, naive.
    """

    generation = ndb.IntegerProperty(required=True, indexed=False)
    state = ndb.TextProperty(required=True)  # running, held, failed or over
    phase = ndb.TextProperty(default="domains")  # domains, users, deleted, groups, completing or cleaning
    task = ndb.IntegerProperty(default=0, indexed=False)  # the number of the task that is to work next
    lease = ndb.TextProperty(default="")  # of the task that works now
    leased_until = ndb.DateTimeProperty(indexed=False)
    # The place in the chain that is being read.
    token = ndb.TextProperty(default="")
    marked_id = ndb.TextProperty(default="")  # of an entry that must not come again
    last_id = ndb.TextProperty(default="")  # of the page before
    last_address = ndb.TextProperty(default="")
    restarted = ndb.TextProperty(repeated=True)  # chains that have been begun again; each may be once
    # What was read.
    domains = ndb.JsonProperty(default=[])
    pages = ndb.JsonProperty(default={})  # by chain
    counts = ndb.JsonProperty(default={})
    obstacles = ndb.JsonProperty(default=[])
    accepted = ndb.BooleanProperty(default=False, indexed=False)  # somebody has looked at the obstacles
    # When, for whom, and what is in the way.
    began = ndb.DateTimeProperty(required=True, indexed=False)
    progressed = ndb.DateTimeProperty(required=True, indexed=False)  # the last page
    touched = ndb.DateTimeProperty(required=True, indexed=False)  # the last task
    actor = ndb.JsonProperty(default={})
    reason = ndb.TextProperty(default="")
    trouble = ndb.JsonProperty()  # of crawl.Trouble


class DirectorySnapshot(ndb.Model):  # type: ignore[misc]
    """The reading in force. Key: "in-force"."""

    generation = ndb.IntegerProperty(required=True, indexed=False)
    began = ndb.DateTimeProperty(required=True, indexed=False)
    ended = ndb.DateTimeProperty(required=True, indexed=False)
    domains = ndb.JsonProperty(default=[])
    counts = ndb.JsonProperty(default={})
    pages = ndb.JsonProperty(default={})


class DirectoryPage(ndb.Model):  # type: ignore[misc]
    """One page of one chain; see provisioning.directory.snapshot_pages for the blobs."""

    rows = ndb.BlobProperty(required=True)
    addresses = ndb.BlobProperty(required=True)


def crawl_key(tenant: str) -> Any:
    """Where the tenant's reading is."""
    return ndb.Key(DirectoryCrawl, "crawl", namespace=tenant)


def snapshot_key(tenant: str) -> Any:
    """Where the snapshot in force is."""
    return ndb.Key(DirectorySnapshot, "in-force", namespace=tenant)


def page_key(tenant: str, generation: int, chain: str, number: int) -> Any:
    """Where a page is; keys of older generations come first."""
    return ndb.Key(DirectoryPage, f"{generation:08d}/{chain}/{number:06d}", namespace=tenant)


def old_page_keys(tenant: str, generation: int, limit: int) -> list[Any]:
    """Keys of pages that are older than the generation, at most `limit`. Not inside a transaction."""
    before = ndb.Key(DirectoryPage, f"{generation:08d}", namespace=tenant)
    query = DirectoryPage.query(DirectoryPage.key < before, namespace=tenant)
    return list(query.order(DirectoryPage.key).fetch(limit, keys_only=True))
