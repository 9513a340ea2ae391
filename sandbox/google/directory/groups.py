"""groups.list, get, insert, update, patch, delete."""

import secrets
from collections.abc import Callable
from typing import Any

from sandbox.google.directory import page_tokens
from sandbox.google.directory.access import domain_for_new, own_domain, require_own_customer
from sandbox.google.directory.call import Answer, Call
from sandbox.google.directory.directory import Directory
from sandbox.google.directory.memberships import is_member, person_or_group
from sandbox.google.directory.query import EXACT, PREFIX, WORDS, Clause, parse
from sandbox.google.directory.refusals import bad_request, duplicate, invalid_input, required
from sandbox.google.directory.user_fields import check_address
from sandbox.google.directory.user_listing import page_size
from sandbox.google.directory.user_resource import content_etag, non_editable
from sandbox.google.world import Customer, Group

MOST_GROUPS, MAX_NAME, MAX_DESCRIPTION = 200, 73, 4096
OPERATORS = {"email": (EXACT, WORDS, PREFIX), "name": (EXACT, WORDS, PREFIX), "memberKey": (EXACT,)}


def list_groups(directory: Directory, call: Call) -> Answer:
    """GET groups: of a customer, a domain, or those that a person or group is directly in."""
    chosen = list(filter(_choice(directory, call), directory.index.groups(call.customer)))
    if call.param("orderBy") and call.param("sortOrder") == "DESCENDING":
        chosen.reverse()
    groups, place = page_of_groups(directory, call, chosen)
    shown = [group_resource(call.customer, group) for group in groups]
    answer: dict[str, Any] = {"kind": "admin#directory#groups", "etag": content_etag({"groups": shown})}
    answer |= {"groups": shown} if shown else {}
    return Answer(answer | ({"nextPageToken": place} if place else {}))


def get_group(directory: Directory, call: Call) -> Answer:
    """GET groups/{groupKey}."""
    return Answer(group_resource(call.customer, directory.find_group(call, call.path["groupKey"])))


def insert_group(directory: Directory, call: Call) -> Answer:
    """POST groups."""
    email = (call.body.get("email") or "").lower()
    if not email:
        raise required("email")
    _check(call)
    _refuse_address(directory, call, email)
    name = call.body.get("name") or email.partition("@")[0]
    group = Group(f"03{secrets.token_hex(6)}x", email, name, call.customer.id, call.body.get("description") or "")
    group.creation_time = directory.stamp()
    with directory.index.changing(group) as world:
        world.groups[group.id] = group
    return Answer(group_resource(call.customer, group))


def update_group(directory: Directory, call: Call) -> Answer:
    """PUT or PATCH groups/{groupKey}; after a new address the old one is an alias."""
    group = directory.find_group(call, call.path["groupKey"])
    _check(call)
    email = (call.body.get("email") or group.email).lower()
    if email != group.email.lower() and email not in map(str.lower, group.aliases):
        _refuse_address(directory, call, email)
    with directory.index.changing(group):
        group.name = call.body.get("name") or group.name
        if call.body.get("description") is not None:
            group.description = call.body["description"]
        if email != group.email.lower():
            _rename(directory, group, email)
    return Answer(group_resource(call.customer, group))


def delete_group(directory: Directory, call: Call) -> Answer:
    """DELETE groups/{groupKey}: it leaves the groups that it was in."""
    group = directory.find_group(call, call.path["groupKey"])
    with directory.index.changing(group) as world:
        del world.groups[group.id]
        for other in world.groups.values():
            for address in (group.email, *group.aliases):
                other.members.pop(address.lower(), None)
    return Answer(None, 204)


def group_resource(customer: Customer, group: Group) -> dict[str, Any]:
    """How the API shows a group; empty lists are left out."""
    resource: dict[str, Any] = {
        "kind": "admin#directory#group",
        "id": group.id,
        "email": group.email,
        "name": group.name,
        "directMembersCount": str(len(group.members)),
        "description": group.description,
        "adminCreated": True,
    }
    aliases = {"aliases": group.aliases, "nonEditableAliases": non_editable(customer, [group.email, *group.aliases])}
    resource |= {name: list(values) for name, values in aliases.items() if values}
    return resource | {"etag": content_etag(resource)}


def page_of_groups(directory: Directory, call: Call, groups: list[Group]) -> tuple[list[Group], str]:
    """The page that is asked for of groups in order, and the next token or ""."""
    size, now = page_size(directory, call, MOST_GROUPS), directory.now().timestamp()
    last = page_tokens.read(call, now)
    descending = bool(groups[1:]) and groups[0].email.lower() > groups[-1].email.lower()
    if last is not None:
        groups = [g for g in groups if (g.email.lower() < last[0] if descending else g.email.lower() > last[0])]
    if len(groups) <= size or directory.knobs.lists_end_early:
        return groups[:size], ""
    return groups[:size], page_tokens.issue(call, (groups[size - 1].email.lower(),), now)


def _choice(directory: Directory, call: Call) -> Callable[[Group], bool]:
    customer, domain, user_key = (call.param(name) for name in ("customer", "domain", "userKey"))
    if not customer and not domain and not user_key:
        raise bad_request()
    if customer and user_key:
        raise invalid_input()
    if customer:
        require_own_customer(call, customer)
    ending = "@" + own_domain(directory.index, call, domain).domain.name.lower() if domain else ""
    member = person_or_group(directory, call, user_key, "userKey") if user_key else None
    clauses = parse(call.param("query"), OPERATORS)
    return lambda group: (
        group.email.lower().endswith(ending)
        and (member is None or is_member(group, member))
        and all(_fits(directory, call, clause, group) for clause in clauses)
    )


def _fits(directory: Directory, call: Call, clause: Clause, group: Group) -> bool:
    if clause.field == "memberKey":
        return is_member(group, person_or_group(directory, call, clause.value, "memberKey"))
    texts = {"email": [group.email, *group.aliases], "name": [group.name]}
    return clause.matches(texts.get(clause.field) or [group.email, group.name])


def _check(call: Call) -> None:
    if len(call.body.get("name") or "") > MAX_NAME or set(call.body.get("name") or "") & set("<>="):
        raise invalid_input("name")
    if len(call.body.get("description") or "") > MAX_DESCRIPTION:
        raise invalid_input("description")


def _refuse_address(directory: Directory, call: Call, email: str) -> None:
    # Groups may be called abuse and postmaster; people may not.
    check_address(email, "email", accents=directory.knobs.accents_in_local_parts, reserved=frozenset())
    domain_for_new(directory.index, call, email, "email")
    if directory.index.holder(email):
        raise duplicate()


def _rename(directory: Directory, group: Group, email: str) -> None:
    old = group.email
    group.aliases = [alias for alias in group.aliases if alias.lower() != email] + [old]
    group.email = email
    for other in directory.world.groups.values():
        if old.lower() in other.members:
            other.members = {email if key == old.lower() else key: role for key, role in other.members.items()}
