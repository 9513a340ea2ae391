"""What is sent to Google's Admin SDK about a person: the other half of google.py. Pure.

Shapes: the User schema of the discovery document admin.directory_v1, whose lists are typed `any`, and Google's guide to
it. Which list entry the Admin console shows as the employee's type, and as the desk, is a guess from what it exports.
"""

from collections.abc import Mapping
from typing import Any

from provisioning.directory.port import MARK, NewAccount

_PLAIN = {"recovery_email": "recoveryEmail", "recovery_phone": "recoveryPhone"}
_ENTRIES = {
    "home_email": ("emails", "home", "address"),
    "work_email": ("emails", "work", "address"),
    "work_phone": ("phones", "work", "value"),
    "home_phone": ("phones", "home", "value"),
    "mobile_phone": ("phones", "mobile", "value"),
    "work_address": ("addresses", "work", "formatted"),
    "home_address": ("addresses", "home", "formatted"),
    "manager_email": ("relations", "manager", "value"),
}
"""Details that are an entry of a list by themselves: list, type, where the value stands."""
_ORGANIZATION = {
    "title": "title",
    "department": "department",
    "cost_center": "costCenter",
    "employee_type": "description",
}
_LOCATION = {"building_id": "buildingId", "floor_name": "floorName", "floor_section": "floorSection"}


def account_body(account: NewAccount) -> dict[str, Any]:
    """For users.insert."""
    external_ids = [{"type": "custom", "customType": MARK, "value": account.mark}]
    if account.employee_id:
        external_ids.append({"type": "organization", "value": account.employee_id})
    return {
        "primaryEmail": account.email,
        "name": {"givenName": account.given_name, "familyName": account.family_name},
        "password": account.password,
        "changePasswordAtNextLogin": account.change_password_at_next_sign_in,
        "orgUnitPath": account.org_unit_path,
        "externalIds": external_ids,
    }


def details_body(details: Mapping[str, str]) -> dict[str, Any]:
    """For users.patch; empty values are left out, and names that are no details."""
    known = {name: value for name, value in details.items() if value}
    body: dict[str, Any] = {field: known[name] for name, field in _PLAIN.items() if name in known}
    for name, (lists, kind, value) in _ENTRIES.items():
        if name in known:
            body.setdefault(lists, []).append({"type": kind, value: known[name]})
    if work := _taken(known, _ORGANIZATION):
        body["organizations"] = [{"type": "work", "primary": True, **work}]
    if place := _taken(known, _LOCATION):
        body["locations"] = [{"type": "desk", "area": "desk", **place}]
    return body


def _taken(known: Mapping[str, str], fields: Mapping[str, str]) -> dict[str, str]:
    return {field: known[name] for name, field in fields.items() if name in known}
