"""API keys and compatibility access as they are kept: never a key itself."""

from google.cloud import ndb

COMPATIBILITY_ID = "compatibility"


class ApiKeyTenant(ndb.Model):  # type: ignore[misc]
    """Which tenant a key belongs to. Key: the key's id. In the default namespace; without the other record, nothing.

    Written once and never changed.
    """

    tenant = ndb.StringProperty(required=True)


class ApiKey(ndb.Model):  # type: ignore[misc]
    """One key, in its tenant's namespace. Key: the key's id. Times are UTC, naive."""

    name = ndb.TextProperty(required=True)
    sha256 = ndb.TextProperty(required=True)  # of the whole key, hex; the key has 256 random bits
    last_four = ndb.TextProperty(required=True)
    created = ndb.DateTimeProperty(required=True)
    created_by = ndb.TextProperty()  # e-mail address
    expires = ndb.DateTimeProperty()  # None: never
    revoked = ndb.DateTimeProperty()
    last_used = ndb.DateTimeProperty(indexed=False)
    org_unit_path = ndb.TextProperty()  # where its accounts go; only of a key that stands in an address
    creates_a_day = ndb.IntegerProperty(indexed=False)  # the same


class Compatibility(ndb.Model):  # type: ignore[misc]
    """Whether keys may stand in addresses, and pages of which origins may call; one to a tenant, in its namespace."""

    is_on = ndb.BooleanProperty(indexed=False, default=False)
    origins = ndb.JsonProperty(default=[])
