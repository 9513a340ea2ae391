"""What operators do: independent domains, disabling, setup links; as services and as commands."""

import json
import threading
import xml.etree.ElementTree as ET
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import pytest
from flask import Flask
from flask.testing import FlaskCliRunner
from google.cloud import ndb

import main
from marketplace.records import AppsDomain, InstallLink
from marketplace.rules import Standing
from runtime.datastore import Datastore
from runtime.problems import BadRequest, Conflict, NotFound
from runtime.settings import Settings
from sandbox.google import seed
from tests.marketplace.house import SCHOOL, STUDENTS, VENDOR, House, count, everything

DOMAIN = "harbour.example"


@pytest.fixture
def linked(house: House) -> str:
    """The token of a fresh setup link for DOMAIN."""
    house.operators.add_independent(DOMAIN, VENDOR)
    return house.operators.issue_setup_link(DOMAIN, VENDOR).url.rpartition("/")[2]


def test_independent_domain_is_added_once(house: House) -> None:
    assert house.operators.add_independent(" Harbour.EXAMPLE. ", VENDOR) == DOMAIN
    assert house.operators.add_independent(DOMAIN, VENDOR) == DOMAIN
    assert house.standing(DOMAIN) is Standing.NOT_SET_UP
    assert count("AppsDomain") == 1


@pytest.mark.parametrize("typed", ["", "harbour", "${DOMAIN_NAME}", "https://harbour.example", "a b.example"])
def test_domain_has_to_be_one(house: House, typed: str) -> None:
    for ask in (
        lambda: house.operators.add_independent(typed, VENDOR),
        lambda: house.operators.disable(typed, "Unpaid.", VENDOR),
        lambda: house.operators.enable(typed, VENDOR),
        lambda: house.operators.issue_setup_link(typed, VENDOR),
    ):
        with pytest.raises(BadRequest):
            ask()
    assert everything() == 0


@pytest.mark.parametrize("reason", ["", "  ", "\n"])
def test_disable_needs_a_reason(house: House, reason: str) -> None:
    house.operators.add_independent(DOMAIN, VENDOR)
    with pytest.raises(BadRequest):
        house.operators.disable(DOMAIN, reason, VENDOR)
    assert house.standing(DOMAIN) is Standing.NOT_SET_UP


def test_unknown_domain_is_not_found(house: House) -> None:
    """Defect 9 of the original: it answered 500."""
    for ask in (
        lambda: house.operators.disable(DOMAIN, "Unpaid.", VENDOR),
        lambda: house.operators.enable(DOMAIN, VENDOR),
        lambda: house.operators.issue_setup_link(DOMAIN, VENDOR),
    ):
        with pytest.raises(NotFound):
            ask()
    assert everything() == 0


def test_list_has_each_customer_once_and_can_be_searched(house: House) -> None:
    house.set_up()
    house.operators.add_independent(DOMAIN, VENDOR)
    assert [state.domain for state in house.operators.domains()] == [DOMAIN, SCHOOL]
    assert [state.domain for state in house.operators.domains("NORTH")] == [SCHOOL]
    assert house.operators.domains("nowhere") == []


def test_search_finds_a_domain_among_many(house: House) -> None:
    ndb.put_multi([AppsDomain(id=f"school{number:03}.example") for number in range(501)])
    assert [state.domain for state in house.operators.domains("school500")] == ["school500.example"]


def test_what_operators_do_is_in_a_log(house: House) -> None:
    house.set_up()
    house.operators.add_independent(DOMAIN, VENDOR)
    house.operators.issue_setup_link(DOMAIN, VENDOR)
    house.operators.disable(SCHOOL, "Unpaid.", VENDOR)
    assert house.audit() == ["domain.independent", "setup_link.issued"]
    assert [entry.action for entry in house.operators.recent(5)] == ["setup_link.issued", "domain.independent"]
    disabled = house.entries(seed.NORTHFIELD)[0]
    assert (disabled.action, disabled.actor_label, disabled.detail) == (
        "domain.disabled",
        seed.OPERATOR,
        {"reason": "Unpaid."},
    )


# Setup links


def test_link_is_shown_once_and_kept_as_a_hash(house: House, linked: str, settings: Settings) -> None:
    link = house.operators.issue_setup_link(DOMAIN, VENDOR)
    assert link.url.startswith(f"{settings.base_url}/marketplace/setup-link/")
    assert len(linked) == 43
    assert link.expires_at - house.clock() > timedelta(days=6, hours=23)
    rows = InstallLink.query().fetch()
    assert len(rows) == 2
    assert not [row for row in rows if linked in f"{row.key.id()} {row!r}"]
    assert house.operators.linked_domain(linked) == DOMAIN


def test_link_is_used_once(house: House, linked: str) -> None:
    assert house.operators.redeem(linked, house.actor()) == DOMAIN
    with pytest.raises(NotFound):
        house.operators.redeem(linked, house.actor())
    with pytest.raises(NotFound):
        house.operators.linked_domain(linked)
    assert house.audit()[-1] == "setup_link.used"


