"""API keys as they are kept: never the key itself."""

from google.cloud import ndb


class ApiKeyTenant(ndb.Model):  # type: ignore[misc]
    """Which tenant a key belongs to. Key: the key's id. In the default namespace; without the other record, nothing."""

    tenant = ndb.TextProperty(required=True)


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
