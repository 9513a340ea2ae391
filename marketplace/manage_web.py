"""The administrator's page about the domain itself: its standing, its access, and turning it off."""

from collections.abc import Sequence
from dataclasses import dataclass

from flask import Blueprint, g, redirect, render_template, request, url_for
from werkzeug.wrappers import Response

from marketplace.access import Principal
from marketplace.domains import Domains
from marketplace.gate import Gate
from marketplace.people import People
from marketplace.sessions import Sessions, Visitor
from marketplace.setup_checks import CustomerStep, GrantLinks
from marketplace.setup_step import SetupContext
from runtime.audit import Actor
from runtime.problems import BadRequest, Forbidden


@dataclass(frozen=True)
class SettingsLink:
    """A page of another room that administrators find here. endpoint: a Flask endpoint."""

    label: str
    text: str
    endpoint: str
    icon: str


@dataclass(frozen=True)
class ManagePages:
    """What the page needs."""

    gate: Gate
    sessions: Sessions
    domains: Domains
    people: People
    customer_step: CustomerStep
    grants: GrantLinks
    settings_links: Sequence[SettingsLink]


def manage_blueprint(pages: ManagePages) -> Blueprint:
    """Routes under /marketplace/manage. The domain in the address is a hint and not needed."""
    blueprint = Blueprint("manage", __name__, url_prefix="/marketplace/manage")
    views = _Views(pages)
    for rule in ("/", "/<domain>/"):
        blueprint.add_url_rule(rule, "show", pages.gate.visitor_required(views.show), methods=["GET"])
    for rule, name, view in (
        ("/refresh", "refresh", views.refresh),
        ("/turn-off", "turn_off", views.turn_off),
    ):
        blueprint.add_url_rule(rule, name, pages.gate.admin_required(view), methods=["POST"])
    return blueprint


class _Views:
    def __init__(self, pages: ManagePages) -> None:
        self._pages = pages

    def show(self, visitor: Visitor, domain: str = "") -> str | Response:  # noqa: ARG002 - a hint
        """The domain as it stands. Before setup there is nothing to manage."""
        if not visitor.state.set_up_at:
            return redirect(url_for("setup.show"), 303)
        if not visitor.is_admin:
            raise Forbidden("This page is for administrators of your domain.")
        return render_template(
            "marketplace/manage.html",
            state=visitor.state,
            domains=self._pages.domains.domains_of(visitor.state.customer_id),
            acts_as_me=visitor.state.delegated_admin_id == visitor.person,
            access_url=self._pages.grants.marketplace_app,
            settings_links=self._pages.settings_links,
            refresh_url=url_for("manage.refresh"),
            turn_off_url=url_for("manage.turn_off"),
            setup_url=url_for("setup.show"),
        )

    def refresh(self, principal: Principal) -> Response:
        """Read the domains again, and act in this administrator's name from now on."""
        context = SetupContext(principal.email, principal.person, principal.primary_domain, principal.tenant)
        result = self._pages.customer_step.check(context)
        self._pages.domains.forget(principal.primary_domain)
        kind = "success" if result.state == "ok" else "error"
        self._pages.sessions.add_notice(self._pages.gate.token, kind, result.text)
        return redirect(url_for("manage.show"), 303)

    def turn_off(self, principal: Principal) -> Response:
        """For everybody in the organization; nothing at Google is changed and nothing is deleted."""
        if request.form.get("domain", "").strip().lower() != principal.primary_domain:
            raise BadRequest("The domain's name was not typed as it is.", advice="Go back and type it to confirm.")
        self._pages.domains.turn_off(
            principal.primary_domain, Actor("person", principal.person, principal.email, g.request_id)
        )
        self._pages.sessions.add_notice(
            self._pages.gate.token, "success", f"Frontdesk is turned off for {principal.primary_domain}."
        )
        return redirect(url_for("setup.show"), 303)
