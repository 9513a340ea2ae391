"""The listing in all its forms: manifest, configuration sheet, code, and what the simulated Google was told."""

import xml.etree.ElementTree as ET
from dataclasses import fields

import pytest

from marketplace import listing
from marketplace.listing import Addresses
from marketplace.manifest import DOMAIN, NAMESPACE, configuration_sheet, manifest_xml, sheet_warnings
from provisioning.directory import google as directory
from provisioning.directory import google_licensing
from sandbox.google import seed

BASES = ["https://frontdesk.example.com", "http://localhost:8080"]
NS = {"m": NAMESPACE}


def root(base: str) -> ET.Element:
    return ET.fromstring(manifest_xml(Addresses(base)))  # noqa: S314 - our own


def sheet(base: str) -> dict[str, str]:
    groups = configuration_sheet(
        Addresses(base),
        application_id="412345678901",
        service_account_client_id="108234567890123456789",
        oauth_client_id="web-client",
        support_email="support@frontdesk.example.com",
    )
    return {value.key: value.value for group in groups for value in group.values}


@pytest.mark.parametrize("base", BASES)
def test_manifest_is_the_sources_application_manifest(base: str) -> None:
    manifest = root(base)
    assert manifest.tag == f"{{{NAMESPACE}}}ApplicationManifest"
    order = [child.tag.removeprefix(f"{{{NAMESPACE}}}") for child in manifest]
    assert order == ["Name", "Description", "Support", "Extension", "Extension"] + ["Scope"] * 6
    assert manifest.findtext("m:Name", namespaces=NS) == listing.NAME
    assert manifest.findtext("m:Description", namespaces=NS) == listing.DESCRIPTION


@pytest.mark.parametrize("base", BASES)
def test_links_of_the_manifest_are_absolute_and_keep_the_placeholder(base: str) -> None:
    links = {link.get("rel"): link.get("href") for link in root(base).findall("m:Support/m:Link", NS)}
    assert links == {
        "setup": base + "/marketplace/setup/${DOMAIN_NAME}/",
        "manage": base + "/marketplace/manage/${DOMAIN_NAME}/",
        "support": base + "/marketplace/support",
        "deletion-policy": base + "/marketplace/data-deletion",
    }


@pytest.mark.parametrize("base", BASES)
def test_navigation_link_comes_from_google_with_all_scopes(base: str) -> None:
    manifest = root(base)
    nav, realm = manifest.findall("m:Extension", NS)
    assert (nav.get("id"), nav.get("type")) == ("navLink", "link")
    assert nav.findtext("m:Url", namespaces=NS) == base + "/marketplace/login/${DOMAIN_NAME}/?from=google"
    refs = [scope.get("ref") for scope in nav.findall("m:Scope", NS)]
    assert refs == [scope.get("id") for scope in manifest.findall("m:Scope", NS)]
    assert realm.get("type") == "openIdRealm"
    assert realm.findtext("m:Url", namespaces=NS) == base + "/"


def test_manifest_begins_as_xml_and_holds_the_literal_placeholder() -> None:
    text = manifest_xml(Addresses(BASES[0]))
    assert text.startswith('<?xml version="1.0" encoding="UTF-8" ?>\n<ApplicationManifest xmlns="')
    assert text.count(DOMAIN) == 3
    assert text.endswith("</ApplicationManifest>\n")


def test_manifest_is_well_formed_whatever_the_address() -> None:
    assert root('https://a.example/?x="&<')  # Settings refuse it; the writer escapes it all the same


@pytest.mark.parametrize("base", BASES)
def test_scopes_are_the_same_everywhere(base: str) -> None:
    in_code = {
        directory.USERS, directory.GROUPS, directory.MEMBERS, directory.ORG_UNITS, directory.DOMAINS,
        directory.CUSTOMER,
    }  # fmt: skip
    in_manifest = [scope.findtext("m:Url", namespaces=NS) for scope in root(base).findall("m:Scope", NS)]
    on_sheet = sheet(base)["scopes"].split("\n")
    assert {scope.url for scope in listing.DIRECTORY_SCOPES} == in_code
    assert in_manifest == [scope.url for scope in listing.DIRECTORY_SCOPES]
    assert on_sheet == [scope.url for scope in listing.ALL_SCOPES] == seed.LISTED_SCOPES
    assert len(set(on_sheet)) == len(on_sheet) == 9


def test_every_scope_gives_its_reason() -> None:
    for scope in listing.ALL_SCOPES:
        assert scope.reason.endswith(".")
    assert len({scope.id for scope in listing.ALL_SCOPES}) == 9
    reasons = [scope.findtext("m:Reason", namespaces=NS) for scope in root(BASES[0]).findall("m:Scope", NS)]
    assert reasons == [scope.reason for scope in listing.DIRECTORY_SCOPES]


@pytest.mark.parametrize("base", BASES)
def test_an_optional_scope_is_used_by_code_and_granted_by_no_install(base: str) -> None:
    optional = [scope.url for scope in listing.OPTIONAL_SCOPES]
    assert optional == [google_licensing.LICENSING]
    assert not set(optional) & {scope.url for scope in listing.ALL_SCOPES}
    assert optional[0] not in manifest_xml(Addresses(base)) + sheet(base)["scopes"]


@pytest.mark.parametrize("base", BASES)
def test_sheet_has_the_values_of_this_deployment(base: str) -> None:
    values = sheet(base)
    assert values["universal_nav_url"] == base + "/marketplace/launch"
    assert values["setup_url"] == base + "/marketplace/setup/"
    assert values["admin_config_url"] == base + "/marketplace/manage/"
    assert values["support_url"] == base + "/marketplace/support"
    assert values["terms_url"] == base + "/marketplace/terms"
    assert values["privacy_url"] == base + "/marketplace/privacy"
    assert values["data_deletion_url"] == base + "/marketplace/data-deletion"
    assert values["redirect_uri"] == base + "/marketplace/return"
    assert values["application_id"] == "412345678901"
    assert values["service_account"] == "108234567890123456789"
    assert values["oauth_client_id"] == "web-client"
    assert "$" not in "".join(values.values())  # today's pages know no placeholder


def test_listing_keeps_to_googles_limits() -> None:
    assert len(listing.NAME) <= 50
    assert len(listing.SHORT_DESCRIPTION) <= 200
    assert len(listing.DESCRIPTION) < 16_000


@pytest.mark.parametrize(
    ("base", "words"),
    [
        ("https://frontdesk.example.com", []),
        ("http://localhost:8080", ["not https"]),
        ("https://frontdesk.appspot.com", ["appspot.com"]),
    ],
)
def test_operators_are_warned(base: str, words: list[str]) -> None:
    warnings = sheet_warnings(Addresses(base))
    assert len(warnings) == len(words)
    assert all(word in warning for word, warning in zip(words, warnings, strict=True))


def test_addresses_are_all_on_the_base() -> None:
    addresses = Addresses(BASES[0])
    names = [name for name in dir(Addresses) if isinstance(getattr(Addresses, name), property)]
    assert len(names) == 8
    assert all(getattr(addresses, name).startswith(BASES[0] + "/marketplace/") for name in names)
    assert [field.name for field in fields(Addresses)] == ["base_url"]
