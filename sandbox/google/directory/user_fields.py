"""What may be written into a user, and the refusals of what Google does not accept (pure)."""

import json
import re
from collections.abc import Mapping
from typing import Any

from sandbox.google.directory.refusals import invalid, invalid_input
from sandbox.google.passwords import HASH_FUNCTIONS, is_acceptable

KEPT_FIELDS = [
    "addresses",
    "externalIds",
    "gender",
    "ims",
    "includeInGlobalAddressList",
    "ipWhitelisted",
    "keywords",
    "languages",
    "locations",
    "notes",
    "organizations",
    "phones",
    "posixAccounts",
    "recoveryEmail",
    "recoveryPhone",
    "relations",
    "sshPublicKeys",
    "websites",
]
"""Writable fields that are kept and shown as they were sent; emails and customSchemas have their own ways."""

LISTS = frozenset(
    [
        "addresses",
        "emails",
        "externalIds",
        "ims",
        "keywords",
        "languages",
        "locations",
        "organizations",
        "phones",
        "posixAccounts",
        "relations",
        "sshPublicKeys",
        "websites",
    ]
)

# Bytes of JSON, from the schema's descriptions.
MOST_BYTES = {"emails": 10_000, "addresses": 10_000, "organizations": 10_000, "locations": 10_000, "externalIds": 2_000}
MOST_BYTES |= {"ims": 2_000, "relations": 2_000, "websites": 2_000}
MOST_BYTES |= {"phones": 1_000, "gender": 1_000, "keywords": 1_000, "languages": 1_000}

MAX_NAME, MAX_DISPLAY_NAME, MAX_LOCAL = 60, 256, 64
RESERVED = frozenset({"abuse", "postmaster"})


def check_address(address: str, field: str, *, accents: bool = False, reserved: frozenset[str] = RESERVED) -> None:
    """Raise GoogleError 400 `Invalid Input: <field>` for an address that cannot be one."""
    local, at, domain = address.lower().partition("@")
    letters = r"[^\W_]" if accents else "[a-z0-9]"
    shape = rf"(?!\.)(?:{letters}|[-_'.])+(?<!\.)"
    fits = re.fullmatch(shape, local) and ".." not in local and len(local) <= MAX_LOCAL
    if not fits or not at or not domain or "@" in domain or local in reserved:
        raise invalid_input(field)


def check_new(body: Mapping[str, Any], *, accents: bool = False) -> None:
    """Raise GoogleError 400 when a body for users.insert lacks something required or holds something wrong."""
    name = body.get("name") or {}
    check_address(body.get("primaryEmail") or "", "primary_user_email", accents=accents)
    check_change({"name": {"givenName": "", "familyName": ""} | name, "password": ""} | dict(body), accents=accents)


def check_change(body: Mapping[str, Any], *, accents: bool = False) -> None:
    """Raise GoogleError 400 when a body for users.update or users.patch holds something wrong."""
    if body.get("primaryEmail") is not None:
        check_address(body["primaryEmail"], "primary_user_email", accents=accents)
    _check_name(body.get("name") or {})
    if body.get("password") is not None:
        _check_password(body)
    _check_recovery(body)
    for field in LISTS & body.keys():
        if body[field] is not None and not _is_list_of_objects(body[field]):
            raise invalid_input(field)
    for field, most in MOST_BYTES.items():
        if len(json.dumps(body.get(field)).encode()) > most:
            raise invalid_input(field)


def _check_name(name: Mapping[str, Any]) -> None:
    for field in ("givenName", "familyName"):
        value = name.get(field)
        if value is not None and not _is_name(value):
            raise invalid(f"Invalid Given/Family Name: {field[0].upper()}{field[1:]}")
    if len(name.get("displayName") or "") > MAX_DISPLAY_NAME:
        raise invalid_input("display_name")


def _is_name(value: object) -> bool:
    return isinstance(value, str) and bool(value.strip()) and len(value) <= MAX_NAME and not set(value) & set("<>")


def _check_password(body: Mapping[str, Any]) -> None:
    function = body.get("hashFunction") or ""
    if (function and function not in HASH_FUNCTIONS) or not is_acceptable(body["password"], function):
        raise invalid("Invalid Password")


def _check_recovery(body: Mapping[str, Any]) -> None:
    phone, email = body.get("recoveryPhone"), body.get("recoveryEmail")
    if phone and not re.fullmatch(r"\+[1-9][0-9]{6,14}", phone):
        raise invalid_input("recovery_phone")
    if email and not re.fullmatch(r"[^@\s]+@[^@\s]+\.[^@\s]+", email):
        raise invalid_input("recovery_email")


def _is_list_of_objects(value: object) -> bool:
    return isinstance(value, list) and all(isinstance(item, dict) for item in value)
