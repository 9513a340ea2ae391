"""What stands at the side of every page, and what administrators find under Domain. Endpoints are of any room."""

from marketplace.frame import NavItem
from marketplace.manage_web import SettingsLink

NAV: tuple[NavItem, ...] = (
    NavItem("Home", "accounts.home", "house", "member"),
    NavItem("New account", "accounts.new", "user-plus", "creator"),
    NavItem("Bulk", "bulk.jobs", "upload", "creator"),
    NavItem("Names", "settings.names", "at-sign", "admin"),
    NavItem("Rules", "rules.show", "list-checks", "admin"),
    NavItem("Invitations", "invitations.show", "link", "admin"),
    NavItem("Who may create", "settings.creators", "user-check", "admin"),
    NavItem("Directory", "directory.show", "users-round", "admin"),
    NavItem("API keys", "keys.show", "key-round", "admin"),
    NavItem("Audit", "settings.audit", "scroll-text", "admin"),
    NavItem("Domain", "manage.show", "building-2", "admin"),
    NavItem("Domains", "operators.domains", "globe", "operator"),
    NavItem("Listing", "operators.configuration", "clipboard-list", "operator"),
)
SETTINGS_LINKS = (
    SettingsLink("Names", "Patterns, reserved words, and the list of those in use.", "settings.names", "at-sign"),
    SettingsLink("Rules", "Where new accounts go, groups, passwords, letters.", "rules.show", "list-checks"),
    SettingsLink("Follow-ups", "What is not done yet after new accounts.", "follow_ups.show", "hourglass"),
    SettingsLink("Directory", "Whose addresses are in use, and as of when.", "directory.show", "users-round"),
    SettingsLink("Who may create", "The people besides administrators.", "settings.creators", "user-check"),
    SettingsLink("Invitations", "Links with which people open their own accounts.", "invitations.show", "link"),
    SettingsLink("API keys", "For scripts that call the REST interface.", "keys.show", "key-round"),
    SettingsLink("Compatibility access", "For pages of Google's archived program.", "compatibility.show", "globe"),
    SettingsLink("Audit", "Who did what, and when.", "settings.audit", "scroll-text"),
)
