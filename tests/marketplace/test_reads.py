"""Every page that is only looked at, by everybody who may look: nothing is written."""

from collections.abc import Iterator

import pytest
from flask import Flask
from google.cloud import ndb

import main
from runtime.datastore import Datastore
from runtime.settings import Settings
from sandbox.google import seed
from tests.marketplace.house import DOMAIN_KINDS, TENANT_KINDS, VENDOR, House

WRITES = {"sign_in.login", "sign_in.launch", "sign_in.again", "sign_in.come_back", "sign_in.front"}
"""OpenID Connect makes them begin a sign-in."""


@pytest.fixture
def app(house: House, settings: Settings, datastore: Datastore) -> Iterator[Flask]:
    app = main.create_app(settings.model_copy(update={"google_cloud_project": datastore.client.project}))
    yield app
    main.close(app)


def kept() -> dict[str, object]:
    """All that is stored, in the default namespace and the school's."""
    found = {}
    for kinds, namespace in ((DOMAIN_KINDS, ""), (TENANT_KINDS, seed.NORTHFIELD)):
        for kind in kinds:
            for row in ndb.Query(kind=kind, namespace=namespace).fetch():
                found[str(row.key)] = row.to_dict()
    return found


def paths(app: Flask, setup_token: str) -> list[str]:
    """The address of every page; what stands in it is made up, and a real setup link."""
    found = []
    for rule in app.url_map.iter_rules():
        if "GET" in (rule.methods or ()) and rule.endpoint not in WRITES and not rule.rule.startswith("/rest"):
            made_up = {"domain": "northfield.example", "token": setup_token, "filename": "frontdesk.css"}
            _, path = rule.build({name: made_up.get(name, "x") for name in rule.arguments}) or ("", "")
            found.append(path)
    return found


@pytest.mark.parametrize("email", [seed.ADMIN, seed.HELPDESK, seed.OPERATOR, ""])
def test_looking_changes_nothing(house: House, app: Flask, email: str) -> None:
    house.set_up()
    house.operators.add_independent("harbour.example", VENDOR)
    link = house.operators.issue_setup_link("harbour.example", VENDOR).url.rpartition("/")[2]
    client = app.test_client()
    if email:
        client.set_cookie("frontdesk", house.sign_in(email), domain="localhost")
    before, addresses = kept(), paths(app, link)
    assert len(before) >= 6
    assert len(addresses) >= 20
    answers = {
        path: client.get(path, headers={"Host": "localhost:8080"}, buffered=True).status_code for path in addresses
    }
    assert kept() == before
    assert not [path for path, status in answers.items() if status >= 500]
    if email == seed.ADMIN:
        assert list(answers.values()).count(200) >= 15
    if email == seed.HELPDESK:
        assert {status for path, status in answers.items() if path.startswith("/manage")} == {403}
    if not email:
        assert {status for path, status in answers.items() if path.startswith(("/manage", "/operators"))} == {303}
