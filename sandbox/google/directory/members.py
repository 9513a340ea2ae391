"""members.list, get, insert, update, patch, delete, hasMember."""

from typing import Any

from sandbox.google.directory import page_tokens
from sandbox.google.directory.call import Answer, Call
from sandbox.google.directory.directory import Directory
from sandbox.google.directory.memberships import (
    Identity,
    find_member,
    identity,
    identity_in,
    member_key,
    nested,
)
from sandbox.google.directory.refusals import (
    condition_not_met,
    duplicate,
    invalid_input,
    not_found,
    required,
)
from sandbox.google.directory.user_listing import page_size
from sandbox.google.directory.user_resource import content_etag
from sandbox.google.world import Group

MOST_MEMBERS = 200
ROLES = frozenset({"OWNER", "MANAGER", "MEMBER"})


def list_members(directory: Directory, call: Call) -> Answer:
    """GET groups/{groupKey}/members: pages are good for an hour."""
    group, now = _group(directory, call), directory.now().timestamp()
    size, last = page_size(directory, call, MOST_MEMBERS), page_tokens.read(call, now, page_tokens.MEMBERS_LIFETIME)
    members = sorted(_members(directory, call, group).items())
    rest = [(key, member) for key, member in members if last is None or key > last[0]]
    shown = [_resource(*member) for _, member in rest[:size]]
    answer: dict[str, Any] = {"kind": "admin#directory#members", "etag": content_etag({"members": shown})}
    answer |= {"members": shown} if shown else {}
    if len(rest) > size:
        answer["nextPageToken"] = page_tokens.issue(call, (rest[size - 1][0],), now)
    return Answer(answer)


def get_member(directory: Directory, call: Call) -> Answer:
    """GET groups/{groupKey}/members/{memberKey}: direct members only."""
    group = _group(directory, call)
    key, member = _member(directory, call, group)
    return Answer(_resource(member, group.members[key]))


def insert_member(directory: Directory, call: Call) -> Answer:
    """POST groups/{groupKey}/members with `{email or id, role?}`."""
    group, role = _group(directory, call), _role(call, "MEMBER")
    asked = call.body.get("email") or call.body.get("id")
    if not asked:
        raise required("memberKey")
    member = identity(directory, call.customer.id, asked)
    if member is None or (member.email and member.email.count("@") != 1):
        raise not_found("memberKey")
    person = directory.index.user(member.id)
    if person and directory.is_younger(person.creation_time, directory.knobs.get_lag):
        raise not_found("memberKey")
    if member_key(group, member):
        raise duplicate("Member already exists.")
    inside = directory.world.groups.get(member.id)
    if inside and (inside.id == group.id or any(g.id == group.id for g in nested(directory, inside))):
        raise condition_not_met("Cyclic memberships not allowed.")
    with directory.index.changing():
        group.members[member.email.lower() or member.id] = role
    return Answer(_resource(member, role))


def update_member(directory: Directory, call: Call) -> Answer:
    """PUT or PATCH groups/{groupKey}/members/{memberKey}: another role."""
    group = _group(directory, call)
    key, member = _member(directory, call, group)
    role = _role(call, group.members[key])
    with directory.index.changing():
        group.members[key] = role
    return Answer(_resource(member, role))


def delete_member(directory: Directory, call: Call) -> Answer:
    """DELETE groups/{groupKey}/members/{memberKey}."""
    group = _group(directory, call)
    key, _ = _member(directory, call, group)
    with directory.index.changing():
        del group.members[key]
    return Answer(None, 204)


def has_member(directory: Directory, call: Call) -> Answer:
    """GET groups/{groupKey}/hasMember/{memberKey}: nested ones too, but 400 for addresses of other domains."""
    group = _group(directory, call)
    key = call.path["memberKey"]
    member = identity(directory, call.customer.id, key)
    if "@" in key:
        owner = directory.index.owner_of_domain(key.rpartition("@")[2])
        if owner is None or owner.customer.id != call.customer.id:
            raise invalid_input("memberKey")
    if member is None:
        raise not_found("memberKey")
    places = [group, *nested(directory, group)]
    return Answer({"isMember": any(member_key(place, member) is not None for place in places)})


def _group(directory: Directory, call: Call) -> Group:
    group = directory.find_group(call, call.path["groupKey"])
    if directory.is_younger(group.creation_time, directory.knobs.group_lag):
        raise not_found("groupKey")
    return group


def _member(directory: Directory, call: Call, group: Group) -> tuple[str, Identity]:
    found = find_member(directory, group, call.path["memberKey"])
    if found is None:
        raise not_found("memberKey")
    return found


def _members(directory: Directory, call: Call, group: Group) -> dict[str, tuple[Identity, str]]:
    """By address or id: the member and the role; whoever is in several of the groups comes once, direct role first."""
    roles = {role for role in call.param("roles").upper().split(",") if role}
    if not roles <= ROLES:
        raise invalid_input("roles")
    found: dict[str, tuple[Identity, str]] = {}
    derived = nested(directory, group) if call.flag("includeDerivedMembership") else ()
    for place in (group, *derived):
        for key, role in place.members.items():
            member = identity_in(directory, place, key)
            own = role if place is group else "MEMBER"
            if not roles or own in roles:
                found.setdefault(member.email.lower() or member.id, (member, own))
    return found


def _role(call: Call, default: str) -> str:
    role: str = call.body.get("role") or default
    if role not in ROLES:
        raise invalid_input("role")
    return role


def _resource(member: Identity, role: str) -> dict[str, str]:
    resource = {"kind": "admin#directory#member", "id": member.id, "role": role, "type": member.kind}
    if member.email:
        resource |= {"email": member.email, "status": "SUSPENDED" if member.suspended else "ACTIVE"}
    return resource | {"etag": content_etag(resource)}
