"""The Directory over Google's Admin SDK. With google_bodies.py and google_listing.py the only file that knows its JSON.

Shapes: discovery document admin.directory_v1 (in google-api-python-client). Every call names the fields that it reads.
"""

import threading
from collections.abc import Mapping
from contextlib import suppress
from datetime import UTC, datetime
from typing import Any, cast

import httplib2
from googleapiclient.discovery import build

from provisioning.directory.google_bodies import account_body, details_body
from provisioning.directory.port import (
    MARK,
    Activity,
    AddressOccupant,
    Customer,
    NewAccount,
    OrgUnit,
    Person,
    WorkspaceDomain,
)
from runtime.google_api import GoogleTransport
from runtime.google_problems import AlreadyExists, GoogleNotFound, PersonInvited, understood

USERS = "https://www.googleapis.com/auth/admin.directory.user"
GROUPS = "https://www.googleapis.com/auth/admin.directory.group.readonly"
MEMBERS = "https://www.googleapis.com/auth/admin.directory.group.member"
ORG_UNITS = "https://www.googleapis.com/auth/admin.directory.orgunit.readonly"
DOMAINS = "https://www.googleapis.com/auth/admin.directory.domain.readonly"
CUSTOMER = "https://www.googleapis.com/auth/admin.directory.customer.readonly"

OWN = "my_customer"
"""The subject's own customer; asking for another by id is never needed."""
_PERSON = (
    "id,primaryEmail,name(givenName,familyName),customerId,orgUnitPath,"
    "isAdmin,isDelegatedAdmin,suspended,archived,externalIds"
)
_ACTIVITY = _PERSON + ",lastLoginTime,agreedToTerms,creationTime"


