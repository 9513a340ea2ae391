"""The page on which administrators switch compatibility access on, list origins, and make keys for addresses."""

from collections.abc import Mapping
from typing import Any

from flask import Blueprint, Response, make_response, redirect, render_template, request, url_for

from marketplace.access import Guards, Principal
from provisioning.api.compatibility import Choice, CompatibilityAccess
from provisioning.api.keys import MOST_CREATES, AddressRules, ApiKeys
from provisioning.api.origins import OriginRefused, parse_origins
from provisioning.api.web import chosen_days, shown_once
from provisioning.directory.places import Places
from runtime.audit import Actor
from runtime.numbers import whole_number
from runtime.problems import BadRequest, Conflict, Problem

DURATIONS = (("30", "30 days"), ("7", "a week"), ("90", "90 days"))
"""Days that a key in an address can be good for. None is good for ever."""
USUAL_CREATES = "100"


def compatibility_blueprint(
    guards: Guards, compatibility: CompatibilityAccess, keys: ApiKeys, places: Places, base_url: str
) -> Blueprint:
    """Routes /manage/compatibility, named compatibility.<view>. base_url: where pages reach us, scheme and host."""
    blueprint = Blueprint("compatibility", __name__, url_prefix="/manage/compatibility")
    views = _Views(compatibility, keys, places, base_url)
    for rule, name, view, methods in (
        ("", "show", views.show, ["GET"]),
        ("", "save", views.save, ["POST"]),
        ("/keys", "issue", views.issue, ["POST"]),
        ("/keys/<key_id>/revoke", "revoke", views.revoke, ["POST"]),
    ):
        blueprint.add_url_rule(rule, name, guards.admin_required(view), methods=methods)
    return blueprint


class _Views:
    def __init__(self, compatibility: CompatibilityAccess, keys: ApiKeys, places: Places, base_url: str) -> None:
        self._compatibility = compatibility
        self._keys = keys
        self._places = places
        self._base_url = base_url

    def show(self, principal: Principal) -> Response:
        return self._page(principal, self._compatibility.of(principal.tenant))

    def save(self, principal: Principal) -> Any:
        if "origins" not in request.form:  # an empty list is a choice; half a form is not
            raise BadRequest("The form is incomplete.", advice="Load the page again, then send it again.")
        typed, is_on = request.form["origins"], bool(request.form.get("is_on"))
        try:
            choice = Choice(is_on, parse_origins(typed))
        except OriginRefused as refused:
            chosen = self._compatibility.of(principal.tenant)
            return self._page(principal, chosen, {"origins": typed, "is_on": "yes" * is_on}, {"origins": refused.what})
        self._compatibility.change(principal.tenant, Actor.of(principal), choice)
        return redirect(url_for("compatibility.show", done="saved"), 303)

    def issue(self, principal: Principal) -> Response:
        """The key is on this page and on no other."""
        typed = request.form.to_dict()
        try:
            rules = self._rules(principal, typed)
            days = chosen_days(typed.get("days", ""), DURATIONS)
            info, text = self._keys.issue(principal.tenant, Actor.of(principal), typed.get("name", ""), days, rules)
        except (BadRequest, Conflict) as problem:
            return self._page(principal, self._compatibility.of(principal.tenant), typed, problem=problem)
        return shown_once(render_template("api/address_issued.html", key=info, address=f"{self._base_url}/k/{text}"))

    def revoke(self, principal: Principal, key_id: str) -> Any:
        self._keys.revoke(principal.tenant, Actor.of(principal), key_id)
        return redirect(url_for("compatibility.show", done="revoked"), 303)

    def _rules(self, principal: Principal, typed: Mapping[str, str]) -> AddressRules:
        units = {unit.path for unit in self._places.of(principal.tenant, principal.delegated_admin).org_units}
        if typed.get("org_unit") not in units:
            raise BadRequest("Choose an organizational unit of the list.")
        number = whole_number(typed.get("creates_a_day", "").strip(), MOST_CREATES)
        if not number:
            raise BadRequest(f"Type how many accounts a day, from 1 to {MOST_CREATES}.")
        return AddressRules(typed["org_unit"], number)

    def _page(
        self,
        principal: Principal,
        chosen: Choice,
        typed: Mapping[str, str] | None = None,
        errors: Mapping[str, str] | None = None,
        problem: Problem | None = None,
    ) -> Response:
        usual = {"is_on": "yes" * chosen.is_on, "origins": "\n".join(chosen.origins), "creates_a_day": USUAL_CREATES}
        html = render_template(
            "api/compatibility.html", chosen=chosen, typed=usual | dict(typed or {}), errors=errors or {},
            problem=problem, keys=self._keys.list(principal.tenant, in_address=True), durations=DURATIONS,
            org_units=self._places.of(principal.tenant, principal.delegated_admin).org_units,
            most_creates=MOST_CREATES, done=request.args.get("done"),
        )  # fmt: skip
        return make_response(html, 400 if errors else problem.status if problem else 200)
