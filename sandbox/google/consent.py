"""Which scopes of the app need no question any more: the administrator's install or the person's own consent."""

from collections.abc import Iterable

from sandbox.google.installation import is_on
from sandbox.google.scopes import canonical
from sandbox.google.world import User, World


def missing(world: World, user: User, asked: Iterable[str]) -> list[str]:
    """Those of the scopes that the person has to be asked for."""
    with world.lock:
        granted = set(canonical(world.consents.get(user.id, []))) | _granted_by_install(world, user)
    return [scope for scope in asked if scope not in granted]


def consent(world: World, user: User, scopes: Iterable[str]) -> None:
    """Remember what the person agreed to."""
    with world.changing():
        known = world.consents.get(user.id, [])
        world.consents[user.id] = list(dict.fromkeys([*known, *scopes]))


def blocked(world: World, user: User) -> str:
    """The word of Google's error page when this person may not use the app at all, else ""."""
    customer = world.customers.get(user.customer_id)
    if customer and customer.blocks_app:
        return "admin_policy_enforced"
    internal_to = world.project.internal_to
    return "org_internal" if internal_to and user.customer_id != internal_to else ""


def _granted_by_install(world: World, user: User) -> set[str]:
    customer = world.customers.get(user.customer_id)
    if customer is None or not is_on(customer, user):
        return set()
    installation = customer.installation
    if installation.data_access not in {"granted", "partial"}:
        return set()
    if world.project.oauth_client_id not in installation.granted_client_ids:
        return set()
    return set(canonical(installation.granted_scopes))
