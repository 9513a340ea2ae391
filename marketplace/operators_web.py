"""Pages for the people who run the deployment: domains, setup links, the manifest and the configuration sheet."""

from dataclasses import asdict, dataclass
from typing import Any

from flask import Blueprint, g, jsonify, redirect, render_template, request, url_for
from werkzeug.wrappers import Response

from marketplace.access import Principal
from marketplace.gate import Gate
from marketplace.listing import Addresses
from marketplace.manifest import SheetGroup, configuration_sheet, manifest_xml, sheet_warnings
from marketplace.operators import Operators
from marketplace.sessions import Sessions
from runtime.audit import Actor
from runtime.settings import Settings


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
    for rule, name, view in (
        ("/operators/", "domains", views.domains),
        ("/marketplace/manifest.xml", "manifest", views.manifest),
        ("/marketplace/configuration", "configuration", views.configuration),
        ("/marketplace/configuration.json", "configuration_json", views.configuration_json),
    ):
        blueprint.add_url_rule(rule, name, guard(view), methods=["GET"])
    for rule, name, view in (
        ("/operators/independent", "add_independent", views.add_independent),
        ("/operators/disable", "disable", views.disable),
        ("/operators/enable", "enable", views.enable),
        ("/operators/setup-link", "setup_link", views.setup_link),
    ):
        blueprint.add_url_rule(rule, name, guard(view), methods=["POST"])
    return blueprint


class _Views:
    def __init__(self, pages: OperatorPages) -> None:
        self._pages = pages
        self._addresses = Addresses(pages.settings.base_url)

    def domains(self, principal: Principal) -> str:  # noqa: ARG002 - the guard's
        """All domains, as stored; search in the address."""
        search = request.args.get("search", "").strip()[:100]
        return render_template(
            "operators/domains.html",
            domains=self._pages.operators.domains(search),
            search=search,
            entries=self._pages.operators.recent(),
        )

    def add_independent(self, principal: Principal) -> Response:
        """A domain managed by hand."""
        domain = self._pages.operators.add_independent(_domain(), _actor(principal))
        return self._done(f"{domain} is now managed by hand. Issue its setup link next.")

    def disable(self, principal: Principal) -> Response:
        """Holds until it is lifted here."""
        self._pages.operators.disable(_domain(), request.form.get("reason", ""), _actor(principal))
        return self._done(f"Frontdesk is disabled for {_domain()}. Its people are signed out within a minute.")

    def enable(self, principal: Principal) -> Response:
        """Lift a disable."""
        self._pages.operators.enable(_domain(), _actor(principal))
        return self._done(f"Frontdesk is no longer disabled for {_domain()}.")

    def setup_link(self, principal: Principal) -> str:
        """Shown in this answer and never again: only its hash is kept."""
        link = self._pages.operators.issue_setup_link(_domain(), _actor(principal))
        return render_template("operators/setup_link.html", domain=_domain(), link=link, back_url=url_for(".domains"))

    def manifest(self, principal: Principal) -> Response:  # noqa: ARG002 - the guard's
        """The ApplicationManifest."""
        return Response(manifest_xml(self._addresses), content_type="application/xml; charset=utf-8")

    def configuration(self, principal: Principal) -> str:  # noqa: ARG002 - the guard's
        """The configuration sheet, with copy buttons."""
        return render_template(
            "operators/listing.html",
            groups=self._sheet(),
            warnings=sheet_warnings(self._addresses),
            json_url=url_for(".configuration_json"),
            manifest_url=url_for(".manifest"),
        )

    def configuration_json(self, principal: Principal) -> Response:  # noqa: ARG002 - the guard's
        """The same for programs."""
        return jsonify(sheet_json(self._sheet(), sheet_warnings(self._addresses)))

    def _sheet(self) -> list[SheetGroup]:
        return sheet_of(self._pages.settings)

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


def _domain() -> str:
    return request.form.get("domain", "").strip().lower()


def _actor(principal: Principal) -> Actor:
    return Actor("operator", principal.person, principal.email, g.request_id)
