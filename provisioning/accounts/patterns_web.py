"""The pattern editor: patterns with a live preview, what is wrong with them, and their versions."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

from flask import Blueprint, Response, make_response, redirect, render_template, request, url_for

from marketplace.access import Guards, Principal
from provisioning.accounts.domain_policy import DomainPolicy
from provisioning.accounts.pattern_form import PatternsForm
from provisioning.accounts.pattern_versions import MOST_SHOWN, PatternsChanged, PatternVersion, difference
from provisioning.accounts.policy import Policies
from provisioning.accounts.policy_form import LANGUAGES, seen_version
from provisioning.directory.places import Places
from provisioning.naming.pattern_preview import Preview, Previews
from provisioning.naming.patterns import DEFAULT_PATTERNS, PatternError
from provisioning.naming.values import MAX_FIELD, MAX_NAME
from runtime.audit import Actor
from runtime.google_problems import GoogleProblem
from runtime.numbers import whole_number
from runtime.problems import NotFound, Problem


@dataclass(frozen=True)
class PatternPages:
    """What the pages need."""

    guards: Guards
    policies: Policies
    places: Places
    previews: Previews


def patterns_blueprint(pages: PatternPages) -> Blueprint:
    """Routes /manage/names/patterns..., named patterns.<view>."""
    blueprint = Blueprint("patterns", __name__, url_prefix="/manage/names/patterns")
    views = _Views(pages)
    for rule, name, view, methods in (
        ("", "edit", views.edit, ["GET"]),
        ("", "save", views.save, ["POST"]),
        ("/preview", "preview", views.preview, ["POST"]),
        ("/versions", "bring_back", views.bring_back, ["POST"]),
    ):
        blueprint.add_url_rule(rule, name, pages.guards.admin_required(view), methods=methods)
    return blueprint


class _Views:
    def __init__(self, pages: PatternPages) -> None:
        self._pages = pages

    def edit(self, principal: Principal) -> Response:
        return self._page(principal, {})

    def save(self, principal: Principal) -> Any:
        typed = request.form.to_dict()
        form = PatternsForm(typed, self._pages.policies.of(principal.tenant))
        if form.errors:
            return self._page(principal, typed, 400)
        seen = seen_version(typed)

        def edit(before: DomainPolicy) -> DomainPolicy:
            return replace(before, patterns=form.text, language=form.language)

        try:
            self._pages.policies.change(principal.tenant, Actor.of(principal), edit, seen=seen)
        except PatternsChanged as problem:
            return self._page(principal, {**typed, "patterns_version": ""}, problem=problem)
        return redirect(url_for("patterns.edit", saved="yes"), 303)

    def preview(self, principal: Principal) -> Response:
        """For scripts the preview alone; without them the page, with what was typed. Nothing is saved."""
        typed = request.form.to_dict()
        if "HX-Request" not in request.headers:
            return self._page(principal, typed)
        form = PatternsForm(typed, self._pages.policies.of(principal.tenant))
        fields_shown = typed.get("fields_shown", "") == " ".join(form.extra_fields)
        context = self._previewed(principal, form)
        return make_response(render_template("accounts/patterns_preview.html", fields_shown=fields_shown, **context))

    def bring_back(self, principal: Principal) -> Any:
        number = whole_number(request.form.get("number", "")) or 0
        try:
            self._pages.policies.bring_back(
                principal.tenant,
                Actor.of(principal),
                number,
                seen=seen_version(request.form),
            )
        except (PatternsChanged, PatternError, NotFound) as problem:
            return self._page(principal, {}, problem=problem)
        return redirect(url_for("patterns.edit", saved="yes"), 303)

    def _page(
        self, principal: Principal, typed: Mapping[str, str], status: int = 200, problem: Problem | None = None
    ) -> Response:
        stored = self._pages.policies.of(principal.tenant)
        form = PatternsForm(typed, stored)
        versions = self._pages.policies.versions(principal.tenant, stored)
        html = render_template(
            "accounts/patterns.html", problem=problem, saved=request.args.get("saved"), seen=_seen(typed, stored),
            languages=[(language.value, label) for language, label in LANGUAGES], standard=DEFAULT_PATTERNS,
            versions=_compared(versions), force=versions[0], shown=MOST_SHOWN, **self._previewed(principal, form),
        )  # fmt: skip
        return make_response(html, problem.status if problem else status)

    def _previewed(self, principal: Principal, form: PatternsForm) -> dict[str, object]:
        domains, wanted = self._domains(principal), form.typed.get("domain", "")
        domain = wanted if wanted in domains else principal.primary_domain
        return {
            "form": form,
            "domain": domain,
            "domains": [(name, name) for name in domains],
            "preview": self._preview(principal, form, domain),
            "longest": (MAX_NAME, MAX_FIELD),
        }

    def _domains(self, principal: Principal) -> tuple[str, ...]:
        try:
            return self._pages.places.of(principal.tenant, principal.delegated_admin).domains
        except GoogleProblem:  # patterns can be edited while Google is away; only the choice of a domain is missing
            return (principal.primary_domain,)

    def _preview(self, principal: Principal, form: PatternsForm, domain: str) -> Preview:
        return self._pages.previews.of(form.policy.naming(), principal.tenant, domain, form.people)


def _seen(typed: Mapping[str, str], stored: DomainPolicy) -> str:
    """What the next save is judged by: as the page was first opened, unless somebody was told of a newer version."""
    return typed.get("patterns_version", "") or str(stored.patterns_version)


def _compared(versions: list[PatternVersion]) -> list[dict[str, object]]:
    """Each version with what differs from the one before it, and what would differ if it were brought back."""
    return [
        {
            "version": version,
            "changes": difference(before, version) if before else None,
            "back": difference(versions[0], version),
        }
        for version, before in zip(versions, [*versions[1:], None], strict=True)
    ]
