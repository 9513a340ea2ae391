"""What exists in the simulated Google: customers, people, groups, grants and the Cloud project of the app.

Plain state, no protocol: the modules beside this one answer requests from it. Everything that changes goes through
`World.changing()`, which holds the one lock and, when a journal is given, writes what changed before it returns.
"""

import base64
import secrets
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Literal

from sandbox.google.grants import AuthorizationCode, BrowserSession, RefreshToken, SigningKey, Token
from sandbox.google.task_queue_state import QueuedTask

GrantState = Literal["granted", "partial", "revoked", "none"]
"""Data access of an installed app, as the Admin console words it; `none` where the app was never installed."""


@dataclass
class User:
    """One account. `id` is both the Directory id and the `sub` of its ID tokens: 21 digits, never reused."""

    id: str
    primary_email: str
    given_name: str
    family_name: str
    password: str
    customer_id: str  # "" for a consumer account
    org_unit_path: str = "/"
    is_admin: bool = False
    is_delegated_admin: bool = False
    suspended: bool = False
    archived: bool = False
    agreed_to_terms: bool = True
    change_password_at_next_login: bool = False
    aliases: list[str] = field(default_factory=list)
    creation_time: str = "2026-01-01T00:00:00.000Z"
    deletion_time: str = ""  # set while the account can still be undeleted (20 days)
    last_login_time: str = "1970-01-01T00:00:00.000Z"
    etag: str = '"0"'
    more: dict[str, object] = field(default_factory=dict)  # the other writable fields, as they were sent
    email_changed_at: str = ""  # ISO 8601, of the last new primary address
    licenses: dict[str, str] = field(default_factory=dict)  # product id -> SKU id


@dataclass
class Group:
    """A group with its members' e-mail addresses; nested groups are members like any other."""

    id: str
    email: str
    name: str
    customer_id: str
    description: str = ""
    aliases: list[str] = field(default_factory=list)
    members: dict[str, str] = field(default_factory=dict)  # e-mail -> OWNER | MANAGER | MEMBER
    etag: str = '"0"'
    creation_time: str = "2026-01-01T00:00:00.000Z"


@dataclass
class OrgUnit:
    """An organizational unit; the root is not listed."""

    id: str  # "id:03ph8a2z..."
    path: str  # "/Students/2026"
    name: str
    description: str = ""


@dataclass
class Domain:
    """A domain of a customer, primary or secondary, with its alias domains."""

    name: str
    is_primary: bool
    aliases: list[str] = field(default_factory=list)
    verified: bool = True
    creation_time_ms: int = 1_767_225_600_000


@dataclass
class Installation:
    """The Marketplace app in one customer. A deleted app is `installed=False`; individuals may keep it."""

    installed: bool = False
    everyone: bool = True
    org_units: list[str] = field(default_factory=list)  # with everyone=False: where it is on
    data_access: GrantState = "none"
    granted_client_ids: list[str] = field(default_factory=list)  # OAuth clients that existed at the install
    granted_scopes: list[str] = field(default_factory=list)
    individuals: list[str] = field(default_factory=list)  # user ids that installed it for themselves
    off_org_units: list[str] = field(default_factory=list)  # switched off there; the nearest setting counts
    granted_at: str = ""  # ISO 8601, when data access was granted last


@dataclass
class Customer:
    """One Workspace customer (tenant)."""

    id: str  # "C0..."
    name: str
    domains: list[Domain]
    installation: Installation = field(default_factory=Installation)
    delegations: dict[str, list[str]] = field(default_factory=dict)  # as typed: numeric client id -> scopes
    delegated_at: dict[str, str] = field(default_factory=dict)  # client as typed -> ISO 8601 of the last change
    org_units: list[OrgUnit] = field(default_factory=list)
    user_limit: int = 0  # licenses; 0 = no limit
    archive_limit: int = 0  # licenses for archived users; 0 = no limit
    license_seats: dict[str, int] = field(default_factory=dict)  # "product/sku" -> how many were ordered
    generated_users: int = 0  # this many more people, computed and not stored (sandbox/google/generated.py)
    generated_org_unit_ids: list[str] = field(default_factory=list)  # where they are, in turn; none = "/"
    blocks_app: bool = False  # app access control of the Admin console: admin_policy_enforced
    creation_time: str = "2020-09-01T08:00:00.000Z"

    @property
    def primary_domain(self) -> str:
        """The name of the primary domain."""
        return next(domain.name for domain in self.domains if domain.is_primary)


