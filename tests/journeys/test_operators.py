"""The people who run a deployment: who they are, and the documents they take to Google's pages."""

import json
import xml.etree.ElementTree as ET
from collections.abc import Iterator

import pytest

from marketplace import listing
from marketplace.manifest import NAMESPACE
from sandbox.google import control, seed
from tests.serving import served
from tests.stack import ADMIN, HELPDESK, OPERATOR, SCHOOL, Stack, allow, free_port
from tests.stored import nothing_written, stored
from tests.web import Page, Web

DOCUMENTS = (
    "/operators/", "/marketplace/manifest.xml", "/marketplace/configuration", "/marketplace/configuration.json",
)  # fmt: skip
LISTED_CONSUMER, LISTED_ELSEWHERE = "chief@gmail.com", "chief@mail.example"


@pytest.fixture(scope="module")
def operator(school: Stack) -> Web:
    web = school.browser(OPERATOR)
    allow(web.get(f"{school.base_url}/operators/"))
    return web


@pytest.mark.parametrize("path", DOCUMENTS)
@pytest.mark.parametrize("email", [ADMIN, HELPDESK, "dario.delegate@northfield.example"])
def test_people_of_customers_are_no_operators(school: Stack, email: str, path: str) -> None:
    web = school.browser(email)
    web.get(f"{school.base_url}/marketplace/launch")

    with nothing_written(school):
        page = web.get(f"{school.base_url}{path}")

    assert page.status == 403
    assert "for the operators of Frontdesk" in page.text
    assert not any(link.element["href"].startswith("/operators") for link in page.links)


@pytest.fixture(scope="module")
def listed(school: Stack) -> Iterator[str]:
    """A second app over the same Google, whose operators have consumer accounts; its address."""
    base_url = f"http://localhost:{free_port()}"
    for email in (LISTED_CONSUMER, LISTED_ELSEWHERE):
        control.create_user(school.world, email, seed.PASSWORD)
    with school.world.changing():
        school.world.project.redirect_uris.append(f"{base_url}/marketplace/return")
    operators = frozenset({LISTED_CONSUMER, LISTED_ELSEWHERE})
    settings = school.settings.model_copy(update={"base_url": base_url, "operators": operators})
    with served(settings, school.clock):
        yield base_url


def test_listed_gmail_account_is_an_operator(school: Stack, listed: str) -> None:
    page = signed_in(school, listed, LISTED_CONSUMER)

    assert page.heading == "Domains"
    assert page.web.get(f"{listed}/").heading == "Domains"
    refused = page.web.get(f"{listed}/accounts/new")
    assert refused.status == 403
    assert "no domain that uses Frontdesk" in refused.text


def test_listed_address_of_a_consumer_account_that_google_does_not_vouch_for_is_nobody(
    school: Stack, listed: str
) -> None:
    """Anybody can have made a Google account with an address elsewhere that was theirs for a while."""
    page = signed_in(school, listed, LISTED_ELSEWHERE)

    assert page.status == 403
    assert LISTED_ELSEWHERE in page.text
    assert "frontdesk" not in page.web.session.cookies


def test_operator_of_another_deployment_is_none_here(school: Stack, listed: str) -> None:
    assert signed_in(school, listed, OPERATOR).status == 403


def signed_in(school: Stack, base_url: str, email: str) -> Page:
    """Where a person comes out who opens the operators' page, through sign-in and consent."""
    web = school.browser(email)
    page = web.get(f"{base_url}/operators/")
    if any(form.element["id"] == "signin" for form in page.forms):  # the chooser offers Workspace accounts only
        page = page.form("signin").submit(email=email, password=seed.PASSWORD)
    return allow(page)


def test_operator_finds_the_domains_and_searches_them(school: Stack, operator: Web) -> None:
    page = operator.get(f"{school.base_url}/operators/")
    assert [row[0] for row in page.rows if row[0].endswith(".example")] == [SCHOOL]

    assert SCHOOL in page.form("Search").submit(q="north").text
    assert "No domain contains" in operator.get(f"{school.base_url}/operators/").form("Search").submit(q="harbour").text


