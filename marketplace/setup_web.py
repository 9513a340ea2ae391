"""Pages of the setup wizard. The domain in the address is decoration: whose setup it is comes from the session."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from flask import Blueprint, g, redirect, render_template, request, url_for
from werkzeug.wrappers import Response

from marketplace import listing
from marketplace.gate import DELEGATION_OBSTACLES, Gate
from marketplace.installation import Installation, Row
from marketplace.operators import Operators
from marketplace.rules import Standing
from marketplace.sessions import Sessions, Visitor
from marketplace.setup_checks import GrantLinks
from marketplace.setup_step import Field
from runtime.audit import Actor
from runtime.problems import Forbidden
from runtime.settings import Settings


@dataclass(frozen=True)
class SetupPages:
    """What the wizard's pages need."""

    gate: Gate
    sessions: Sessions
    installation: Installation
    operators: Operators
    links: GrantLinks
    settings: Settings


def setup_blueprint(pages: SetupPages) -> Blueprint:
    """Routes under /marketplace/setup and /marketplace/setup-link."""
    blueprint = Blueprint("setup", __name__, url_prefix="/marketplace")
    guard = pages.gate.visitor_required
    views = _Views(pages)
    for rule in ("/setup/", "/setup/<domain>/"):
        blueprint.add_url_rule(rule, "show", guard(views.show), methods=["GET"])
    for rule, name, view in (
        ("/setup/checks", "check_all", views.check_all),
        ("/setup/checks/<step_id>", "check", views.check),
        ("/setup/choices/<step_id>", "choose", views.choose),
        ("/setup/enable", "enable", views.enable),
        ("/setup-link/<token>", "redeem", views.redeem),
    ):
        blueprint.add_url_rule(rule, name, guard(view), methods=["POST"])
    blueprint.add_url_rule("/setup-link/<token>", "link", guard(views.link), methods=["GET"])
    return blueprint


class _Views:
    def __init__(self, pages: SetupPages) -> None:
        self._pages = pages

    def show(self, visitor: Visitor, domain: str = "") -> str | Response:  # noqa: ARG002 - a hint, and not needed
        """The wizard; for members, whom to ask."""
        if not _may_set_up(visitor):
            return render_template("marketplace/waiting.html", **self._for_members(visitor))
        return self._page(visitor)

    def check_all(self, visitor: Visitor) -> str | Response:
        """Run every check, and show what they said."""
        _require_setter_up(visitor)
        rows = self._pages.installation.check_all(visitor)
        visitor = self._learned(visitor, list(rows.values()))
        return self._page(visitor, fresh=rows)

    def check(self, visitor: Visitor, step_id: str) -> str | Response:
        """Run one check: the row alone for htmx, the page for others."""
        _require_setter_up(visitor)
        row = self._pages.installation.check(visitor, step_id)
        visitor = self._learned(visitor, [row])
        if request.headers.get("HX-Request"):
            return render_template("marketplace/setup_row.html", row=row, number=None)
        return self._page(visitor, fresh={step_id: row})

    def choose(self, visitor: Visitor, step_id: str) -> str | Response | tuple[str, int]:
        """Keep a decision, or show the form again as it was typed."""
        fields = self._pages.installation.save_choice(visitor, step_id, request.form)
        if fields:
            return self._page(visitor, typed={step_id: fields}), 400
        self._pages.sessions.add_notice(visitor.token, "success", "Your choices are saved.")
        return redirect(url_for("setup.show"), 303)

    def enable(self, visitor: Visitor) -> Response:
        """The last step."""
        self._pages.installation.enable(visitor, _actor(visitor))
        self._pages.sessions.recheck(visitor.token)
        self._pages.sessions.add_notice(
            visitor.token, "success", f"Frontdesk is on for {visitor.state.domain}. People find it in the app launcher."
        )
        return redirect("/", 303)

    def link(self, visitor: Visitor, token: str) -> str:
        """What a setup link is for. Looking does not use it up: mail scanners look at links too."""
        domain = self._pages.operators.linked_domain(token)
        other = url_for("sign_in.login", prompt="select_account", next=request.path)
        return render_template(
            "marketplace/setup_link.html", domain=domain, email=visitor.email, fits=domain == visitor.domain,
            redeem_url=url_for("setup.redeem", token=token), other_account_url=other,
        )  # fmt: skip

    def redeem(self, visitor: Visitor, token: str) -> Response:
        """Use the link up in this session. Only an account of the link's own domain can."""
        domain = self._pages.operators.linked_domain(token)
        if domain != visitor.domain:
            raise Forbidden(
                f"This link is for {domain}.", advice=f"Sign in with an account of {domain} and open it again."
            )
        self._pages.sessions.redeem(visitor.token, self._pages.operators.redeem(token, _actor(visitor)))
        return redirect(url_for("setup.show"), 303)

    def _learned(self, visitor: Visitor, rows: Sequence[Row]) -> Visitor:
        """The session catches up with what Google has just said of person and customer."""
        if not any(row.result.state == "ok" and row.step.id in {"administrator", "customer"} for row in rows):
            return visitor
        self._pages.sessions.follow_domain(visitor.token)
        return self._pages.sessions.current(visitor.token) or visitor

    def _page(
        self, visitor: Visitor, *, fresh: Mapping[str, Row] | None = None,
        typed: Mapping[str, Sequence[Field]] | None = None,
    ) -> str:  # fmt: skip
        installation, links = self._pages.installation, self._pages.links
        rows = installation.rows(visitor, fresh)
        choices = [(row, (typed or {}).get(row.step.id, fields)) for row, fields in installation.choices(visitor)]
        done = sum(row.result.state == "ok" for row in [*rows, *(row for row, _ in choices)])
        total = len(rows) + max(len(choices), 1)
        return render_template(
            "marketplace/setup.html", visitor=visitor, state=visitor.state, rows=rows, choices=choices,
            done=done, total=total, ready=done == total, enabled=visitor.state.standing is Standing.ACTIVE,
            delegation_missing=any(r.step.id.startswith("delegation") and r.result.state == "failed" for r in rows),
            client_id=self._pages.settings.service_account_client_id, scopes=listing.DIRECTORY_SCOPES,
            marketplace_app_url=links.marketplace_app, delegation_url=links.delegation(visitor.domain, visitor.email),
        )  # fmt: skip

    def _for_members(self, visitor: Visitor) -> dict[str, object]:
        return {
            "domain": visitor.domain,
            "state": visitor.state,
            "email": visitor.email,
            "setup_url": url_for("setup.show"),
            "support_email": self._pages.settings.support_email,
        }


def _may_set_up(visitor: Visitor) -> bool:
    """Administrators; and, while Google cannot be asked who is one, whoever may have to grant us to ask.

    For a domain managed by hand that is the holder of its setup link. Nothing is kept for anybody but administrators.
    """
    if visitor.is_admin:
        return True
    if visitor.obstacle not in DELEGATION_OBSTACLES:
        return False
    return not visitor.state.is_independent or visitor.install_link == visitor.domain


def _require_setter_up(visitor: Visitor) -> None:
    if not _may_set_up(visitor):
        raise Forbidden("Only an administrator of your domain can set up Frontdesk.")


def _actor(visitor: Visitor) -> Actor:
    return Actor("person", visitor.person, visitor.email, g.request_id)
