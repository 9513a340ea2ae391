"""What is kept of an erasure, in the default namespace. Fields and keys only. Times are UTC, naive."""

from google.cloud import ndb


class Erasure(ndb.Model):  # type: ignore[misc]
    """One that was asked for, until it was taken back or is over. Key: the customer id."""

    domain = ndb.TextProperty(required=True)  # the customer's primary one
    asked_at = ndb.DateTimeProperty(required=True, indexed=False)
    by = ndb.TextProperty(required=True)  # administrator or operator
    label = ndb.TextProperty(default="")  # whose e-mail address it was asked with
    due_at = ndb.DateTimeProperty(required=True)  # when there is something to do next
    is_begun = ndb.BooleanProperty(default=False, indexed=False)
    step = ndb.IntegerProperty(default=0, indexed=False)  # counts writes, so that of two that work one gives up
    look_began = ndb.DateTimeProperty(indexed=False)
    found = ndb.IntegerProperty(default=0, indexed=False)  # in this look
    deleted = ndb.IntegerProperty(default=0, indexed=False)
    moved_at = ndb.DateTimeProperty(indexed=False)  # the last sign of life


class ErasureProof(ndb.Model):  # type: ignore[misc]
    """All that stays. Key: SHA-256 of the customer id, and when it was asked for."""

    customer_hash = ndb.StringProperty(required=True)
    asked_at = ndb.DateTimeProperty(required=True, indexed=False)
    by = ndb.TextProperty(required=True)
    operator = ndb.TextProperty(default="")
    finished_at = ndb.DateTimeProperty(required=True)
    entities = ndb.IntegerProperty(required=True, indexed=False)
    expires_at = ndb.DateTimeProperty(required=True)  # TTL policy
