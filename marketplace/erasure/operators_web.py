"""The operators' pages about customers who leave: what is under way, what is over, and one domain's own."""

from flask import Blueprint, redirect, render_template, request, url_for
from werkzeug.wrappers import Response

from marketplace.access import Principal
from marketplace.erasure.requests import ErasureRequests
from marketplace.erasure.rules import WAITING, has_license
from marketplace.gate import Gate, NotFresh
from marketplace.rules import DomainState
from marketplace.sessions import Sessions
from runtime.audit import Actor
from runtime.problems import BadRequest

MOST_SHOWN = 100


def operators_erasure_blueprint(gate: Gate, sessions: Sessions, requests: ErasureRequests) -> Blueprint:
    """Routes /operators/deletions and below each domain."""
    blueprint = Blueprint("operators_erasure", __name__, url_prefix="/operators")
    views = _Views(gate, sessions, requests)
    for rule, name, view, method in (
        ("/deletions", "index", views.index, "GET"),
        ("/domains/<domain>/deletion", "show", views.show, "GET"),
        ("/domains/<domain>/deletion/ask", "ask", views.ask, "POST"),
        ("/domains/<domain>/deletion/take-back", "take_back", views.take_back, "POST"),
    ):
        blueprint.add_url_rule(rule, name, gate.operator_required(view), methods=[method])
    return blueprint


class _Views:
    def __init__(self, gate: Gate, sessions: Sessions, requests: ErasureRequests) -> None:
        self._gate = gate
        self._sessions = sessions
        self._requests = requests

    def index(self, principal: Principal) -> str:  # noqa: ARG002 - the guard's
        """Those under way, and what is left of those that are over."""
        under_way = [(one, url_for(".show", domain=one.domain)) for one in self._requests.under_way(MOST_SHOWN)]
        return render_template(
            "operators/deletions.html", under_way=under_way, proofs=self._requests.proofs(MOST_SHOWN),
            domains_url=url_for("operators.domains"),
        )  # fmt: skip

    def show(self, principal: Principal, domain: str) -> str:
        """Of one domain."""
        return self._page(principal, self._requests.known(domain))

    def ask(self, principal: Principal, domain: str) -> Response | tuple[str, int]:
        """With the domain's name typed, and a sign-in of the last minutes."""
        state = self._requests.known(domain)
        if not principal.is_fresh:
            raise NotFresh("For this, a sign-in within the last five minutes is needed.")
        typed, at_once = request.form.get("domain", ""), bool(request.form.get("at_once"))
        try:
            self._requests.ask(state.domain, typed, Actor.of(principal, "operator"), "operator", at_once=at_once)
        except BadRequest as problem:
            return self._page(principal, state, typed[:253], problem.words), 400
        return redirect(url_for(".show", domain=state.domain), 303)

    def take_back(self, principal: Principal, domain: str) -> Response:
        """For whoever wrote to support."""
        state = self._requests.known(domain)
        self._requests.take_back(state.customer_id, Actor.of(principal, "operator"))
        self._sessions.add_notice(self._gate.token, "success", f"Nothing of {state.domain} is deleted.")
        return redirect(url_for("operators.domains"), 303)

    def _page(self, principal: Principal, state: DomainState, typed: str = "", error: str = "") -> str:
        urls = {name: url_for(f".{name}", domain=state.domain) for name in ("ask", "take_back")}
        return render_template(
            "operators/deletion.html", state=state, typed=typed, error=error, days=WAITING.days,
            erasure=self._requests.of(state.customer_id), offers_at_once=has_license(state),
            is_fresh=principal.is_fresh, domains_url=url_for("operators.domains"), deletions_url=url_for(".index"),
            again_url=url_for("sign_in.again", next=url_for(".show", domain=state.domain)),
            ask_url=urls["ask"], take_back_url=urls["take_back"],
        )  # fmt: skip
