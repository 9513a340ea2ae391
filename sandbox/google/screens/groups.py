"""The groups of the Admin console."""

from dataclasses import dataclass

from flask import Blueprint, Response, render_template, request

from sandbox.google.screens.visits import admin_here, done, refuse
from sandbox.google.world import Group, World

GROUPS = "/admin/groups"


@dataclass(frozen=True)
class Member:
    """A member with the page that tells more: a user's, a group's, or none for somebody elsewhere."""

    email: str
    role: str
    kind: str
    page: str


class GroupScreens:
    """List of groups, and a group with its members."""

    def __init__(self, world: World) -> None:
        self._world = world

    def add_routes(self, pages: Blueprint) -> None:
        """`/admin/groups...`."""
        pages.add_url_rule(GROUPS, view_func=self.groups)
        pages.add_url_rule(f"{GROUPS}/<group_id>", view_func=self.group)
        pages.add_url_rule(f"{GROUPS}/<group_id>/members/add", view_func=self.add_member, methods=["POST"])
        pages.add_url_rule(f"{GROUPS}/<group_id>/members/remove", view_func=self.remove_member, methods=["POST"])

    def groups(self) -> str:
        """All of the customer's, by address."""
        _, customer = admin_here(self._world)
        with self._world.lock:
            groups = [group for group in self._world.groups.values() if group.customer_id == customer.id]
        groups.sort(key=lambda group: group.email)
        return render_template("admin/groups.html", customer=customer, groups=groups)

    def group(self, group_id: str) -> str:
        """Its addresses and members."""
        group = self._theirs(group_id)
        with self._world.lock:
            members = [self._member(email, role) for email, role in sorted(group.members.items())]
        return render_template("admin/group.html", customer=admin_here(self._world)[1], group=group, members=members)

    def add_member(self, group_id: str) -> Response:
        """Anybody with an e-mail address, also of another organization."""
        group = self._theirs(group_id)
        email = request.form.get("email", "").strip().lower()
        if not (email.count("@") == 1 and all(email.split("@"))) or email == group.email:
            return done(f"{GROUPS}/{group.id}", "Type the e-mail address of a person or of another group.", "bad")
        with self._world.changing():
            group.members.setdefault(email, "MEMBER")
        return done(f"{GROUPS}/{group.id}", f"{email} is a member.")

    def remove_member(self, group_id: str) -> Response:
        """The account itself stays."""
        group = self._theirs(group_id)
        email = request.form.get("email", "")
        with self._world.changing():
            group.members.pop(email, None)
        return done(f"{GROUPS}/{group.id}", f"{email} is no longer a member.", "warn")

    def _theirs(self, group_id: str) -> Group:
        _, customer = admin_here(self._world)
        group = self._world.groups.get(group_id)
        if group is None or group.customer_id != customer.id:
            refuse("No such group", f"{customer.name} has no group with the id {group_id}.", 404)
        return group

    def _member(self, email: str, role: str) -> Member:
        user = self._world.user_by_email(email)
        if user:
            return Member(email, role.capitalize(), "User", f"/admin/users/{user.id}")
        group = next((group for group in self._world.groups.values() if email in {group.email, *group.aliases}), None)
        if group:
            return Member(email, role.capitalize(), "Group", f"{GROUPS}/{group.id}")
        return Member(email, role.capitalize(), "Outside", "")