@dataclass
class Project:
    """The Cloud project that owns the app: its OAuth web client, its service account, its Marketplace listing."""

    number: str = "412345678901"  # also the Marketplace application id
    project_id: str = "frontdesk-sandbox"
    oauth_client_id: str = "412345678901-web.apps.googleusercontent.com"
    oauth_client_secret: str = "sandbox-web-client-secret"
    redirect_uris: list[str] = field(default_factory=lambda: ["http://localhost:8080/marketplace/return"])
    service_account_email: str = "frontdesk@frontdesk-sandbox.iam.gserviceaccount.com"
    service_account_client_id: str = "108234567890123456789"
    location: str = "europe-west1"  # of its task queues
    queues: list[str] = field(default_factory=lambda: ["work"])
    app_name: str = "Frontdesk"
    launch_url: str = "http://localhost:8080/marketplace/launch"
    setup_url: str = "http://localhost:8080/marketplace/setup/"
    listed_scopes: list[str] = field(default_factory=list)  # the Marketplace SDK page's list; granted at install
    data_key: str = field(default_factory=lambda: base64.b64encode(secrets.token_bytes(32)).decode())  # the app's own
    token_creator: bool = True  # the service account may sign as itself
    client_state: Literal["enabled", "disabled", "deleted"] = "enabled"  # of its OAuth clients
    internal_to: str = ""  # customer id: the consent screen is "Internal" to it (org_internal for all others)
    disabled_apis: list[str] = field(default_factory=list)  # keys of screens/panel.py's APIS


@dataclass
class Fault:
    """Answer some requests wrongly. `when` after: the change is made and then the answer is lost or replaced."""

    path: str  # prefix of the request path
    method: str = ""  # "" = any
    status: int = 503  # 0 = cut the connection without an answer
    body: str = ""  # "" = Google's usual body for the status
    when: Literal["before", "after"] = "before"
    count: int = 1  # how many requests are still to be hit; -1 = all
    id: str = ""
    delay: float = 0.0  # seconds until the answer, for callers who do not wait as long
    retry_after: int = 0  # seconds, as the header of that name; 0 = none
    percent: float = 100.0  # of the requests that it is meant for, how many it hits, by chance


@dataclass
class Knobs:
    """Settings of the simulation itself. Times in seconds."""

    latency: float = 0.0
    get_lag: float = 0.0  # a new user answers 404 by key for so long
    list_lag: float = 0.0  # ... is missing from lists
    search_lag: float = 0.0  # ... is missing from queries
    creation_window: float = 0.0  # 412 "User creation is not complete." for changes
    group_lag: float = 0.0  # a new group's members answer 404
    rename_window: float = 0.0  # 409 "conflict" for changes after a new primary address
    mailbox_lag: float = 0.0  # a new user's isMailboxSetup turns true after so long
    grant_lag: float = 0.0  # a new delegation works only after so long
    queries_per_minute: int = 2400
    creates_per_second: int = 10
    enforce_quota: bool = True
    org_units_per_second: int = 1
    quota_answer: Literal["403", "403 text", "429", "503"] = "403"  # guess: which one today; documents disagree
    page_limit: int = 0  # >0: pages are at most this long, whatever was asked
    lists_end_early: bool = False  # lists stop after the first page, without an error and without a token
    repeat_last_row: bool = False  # each page begins with the row that the page before ended with
    clamp_max_results: bool = True  # guess: too large a maxResults is lowered (False: refused with 400)
    order_by_uses_search: bool = False  # guess: whether orderBy is subject to search_lag
    delete_status: Literal[200, 204] = 204  # guess: of users.delete
    conflict_account: Literal["replace", "invite", "keep"] = "replace"  # the Admin console's option
    accents_in_local_parts: bool = False  # guess: whether é is accepted in addresses
    license_secondary_domains: bool = True  # guess: customerLicense knows secondary and alias domains
    deleted_name_blocks: bool = False  # guess: whether a name deleted under 20 days ago is refused
    unmanaged_blocks: bool = False  # guess: whether an unmanaged account's name is refused where nothing is resolved
    task_delay: float = 0.0  # tasks are delivered so much later
    tasks_lost_percent: int = 0  # never delivered, although the queue took them
    tasks_duplicated_percent: int = 0  # delivered twice
    session_age_claims: bool = False  # ID tokens say when the person signed in, where the app asks; for verified apps
    tasks_reordered: bool = False  # those that are due at the same time leave in any order
    clock_offset: float = 0.0  # the simulation's clock against the machine's


