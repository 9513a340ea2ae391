"""What is kept of a tenant about making accounts. All of it lives in the tenant's namespace."""

from google.cloud import ndb

POLICY_ID = "policy"


class DomainPolicyRecord(ndb.Model):  # type: ignore[misc]
    """The one policy of a tenant; see provisioning.accounts.domain_policy for what each value means."""

    patterns = ndb.TextProperty()
    patterns_version = ndb.IntegerProperty(indexed=False)
    number_of_suggestions = ndb.IntegerProperty(indexed=False)
    hold_seconds = ndb.IntegerProperty(indexed=False)
    cached_usernames = ndb.BooleanProperty(indexed=False)
    cache_expiration_hours = ndb.IntegerProperty(indexed=False)
    shrink_limit = ndb.IntegerProperty(indexed=False)
    language = ndb.TextProperty()
    reserved_words = ndb.JsonProperty()
    forbidden_words = ndb.JsonProperty()
    default_org_unit = ndb.TextProperty()
    allowed_org_units = ndb.JsonProperty()
    org_unit_rules = ndb.JsonProperty()  # [{"path": ..., "match": ..., "column": ..., "value": ...}]
    group_rules = ndb.JsonProperty()  # the same with "group"
    password_kind = ndb.TextProperty()
    password_length = ndb.IntegerProperty(indexed=False)
    password_words = ndb.IntegerProperty(indexed=False)
    change_password = ndb.BooleanProperty(indexed=False)
    license = ndb.TextProperty()
    seats = ndb.IntegerProperty(indexed=False)
    welcome = ndb.BooleanProperty(indexed=False)
    letter = ndb.TextProperty()
    invitations_off = ndb.BooleanProperty(indexed=False)
    invitations_a_day = ndb.IntegerProperty(indexed=False)
    creators = ndb.JsonProperty()  # [{"id": ..., "email": ...}]

    @classmethod
    def _get_kind(cls) -> str:
        return "DomainPolicy"


class PatternVersionRecord(ndb.Model):  # type: ignore[misc]
    """A list of patterns that is or was in force; its key's id is its number, from 1. Never changed once written."""

    patterns = ndb.TextProperty(required=True)
    saved = ndb.DateTimeProperty(indexed=False)  # UTC, naive; none for what stood there before anybody saved a list
    saved_by = ndb.TextProperty()  # an address or a key's name
    brought_back = ndb.IntegerProperty(indexed=False)  # the number of the version that this one repeats

    @classmethod
    def _get_kind(cls) -> str:
        return "PatternVersion"


class Opening(ndb.Model):  # type: ignore[misc]
    """One wish for an account, by its operation id. Never holds a password.

    state: intent (Google may have been asked), created, failed (surely not made). While it is an intent a salted
    scrypt of the password tells whether the same wish is sent again; it is erased when the outcome is known.
    """

    state = ndb.StringProperty(required=True, choices=["intent", "created", "failed"])
    address = ndb.TextProperty(required=True)
    fingerprint = ndb.TextProperty(required=True)
    password_salt = ndb.BlobProperty()
    password_scrypt = ndb.BlobProperty()
    person_id = ndb.TextProperty()  # once created
    failure = ndb.TextProperty()  # the code of the problem, once failed
    attempts = ndb.IntegerProperty(indexed=False, default=0)
    started = ndb.DateTimeProperty(required=True)  # UTC, naive; of the first attempt
    settled = ndb.DateTimeProperty()  # UTC, naive


class AccountSteps(ndb.Model):  # type: ignore[misc]
    """What follows after one account was opened, by the mark of its opening; gone once everything is done.

    state: open (something is to be done), failed (something was refused), waiting (for what is not there yet).
    number: of the task that works on it; named in every write, so that one that comes late changes nothing.
    """

    person_id = ndb.TextProperty(required=True)
    address = ndb.TextProperty(required=True)
    steps = ndb.JsonProperty(required=True)  # Step.packed, in order
    state = ndb.StringProperty(required=True, choices=["open", "failed", "waiting"])
    number = ndb.IntegerProperty(required=True, indexed=False)
    begun = ndb.FloatProperty(required=True, indexed=False)  # seconds since 1970; patience counts from then
    due = ndb.FloatProperty(indexed=False)  # seconds since 1970, of the next task

    @classmethod
    def _get_kind(cls) -> str:
        return "AccountSteps"
