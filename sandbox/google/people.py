"""What an administrator changes about people and domains, without the Directory API."""

import secrets
from dataclasses import replace
from datetime import timedelta
from typing import Literal

from sandbox.google import tokens
from sandbox.google.world import Customer, Installation, User, World

AdminRole = Literal["super", "delegated", "none"]


def stored(world: World, user_id: str) -> User:
    """The account as a stored one, also when it was a computed one; call inside `world.changing()`. KeyError."""
    user = world.user(user_id)
    if user is None:
        raise KeyError(user_id)
    return world.users.setdefault(user_id, user)


def rename_user(world: World, user_id: str, email: str) -> None:
    """A new primary address with the same id; the old one becomes an alias, as at Google."""
    with world.changing():
        user = stored(world, user_id)
        user.aliases = [alias for alias in user.aliases if alias.lower() != email.lower()]
        user.aliases.append(user.primary_email)
        _readdress(world, user.primary_email, email)
        user.primary_email = email
        _touch(user)


def move_user(world: World, user_id: str, domain: str = "", org_unit: str = "") -> None:
    """To another domain of the customer, which changes `hd`, and/or to another organizational unit."""
    with world.changing():
        user = stored(world, user_id)
        if domain:
            rename_user(world, user_id, f"{user.primary_email.partition('@')[0]}@{domain}")
        if org_unit:
            user.org_unit_path = org_unit
        _touch(user)


def suspend(world: World, user_id: str, *, suspended: bool = True) -> None:
    """Suspend or restore; a suspended person's sessions and tokens stop working."""
    with world.changing():
        user = stored(world, user_id)
        user.suspended = suspended
        _touch(user)


def set_admin(world: World, user_id: str, role: AdminRole = "super") -> None:
    """Make somebody a super administrator, a delegated one, or nobody special."""
    with world.changing():
        user = stored(world, user_id)
        user.is_admin, user.is_delegated_admin = role == "super", role == "delegated"
        _touch(user)


def delete_user(world: World, user_id: str) -> None:
    """Delete an account; it can be restored for 20 days."""
    with world.changing():
        user = stored(world, user_id)
        user.deletion_time = world.now().strftime("%Y-%m-%dT%H:%M:%S.000Z")
        _touch(user)


def withdraw_consent(world: World, user_id: str) -> None:
    """The person removes the app at their own account page."""
    with world.changing():
        tokens.end_consent(world, user_id, world.project.oauth_client_id)


def lapse_domain(world: World, customer_id: str, new_customer_id: str = "") -> str:
    """The customer lets its domains go and somebody else registers them: same names and addresses, new ids all over.

    Returns the new customer id.
    """
    with world.changing():
        old = world.customers.pop(customer_id)
        new_id = new_customer_id or "C0" + secrets.token_hex(4)[:7]
        world.customers[new_id] = _successor(old, new_id)
        for user in [user for user in world.users.values() if user.customer_id == customer_id]:
            del world.users[user.id]
            heir = replace(user, id=new_user_id(), customer_id=new_id)
            world.users[heir.id] = heir
        for group in world.groups.values():
            if group.customer_id == customer_id:
                group.customer_id = new_id
        return new_id


def advance_time(world: World, seconds: float) -> None:
    """Let the simulation's clock run ahead; access tokens, codes and windows age with it."""
    with world.changing():
        world.knobs.clock_offset += timedelta(seconds=seconds).total_seconds()


def new_user_id() -> str:
    """21 digits, as Google's."""
    return "1" + "".join(str(secrets.randbelow(10)) for _ in range(20))


def _successor(old: Customer, new_id: str) -> Customer:
    return replace(
        old,
        id=new_id,
        installation=Installation(),
        delegations={},
        delegated_at={},
        generated_users=0,
        blocks_app=False,
    )


def _readdress(world: World, old: str, new: str) -> None:
    for group in world.groups.values():
        if old in group.members:
            group.members[new] = group.members.pop(old)


def _touch(user: User) -> None:
    user.etag = f'"{secrets.token_urlsafe(12)}"'
