"""Pages for the people who run the deployment: domains, setup links, the manifest and the configuration sheet."""

from dataclasses import asdict, dataclass
from typing import Any

from flask import Blueprint, jsonify, redirect, render_template, request, url_for
from werkzeug.wrappers import Response

from marketplace.access import Principal, View
from marketplace.gate import Gate
from marketplace.listing import Addresses
from marketplace.manifest import SheetGroup, configuration_sheet, manifest_xml, sheet_warnings
from marketplace.operators import Operators
from marketplace.rules import DomainState
from marketplace.sessions import Sessions
from runtime.audit import Actor
from runtime.problems import BadRequest
from runtime.settings import Settings

MOST_SHOWN = 200
"""Domains on one page; search finds the others."""
LAST_DONE = 10
"""Entries of the operators' log below them."""


@dataclass(frozen=True)
class OperatorPages:
    """What the pages need."""

    gate: Gate
    sessions: Sessions
    operators: Operators
    settings: Settings


def operators_blueprint(pages: OperatorPages) -> Blueprint:
    """Routes under /operators, and the two documents under /marketplace."""
    blueprint = Blueprint("operators", __name__)
    guard, views = pages.gate.operator_required, _Views(pages)
    reads: tuple[tuple[str, str, View], ...] = (
        ("/operators/", "domains", views.domains),
        ("/marketplace/manifest.xml", "manifest", views.manifest),
        ("/marketplace/configuration", "configuration", views.configuration),
        ("/marketplace/configuration.json", "configuration_json", views.configuration_json),
    )
    for rule, name, view in reads:
        blueprint.add_url_rule(rule, name, guard(view), methods=["GET"])
    changes: tuple[tuple[str, str, View], ...] = (
        ("/operators/independent", "add_independent", views.add_independent),
        ("/operators/domains/<domain>/disable", "disable", views.disable),
        ("/operators/domains/<domain>/enable", "enable", views.enable),
        ("/operators/domains/<domain>/release", "release", views.release),
        ("/operators/domains/<domain>/setup-link", "setup_link", views.setup_link),
    )
    for rule, name, view in changes:
        blueprint.add_url_rule(rule, name, guard(view), methods=["POST"])
    return blueprint


class _Views:
    def __init__(self, pages: OperatorPages) -> None:
        self._pages = pages
        self._addresses = Addresses(pages.settings.base_url)

    def domains(self, principal: Principal) -> str:  # noqa: ARG002 - the guard's
        """All domains, as stored; search in the address."""
        return self._domains_page()

    def add_independent(self, principal: Principal) -> Response | tuple[str, int]:
        """A domain managed by hand."""
        typed = request.form.get("domain", "").strip()
        try:
            domain = self._pages.operators.add_independent(typed, _actor(principal))
        except BadRequest as problem:
            return self._domains_page(typed=typed[:253], error=problem.words), 400
        return self._done(f"{domain} is now managed by hand. Issue its setup link next.")

    def disable(self, principal: Principal, domain: str) -> Response:
        """Holds until it is lifted here."""
        self._pages.operators.disable(domain, request.form.get("reason", ""), _actor(principal))
        return self._done(f"Frontdesk is disabled for {domain}. Its people are signed out within a minute.")

    def enable(self, principal: Principal, domain: str) -> Response:
        """Lift a disable."""
        self._pages.operators.enable(domain, _actor(principal))
        return self._done(f"Frontdesk is no longer disabled for {domain}.")

    def release(self, principal: Principal, domain: str) -> Response:
        """End a quarantine in favour of the name's new owner."""
        self._pages.operators.release(domain, _actor(principal))
        return self._done(f"{domain} can be set up by its new owner now.")

    def setup_link(self, principal: Principal, domain: str) -> str:
        """Shown in this answer and never again: only its hash is kept."""
        link = self._pages.operators.issue_setup_link(domain, _actor(principal))
        return render_template(
            "operators/setup_link.html", domain=domain, link=link.url, expires_at=link.expires_at,
            back_url=url_for(".domains"),
        )  # fmt: skip

    def manifest(self, principal: Principal) -> Response:  # noqa: ARG002 - the guard's
        """The ApplicationManifest."""
        return Response(manifest_xml(self._addresses), content_type="application/xml; charset=utf-8")

    def configuration(self, principal: Principal) -> str:  # noqa: ARG002 - the guard's
        """The configuration sheet, with copy buttons."""
        return render_template(
            "operators/listing.html",
            groups=[_shown_group(group) for group in sheet_of(self._pages.settings)],
            warnings=sheet_warnings(self._addresses),
            json_url=url_for(".configuration_json"),
            manifest_url=url_for(".manifest"),
        )

    def configuration_json(self, principal: Principal) -> Response:  # noqa: ARG002 - the guard's
        """The same for programs."""
        return jsonify(sheet_json(sheet_of(self._pages.settings), sheet_warnings(self._addresses)))

    def _domains_page(self, *, typed: str = "", error: str = "") -> str:
        query = request.args.get("q", "").strip()[:253]
        found = self._pages.operators.domains(query)
        return render_template(
            "operators/domains.html", rows=[_shown(state) for state in found[:MOST_SHOWN]], found=len(found),
            query=query, typed=typed, error=error, search_url=url_for(".domains"), add_url=url_for(".add_independent"),
            listing_url=url_for(".configuration"), deletions_url=url_for("operators_erasure.index"),
            entries=self._pages.operators.recent(LAST_DONE),
        )  # fmt: skip

    def _done(self, text: str) -> Response:
        self._pages.sessions.add_notice(self._pages.gate.token, "success", text)
        return redirect(url_for(".domains"), 303)


def sheet_of(settings: Settings) -> list[SheetGroup]:
    """The configuration sheet of this deployment."""
    return configuration_sheet(
        Addresses(settings.base_url),
        application_id=settings.application_id,
        service_account_client_id=settings.service_account_client_id,
        oauth_client_id=settings.oidc_client_id,
        support_email=settings.support_email,
    )


def sheet_json(groups: list[SheetGroup], warnings: list[str]) -> dict[str, Any]:
    """The sheet as JSON: groups, and what to mind."""
    return {"groups": [asdict(group) for group in groups], "warnings": warnings}


@dataclass(frozen=True)
class _ShownDomain:
    state: DomainState
    disable_url: str
    lift_url: str
    release_url: str
    link_url: str
    deletion_url: str


def _shown(state: DomainState) -> _ShownDomain:
    names = (".disable", ".enable", ".release", ".setup_link", "operators_erasure.show")
    return _ShownDomain(state, *(url_for(name, domain=state.domain) for name in names))


def _shown_group(group: SheetGroup) -> dict[str, object]:
    values = [(value.where, value.value, value.hint) for value in group.values]
    return {"title": group.title, "where": group.where, "url": group.url, "values": values}


def _actor(principal: Principal) -> Actor:
    return Actor.of(principal, "operator")
