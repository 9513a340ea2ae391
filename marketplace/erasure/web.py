"""The page on which an administrator has everything of the domain deleted, and takes it back.

For the whole waiting time it is all that the domain's people see of the app.
"""

from flask import Blueprint, redirect, render_template, request, url_for
from werkzeug.wrappers import Response

from marketplace.erasure.requests import ErasureRequests
from marketplace.erasure.rules import WAITING
from marketplace.gate import Gate, NotFresh
from marketplace.manage_web import require_administrator
from marketplace.sessions import Sessions, Visitor
from runtime.audit import Actor
from runtime.problems import BadRequest, Forbidden


def erasure_blueprint(gate: Gate, sessions: Sessions, requests: ErasureRequests) -> Blueprint:
    """Routes under /marketplace/manage/deletion."""
    blueprint = Blueprint("erasure", __name__, url_prefix="/marketplace/manage/deletion")
    views = _Views(sessions, requests)
    for rule, name, view, method in (
        ("/", "show", gate.leaver_required(views.show), "GET"),
        ("/ask", "ask", gate.visitor_required(views.ask), "POST"),
        ("/take-back", "take_back", gate.leaver_required(views.take_back), "POST"),
    ):
        blueprint.add_url_rule(rule, name, view, methods=[method])
    return blueprint


class _Views:
    def __init__(self, sessions: Sessions, requests: ErasureRequests) -> None:
        self._sessions = sessions
        self._requests = requests

    def show(self, visitor: Visitor) -> str | Response:
        """What would be deleted, or when it will be. Before setup there is nothing."""
        require_administrator(visitor)
        if not visitor.state.customer_id:
            return redirect(url_for("setup.show"), 303)
        return self._page(visitor)

    def ask(self, visitor: Visitor) -> Response | tuple[str, int]:
        """With the domain's name typed, and a sign-in of the last minutes."""
        _require_super_admin(visitor)
        if not visitor.is_fresh:
            raise NotFresh("For this, a sign-in within the last five minutes is needed.")
        typed = request.form.get("domain", "")
        try:
            self._requests.ask(visitor.state.domain, typed, Actor.of(visitor), "administrator")
        except BadRequest as problem:
            return self._page(visitor, typed[:253], problem.words), 400
        return redirect(url_for(".show"), 303)

    def take_back(self, visitor: Visitor) -> Response:
        """By any super administrator of the domain."""
        _require_super_admin(visitor)
        domain = self._requests.take_back(visitor.state.customer_id, Actor.of(visitor))
        self._sessions.add_notice(visitor.token, "success", f"Nothing is deleted. {domain} is as it was before.")
        return redirect("/", 303)

    def _page(self, visitor: Visitor, typed: str = "", error: str = "") -> str:
        return render_template(
            "marketplace/deletion.html", domain=visitor.state.domain, typed=typed, error=error, days=WAITING.days,
            erasure=self._requests.of(visitor.state.customer_id), may=visitor.is_super_admin,
            is_fresh=visitor.is_fresh, again_url=url_for("sign_in.again", next=url_for(".show")),
            ask_url=url_for(".ask"), take_back_url=url_for(".take_back"),
        )  # fmt: skip


def _require_super_admin(visitor: Visitor) -> None:
    require_administrator(visitor)
    if not visitor.is_super_admin:
        raise Forbidden("Only super administrators of your domain may do this.")
