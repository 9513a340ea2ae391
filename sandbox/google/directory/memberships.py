"""Who is in a group: keys, nested groups, cycles."""

import hashlib
from collections.abc import Iterator
from dataclasses import dataclass

from sandbox.google.directory.call import Call
from sandbox.google.directory.directory import Directory
from sandbox.google.directory.refusals import not_found
from sandbox.google.world import Group, User


@dataclass(frozen=True)
class Identity:
    """Somebody who is or could be in a group. kind: USER, GROUP or CUSTOMER; email is "" for a customer.

    keys: how a group's members may name them: lower-case addresses, or the customer id.
    """

    id: str
    kind: str
    email: str
    keys: tuple[str, ...]
    suspended: bool = False


def identity_of(holder: User | Group) -> Identity:
    """The identity of one of our people or groups."""
    if isinstance(holder, Group):
        keys = tuple(address.lower() for address in (holder.email, *holder.aliases))
        return Identity(holder.id, "GROUP", holder.email, keys)
    keys = tuple(address.lower() for address in (holder.primary_email, *holder.aliases))
    return Identity(holder.id, "USER", holder.primary_email, keys, holder.suspended)


def outsider(address: str) -> Identity:
    """Somebody with an address that is not ours."""
    digits = int.from_bytes(hashlib.sha256(address.lower().encode()).digest()[:8]) % 10**19
    return Identity(str(10**20 + digits), "USER", address, (address.lower(),))


def identity(directory: Directory, customer_id: str, key: str) -> Identity | None:
    """By address, alias, id or customer id; None for an address of ours that nobody has, and for unknown ids."""
    if key == customer_id:
        return Identity(customer_id, "CUSTOMER", "", (customer_id,))
    if "@" not in key:
        holder = directory.index.user(key) or directory.world.groups.get(key)
        is_gone = isinstance(holder, User) and bool(holder.deletion_time)
        return identity_of(holder) if holder and not is_gone else None
    holder = directory.index.holder(key)
    if holder:
        return identity_of(holder)
    owner = directory.index.owner_of_domain(key.rpartition("@")[2])
    return None if owner and owner.customer.id == customer_id else outsider(key)


def person_or_group(directory: Directory, call: Call, key: str, what: str) -> Identity:
    """The same; raises GoogleError 404 `Resource Not Found: <what>` instead of None."""
    found = identity(directory, call.customer.id, key)
    if found is None:
        raise not_found(what)
    return found


def is_member(group: Group, member: Identity) -> bool:
    """Whether somebody is directly in the group."""
    return member_key(group, member) is not None


def member_key(group: Group, member: Identity) -> str | None:
    """Under which key somebody is directly in the group."""
    return next((key for key in member.keys if key in group.members), None)


def find_member(directory: Directory, group: Group, key: str) -> tuple[str, Identity] | None:
    """The member with this address or id, under the key that the group has for it."""
    asked = identity(directory, group.customer_id, key)
    if asked:
        kept = member_key(group, asked)
        return (kept, asked) if kept else None
    every = ((kept, identity_in(directory, group, kept)) for kept in group.members)
    return next(((kept, member) for kept, member in every if key in {member.id, kept}), None)


def identity_in(directory: Directory, group: Group, key: str) -> Identity:
    """Who a member is; an address that nobody has any more is like an outsider's."""
    return identity(directory, group.customer_id, key) or outsider(key)


def nested(directory: Directory, group: Group) -> Iterator[Group]:
    """The groups inside the group, at any depth, each once; not the group itself unless it contains itself."""
    seen: set[str] = set()
    waiting = [group]
    while waiting:
        for key in waiting.pop().members:
            holder = directory.index.holder(key) if "@" in key else None
            if isinstance(holder, Group) and holder.id not in seen:
                seen.add(holder.id)
                waiting.append(holder)
                yield holder