@dataclass
class World:
    """Everything. Read under `lock` or through the modules' own functions; change inside `changing()`."""

    project: Project = field(default_factory=Project)
    customers: dict[str, Customer] = field(default_factory=dict)
    users: dict[str, User] = field(default_factory=dict)  # by id; deleted ones stay until their 20 days are over
    groups: dict[str, Group] = field(default_factory=dict)  # by id
    faults: list[Fault] = field(default_factory=list)
    knobs: Knobs = field(default_factory=Knobs)
    consents: dict[str, list[str]] = field(default_factory=dict)  # user id -> scopes granted to the web client
    refresh_tokens: dict[str, RefreshToken] = field(default_factory=dict)  # by value
    password_hint: str = ""  # shown on the sign-in page
    browser_sessions: dict[str, BrowserSession] = field(default_factory=dict)  # by cookie
    signing_keys: list[SigningKey] = field(default_factory=list)  # of ID tokens; the first one signs
    service_account_keys: list[SigningKey] = field(default_factory=list)  # what signJwt signs with; the same order
    queued_tasks: dict[str, QueuedTask] = field(default_factory=dict)  # by name
    tokens: dict[str, Token] = field(default_factory=dict)  # access tokens by value; gone after a restart
    codes: dict[str, AuthorizationCode] = field(default_factory=dict)  # by value; gone after a restart
    version: int = 0

    def __post_init__(self) -> None:
        """The lock, the journal and the lookups of computed people are not part of the state."""
        self.lock = threading.RLock()
        self.journal: Callable[[], None] | None = None  # called after each change; sandbox/google/journal.py
        self.at_close: Callable[[], None] = lambda: None
        self.computed_people: list[Callable[[str], User | None]] = []  # by id or e-mail, for people not in `users`

    def now(self) -> datetime:
        """The simulation's time, aware, UTC."""
        return datetime.now(UTC) + timedelta(seconds=self.knobs.clock_offset)

    @contextmanager
    def changing(self) -> Iterator["World"]:
        """Hold the lock for a change; the version is one higher afterwards."""
        with self.lock:
            yield self
            self.version += 1
            if self.journal:
                self.journal()

    @contextmanager
    def noting(self) -> Iterator["World"]:
        """As `changing`, for what no look-up of people depends on: the version, and what is derived by it, stay."""
        with self.lock:
            yield self
            if self.journal:
                self.journal()

    def close(self) -> None:
        """Close the journal; changes from now on are not kept."""
        with self.lock:
            self.journal = None
            self.at_close()

    def user(self, user_id: str) -> User | None:
        """The account with this id, also a suspended or deleted one."""
        return self.users.get(user_id) or self._computed(user_id)

    def user_by_email(self, email: str) -> User | None:
        """The account whose primary address this is, not a deleted one; letter case does not matter."""
        wanted = email.lower()
        with self.lock:
            for user in self.users.values():
                if user.primary_email.lower() == wanted and not user.deletion_time:
                    return user
        computed = self._computed(wanted)
        # A computed person who was renamed or deleted lives on in `users` and no longer has the computed address.
        return computed if computed and computed.id not in self.users else None

    def _computed(self, key: str) -> User | None:
        return next((found for lookup in self.computed_people if (found := lookup(key))), None)
