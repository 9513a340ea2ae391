"""The listing in the two forms that exist: the ApplicationManifest of 2009, and today's Marketplace SDK pages. Pure.

Google no longer reads the first; it is kept because tools and the source documents expect it. The second has no file
format and no API at Google's: a person pastes the values.
"""

import xml.etree.ElementTree as ET
from dataclasses import dataclass

from marketplace import listing
from marketplace.listing import Addresses

NAMESPACE = "http://schemas.google.com/ApplicationManifest/2009"
_CONSOLE = "https://console.cloud.google.com"
DOMAIN = "${DOMAIN_NAME}"
"""Expanded by Google once; every address here also works with it unexpanded, or with no domain at all."""


def manifest_xml(addresses: Addresses) -> str:
    """The ApplicationManifest, with absolute URLs."""
    root = ET.Element("ApplicationManifest", xmlns=NAMESPACE)
    _text(root, "Name", listing.NAME)
    _text(root, "Description", listing.DESCRIPTION)
    _support(root, addresses)
    _navigation(root, addresses)
    realm = ET.SubElement(root, "Extension", id="realm", type="openIdRealm")
    _text(realm, "Url", addresses.at("/"))
    for scope in listing.DIRECTORY_SCOPES:
        element = ET.SubElement(root, "Scope", id=scope.id)
        _text(element, "Url", scope.url)
        _text(element, "Reason", scope.reason)
    ET.indent(root)
    return '<?xml version="1.0" encoding="UTF-8" ?>\n' + ET.tostring(root, encoding="unicode") + "\n"


def _support(root: ET.Element, addresses: Addresses) -> None:
    support = ET.SubElement(root, "Support")
    links = {
        "setup": addresses.at(f"/marketplace/setup/{DOMAIN}/"),
        "manage": addresses.at(f"/marketplace/manage/{DOMAIN}/"),
        "support": addresses.support,
        "deletion-policy": addresses.data_deletion,
    }
    for rel, href in links.items():
        ET.SubElement(support, "Link", rel=rel, href=href)


def _navigation(root: ET.Element, addresses: Addresses) -> None:
    link = ET.SubElement(root, "Extension", id="navLink", type="link")
    _text(link, "Name", listing.NAME)
    _text(link, "Url", addresses.at(f"/marketplace/login/{DOMAIN}/?from=google"))
    for scope in listing.DIRECTORY_SCOPES:
        ET.SubElement(link, "Scope", ref=scope.id)


def _text(parent: ET.Element, name: str, text: str) -> None:
    ET.SubElement(parent, name).text = text


@dataclass(frozen=True)
class SheetValue:
    """One value to paste. where: the field's name on Google's page. hint: what to mind."""

    key: str
    where: str
    value: str
    hint: str = ""


@dataclass(frozen=True)
class SheetGroup:
    """The values of one of Google's pages. where: the way there, in words. url: the page."""

    title: str
    where: str
    url: str
    values: tuple[SheetValue, ...]


def configuration_sheet(
    addresses: Addresses,
    *,
    application_id: str,
    service_account_client_id: str,
    oauth_client_id: str,
    support_email: str,
) -> list[SheetGroup]:
    """What an operator pastes into the Cloud console, grouped as its pages are."""
    scopes = "\n".join(scope.url for scope in listing.ALL_SCOPES)
    return [
        SheetGroup("App Configuration", "APIs and services, Google Workspace Marketplace SDK, App Configuration",
                   _CONSOLE + "/apis/api/appsmarket-component.googleapis.com/googleapps_sdk", (
            SheetValue("application_id", "Project number (App ID)", application_id, "Shown there; compare it."),
            SheetValue("visibility", "App visibility", "Public", "Cannot be changed once it is saved."),
            SheetValue("installation", "Installation settings", "Admin Only Install"),
            SheetValue("universal_nav_url", "App integrations, Web app, Universal Nav URL", addresses.launch),
            SheetValue("scopes", "OAuth scopes", scopes, "One a line; the same on the OAuth consent screen."),
            SheetValue("service_account", "Service account, OAuth client", service_account_client_id,
                       "The numeric client ID, made Marketplace-compatible before anybody installs."),
            SheetValue("developer_email", "Developer email", support_email),
        )),
        SheetGroup("Store Listing", "APIs and services, Google Workspace Marketplace SDK, Store Listing",
                   _CONSOLE + "/apis/api/appsmarket-component.googleapis.com/googleapps_sdk_publish", (
            SheetValue("name", "Application name", listing.NAME, "At most 50 characters."),
            SheetValue("short_description", "Short description", listing.SHORT_DESCRIPTION, "At most 200 characters."),
            SheetValue("detailed_description", "Detailed description", listing.DESCRIPTION),
            SheetValue("terms_url", "Terms of service URL", addresses.terms),
            SheetValue("privacy_url", "Privacy policy URL", addresses.privacy),
            SheetValue("support_url", "Support URL", addresses.support),
            SheetValue("setup_url", "Setup URL", addresses.setup),
            SheetValue("admin_config_url", "Admin config URL", addresses.manage),
            SheetValue("graphics", "Graphic assets", "Icons 128, 96, 48, 32; banner 220x140; screenshots 1280x800"),
        )),
        SheetGroup("OAuth web client", "APIs and services, Credentials", _CONSOLE + "/apis/credentials", (
            SheetValue("oauth_client_id", "Client ID", oauth_client_id),
            SheetValue("redirect_uri", "Authorised redirect URI", addresses.redirect_uri, "Exactly this one."),
            SheetValue("data_deletion_url", "Linked from the privacy policy", addresses.data_deletion),
        )),
    ]  # fmt: skip


def sheet_warnings(addresses: Addresses) -> list[str]:
    """What would make Google's review or the first customer stumble."""
    warnings = []
    if not addresses.base_url.startswith("https://"):
        warnings.append("The base URL is not https: Google accepts such addresses for nobody but yourself.")
    if addresses.base_url.endswith(".appspot.com"):
        warnings.append("The base URL is on appspot.com: customers see it for good. Map a domain of your own first.")
    return warnings
