"""Domain-wide delegation: which scopes a customer has granted to the app's service account."""

from datetime import datetime, timedelta

from sandbox.google.scopes import canonical
from sandbox.google.world import Customer, World


def delegated_scopes(world: World, customer: Customer) -> frozenset[str] | None:
    """What the service account may do as any person of the customer; None when it is not authorised at all.

    Two separate lists count: the grant that came with the Marketplace install, and the Admin console's delegation by
    numeric client id. A delegation typed as the account's e-mail address is stored by the console and has no effect.
    """
    with world.lock:
        granted = [_installed_scopes(world, customer), _typed_scopes(world, customer)]
    found = [scopes for scopes in granted if scopes is not None]
    return frozenset[str]().union(*found) if found else None


def delegated_by_email(world: World, customer: Customer) -> bool:
    """Did somebody type the account's e-mail address where its numeric id belongs?"""
    return world.project.service_account_email in customer.delegations


def _installed_scopes(world: World, customer: Customer) -> frozenset[str] | None:
    installation = customer.installation
    if not installation.installed or installation.data_access not in {"granted", "partial"}:
        return None
    if world.project.service_account_client_id not in installation.granted_client_ids:
        return None
    return frozenset(canonical(installation.granted_scopes)) if _in_force(world, installation.granted_at) else None


def _typed_scopes(world: World, customer: Customer) -> frozenset[str] | None:
    client = world.project.service_account_client_id
    scopes = customer.delegations.get(client)
    if scopes is None or not _in_force(world, customer.delegated_at.get(client, "")):
        return None
    return frozenset(canonical(scopes))


def _in_force(world: World, since: str) -> bool:
    if not since:
        return True
    return datetime.fromisoformat(since) + timedelta(seconds=world.knobs.grant_lag) <= world.now()
