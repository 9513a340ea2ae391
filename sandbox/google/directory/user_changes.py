"""users.insert, update, patch, delete, undelete, makeAdmin."""

from collections.abc import Mapping
from typing import Any

from sandbox.google.directory.access import domain_for_new, require_super_admin
from sandbox.google.directory.call import Answer, Call
from sandbox.google.directory.directory import Directory
from sandbox.google.directory.org_unit_tree import existing_path
from sandbox.google.directory.refusals import (
    condition_not_met,
    duplicate,
    limit_exceeded,
    not_authorized,
    not_found,
    required,
)
from sandbox.google.directory.user_fields import check_change, check_new
from sandbox.google.directory.user_resource import user_resource
from sandbox.google.directory.user_writing import write
from sandbox.google.generated import GeneratedUsers
from sandbox.google.world import User


def insert_user(directory: Directory, call: Call) -> Answer:
    """POST users."""
    require_super_admin(call)
    check_new(call.body, accents=directory.knobs.accents_in_local_parts)
    email = call.body["primaryEmail"].lower()
    owner = domain_for_new(directory.index, call, email, "primary_user_email")
    directory.quotas.count_create(owner.domain.name)
    path = existing_path(call.customer, call.body.get("orgUnitPath") or "/")
    _refuse_taken(directory, call, email)
    _refuse_over_limit(directory, call)
    invited = _settle_consumer_account(directory, call, email)
    if invited:
        return invited
    user = User(directory.new_id(), email, "", "", "", call.customer.id, path)
    user.creation_time, user.agreed_to_terms = directory.stamp(), False
    with directory.index.changing(user) as world:
        world.users[user.id] = user
        write(user, {**call.body, "orgUnitPath": path}, clears=True)
    return Answer(_shown(directory, call, user))


def update_user(directory: Directory, call: Call) -> Answer:
    """PUT users/{userKey}: like a patch, but null empties a field."""
    return _change(directory, call, clears=True)


def patch_user(directory: Directory, call: Call) -> Answer:
    """PATCH users/{userKey}: null changes nothing, and lists cannot be emptied."""
    return _change(directory, call, clears=False)


def delete_user(directory: Directory, call: Call) -> Answer:
    """DELETE users/{userKey}: the addresses are free at once; 20 days to undelete."""
    user = directory.user_to_change(call, call.path["userKey"])
    _refuse_last_admin(directory, user)
    with directory.index.changing(user) as world:
        directory.keep(user).deletion_time = directory.stamp()
        for group in world.groups.values():
            for address in (user.primary_email, *user.aliases):
                group.members.pop(address.lower(), None)
    return Answer(None, directory.knobs.delete_status)


def undelete_user(directory: Directory, call: Call) -> Answer:
    """POST users/{id}/undelete: with the immutable id only; 409 when the address was taken meanwhile."""
    require_super_admin(call)
    deleted = {user.id: user for user in directory.index.deleted(call.customer, directory.now())}
    user = deleted.get(call.path["userKey"])
    if user is None:
        raise not_found("userKey")
    path = existing_path(call.customer, call.body.get("orgUnitPath") or "/")
    if directory.index.holder(user.primary_email):
        raise duplicate()
    with directory.index.changing(user):
        user.aliases = [alias for alias in user.aliases if directory.index.holder(alias) is None]
        user.deletion_time, user.org_unit_path = "", path
    return Answer(None, 204)


def make_admin(directory: Directory, call: Call) -> Answer:
    """POST users/{userKey}/makeAdmin with `{status}`."""
    require_super_admin(call)
    user = directory.user_to_change(call, call.path["userKey"])
    if "status" not in call.body:
        raise required("status")
    if not call.body["status"]:
        _refuse_last_admin(directory, user)
    with directory.index.changing(user):
        directory.keep(user).is_admin = bool(call.body["status"])
    return Answer(None, 204)