def test_manifest_is_well_formed_and_absolute_with_the_literal_placeholder(school: Stack, operator: Web) -> None:
    page = operator.get(f"{school.base_url}/marketplace/manifest.xml")

    assert page.headers["Content-Type"].startswith("application/xml")
    root = ET.fromstring(page.html)  # noqa: S314 - our own
    assert root.tag == f"{{{NAMESPACE}}}ApplicationManifest"
    links = {element.get("rel"): element.get("href") for element in root.iter(f"{{{NAMESPACE}}}Link")}
    assert links["setup"] == f"{school.base_url}/marketplace/setup/${{DOMAIN_NAME}}/"
    assert links["manage"] == f"{school.base_url}/marketplace/manage/${{DOMAIN_NAME}}/"
    assert links.keys() == {"setup", "manage", "support", "deletion-policy"}
    for url in (links["support"], links["deletion-policy"]):
        assert operator.get(str(url)).status == 200
    scopes = [e.findtext(f"{{{NAMESPACE}}}Url") for e in root.findall(f"{{{NAMESPACE}}}Scope")]
    assert scopes == [scope.url for scope in listing.DIRECTORY_SCOPES]


def test_configuration_sheet_has_the_values_of_the_listing_on_page_and_as_json(school: Stack, operator: Web) -> None:
    sheet = json.loads(operator.get(f"{school.base_url}/marketplace/configuration.json").html)
    values = {value["key"]: value["value"] for group in sheet["groups"] for value in group["values"]}

    assert values["name"] == listing.NAME
    assert values["scopes"].split("\n") == [scope.url for scope in listing.ALL_SCOPES]
    assert values["scopes"].split("\n") == school.world.project.listed_scopes
    assert values["application_id"] == school.world.project.number
    assert values["universal_nav_url"] == school.world.project.launch_url
    assert values["setup_url"] == school.world.project.setup_url
    assert [values["redirect_uri"]] == school.world.project.redirect_uris[:1]
    assert values["service_account"] == school.world.project.service_account_client_id
    page = operator.get(f"{school.base_url}/marketplace/configuration")
    copied = [e["value"] or e.raw_text for e in page.document.all("input", "textarea") if "data-value" in e]
    assert copied == [value["value"] for group in sheet["groups"] for value in group["values"]]
    assert school.settings.oidc_client_secret.get_secret_value() not in page.html
    assert any("not https" in notice for notice in sheet["warnings"])
    for key in ("terms_url", "privacy_url", "support_url", "data_deletion_url"):
        assert school.browser().get(values[key]).status == 200, "open to everybody"


def test_commands_print_what_the_pages_show(school: Stack, operator: Web) -> None:
    commands = school.app.test_cli_runner()

    manifest = commands.invoke(args=["marketplace", "manifest"])
    configuration = commands.invoke(args=["marketplace", "configuration"])

    assert manifest.output == operator.get(f"{school.base_url}/marketplace/manifest.xml").html
    page = operator.get(f"{school.base_url}/marketplace/configuration.json")
    assert json.loads(configuration.output) == json.loads(page.html)


def test_commands_manage_domains_as_the_page_does(stack: Stack) -> None:
    commands = stack.app.test_cli_runner()
    assert commands.invoke(args=["marketplace", "add-independent", "Oldmill.Example"]).exit_code == 0
    link = commands.invoke(args=["marketplace", "setup-link", "oldmill.example"]).output.strip()

    admin = stack.browser("orla.admin@oldmill.example")
    assert allow(admin.get(link)).form("Begin setup").submit().path == "/marketplace/setup/"
    failed = commands.invoke(args=["marketplace", "disable", "never-seen.example", "--reason", "Test."])
    assert failed.exit_code == 1
    assert "not known here" in failed.output
    assert link.rsplit("/", 1)[1] not in str(stored(stack))
