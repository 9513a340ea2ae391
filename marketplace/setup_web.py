"""Pages of the setup wizard. The domain in the address is decoration: whose setup it is comes from the session."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from flask import Blueprint, redirect, render_template, request, url_for
from werkzeug.wrappers import Response

from marketplace import listing
from marketplace.gate import DELEGATION_OBSTACLES, Gate
from marketplace.installation import Installation, Row
from marketplace.operators import Operators
from marketplace.rules import Standing
from marketplace.sessions import Sessions, Visitor
from marketplace.setup_checks import GrantLinks
from marketplace.setup_step import Field, Step, StepResult
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
    show = guard(views.show)
    for rule in ("/setup/", "/setup/<domain>/"):
        blueprint.add_url_rule(rule, "show", show, methods=["GET"])
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
        """The wizard; for members whom to ask, while somebody has something to set up."""
        if _may_set_up(visitor):
            return self._page(visitor)
        if visitor.state.standing in {Standing.NOT_SET_UP, Standing.TURNED_OFF}:
            return waiting_page(visitor)
        if visitor.state.standing is Standing.ACTIVE:
            _require_setter_up(visitor)
        return redirect("/", 303)  # which says what is in the way

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
        context = self._context(visitor, fresh={step_id: row})
        if request.headers.get("HX-Request"):
            shown = next((number, it) for number, it in enumerate(context["rows"], 1) if it.step.id == step_id)
            return render_template("marketplace/setup_answer.html", number=shown[0], row=shown[1], **context)
        return render_template("marketplace/setup.html", **context)

    def choose(self, visitor: Visitor, step_id: str) -> str | Response | tuple[str, int]:
        """Keep a decision, or show the form again as it was typed."""
        fields = self._pages.installation.save_choice(visitor, step_id, request.form)
        if fields:
            return self._page(visitor, typed={step_id: fields}), 400
        self._pages.sessions.add_notice(visitor.token, "success", "Your choices are saved.")
        return redirect(url_for("setup.show"), 303)

    def enable(self, visitor: Visitor) -> Response:
        """The last step."""
        self._pages.installation.enable(visitor, Actor.of(visitor))
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
        self._pages.sessions.redeem(visitor.token, self._pages.operators.redeem(token, Actor.of(visitor)))
        return redirect(url_for("setup.show"), 303)

    def _learned(self, visitor: Visitor, rows: Sequence[Row]) -> Visitor:
        """The session catches up with what Google has just said of person and customer."""
        if not any(row.result.state == "ok" and row.step.id in {"administrator", "customer"} for row in rows):
            return visitor
        self._pages.sessions.follow_domain(visitor.token)
        return self._pages.sessions.current(visitor.token) or visitor

    def _page(self, visitor: Visitor, **overlay: Any) -> str:
        return render_template("marketplace/setup.html", **self._context(visitor, **overlay))

    def _context(
        self, visitor: Visitor, *, fresh: Mapping[str, Row] | None = None,
        typed: Mapping[str, Sequence[Field]] | None = None,
    ) -> dict[str, Any]:  # fmt: skip
        """typed: fields of a choice that could not be kept, with their errors."""
        rows = [_shown(row) for row in self._pages.installation.rows(visitor, fresh)]
        for row, fields in self._pages.installation.choices(visitor):
            rows.append(_shown(row, (typed or {}).get(row.step.id, fields)))
        done, state = sum(row.result.state == "ok" for row in rows), visitor.state
        total = self._pages.installation.total
        return {
            "domain": visitor.domain, "is_admin": visitor.is_admin, "rows": rows, "done": done, "total": total,
            "enabled": state.standing is Standing.ACTIVE, "enabled_at": state.set_up_at,
            "ready": done == total and bool(state.customer_id), "check_all_url": url_for("setup.check_all"),
            "enable_url": url_for("setup.enable"), "manage_url": url_for("manage.show"), "home_url": "/",
            "delegation": self._delegation(visitor, rows),
        }  # fmt: skip

    def _delegation(self, visitor: Visitor, rows: Sequence["ShownRow"]) -> Mapping[str, object] | None:
        """What to grant and where; None when nothing is known to be missing."""
        missing = any(row.step.id.startswith("delegation") and row.result.fix_url for row in rows)
        if not missing and visitor.obstacle not in DELEGATION_OBSTACLES:
            return None
        return {
            "client_id": self._pages.settings.service_account_client_id,
            "scopes": [(scope.url, scope.reason) for scope in listing.DIRECTORY_SCOPES],
            "grant_url": self._pages.links.marketplace_app,
            "delegation_url": self._pages.links.delegation(visitor.domain, visitor.email),
            "independent": visitor.state.is_independent,
        }


@dataclass(frozen=True)
class ShownRow:
    """A step on the page: what it said, and where its buttons go. fields: of a step that asks for a decision."""

    step: Step
    result: StepResult
    checked_at: datetime | None
    check_url: str
    fields: Sequence[Field] = ()
    save_url: str = ""


def _shown(row: Row, fields: Sequence[Field] = ()) -> ShownRow:
    urls = [url_for(f"setup.{name}", step_id=row.step.id) for name in ("check", "choose")]
    return ShownRow(row.step, row.result, row.checked_at, urls[0], fields, urls[1])


def waiting_page(visitor: Visitor) -> str:
    """For members whose domain is not, or no longer, set up."""
    return render_template(
        "marketplace/waiting.html",
        domain=visitor.domain,
        turned_off=visitor.state.standing is Standing.TURNED_OFF,
        admin_contact=visitor.state.delegated_admin_email,
    )


def _may_set_up(visitor: Visitor) -> bool:
    """Administrators; and, while Google cannot be asked who is one, whoever may have to grant us to ask.

    For a domain managed by hand that nobody has set up yet, that is the holder of its setup link.
    Nothing is kept for anybody but administrators.
    """
    if visitor.is_admin:
        return True
    if visitor.obstacle not in DELEGATION_OBSTACLES:
        return False
    state = visitor.state
    return not state.is_independent or bool(state.customer_id) or visitor.install_link == visitor.domain


def _require_setter_up(visitor: Visitor) -> None:
    if not _may_set_up(visitor):
        raise Forbidden("Only an administrator of your domain can set up Frontdesk.")