def _change(directory: Directory, call: Call, *, clears: bool) -> Answer:
    user, body = directory.user_to_change(call, call.path["userKey"]), dict(call.body)
    check_change(body, accents=directory.knobs.accents_in_local_parts)
    if body.get("orgUnitPath"):
        body["orgUnitPath"] = existing_path(call.customer, body["orgUnitPath"])
    _refuse_state(directory, call, user)
    email = (body.get("primaryEmail") or user.primary_email).lower()
    if email != user.primary_email.lower():
        domain_for_new(directory.index, call, email, "primary_user_email")
        _refuse_taken(directory, call, email, but=user)
    with directory.index.changing(user):
        write(directory.keep(user), body, clears=clears)
        if email != user.primary_email.lower():
            rename(directory, user, email)
    return Answer(_shown(directory, call, user))


def rename(directory: Directory, user: User, email: str) -> None:
    """The new primary address; the old one becomes an alias, memberships follow. Call inside `Index.changing`."""
    old = user.primary_email
    user.aliases = [alias for alias in user.aliases if alias.lower() != email] + [old]
    user.primary_email, user.email_changed_at = email, directory.stamp()
    for group in directory.world.groups.values():
        if old.lower() in group.members:
            group.members = {email if key == old.lower() else key: role for key, role in group.members.items()}


def _shown(directory: Directory, call: Call, user: User) -> Mapping[str, Any]:
    is_ready = not directory.is_younger(user.creation_time, directory.knobs.mailbox_lag)
    return user_resource(user, call.customer, mailbox_ready=is_ready, schemas="*")


def _refuse_taken(directory: Directory, call: Call, email: str, but: User | None = None) -> None:
    holder = directory.index.holder(email)
    if holder is not None and (but is None or holder.id != but.id):
        raise duplicate()
    if directory.knobs.deleted_name_blocks:
        deleted = directory.index.deleted(call.customer, directory.now())
        if any(email in {user.primary_email.lower(), *map(str.lower, user.aliases)} for user in deleted):
            raise duplicate()


def _refuse_over_limit(directory: Directory, call: Call) -> None:
    """Deleted people keep their license for 20 days."""
    customer, index = call.customer, directory.index
    if not customer.user_limit:
        return
    computed = customer.generated_users - index.hidden(customer, GeneratedUsers(customer))
    used = computed + len(index.stored(customer)) + len(index.deleted(customer, directory.now()))
    if used >= customer.user_limit:
        raise limit_exceeded("Domain user limit reached.")


def _refuse_state(directory: Directory, call: Call, user: User) -> None:
    if call.body.get("suspended") is True:
        _refuse_last_admin(directory, user)
    if call.body.get("suspended") is False and user.more.get("suspendedForAbuse"):
        raise condition_not_met("Cannot restore a user suspended for abuse.")
    limit = call.customer.archive_limit
    if call.body.get("archived") is True and limit and not user.archived:
        people = directory.index.stored(call.customer)
        if sum(directory.world.users[user_id].archived for _, user_id in people) >= limit:
            raise limit_exceeded("Insufficient archived user licenses")


def _refuse_last_admin(directory: Directory, user: User) -> None:
    """The last super administrator cannot be deleted, suspended or demoted (guess: 403)."""
    people = directory.world.users.values()
    admins = [u.id for u in people if u.customer_id == user.customer_id and u.is_admin and not u.deletion_time]
    if admins == [user.id]:
        raise not_authorized()


def _settle_consumer_account(directory: Directory, call: Call, email: str) -> Answer | None:
    """What becomes of somebody's own Google account with this address: only asked for with resolveConflictAccount."""
    accounts = [user for user in directory.world.users.values() if not user.customer_id]
    found = next((user for user in accounts if user.primary_email.lower() == email and not user.deletion_time), None)
    if found is None:
        return None
    unresolved = "keep" if directory.knobs.unmanaged_blocks else "replace"
    option = directory.knobs.conflict_account if call.flag("resolveConflictAccount") else unresolved
    if option == "keep":
        raise duplicate()
    if option == "invite":
        return Answer({"kind": "admin#directory#user", "primaryEmail": email}, 202)
    with directory.world.changing():
        local, _, domain = email.partition("@")
        found.primary_email = f"{local}%{domain}@gtempaccount.com"
    return None
