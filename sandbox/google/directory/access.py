"""Who may call: token, API switched on, scope, quota, administrator, and only what belongs to one's own customer."""

import re

from flask import Request

from sandbox.google.directory.call import Call
from sandbox.google.directory.discovery import Method
from sandbox.google.directory.index import DomainOwner, Index
from sandbox.google.directory.quotas import Quotas
from sandbox.google.directory.refusals import (
    domain_not_found,
    invalid_input,
    not_authorized,
    not_found,
    unavailable,
)
from sandbox.google.errors import insufficient_scopes, service_disabled
from sandbox.google.tokens import Token, token_from_request
from sandbox.google.world import User, World

SERVICE = "admin.googleapis.com"
MY_CUSTOMER = "my_customer"
PUBLIC_METHODS = frozenset({"directory.users.get", "directory.users.list"})


def admit(world: World, quotas: Quotas, request: Request, method: Method) -> Token:
    """The token of a request that may call the method at all. Raises GoogleError 401, 403 or 429."""
    token = token_from_request(world, request)
    if "admin" in world.project.disabled_apis:
        raise service_disabled(SERVICE, "Admin SDK API", world.project.number)
    if not token.scopes & method.scopes:
        raise insufficient_scopes(SERVICE, method.rpc_name)
    quotas.count_query(token.subject_user_id or token.client)
    return token


def require_reader(call: Call) -> None:
    """Administrators may call everything, members only the public view of people. Raises GoogleError 403 or 503."""
    if call.subject is None:
        # Seen at Google: a service account that acts as nobody gets a misleading 503 for my_customer, 403 otherwise.
        raise unavailable() if call.params.get("customer") == MY_CUSTOMER else not_authorized()
    if call.home is None:
        raise not_authorized()
    if is_public_view(call) or is_admin(call.user):
        return
    raise not_authorized()


def is_public_view(call: Call) -> bool:
    """Whether only the view that every member of the domain may see is asked for."""
    return call.method.id in PUBLIC_METHODS and call.param("viewType") == "domain_public"


def is_admin(user: User) -> bool:
    """Super or delegated administrator who has signed in once and agreed to the terms."""
    return (user.is_admin or user.is_delegated_admin) and user.agreed_to_terms


def require_super_admin(call: Call) -> None:
    """Delegated administrators cannot open or undelete accounts, nor make administrators. Raises GoogleError 403."""
    if not call.user.is_admin:
        raise not_authorized()


def require_own_customer(call: Call, value: str) -> None:
    """The customer named must be the caller's. Raises GoogleError 400 for what is no customer id, else 403."""
    if value in {MY_CUSTOMER, call.customer.id}:
        return
    if not re.fullmatch(r"C[0-9A-Za-z]{2,}", value):
        raise invalid_input()
    raise not_authorized()


def own_domain(index: Index, call: Call, name: str) -> DomainOwner:
    """The caller's domain of this name. Raises GoogleError 403 for somebody else's and 404 for nobody's."""
    owner = index.owner_of_domain(name)
    if owner is None:
        raise not_found("domain")
    if owner.customer.id != call.customer.id:
        raise not_authorized()
    return owner


def domain_for_new(index: Index, call: Call, address: str, field: str) -> DomainOwner:
    """The caller's domain, no alias domain, that a new address is to be on. Raises GoogleError 400, 403 or 404."""
    owner = index.owner_of_domain(address.rpartition("@")[2])
    if owner is None:
        raise domain_not_found()
    if owner.customer.id != call.customer.id:
        raise not_authorized()
    if owner.domain.name.lower() != address.rpartition("@")[2].lower():
        raise invalid_input(field)
    return owner
