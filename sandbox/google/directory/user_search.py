"""Which people a query finds."""

from collections.abc import Callable, Collection, Iterable, Mapping
from typing import Any

from sandbox.google.directory.query import EXACT, PREFIX, WORDS, Clause, parse
from sandbox.google.directory.refusals import invalid_input
from sandbox.google.world import User

Lookup = Callable[[str], User | None]
"""The person at an address."""

_ADDRESS_PARTS = {
    "addressPoBox": "poBox",
    "addressExtended": "extendedAddress",
    "addressStreet": "streetAddress",
    "addressLocality": "locality",
    "addressRegion": "region",
    "addressPostalCode": "postalCode",
    "addressCountry": "country",
}
_ORGANIZATION_PARTS = {
    "orgName": "name",
    "orgTitle": "title",
    "orgDepartment": "department",
    "orgDescription": "description",
    "orgCostCenter": "costCenter",
}
_IN_LISTS = {
    "im": ("ims", "im"),
    "externalId": ("externalIds", "value"),
    "phone": ("phones", "value"),
    "address": ("addresses", "formatted"),
    **{field: ("addresses", part) for field, part in _ADDRESS_PARTS.items()},
    **{field: ("organizations", part) for field, part in _ORGANIZATION_PARTS.items()},
}
_FLAGS: dict[str, Callable[[User], object]] = {
    "isAdmin": lambda user: user.is_admin,
    "isDelegatedAdmin": lambda user: user.is_delegated_admin,
    "isSuspended": lambda user: user.suspended,
    "isArchived": lambda user: user.archived,
    "isEnrolledIn2Sv": lambda user: user.more.get("isEnrolledIn2Sv"),
    "isEnforcedIn2Sv": lambda user: user.more.get("isEnforcedIn2Sv"),
    "isGuest": lambda _: False,
}
_MANAGERS = frozenset({"manager", "managerId", "directManager", "directManagerId"})

OPERATORS: Mapping[str, Collection[str]] = {
    **dict.fromkeys(_FLAGS, (EXACT,)),
    **dict.fromkeys(_MANAGERS, (EXACT,)),
    **dict.fromkeys((*_ADDRESS_PARTS, *_ORGANIZATION_PARTS, "address", "im", "name"), (EXACT, WORDS)),
    **dict.fromkeys(("email", "givenName", "familyName"), (EXACT, WORDS, PREFIX)),
    **dict.fromkeys(("externalId", "phone", "orgUnitPath"), (EXACT,)),
}


def read_query(text: str, *, public: bool) -> tuple[Clause, ...]:
    """The clauses; the public view knows no organizational units. Raises GoogleError 400 `Invalid Input: query`."""
    clauses = parse(text, OPERATORS)
    for clause in clauses:
        if clause.field in _FLAGS and clause.value.lower() not in {"true", "false"}:
            raise invalid_input("query")
        if public and clause.field == "orgUnitPath":
            raise invalid_input("query")
    return clauses


def found_by(clauses: Iterable[Clause], user: User, lookup: Lookup) -> bool:
    """Whether the person fits every clause."""
    return all(_fits(clause, user, lookup) for clause in clauses)


def _fits(clause: Clause, user: User, lookup: Lookup) -> bool:
    field = clause.field
    if not field:
        return clause.matches([user.given_name, user.family_name, user.primary_email, *user.aliases])
    if field in _FLAGS:
        return bool(_FLAGS[field](user)) == (clause.value.lower() == "true")
    if field == "orgUnitPath":
        return _is_below(user.org_unit_path, clause.value)
    if field in _MANAGERS:
        return _has_manager(clause, user, lookup)
    return clause.matches(_texts(field, user))


def _texts(field: str, user: User) -> list[str]:
    match field:
        case "email":
            return [user.primary_email, *user.aliases]
        case "givenName":
            return [user.given_name]
        case "familyName":
            return [user.family_name]
        case "name":
            return [f"{user.given_name} {user.family_name}"]
    if field in _IN_LISTS:
        name, part = _IN_LISTS[field]
        return [str(entry[part]) for entry in _entries(user, name) if part in entry]
    return _custom(user, *field.split(".", 1))


def _entries(user: User, name: str) -> list[Mapping[str, Any]]:
    kept = user.more.get(name)
    return kept if isinstance(kept, list) else []


def _custom(user: User, schema: str, field: str) -> list[str]:
    schemas = user.more.get("customSchemas")
    fields = schemas.get(schema) if isinstance(schemas, dict) else None
    value = fields.get(field) if isinstance(fields, dict) else None
    values = value if isinstance(value, list) else [] if value is None else [value]
    return [_spelled(entry.get("value") if isinstance(entry, dict) else entry) for entry in values]


def _spelled(value: object) -> str:
    return str(value).lower() if isinstance(value, bool) else str(value)


def _is_below(path: str, top: str) -> bool:
    path, top = path.casefold(), top.casefold().rstrip("/")
    return path == (top or "/") or path.startswith(top + "/")


def _has_manager(clause: Clause, user: User, lookup: Lookup) -> bool:
    seen: set[str] = set()
    level: list[User] = [user]
    while level:
        managers = [manager for person in level for manager in _managers(person, lookup) if manager.id not in seen]
        if any(clause.matches([m.id] if clause.field.endswith("Id") else [m.primary_email]) for m in managers):
            return True
        seen.update(manager.id for manager in managers)
        level = [] if clause.field.startswith("direct") else managers
    return False


def _managers(user: User, lookup: Lookup) -> list[User]:
    related = [entry.get("value", "") for entry in _entries(user, "relations") if entry.get("type") == "manager"]
    return [manager for address in related if (manager := lookup(address))]
