"""The tree of organizational units of a customer (pure)."""

import hashlib

from sandbox.google.directory.refusals import invalid_input, org_unit_not_found
from sandbox.google.world import Customer, OrgUnit

MAX_DEPTH = 35


def root_of(customer: Customer) -> OrgUnit:
    """The root, which is not stored."""
    return OrgUnit(f"id:03ph8a2z{hashlib.sha256(customer.id.encode()).hexdigest()[:8]}", "/", customer.name)


def existing_path(customer: Customer, path: str) -> str:
    """The path as the unit spells it. Raises GoogleError 400 `INVALID_OU_ID` when there is none."""
    found = _by_path(customer, path)
    if found is None:
        raise invalid_input("INVALID_OU_ID")
    return found.path


def find_unit(customer: Customer, key: str) -> OrgUnit:
    """By path, with or without the leading slash, or by `id:...`. Raises GoogleError 404."""
    if key.startswith("id:"):
        found = next((unit for unit in (root_of(customer), *customer.org_units) if unit.id == key), None)
    else:
        found = _by_path(customer, key)
    if found is None:
        raise org_unit_not_found()
    return found


def parent_path(path: str) -> str:
    """The path of the unit above."""
    return path.rpartition("/")[0] or "/"


def child_path(parent: str, name: str) -> str:
    """The path of a unit below."""
    return f"{parent.rstrip('/')}/{name}"


def is_below(path: str, top: str) -> bool:
    """Whether a unit is inside another one, at any depth; not the other one itself."""
    return path != top and path.casefold().startswith(child_path(top, "").casefold())


def moved(path: str, old: str, new: str) -> str:
    """Where a path is after a unit was renamed or moved."""
    return new + path[len(old) :] if path == old or is_below(path, old) else path


def _by_path(customer: Customer, path: str) -> OrgUnit | None:
    wanted = "/" + path.strip("/").casefold()
    return next((unit for unit in (root_of(customer), *customer.org_units) if unit.path.casefold() == wanted), None)
