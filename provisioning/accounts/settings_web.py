"""What administrators decide: names and accounts, who may create; and what was done."""

from dataclasses import replace
from typing import Any

from flask import Blueprint, Response, make_response, redirect, render_template, request, url_for

from marketplace.access import Guards, Principal
from provisioning.accounts.domain_policy import DomainPolicy
from provisioning.accounts.pattern_versions import PatternsChanged
from provisioning.accounts.policy import Policies
from provisioning.accounts.policy_form import (
    LANGUAGES,
    NAME_FIELDS,
    PolicyForm,
    adopted,
    seen_version,
    typed_from,
)
from runtime.audit import Actor, recent_entries
from runtime.datastore import tenant_namespace
from runtime.problems import BadRequest

ENTRIES_SHOWN = 100


def settings_blueprint(guards: Guards, policies: Policies) -> Blueprint:
    """Routes /manage/names, /manage/creators and /manage/audit, named settings.<view>."""
    blueprint = Blueprint("settings", __name__, url_prefix="/manage")
    views = _Views(policies)
    for rule, name, view, methods in (
        ("/names", "names", views.names, ["GET"]),
        ("/names", "save_names", views.save_names, ["POST"]),
        ("/creators", "creators", views.creators, ["GET"]),
        ("/creators", "save_creators", views.save_creators, ["POST"]),
        ("/audit", "audit", views.audit, ["GET"]),
    ):
        blueprint.add_url_rule(rule, name, guards.admin_required(view), methods=methods)
    return blueprint


class _Views:
    def __init__(self, policies: Policies) -> None:
        self._policies = policies

    def names(self, principal: Principal) -> Response:
        return _names_page(typed_from(self._policies.of(principal.tenant)), {})

    def save_names(self, principal: Principal) -> Any:
        typed = request.form.to_dict()
        form = PolicyForm(typed, self._policies.of(principal.tenant)).read_names().read_index()
        if form.errors:
            return _names_page(typed, form.errors)

        def edit(before: DomainPolicy) -> DomainPolicy:
            return adopted(before, form.policy, NAME_FIELDS)

        try:
            self._policies.change(principal.tenant, Actor.of(principal), edit, seen=seen_version(typed))
        except PatternsChanged as problem:
            return _names_page(*self._meanwhile(principal, typed, problem), problem.status)
        return redirect(url_for("settings.names", saved="yes"), 303)

    def creators(self, principal: Principal) -> Response:
        return _creators_page(typed_from(self._policies.of(principal.tenant))["creators"], "")

    def save_creators(self, principal: Principal) -> Any:
        if "creators" not in request.form:  # an empty list is a choice; half a form is not
            raise BadRequest("The form is incomplete.", advice="Load the page again, then send it again.")
        typed = request.form["creators"]
        creators, wrong = self._policies.find_creators(principal.tenant, principal.delegated_admin, typed)
        if wrong:
            return _creators_page(typed, wrong)
        self._policies.change(principal.tenant, Actor.of(principal), lambda before: replace(before, creators=creators))
        return redirect(url_for("settings.creators", saved="yes"), 303)

    def audit(self, principal: Principal) -> str:
        with tenant_namespace(principal.tenant):
            entries = recent_entries(ENTRIES_SHOWN)
        return render_template("accounts/audit.html", entries=entries, shown=ENTRIES_SHOWN)

    def _meanwhile(
        self, principal: Principal, typed: dict[str, str], problem: PatternsChanged
    ) -> tuple[dict[str, str], dict[str, str]]:
        """What was typed, fit to be saved over what somebody else has saved, and what that is."""
        theirs = self._policies.of(principal.tenant)
        error = f"{problem.what} It reads: {theirs.patterns or 'nothing'}. Save again to put yours in its place."
        return {**typed, "patterns_version": str(theirs.patterns_version)}, {"patterns": error}


def _names_page(typed: dict[str, str], errors: dict[str, str], status: int = 0) -> Response:
    status = status or (400 if errors else 200)
    html = render_template(
        "accounts/names.html", typed=typed, errors=errors, saved=request.args.get("saved"),
        languages=[(language.value, label) for language, label in LANGUAGES],
    )  # fmt: skip
    return make_response(html, status)


def _creators_page(typed: str, error: str) -> Response:
    html = render_template("accounts/creators.html", typed=typed, error=error, saved=request.args.get("saved"))
    return make_response(html, 400 if error else 200)
