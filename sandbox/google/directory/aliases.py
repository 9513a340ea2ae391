"""Aliases of users and of groups: list, insert, delete. The non-editable ones come with the domains."""

from typing import Any

from sandbox.google.directory.access import domain_for_new
from sandbox.google.directory.call import Answer, Call
from sandbox.google.directory.directory import Directory
from sandbox.google.directory.refusals import duplicate, limit_exceeded, not_found, required
from sandbox.google.directory.user_fields import check_address
from sandbox.google.directory.user_resource import content_etag
from sandbox.google.world import Group, User

MOST_ALIASES = 30


def list_user_aliases(directory: Directory, call: Call) -> Answer:
    """GET users/{userKey}/aliases."""
    return _list(directory.find_user(call, call.path["userKey"]))


def insert_user_alias(directory: Directory, call: Call) -> Answer:
    """POST users/{userKey}/aliases."""
    return _insert(directory, call, directory.user_to_change(call, call.path["userKey"]))


def delete_user_alias(directory: Directory, call: Call) -> Answer:
    """DELETE users/{userKey}/aliases/{alias}: the address is free at once."""
    return _delete(directory, call, directory.user_to_change(call, call.path["userKey"]))


def list_group_aliases(directory: Directory, call: Call) -> Answer:
    """GET groups/{groupKey}/aliases."""
    return _list(directory.find_group(call, call.path["groupKey"]))


def insert_group_alias(directory: Directory, call: Call) -> Answer:
    """POST groups/{groupKey}/aliases."""
    return _insert(directory, call, directory.find_group(call, call.path["groupKey"]))


def delete_group_alias(directory: Directory, call: Call) -> Answer:
    """DELETE groups/{groupKey}/aliases/{alias}."""
    return _delete(directory, call, directory.find_group(call, call.path["groupKey"]))


def _list(holder: User | Group) -> Answer:
    aliases = [_resource(holder, alias) for alias in sorted(holder.aliases, key=str.lower)]
    answer: dict[str, Any] = {"kind": "admin#directory#aliases", "etag": content_etag({"aliases": aliases})}
    return Answer(answer | ({"aliases": aliases} if aliases else {}))


def _insert(directory: Directory, call: Call, holder: User | Group) -> Answer:
    alias = (call.body.get("alias") or "").lower()
    if not alias:
        raise required("alias")
    check_address(alias, "alias", accents=directory.knobs.accents_in_local_parts)
    domain_for_new(directory.index, call, alias, "alias")
    if directory.index.holder(alias):
        raise duplicate()
    if len(holder.aliases) >= MOST_ALIASES:
        raise limit_exceeded("The user or group has too many aliases.")
    with directory.index.changing(holder):
        if isinstance(holder, User):
            directory.keep(holder)
        holder.aliases.append(alias)
    return Answer(_resource(holder, alias))


def _delete(directory: Directory, call: Call, holder: User | Group) -> Answer:
    wanted = call.path["alias"].lower()
    kept = [alias for alias in holder.aliases if alias.lower() != wanted]
    if len(kept) == len(holder.aliases):
        raise not_found("alias")
    with directory.index.changing(holder):
        holder.aliases = kept
    return Answer(None, 204)


def _resource(holder: User | Group, alias: str) -> dict[str, str]:
    primary = holder.primary_email if isinstance(holder, User) else holder.email
    resource = {"kind": "admin#directory#alias", "id": holder.id, "alias": alias, "primaryEmail": primary}
    return resource | {"etag": content_etag(resource)}
