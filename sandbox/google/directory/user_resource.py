"""How the API shows people: all that one has, as projection and view allow; empty lists are left out."""

import base64
import hashlib
import json
from collections.abc import Mapping
from typing import Any

from sandbox.google.directory.index import non_editable_aliases
from sandbox.google.directory.user_fields import KEPT_FIELDS
from sandbox.google.world import Customer, Domain, User

UNSTAMPED = '"0"'
"""`User.etag` of people whose etag follows from what they are; computed people bring their own."""

PUBLIC_FIELDS = [
    "kind",
    "id",
    "etag",
    "primaryEmail",
    "name",
    "emails",
    "addresses",
    "ims",
    "keywords",
    "languages",
    "locations",
    "organizations",
    "phones",
    "relations",
    "websites",
    "aliases",
    "nonEditableAliases",
    "customerId",
    "thumbnailPhotoUrl",
]


def user_resource(user: User, customer: Customer, *, mailbox_ready: bool = True, schemas: str = "") -> dict[str, Any]:
    """The administrator's view. schemas: "" for none of the custom ones, "*" for all, or a comma list of names."""
    aliases = {"aliases": list(user.aliases), "nonEditableAliases": _non_editable(user, customer)}
    resource: dict[str, Any] = {"kind": "admin#directory#user", "id": user.id, "etag": user.etag}
    resource |= {"primaryEmail": user.primary_email, "name": _name(user)}
    resource |= _states(user, mailbox_ready) | _times(user)
    resource |= {"emails": _emails(user, *aliases.values())}
    resource |= {name: user.more[name] for name in KEPT_FIELDS if user.more.get(name) not in (None, [], {}, "")}
    resource |= {name: values for name, values in aliases.items() if values}
    resource |= _custom(user, schemas)
    if user.etag == UNSTAMPED:
        resource["etag"] = content_etag(resource)
    return resource


def public_view(resource: Mapping[str, Any]) -> dict[str, Any]:
    """What every member of the domain may see (guess: which fields exactly)."""
    return {name: resource[name] for name in PUBLIC_FIELDS if name in resource}


def is_public(user: User) -> bool:
    """Whether members may see this person at all."""
    return not user.suspended and user.more.get("includeInGlobalAddressList", True) is True


def content_etag(resource: Mapping[str, Any]) -> str:
    """A quoted etag that is the same exactly as long as the resource is."""
    digest = hashlib.blake2s(json.dumps(resource, sort_keys=True).encode(), digest_size=15).digest()
    return f'"{base64.urlsafe_b64encode(digest).decode()}"'


def domain_of(customer: Customer, address: str) -> Domain | None:
    """The customer's domain that an address is on."""
    name = address.rpartition("@")[2].lower()
    return next((domain for domain in customer.domains if domain.name.lower() == name), None)


def non_editable(customer: Customer, addresses: list[str]) -> list[str]:
    """The non-editable aliases that come with these addresses, in the order of the customer's domains."""
    return [alias for domain in customer.domains for alias in non_editable_aliases(domain, addresses)]


def _non_editable(user: User, customer: Customer) -> list[str]:
    return non_editable(customer, [user.primary_email, *user.aliases])


def _name(user: User) -> dict[str, str]:
    name = {
        "givenName": user.given_name,
        "familyName": user.family_name,
        "fullName": f"{user.given_name} {user.family_name}",
    }
    display = user.more.get("displayName")
    return name | ({"displayName": str(display)} if display else {})


def _states(user: User, mailbox_ready: bool) -> dict[str, Any]:
    states: dict[str, Any] = {
        "isAdmin": user.is_admin,
        "isDelegatedAdmin": user.is_delegated_admin,
        "agreedToTerms": user.agreed_to_terms,
        "suspended": user.suspended,
        "archived": user.archived,
        "changePasswordAtNextLogin": user.change_password_at_next_login,
        "ipWhitelisted": False,
        "includeInGlobalAddressList": True,
        "isMailboxSetup": mailbox_ready,
        "isEnrolledIn2Sv": False,
        "isEnforcedIn2Sv": False,
        "customerId": user.customer_id,
        "orgUnitPath": user.org_unit_path,
    }
    return states | ({"suspensionReason": "ADMIN"} if user.suspended else {})


def _times(user: User) -> dict[str, str]:
    times = {"lastLoginTime": user.last_login_time, "creationTime": user.creation_time}
    return times | ({"deletionTime": user.deletion_time} if user.deletion_time else {})


def _emails(user: User, aliases: list[str], non_editable: list[str]) -> list[dict[str, Any]]:
    sent = user.more.get("emails")
    known = {user.primary_email.lower()}
    own = [entry for entry in sent if entry.get("address", "").lower() not in known] if isinstance(sent, list) else []
    primary = {"address": user.primary_email, "primary": True}
    return [primary, *own, *({"address": address} for address in (*aliases, *non_editable))]


def _custom(user: User, schemas: str) -> dict[str, Any]:
    kept = user.more.get("customSchemas")
    if not schemas or not isinstance(kept, dict):
        return {}
    names = list(kept) if schemas == "*" else [name for name in schemas.split(",") if name in kept]
    return {"customSchemas": {name: kept[name] for name in names}} if names else {}