def test_looking_at_a_link_does_not_use_it_up(house: House, linked: str) -> None:
    assert [house.operators.linked_domain(linked) for _ in range(3)] == [DOMAIN] * 3


@pytest.mark.parametrize("token", ["", "x", "ü", "x" * 5000])
def test_link_that_never_was_is_not_found(house: House, linked: str, token: str) -> None:
    with pytest.raises(NotFound):
        house.operators.redeem(token, house.actor())
    assert house.audit()[-1] == "setup_link.issued"


def test_link_expires_after_a_week(house: House, linked: str) -> None:
    house.clock.advance(days=6, hours=23)
    assert house.operators.linked_domain(linked) == DOMAIN
    house.clock.advance(hours=1)
    with pytest.raises(NotFound):
        house.operators.redeem(linked, house.actor())


def test_one_of_many_uses_a_link(house: House, linked: str, datastore: Datastore) -> None:
    actor, together = house.actor(), threading.Barrier(5)

    def use(_: int) -> bool:
        with datastore.context():
            together.wait(10)
            try:
                return house.operators.redeem(linked, actor) == DOMAIN
            except NotFound:
                return False

    with ThreadPoolExecutor(5) as pool:
        assert list(pool.map(use, range(5))).count(True) == 1
    assert house.audit().count("setup_link.used") == 1


@pytest.mark.parametrize("domain", [SCHOOL, STUDENTS])
def test_domain_of_the_marketplace_needs_no_link(house: House, domain: str) -> None:
    house.set_up()
    with pytest.raises(Conflict):
        house.operators.issue_setup_link(domain, VENDOR)
    assert count("InstallLink") == 0


# The same as commands


@pytest.fixture
def app(settings: Settings, datastore: Datastore) -> Iterator[Flask]:
    app = main.create_app(settings.model_copy(update={"google_cloud_project": datastore.client.project}))
    yield app
    main.close(app)


@pytest.fixture
def commands(app: Flask) -> FlaskCliRunner:
    return app.test_cli_runner()


def run(commands: FlaskCliRunner, *arguments: str, fails: bool = False) -> str:
    answer = commands.invoke(args=["marketplace", *arguments])
    assert answer.exit_code == (1 if fails else 0), answer.output
    assert "Traceback" not in answer.output
    return str(answer.output)


def test_commands_manage_a_domain(house: House, commands: FlaskCliRunner) -> None:
    assert "harbour.example is now managed by hand" in run(commands, "add-independent", "Harbour.example")
    token = run(commands, "setup-link", DOMAIN).strip().rpartition("/")[2]
    assert house.operators.linked_domain(token) == DOMAIN
    assert "is disabled" in run(commands, "disable", DOMAIN, "--reason", "Unpaid.")
    assert house.standing(DOMAIN) is Standing.DISABLED
    assert "no longer disabled" in run(commands, "enable", DOMAIN)
    assert house.standing(DOMAIN) is Standing.NOT_SET_UP
    actions = ["domain.independent", "setup_link.issued", "domain.disabled", "domain.disable_lifted"]
    assert house.audit() == actions
    assert {(entry.actor_kind, entry.actor_id) for entry in house.entries()} == {("operator", "cli")}


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (("disable", "nowhere.example", "--reason", "x"), "nowhere.example is not known here."),
        (("disable", DOMAIN, "--reason", " "), "A reason is missing."),
        (("enable", "nowhere.example"), "is not known here."),
        (("setup-link", "nowhere.example"), "Add it as an independent domain first."),
        (("add-independent", "nowhere"), "is not a domain name. Write it like example.com."),
    ],
)
def test_command_says_what_is_wrong(
    house: House, commands: FlaskCliRunner, arguments: tuple[str, ...], words: str
) -> None:
    assert words in run(commands, *arguments, fails=True)
    assert everything() == 0


def test_disable_without_a_reason_is_no_command(commands: FlaskCliRunner) -> None:
    answer = commands.invoke(args=["marketplace", "disable", DOMAIN])
    assert answer.exit_code == 2
    assert "--reason" in answer.output


def test_commands_print_the_listing(commands: FlaskCliRunner, settings: Settings) -> None:
    manifest = ET.fromstring(run(commands, "manifest"))  # noqa: S314 - our own
    assert manifest.tag.endswith("ApplicationManifest")
    sheet = json.loads(run(commands, "configuration"))
    values = {value["key"]: value["value"] for group in sheet["groups"] for value in group["values"]}
    assert values["universal_nav_url"] == f"{settings.base_url}/marketplace/launch"
    assert values["application_id"] == settings.application_id
    assert settings.oidc_client_secret.get_secret_value() not in json.dumps(sheet)
    assert len(sheet["warnings"]) == 1
