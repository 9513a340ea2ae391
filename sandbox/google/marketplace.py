"""What administrators and people do with the Marketplace app: install, switch, grant, revoke, delete, delegate."""

from collections.abc import Iterable, Sequence
from typing import Literal

from sandbox.google import people
from sandbox.google.consent import consent
from sandbox.google.scopes import canonical
from sandbox.google.world import Customer, Installation, World

Everyone = Literal["everyone"]


def install(world: World, customer_id: str, target: Everyone | Sequence[str] = "everyone") -> None:
    """An administrator installs the app for everyone or for organizational units, and with it grants its scopes.

    The grant covers the OAuth clients that exist now. People who installed it for themselves keep that.
    """
    with world.changing():
        customer = world.customers[customer_id]
        everyone = target == "everyone"
        customer.installation = Installation(
            installed=True,
            everyone=everyone,
            org_units=[] if everyone else list(target),
            individuals=customer.installation.individuals,
        )
        _grant(world, customer)


def install_individual(world: World, user_id: str) -> None:
    """A person installs the app just for themselves, which is also their consent."""
    with world.changing():
        user = people.stored(world, user_id)
        if user.customer_id:
            individuals = world.customers[user.customer_id].installation.individuals
            if user_id not in individuals:
                individuals.append(user_id)
        consent(world, user, canonical(_identity_scopes(world)))


def turn_off(world: World, customer_id: str, org_unit: str = "/") -> None:
    """Switch the app off for an organizational unit and what is below it; "/" is everybody. The license stays."""
    with world.changing():
        installation = world.customers[customer_id].installation
        if org_unit == "/":
            installation.everyone, installation.org_units, installation.off_org_units = False, [], []
            return
        installation.org_units = _without(installation.org_units, org_unit)
        installation.off_org_units = [*_without(installation.off_org_units, org_unit), org_unit]


def turn_on(world: World, customer_id: str, org_unit: str = "/") -> None:
    """Switch it on again."""
    with world.changing():
        installation = world.customers[customer_id].installation
        if org_unit == "/":
            installation.everyone, installation.org_units, installation.off_org_units = True, [], []
            return
        installation.off_org_units = _without(installation.off_org_units, org_unit)
        installation.org_units = [*_without(installation.org_units, org_unit), org_unit]


def revoke_data_access(world: World, customer_id: str) -> None:
    """The Admin console's "Revoke": delegation and pre-given consent end, the license does not."""
    with world.changing():
        world.customers[customer_id].installation.data_access = "revoked"


def grant_data_access(world: World, customer_id: str) -> None:
    """The Admin console's "Grant access": all clients and scopes of the app as they are now."""
    with world.changing():
        _grant(world, world.customers[customer_id])


def delete_app(world: World, customer_id: str) -> None:
    """Remove the app for the organization; whoever installed it individually keeps it."""
    with world.changing():
        customer = world.customers[customer_id]
        customer.installation = Installation(individuals=customer.installation.individuals)


def add_client_after_install(world: World, customer_id: str) -> None:
    """As if the service account had been added only after this customer's install: "Partially granted"."""
    with world.changing():
        installation = world.customers[customer_id].installation
        installation.granted_client_ids = _without(
            installation.granted_client_ids, world.project.service_account_client_id
        )
        installation.data_access = "partial"


def add_scopes_after_install(world: World, scopes: Iterable[str]) -> None:
    """The app asks for more on its Marketplace page; customers that installed it before have "Partially granted"."""
    with world.changing():
        project = world.project
        project.listed_scopes = list(dict.fromkeys([*project.listed_scopes, *scopes]))
        for customer in world.customers.values():
            if customer.installation.data_access == "granted":
                customer.installation.data_access = "partial"


def set_delegation(world: World, customer_id: str, client_id: str, scopes: Sequence[str]) -> None:
    """The Admin console's domain-wide delegation, stored as typed; no scopes removes the entry.

    Only a numeric client id has an effect; the console accepts an e-mail address all the same.
    """
    with world.changing():
        customer = world.customers[customer_id]
        if not scopes:
            customer.delegations.pop(client_id, None)
            customer.delegated_at.pop(client_id, None)
            return
        customer.delegations[client_id] = list(scopes)
        customer.delegated_at[client_id] = world.now().isoformat()


def block_app(world: World, customer_id: str, *, blocked: bool = True) -> None:
    """App access control: the customer's administrator blocks or allows the app."""
    with world.changing():
        world.customers[customer_id].blocks_app = blocked


def _grant(world: World, customer: Customer) -> None:
    installation = customer.installation
    installation.data_access = "granted"
    installation.granted_client_ids = [world.project.oauth_client_id, world.project.service_account_client_id]
    installation.granted_scopes = list(world.project.listed_scopes)
    installation.granted_at = world.now().isoformat()


def _identity_scopes(world: World) -> list[str]:
    return [scope for scope in world.project.listed_scopes if scope in {"openid", "email", "profile"}]


def _without(values: Iterable[str], value: str) -> list[str]:
    return [one for one in values if one != value]
