"""orgunits.list, get, insert, patch, update, delete."""

import secrets
from collections.abc import Callable, Mapping
from typing import Any

from sandbox.google.directory.access import require_own_customer, require_super_admin
from sandbox.google.directory.call import Answer, Call
from sandbox.google.directory.directory import Directory
from sandbox.google.directory.org_unit_tree import (
    MAX_DEPTH,
    child_path,
    find_unit,
    is_below,
    moved,
    parent_path,
)
from sandbox.google.directory.refusals import condition_not_met, invalid, required
from sandbox.google.directory.user_resource import content_etag
from sandbox.google.world import Customer, OrgUnit


def list_org_units(_: Directory, call: Call) -> Answer:
    """GET customer/{customerId}/orgunits: everything at once, no pages."""
    require_own_customer(call, call.path["customerId"])
    top = find_unit(call.customer, call.param("orgUnitPath") or "/")
    units = [unit for unit in call.customer.org_units if _choice(call.param("type"), top)(unit)]
    if call.param("type") == "allIncludingParent":
        units.append(top)
    shown = [_resource(call.customer, unit) for unit in sorted(units, key=lambda unit: unit.path.casefold())]
    answer: dict[str, Any] = {"kind": "admin#directory#orgUnits", "etag": content_etag({"units": shown})}
    return Answer(answer | ({"organizationUnits": shown} if shown else {}))


def get_org_unit(_: Directory, call: Call) -> Answer:
    """GET customer/{customerId}/orgunits/{orgUnitPath}."""
    require_own_customer(call, call.path["customerId"])
    return Answer(_resource(call.customer, find_unit(call.customer, call.path["orgUnitPath"])))


def insert_org_unit(directory: Directory, call: Call) -> Answer:
    """POST customer/{customerId}/orgunits."""
    _prepare_change(directory, call)
    if not call.body.get("name"):
        raise required("name")
    if not call.body.get("parentOrgUnitPath") and not call.body.get("parentOrgUnitId"):
        raise required("parentOrgUnitPath")
    path = child_path(_parent(call, "").path, call.body["name"])
    _refuse_path(call.customer, call.body["name"], path)
    unit = OrgUnit(f"id:03ph8a2z{secrets.token_hex(4)}", path, call.body["name"], call.body.get("description") or "")
    with directory.index.changing():
        call.customer.org_units.append(unit)
    return Answer(_resource(call.customer, unit))


def patch_org_unit(directory: Directory, call: Call) -> Answer:
    """PATCH or PUT customer/{customerId}/orgunits/{orgUnitPath}: what is below moves along, people too."""
    _prepare_change(directory, call)
    unit = _stored_unit(call)
    name = call.body.get("name") or unit.name
    path = child_path(_parent(call, parent_path(unit.path)).path, name)
    if path.casefold() != unit.path.casefold():
        _refuse_path(call.customer, name, path)
        if is_below(path, unit.path):
            raise invalid("Invalid Ou Id")
    with directory.index.changing():
        unit.name, unit.description = name, call.body.get("description", unit.description) or ""
        _move(directory, call.customer, unit.path, path)
    return Answer(_resource(call.customer, unit))


def delete_org_unit(directory: Directory, call: Call) -> Answer:
    """DELETE customer/{customerId}/orgunits/{orgUnitPath}: only an empty one (guess: 412)."""
    _prepare_change(directory, call)
    unit = _stored_unit(call)
    people = (directory.world.users[user_id] for _, user_id in directory.index.stored(call.customer))
    has_people = unit.id in call.customer.generated_org_unit_ids or any(u.org_unit_path == unit.path for u in people)
    if has_people or any(is_below(other.path, unit.path) for other in call.customer.org_units):
        raise condition_not_met("Organizational unit is not empty.")
    with directory.index.changing():
        call.customer.org_units.remove(unit)
    return Answer(None, 204)


def _prepare_change(directory: Directory, call: Call) -> None:
    require_own_customer(call, call.path["customerId"])
    require_super_admin(call)
    directory.quotas.count_org_unit_change(call.customer.id)


def _stored_unit(call: Call) -> OrgUnit:
    unit = find_unit(call.customer, call.path["orgUnitPath"])
    if unit.path == "/":
        raise invalid("Invalid Ou Id")
    return unit


def _parent(call: Call, default: str) -> OrgUnit:
    return find_unit(call.customer, call.body.get("parentOrgUnitId") or call.body.get("parentOrgUnitPath") or default)


def _refuse_path(customer: Customer, name: str, path: str) -> None:
    taken = {unit.path.casefold() for unit in customer.org_units}
    if "/" in name or path.casefold() in taken or path.count("/") > MAX_DEPTH:
        raise invalid("Invalid Ou Id")


def _move(directory: Directory, customer: Customer, old: str, new: str) -> None:
    for unit in customer.org_units:
        unit.path = moved(unit.path, old, new)
    for _, user_id in directory.index.stored(customer):
        user = directory.world.users[user_id]
        user.org_unit_path = moved(user.org_unit_path, old, new)


def _choice(kind: str, top: OrgUnit) -> Callable[[OrgUnit], bool]:
    if kind in {"all", "allIncludingParent"}:
        return lambda unit: is_below(unit.path, top.path)
    return lambda unit: parent_path(unit.path) == top.path


def _resource(customer: Customer, unit: OrgUnit) -> Mapping[str, Any]:
    resource: dict[str, Any] = {
        "kind": "admin#directory#orgUnit",
        "name": unit.name,
        "description": unit.description,
        "orgUnitPath": unit.path,
        "orgUnitId": unit.id,
        "blockInheritance": False,
    }
    if unit.path != "/":
        parent = find_unit(customer, parent_path(unit.path))
        resource |= {"parentOrgUnitPath": parent.path, "parentOrgUnitId": parent.id}
    return resource | {"etag": content_etag(resource)}
