"""What the marketplace part keeps in Datastore, all of it in the default namespace. Fields and keys only."""

from google.cloud import ndb


class AppsDomain(ndb.Model):  # type: ignore[misc]
    """A Workspace domain; the key is its name. Rows are made by setup and by operators, never for a stranger.

    A customer's primary domain carries the rule; its other domains point to it by `primary_domain`.
    """

    is_enabled = ndb.BooleanProperty(default=False)
    is_independent = ndb.BooleanProperty(default=False)
    disabled_by_operator = ndb.TextProperty(default="")  # the reason; only an operator empties it
    license_state = ndb.StringProperty(default="")  # Google's last answer: ACTIVE, UNLICENSED or ""
    license_seen_at = ndb.DateTimeProperty()  # when Google last said ACTIVE, within the hour
    customer_id = ndb.StringProperty(default="")  # pinned by setup
    quarantined = ndb.BooleanProperty(default=False)  # the name now belongs to another customer
    primary_domain = ndb.StringProperty(default="")
    alias_of = ndb.TextProperty(default="")  # for an alias domain: the customer's domain that it stands for
    delegated_admin_email = ndb.StringProperty(default="")
    delegated_admin_id = ndb.TextProperty(default="")
    set_up_at = ndb.DateTimeProperty()
    created_at = ndb.DateTimeProperty()
    last_sign_in_at = ndb.DateTimeProperty()
    setup_results = ndb.JsonProperty(default={})  # step id -> {state, text, at, ...}
    erase_at = ndb.DateTimeProperty(indexed=False)  # when everything of the customer is to be deleted
    erasing = ndb.BooleanProperty(default=False, indexed=False)  # that has begun


class Session(ndb.Model):  # type: ignore[misc]
    """A signed-in browser; the key is the hash of its cookie."""

    person = ndb.StringProperty(required=True)
    email = ndb.TextProperty(required=True)
    name = ndb.TextProperty(default="")
    domain = ndb.TextProperty(default="")
    rule_domain = ndb.TextProperty(default="")  # the row that carries the rule
    customer_id = ndb.StringProperty(default="")
    is_admin = ndb.BooleanProperty(default=False, indexed=False)
    is_super_admin = ndb.BooleanProperty(default=False, indexed=False)
    obstacle = ndb.TextProperty(default="")  # code of the problem why Google would not say who this is
    created_at = ndb.DateTimeProperty(required=True, indexed=False)
    seen_at = ndb.DateTimeProperty(required=True, indexed=False)
    checked_at = ndb.DateTimeProperty(required=True, indexed=False)  # when Google last confirmed the person
    signed_in_at = ndb.DateTimeProperty(indexed=False)  # when a person, and not a cookie, was last asked who it is
    licensed_at = ndb.DateTimeProperty(indexed=False)  # when Google last said that the app is on for the person
    notices = ndb.JsonProperty(default=[])
    install_link = ndb.TextProperty(default="")  # the domain whose setup link was used in this session
    expires_at = ndb.DateTimeProperty(required=True)  # TTL policy


class LoginAttempts(ndb.Model):  # type: ignore[misc]
    """The sign-ins that one browser has begun; the key is the hash of its cookie."""

    attempts = ndb.JsonProperty(default=[])  # of attempts.Attempt
    expires_at = ndb.DateTimeProperty(required=True)  # TTL policy


class InstallLink(ndb.Model):  # type: ignore[misc]
    """A single-use setup link for an independent domain; the key is the hash of its token."""

    domain = ndb.StringProperty(required=True)
    issued_by = ndb.TextProperty(default="")
    used_at = ndb.DateTimeProperty()
    expires_at = ndb.DateTimeProperty(required=True)  # TTL policy
