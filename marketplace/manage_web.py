"""The administrator's page about the domain itself: its standing, its access, and turning it off."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from flask import Blueprint, redirect, render_template, url_for
from werkzeug.wrappers import Response

from marketplace import listing
from marketplace.domains import Domains
from marketplace.gate import DELEGATION_OBSTACLES, AccessLost, Gate
from marketplace.installation import Installation
from marketplace.people import People
from marketplace.sessions import Sessions, Visitor
from marketplace.setup_checks import GrantLinks
from runtime.audit import Actor
from runtime.clock import Clock
from runtime.problems import Forbidden


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
    installation: Installation
    grants: GrantLinks
    settings_links: Sequence[SettingsLink]
    clock: Clock


def manage_blueprint(pages: ManagePages) -> Blueprint:
    """Routes under /marketplace/manage. The domain in the address is a hint and not needed."""
    blueprint = Blueprint("manage", __name__, url_prefix="/marketplace/manage")
    views = _Views(pages)
    show = pages.gate.visitor_required(views.show)
    for rule in ("/", "/<domain>/"):
        blueprint.add_url_rule(rule, "show", show, methods=["GET"])
    for rule, name, view in (
        ("/check", "check", views.check),
        ("/take-over", "take_over", views.take_over),
        ("/turn-off", "turn_off", views.turn_off),
    ):
        blueprint.add_url_rule(rule, name, pages.gate.visitor_required(view), methods=["POST"])
    return blueprint


class _Views:
    def __init__(self, pages: ManagePages) -> None:
        self._pages = pages

    def show(self, visitor: Visitor, domain: str = "") -> str | Response:  # noqa: ARG002 - a hint
        """The domain as it stands. Before setup there is nothing to manage."""
        if not visitor.state.set_up_at:
            return redirect(url_for("setup.show"), 303)
        require_administrator(visitor)
        tiles = [(link.label, url_for(link.endpoint), link.icon, link.text) for link in self._pages.settings_links]
        return render_template(
            "marketplace/manage.html", state=visitor.state, checked_at=self._pages.clock(),
            delegation=self._delegation(visitor), scopes=[(s.url, s.reason) for s in listing.DIRECTORY_SCOPES],
            domains=self._pages.domains.described(visitor.state.customer_id), settings_links=tiles,
            check_url=url_for("manage.check"), take_over_url=url_for("manage.take_over"),
            turn_off_url=url_for("manage.turn_off"), setup_url=url_for("setup.show"),
            grant_url=self._pages.grants.marketplace_app, erasure_url=url_for("erasure.show"),
        )  # fmt: skip

    def check(self, visitor: Visitor) -> Response:
        """Ask Google everything again, and read the customer's domains again."""
        require_administrator(visitor)
        rows = self._pages.installation.check_all(visitor)
        wrong = [row.step.title for row in rows.values() if row.result.state != "ok"]
        kind, text = ("error", "Look at: " + "; ".join(wrong)) if wrong else ("success", "All checks are green.")
        self._pages.sessions.add_notice(visitor.token, kind, text)
        return redirect(url_for("manage.show"), 303)

    def take_over(self, visitor: Visitor) -> Response:
        """Act in this administrator's name from now on; Google is asked first whether that works."""
        if not self._pages.people.can_act(visitor.email, visitor.person, visitor.state.customer_id):
            raise Forbidden("Google does not let Frontdesk act in your name: you are not an administrator there.")
        self._pages.domains.act_as(visitor.state.domain, visitor.email, visitor.person, Actor.of(visitor))
        text = f"Frontdesk now works in the name of {visitor.email}."
        self._pages.sessions.add_notice(visitor.token, "success", text)
        return redirect(url_for("manage.show"), 303)

    def _delegation(self, visitor: Visitor) -> "_Delegation":
        """The steps about access taken together."""
        rows = [row for row in self._pages.installation.rows(visitor) if row.step.id.startswith("delegation")]
        failed = [row for row in rows if row.result.state != "ok"]
        oldest = min((row.checked_at for row in rows if row.checked_at), default=None)
        if failed:
            titles = "; ".join(row.step.title for row in failed)
            return _Delegation("failed", f"Not confirmed: {titles}.", failed[0].result.raw, oldest)
        return _Delegation("ok", "Granted.", "", oldest)

    def turn_off(self, visitor: Visitor) -> Response:
        """For everybody in the organization; nothing at Google is changed and nothing is deleted."""
        require_administrator(visitor)
        self._pages.domains.turn_off(visitor.state.domain, Actor.of(visitor))
        text = f"Frontdesk is turned off for {visitor.state.domain}."
        self._pages.sessions.add_notice(visitor.token, "success", text)
        return redirect(url_for("setup.show"), 303)


def require_administrator(visitor: Visitor) -> None:
    """Raises AccessLost, Forbidden. Without access nobody is known as one: that page leads to the setup page."""
    if visitor.is_admin:
        return
    if visitor.obstacle in DELEGATION_OBSTACLES:
        raise AccessLost(f"{visitor.state.domain} does not let Frontdesk see who its administrators are.")
    raise Forbidden("This page is for administrators of your domain.")


@dataclass(frozen=True)
class _Delegation:
    """What the template shows of access. state: ok or failed. raw: Google's words."""

    state: str
    text: str
    raw: str
    checked_at: datetime | None
