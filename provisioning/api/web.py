"""The page on which administrators make and revoke API keys."""

from collections.abc import Sequence
from typing import Any

from flask import Blueprint, Response, make_response, redirect, render_template, request, url_for

from marketplace.access import Guards, Principal
from provisioning.api.keys import ApiKeys
from runtime.audit import Actor
from runtime.problems import BadRequest, Conflict, Problem

DURATIONS = (("90", "90 days"), ("365", "a year"), ("30", "30 days"), ("0", "no end"))
"""Days that a key can be good for."""


def keys_blueprint(guards: Guards, keys: ApiKeys) -> Blueprint:
    """Routes /manage/keys, named keys.<view>."""
    blueprint = Blueprint("keys", __name__, url_prefix="/manage/keys")
    views = _Views(keys)
    for rule, name, view, methods in (
        ("", "show", views.show, ["GET"]),
        ("", "issue", views.issue, ["POST"]),
        ("/<key_id>/revoke", "revoke", views.revoke, ["POST"]),
    ):
        blueprint.add_url_rule(rule, name, guards.admin_required(view), methods=methods)
    return blueprint


class _Views:
    def __init__(self, keys: ApiKeys) -> None:
        self._keys = keys

    def show(self, principal: Principal) -> Response:
        return self._page(principal)

    def issue(self, principal: Principal) -> Response:
        """The key is on this page and on no other."""
        name, days = request.form.get("name", ""), request.form.get("days", "")
        try:
            info, text = self._keys.issue(principal.tenant, Actor.of(principal), name, chosen_days(days, DURATIONS))
        except (BadRequest, Conflict) as problem:
            return self._page(principal, name, days, problem)
        return shown_once(render_template("api/key_issued.html", key=info, text=text))

    def revoke(self, principal: Principal, key_id: str) -> Any:
        self._keys.revoke(principal.tenant, Actor.of(principal), key_id)
        return redirect(url_for("keys.show", revoked="yes"), 303)

    def _page(self, principal: Principal, name: str = "", days: str = "90", problem: Problem | None = None) -> Response:
        html = render_template(
            "api/keys.html", keys=self._keys.list(principal.tenant), name=name, days=days, problem=problem,
            durations=DURATIONS, revoked=request.args.get("revoked"),
        )  # fmt: skip
        return make_response(html, problem.status if problem else 200)


def chosen_days(days: str, durations: Sequence[tuple[str, str]]) -> int:
    """Days that a key is to be good for, if they were offered. Raises BadRequest."""
    if days not in dict(durations):
        raise BadRequest("Choose how long the key is good for.")
    return int(days)


def shown_once(html: str) -> Response:
    """A page with a key on it."""
    response = make_response(html)
    response.headers["Cache-Control"] = "no-store"
    return response
