"""The users of the Admin console: finding them, and everything an administrator does to one."""

import secrets

from flask import Blueprint, Response, render_template, request

from sandbox.google import people
from sandbox.google.directory.index import Index
from sandbox.google.passwords import is_acceptable, set_password
from sandbox.google.screens.user_list import UserList
from sandbox.google.screens.visits import admin_here, done, refuse
from sandbox.google.world import Customer, User, World

USERS = "/admin/users"


class UserScreens:
    """List, page and actions of users."""

    def __init__(self, world: World, user_list: UserList) -> None:
        self._world, self._user_list = world, user_list

    def add_routes(self, pages: Blueprint) -> None:
        """`/admin/users...`."""
        pages.add_url_rule(USERS, view_func=self.users)
        pages.add_url_rule(f"{USERS}/<user_id>", view_func=self.user)
        for path, view in (
            ("suspend", self.suspend),
            ("restore", self.restore),
            ("make-admin", self.make_admin),
            ("revoke-admin", self.revoke_admin),
            ("rename", self.rename),
            ("password", self.reset_password),
            ("delete", self.delete),
            ("undelete", self.undelete),
        ):
            endpoint = f"user_{view.__name__}"
            pages.add_url_rule(f"{USERS}/<user_id>/{path}", view_func=view, methods=["POST"], endpoint=endpoint)

    def users(self) -> str:
        """A page of users."""
        _, customer = admin_here(self._world)
        search, number = request.args.get("q", "").strip(), request.args.get("page", "1")
        page = self._user_list.page(customer, search, int(number) if number.isascii() and number.isdigit() else 1)
        deleted = self._user_list.deleted(customer)
        return render_template("admin/users.html", customer=customer, page=page, search=search, deleted=deleted)

    def user(self, user_id: str) -> str:
        """Everything about one."""
        me, customer = admin_here(self._world)
        user = self._theirs(user_id)
        groups = [
            g for g in list(self._world.groups.values()) if g.customer_id == customer.id and _is_member(user, g.members)
        ]
        return render_template("admin/user.html", customer=customer, user=user, me=me, groups=groups)

    def suspend(self, user_id: str) -> Response:
        """Nobody can suspend themselves."""
        user = self._theirs(user_id, not_me="suspend")
        people.suspend(self._world, user.id)
        return _back(user, f"{_name(user)} is suspended and cannot sign in.", "warn")

    def restore(self, user_id: str) -> Response:
        """End a suspension."""
        user = self._theirs(user_id)
        people.suspend(self._world, user.id, suspended=False)
        return _back(user, f"{_name(user)} can sign in again.")

    def make_admin(self, user_id: str) -> Response:
        """Of the given role."""
        user = self._theirs(user_id)
        delegated = request.form.get("role") == "delegated"
        people.set_admin(self._world, user.id, "delegated" if delegated else "super")
        return _back(user, f"{_name(user)} is a {'delegated' if delegated else 'super'} administrator.")

    def revoke_admin(self, user_id: str) -> Response:
        """Nobody can do that to themselves, so there is always an administrator."""
        user = self._theirs(user_id, not_me="demote")
        people.set_admin(self._world, user.id, "none")
        return _back(user, f"{_name(user)} is an ordinary user.", "warn")

    def rename(self, user_id: str) -> Response:
        """A new primary address; the old one stays as an alias."""
        user = self._theirs(user_id)
        _, customer = admin_here(self._world)
        email = request.form.get("email", "").strip().lower()
        problem = rename_problem(self._world, customer, user, email)
        if problem:
            return _back(user, problem, "bad")
        people.rename_user(self._world, user.id, email)
        return _back(user, f"{_name(user)} is {email} now. The old address is an alias.")

    def reset_password(self, user_id: str) -> Response:
        """To what was typed, or to a new random one, which is shown once."""
        user = self._theirs(user_id)
        password = request.form.get("password", "") or secrets.token_urlsafe(9)
        if not is_acceptable(password):
            return _back(user, "A password has 8 to 100 printable ASCII characters, and no space at its ends.", "bad")
        with self._world.changing():
            account = people.stored(self._world, user.id)
            set_password(account, password)
            account.change_password_at_next_login = "change" in request.form
        return _back(user, f"The password of {_name(user)} is now {password}")

    def delete(self, user_id: str) -> Response:
        """For 20 days it can be taken back."""
        user = self._theirs(user_id, not_me="delete")
        people.delete_user(self._world, user.id)
        return done(USERS, f"{_name(user)} ({user.primary_email}) was deleted.", "warn")

    def undelete(self, user_id: str) -> Response:
        """Take a deletion back."""
        user = self._theirs(user_id)
        with self._world.changing():
            people.stored(self._world, user.id).deletion_time = ""
        return _back(user, f"{_name(user)} is back.")

    def _theirs(self, user_id: str, not_me: str = "") -> User:
        me, customer = admin_here(self._world)
        user = self._world.user(user_id)
        if user is None or user.customer_id != customer.id:
            refuse("No such user", f"{customer.name} has no user with the id {user_id}.", 404)
        if not_me and user.id == me.id:
            refuse("Not yourself", f"You cannot {not_me} the account that you are using.", 409)
        return user


def rename_problem(world: World, customer: Customer, user: User, email: str) -> str:
    """Why the user cannot have this primary address, or ""."""
    domains = sorted(domain.name for domain in customer.domains)
    local, _, domain = email.partition("@")
    if not local or domain not in domains:
        return f"The new address must be in one of these domains: {', '.join(domains)}."
    with world.lock:
        holder = Index(world).holder(email)
    if holder and holder.id != user.id:
        return f"{email} is taken by {holder.primary_email if isinstance(holder, User) else holder.email}."
    return f"{email} is the primary address already." if email == user.primary_email.lower() else ""


def _is_member(user: User, members: dict[str, str]) -> bool:
    return not members.keys().isdisjoint({user.primary_email, *user.aliases})


def _name(user: User) -> str:
    return f"{user.given_name} {user.family_name}".strip()


def _back(user: User, sentence: str, kind: str = "ok") -> Response:
    return done(f"{USERS}/{user.id}", sentence, kind)
