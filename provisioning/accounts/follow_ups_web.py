"""What still follows after accounts were made one by one, or was refused: for administrators."""

from typing import Any

from flask import Blueprint, redirect, render_template, request, url_for

from marketplace.access import Guards, Principal
from provisioning.accounts.account_follow_ups import MOST_SHOWN, AccountFollowUps
from runtime.audit import Actor


def follow_ups_blueprint(guards: Guards, follow_ups: AccountFollowUps) -> Blueprint:
    """Routes under /accounts/follow-ups, named follow_ups.<view>."""
    blueprint = Blueprint("follow_ups", __name__, url_prefix="/accounts/follow-ups")
    views = _Views(follow_ups)
    for rule, name, view, method in (
        ("", "show", views.show, "GET"),
        ("/retry", "retry", views.retry, "POST"),
        ("/dismiss", "dismiss", views.dismiss, "POST"),
    ):
        blueprint.add_url_rule(rule, name, guards.admin_required(view), methods=[method])
    return blueprint


class _Views:
    def __init__(self, follow_ups: AccountFollowUps) -> None:
        self._follow_ups = follow_ups

    def show(self, principal: Principal) -> str:
        found = self._follow_ups.unfinished(principal.tenant)
        return render_template("accounts/follow_ups.html", accounts=found, most=MOST_SHOWN)

    def retry(self, principal: Principal) -> Any:
        self._follow_ups.retry(principal.tenant, Actor.of(principal), request.form.get("account", ""))
        return redirect(url_for("follow_ups.show"), 303)

    def dismiss(self, principal: Principal) -> Any:
        self._follow_ups.dismiss(principal.tenant, Actor.of(principal), request.form.get("account", ""))
        return redirect(url_for("follow_ups.show"), 303)
