"""The scope that a domain needs only if its rules name a license: green without it until then."""

from urllib.parse import parse_qs, urlsplit

import pytest

from marketplace import listing
from marketplace.setup_checks import GrantLinks, OptionalScopeStep, license_scope_step
from marketplace.setup_step import SetupContext
from runtime.google_problems import NotDelegated
from runtime.settings import Settings
from sandbox.google import marketplace, seed
from tests.marketplace.house import SCHOOL, House


def step(house: House, settings: Settings, wanted: bool) -> OptionalScopeStep:
    links = GrantLinks(settings, listing.DIRECTORY_SCOPES)
    return license_scope_step(house.transport, house.domains, links, lambda tenant: wanted and tenant == "C-pinned")


def context(customer_id: str = "C-pinned") -> SetupContext:
    return SetupContext(seed.ADMIN, "1", SCHOOL, customer_id)


def test_it_is_green_where_nobody_wants_it_and_there_is_nothing_to_mend(house: House, settings: Settings) -> None:
    house.install()
    found = step(house, settings, wanted=False).check(context())
    assert (found.state, found.fix_label, found.fix_url, found.raw) == ("ok", "", "", "")
    assert "Not needed" in found.text
    assert step(house, settings, wanted=True).check(context(customer_id="")).state == "ok"


def test_it_is_missing_where_a_rule_wants_it_until_it_is_delegated(house: House, settings: Settings) -> None:
    house.install()
    wanted = step(house, settings, wanted=True)
    with pytest.raises(NotDelegated):
        wanted.check(context())
    _, url = wanted.fix(context())
    scopes = parse_qs(urlsplit(url).query)["clientScopeToAdd"][0].split(",")
    assert scopes == [scope.url for scope in listing.DIRECTORY_SCOPES + listing.OPTIONAL_SCOPES]
    client = house.world.project.service_account_client_id
    marketplace.set_delegation(house.world, seed.NORTHFIELD, client, [listing.OPTIONAL_SCOPES[0].url])
    assert wanted.check(context()).text == "Granted."
