"""The one description of the app: name, addresses, scopes with reasons.

From it come the manifest, the configuration sheet, what code asks for, and the table in docs/deploying.md; tests hold
them equal. Pure.
"""

from dataclasses import dataclass

NAME = "Frontdesk"
SHORT_DESCRIPTION = "Usernames nobody else can take, and accounts opened in one step, by the people you trust."
DESCRIPTION = (
    "Frontdesk is the front desk of your Google Workspace domain. People whom an administrator trusts type a name, "
    "pick one of the suggested usernames, which is held for them, and open the account. Or they upload a list, see "
    "what will happen to every row, and have all its accounts opened. With an invitation people open their own. "
    "Administrators choose the patterns, where accounts go, the groups they join, the password rules and who may open "
    "accounts, and see who did what."
)


@dataclass(frozen=True)
class Scope:
    """One OAuth scope. reason: one sentence, shown to administrators. id: short, for the manifest. what: it opens."""

    id: str
    what: str
    url: str
    reason: str


SIGN_IN_SCOPES = (
    Scope("openid", "who signs in", "openid", "Signs people in with their Google account."),
    Scope("email", "the e-mail address", "email", "Shows who is signed in, and names them in the audit log."),
    Scope("profile", "the name", "profile", "Greets people by their name."),
)
_AUTH = "https://www.googleapis.com/auth/"
DIRECTORY_SCOPES = (
    Scope(
        "users", "people", _AUTH + "admin.directory.user", "Checks that a username is free, and creates the account."
    ),
    Scope(
        "groups",
        "groups",
        _AUTH + "admin.directory.group.readonly",
        "Checks that a username is not the address of a group.",
    ),
    Scope(
        "members",
        "members of groups",
        _AUTH + "admin.directory.group.member",
        "Adds the people whose accounts it creates to the groups that your rules name.",
    ),
    Scope(
        "orgunits",
        "organizational units",
        _AUTH + "admin.directory.orgunit.readonly",
        "Offers your organizational units for new accounts.",
    ),
    Scope(
        "domains",
        "domains",
        _AUTH + "admin.directory.domain.readonly",
        "Recognises all your domains as one organization.",
    ),
    Scope(
        "customer",
        "the organization",
        _AUTH + "admin.directory.customer.readonly",
        "Ties this installation to your organization for good.",
    ),
)
ALL_SCOPES = SIGN_IN_SCOPES + DIRECTORY_SCOPES
OPTIONAL_SCOPES = (
    Scope(
        "licenses",
        "licenses of Google's products",
        _AUTH + "apps.licensing",
        "Gives new accounts the license that your rules name; most domains have Google do that.",
    ),
)
"""Not in the listing, because an install grants all of that. A domain that wants one delegates it by hand."""


@dataclass(frozen=True)
class Addresses:
    """Absolute URLs of this deployment."""

    base_url: str

    def at(self, path: str) -> str:
        """A path on the configured origin."""
        return self.base_url + path

    @property
    def launch(self) -> str:
        """Universal navigation URL: works with no domain in it."""
        return self.at("/marketplace/launch")

    @property
    def setup(self) -> str:
        """Setup URL."""
        return self.at("/marketplace/setup/")

    @property
    def manage(self) -> str:
        """Admin config URL."""
        return self.at("/marketplace/manage/")

    @property
    def redirect_uri(self) -> str:
        """Authorised redirect URI of the OAuth web client."""
        return self.at("/marketplace/return")

    @property
    def support(self) -> str:
        """Support page."""
        return self.at("/marketplace/support")

    @property
    def privacy(self) -> str:
        """Privacy policy."""
        return self.at("/marketplace/privacy")

    @property
    def terms(self) -> str:
        """Terms of service."""
        return self.at("/marketplace/terms")

    @property
    def data_deletion(self) -> str:
        """What is deleted when, and how to ask for it."""
        return self.at("/marketplace/data-deletion")
