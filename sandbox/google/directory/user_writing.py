"""Writing an accepted body into a user (pure); call inside `Index.changing`."""

from collections.abc import Mapping
from typing import Any

from sandbox.google.directory.user_fields import KEPT_FIELDS, LISTS
from sandbox.google.passwords import set_password
from sandbox.google.world import User

_FLAGS = {
    "suspended": "suspended",
    "archived": "archived",
    "changePasswordAtNextLogin": "change_password_at_next_login",
}


def write(user: User, body: Mapping[str, Any], *, clears: bool) -> None:
    """Everything but the primary address, which moves aliases too. Read-only fields are ignored, as Google does.

    clears: null empties a field (users.update); without it null changes nothing (users.patch).
    """
    name = body.get("name") or {}
    user.given_name = name.get("givenName") or user.given_name
    user.family_name = name.get("familyName") or user.family_name
    if body.get("password"):
        set_password(user, body["password"], body.get("hashFunction") or "")
    if body.get("orgUnitPath"):
        user.org_unit_path = body["orgUnitPath"]
    for field, attribute in _FLAGS.items():
        if body.get(field) is not None:
            setattr(user, attribute, body[field])
    _write_kept(user, body, clears=clears)


def _write_kept(user: User, body: Mapping[str, Any], *, clears: bool) -> None:
    if "displayName" in (body.get("name") or {}):
        user.more["displayName"] = body["name"]["displayName"] or ""
    for field in (*KEPT_FIELDS, "emails"):
        if field not in body or (not clears and field in LISTS and not body[field]):
            continue  # users.patch cannot empty a list
        if body[field] is not None:
            user.more[field] = body[field]
        elif clears:
            user.more.pop(field, None)
    if isinstance(body.get("customSchemas"), dict):
        _write_schemas(user, body["customSchemas"])


def _write_schemas(user: User, sent: Mapping[str, Any]) -> None:
    kept = user.more.get("customSchemas")
    merged: dict[str, Any] = dict(kept) if isinstance(kept, dict) else {}
    for schema, fields in sent.items():
        if fields is None:
            merged.pop(schema, None)
        else:
            merged[schema] = {**merged.get(schema, {}), **fields}
    user.more["customSchemas"] = merged
