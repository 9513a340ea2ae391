"""The page on which members of a domain open an account, who are signed in and need no link."""

from typing import Any

from flask import Blueprint, render_template

from marketplace.access import Guards, Principal
from provisioning.invitations.visits import Visits
from provisioning.invitations.web import PATH, JoinPages


def members_blueprint(guards: Guards, pages: JoinPages) -> Blueprint:
    """Routes /join/members/<id>, named invited.<view>."""
    blueprint = Blueprint("invited", __name__, url_prefix=f"{PATH}/members")
    views = _Views(pages, pages.visits)
    for name, view, methods in (("show", views.show, ["GET"]), ("open", views.open, ["POST"])):
        blueprint.add_url_rule("/<invitation_id>", name, guards.login_required(view), methods=methods)
    return blueprint


class _Views:
    def __init__(self, pages: JoinPages, visits: Visits) -> None:
        self._pages = pages
        self._visits = visits

    def show(self, principal: Principal, invitation_id: str) -> str:
        invitation = self._visits.for_members(principal.tenant, invitation_id)
        return render_template("invitations/member.html", invitation=invitation)

    def open(self, principal: Principal, invitation_id: str) -> Any:
        """Begin a visit, or go on with the one that this browser has begun."""
        cookie = self._visits.open_as_member(
            principal.tenant, principal.person, principal.email, invitation_id, self._pages.cookie
        )
        return self._pages.let_in(cookie)