class GoogleDirectory:
    """Implements provisioning.directory.port.Directory."""

    def __init__(self, transport: GoogleTransport) -> None:
        """Nothing is loaded or called before the first use."""
        self._transport = transport
        self._lock = threading.Lock()
        self._built: Any = None
        self._collections: dict[str, Any] = {}

    @understood()
    def person(self, subject: str, key: str) -> Person:
        """See Directory."""
        request = self._methods("users").get(userKey=key, viewType="admin_view", fields=_PERSON)
        return _person(self._execute(request, subject, USERS))

    @understood()
    def customer(self, subject: str) -> Customer:
        """See Directory."""
        request = self._methods("customers").get(customerKey=OWN, fields="id,customerDomain")
        answer = self._execute(request, subject, CUSTOMER)
        return Customer(id=answer["id"], primary_domain=answer["customerDomain"].lower())

    @understood()
    def domains(self, subject: str) -> list[WorkspaceDomain]:
        """See Directory."""
        fields = "domains(domainName,isPrimary,verified,domainAliases(domainAliasName,verified))"
        answer = self._execute(self._methods("domains").list(customer=OWN, fields=fields), subject, DOMAINS)
        found = [_domain(item) for item in answer.get("domains", [])]
        return sorted(found, key=lambda domain: (not domain.is_primary, domain.name))

    @understood()
    def org_units(self, subject: str) -> list[OrgUnit]:
        """See Directory."""
        fields = "organizationUnits(orgUnitPath,name)"
        request = self._methods("orgunits").list(customerId=OWN, type="all", fields=fields)
        answer = self._execute(request, subject, ORG_UNITS)
        found = [OrgUnit(path=item["orgUnitPath"], name=item["name"]) for item in answer.get("organizationUnits", [])]
        listed = [unit for unit in found if unit.path != "/"]
        return [OrgUnit("/", "/"), *sorted(listed, key=lambda unit: unit.path.casefold())]

    @understood()
    def first_users(self, subject: str, limit: int) -> list[str]:
        """See Directory."""
        request = self._methods("users").list(customer=OWN, maxResults=limit, fields="users(primaryEmail)")
        return [item["primaryEmail"] for item in self._execute(request, subject, USERS).get("users", [])]

    @understood()
    def first_groups(self, subject: str, limit: int) -> list[str]:
        """See Directory."""
        request = self._methods("groups").list(customer=OWN, maxResults=limit, fields="groups(email)")
        return [item["email"] for item in self._execute(request, subject, GROUPS).get("groups", [])]

    def occupant(self, subject: str, address: str) -> AddressOccupant | None:
        """See Directory."""
        return self.person_at(subject, address) or self.group_at(subject, address)

    @understood()
    def person_at(self, subject: str, address: str) -> AddressOccupant | None:
        """See Directory."""
        try:
            person = self.person(subject, address)
        except GoogleNotFound:
            return None
        return AddressOccupant("user" if person.email == address.lower() else "alias", person.email, person)

    @understood()
    def group_at(self, subject: str, address: str) -> AddressOccupant | None:
        """See Directory."""
        request = self._methods("groups").get(groupKey=address, fields="email")
        try:
            email = self._execute(request, subject, GROUPS)["email"].lower()
        except GoogleNotFound:
            return None
        return AddressOccupant("group" if email == address.lower() else "group alias", email)

    def prepare(self, subject: str) -> None:
        """See Directory. Asks Google only where no token is held."""
        self._methods("users")
        self._transport.prepare(subject=subject, scopes=[USERS])

    @understood()
    def insert(self, subject: str, account: NewAccount) -> Person:
        """See Directory. What becomes of a personal account of that address is as the domain chose in its console."""
        request = self._methods("users").insert(body=account_body(account), resolveConflictAccount=True, fields=_PERSON)
        answer = self._execute(request, subject, USERS)
        if "primaryEmail" in answer and "id" not in answer:  # 202: its owner was invited, and no account was made
            raise PersonInvited(raw=f"HTTP 202 {answer}")
        return _person(answer)

    def add_member(self, subject: str, group: str, member: str) -> None:
        """See Directory. 409 duplicate: in the group already; 409 conflict: accepted, and done a little later."""
        body = {"email" if "@" in member else "id": member, "role": "MEMBER"}
        request = self._methods("members").insert(groupKey=group, body=body, fields="id")
        with suppress(AlreadyExists):
            self._execute(request, subject, MEMBERS)

    def add_alias(self, subject: str, person_id: str, alias: str) -> None:
        """See Directory."""
        request = self._methods("users").aliases().insert(userKey=person_id, body={"alias": alias}, fields="alias")
        self._execute(request, subject, USERS)

    def patch_details(self, subject: str, person_id: str, details: Mapping[str, str]) -> None:
        """See Directory."""
        request = self._methods("users").patch(userKey=person_id, body=details_body(details), fields="id")
        self._execute(request, subject, USERS)

    def delete(self, subject: str, person_id: str) -> None:
        """See Directory."""
        self._execute(self._methods("users").delete(userKey=person_id), subject, USERS)

    @understood()
    def activity(self, subject: str, person_id: str) -> Activity:
        """See Directory. Google writes 1970 where nobody has signed in."""
        request = self._methods("users").get(userKey=person_id, viewType="admin_view", fields=_ACTIVITY)
        item = self._execute(request, subject, USERS)
        seen = _moment(item["lastLoginTime"])
        last = seen if seen and seen.timestamp() > 0 else None
        return Activity(_person(item), last, item["agreedToTerms"], _moment(item.get("creationTime", "")))

    def _execute(self, request: Any, subject: str, scope: str) -> dict[str, Any]:
        return cast(dict[str, Any], self._transport.execute(request, subject=subject, scopes=[scope]))

    def _methods(self, collection: str) -> Any:
        """Of one of the API's collections; making them takes as long as a call. Their connection is never used."""
        with self._lock:
            if self._built is None:
                self._built = build(
                    "admin", "directory_v1", http=httplib2.Http(), static_discovery=True, cache_discovery=False
                )
            if collection not in self._collections:
                self._collections[collection] = getattr(self._built, collection)()
            return self._collections[collection]


def _person(item: Mapping[str, Any]) -> Person:
    """Shortly after a create Google may leave out all but the id and the address."""
    name = item.get("name", {})
    return Person(
        id=item["id"],
        email=item["primaryEmail"].lower(),
        given_name=name.get("givenName", ""),
        family_name=name.get("familyName", ""),
        customer_id=item.get("customerId", ""),
        org_unit_path=item.get("orgUnitPath", "/"),
        is_super_admin=item.get("isAdmin", False),
        is_delegated_admin=item.get("isDelegatedAdmin", False),
        suspended=item.get("suspended", False),
        archived=item.get("archived", False),
        marks=_marks(item.get("externalIds")),
    )


def _marks(external_ids: Any) -> tuple[str, ...]:
    """Ours among the externalIds, which the discovery document types as `any`."""
    entries = external_ids if isinstance(external_ids, list) else []
    return tuple(
        str(entry.get("value", ""))
        for entry in entries
        if isinstance(entry, Mapping) and entry.get("type") == "custom" and entry.get("customType") == MARK
    )


def _moment(text: str) -> datetime | None:
    return datetime.fromisoformat(text).astimezone(UTC) if text else None


def _domain(item: Mapping[str, Any]) -> WorkspaceDomain:
    aliases = [alias for alias in item.get("domainAliases", []) if alias.get("verified", False)]
    return WorkspaceDomain(
        name=item["domainName"].lower(),
        is_primary=item.get("isPrimary", False),
        verified=item.get("verified", False),
        aliases=tuple(sorted(alias["domainAliasName"].lower() for alias in aliases)),
    )
