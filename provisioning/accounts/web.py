"""Home, and the page on which one account is made. Every page works without scripts."""

import logging
import secrets
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from flask import Blueprint, Response, jsonify, make_response, render_template, request

from marketplace.access import Guards, Principal
from provisioning.accounts import passwords
from provisioning.accounts.account_follow_ups import AccountFollowUp, AccountFollowUps
from provisioning.accounts.account_form import AccountForm, Choices, is_token
from provisioning.accounts.domain_policy import DomainPolicy
from provisioning.accounts.opening import AccountOpening, Asker, Opened, require_valid
from provisioning.accounts.order import Order
from provisioning.accounts.policy import Policies
from provisioning.accounts.problems import AddressTaken, OrderRefused
from provisioning.directory.places import Places
from provisioning.directory.port import OrgUnit
from provisioning.naming.holder import HeldByAnother, Holder
from provisioning.naming.policy import NamingPolicy
from provisioning.naming.reasons import reason
from provisioning.naming.suggestions import Suggested, Suggestions
from runtime.audit import Actor
from runtime.clock import Clock
from runtime.datastore import OUTAGES
from runtime.google_problems import InvalidValue
from runtime.problems import BadRequest, Problem, Unavailable

_log = logging.getLogger("frontdesk.accounts")


@dataclass(frozen=True)
class AccountPages:
    """What the pages need."""

    guards: Guards
    opening: AccountOpening
    follow_ups: AccountFollowUps
    suggestions: Suggestions
    policies: Policies
    places: Places
    clock: Clock


def accounts_blueprint(pages: AccountPages) -> Blueprint:
    """Routes / and /accounts/..., named accounts.<view>."""
    blueprint = Blueprint("accounts", __name__)
    views = _Views(pages)
    for rule, name, view, methods in (
        ("/", "home", views.home, ["GET"]),
        ("/accounts/new", "new", views.new, ["GET"]),
        ("/accounts/new", "submit", views.submit, ["POST"]),
        ("/accounts/placement", "placement", views.placement, ["POST"]),
        ("/accounts/suggestions", "suggest", views.suggest, ["POST"]),
        ("/accounts/suggestions/check", "check", views.check, ["POST"]),
        ("/accounts/suggestions/renew", "renew", views.renew, ["POST"]),
        ("/accounts/suggestions/release", "release", views.release, ["POST"]),
    ):
        blueprint.add_url_rule(rule, name, pages.guards.login_required(view), methods=methods)
    return blueprint


class _Views:
    def __init__(self, pages: AccountPages) -> None:
        self._pages = pages

    def home(self, principal: Principal) -> Any:
        may_create = self._pages.policies.may_create(principal)
        return render_template("accounts/home.html", may_create=may_create, ask=principal.delegated_admin)

    def new(self, principal: Principal) -> Response:
        policy = self._pages.policies.require_creator(principal)
        typed = {
            **_tokens({}),
            "org_unit": "" if policy.org_unit_rules else policy.default_org_unit,
            "password": passwords.generate(policy),
            "change_password": "yes" if policy.change_password else "",
        }
        return _page(self._form(principal, policy, typed))

    def submit(self, principal: Principal) -> Response:
        """The buttons of the page without scripts, and Create."""
        policy = self._pages.policies.require_creator(principal)
        typed = request.form.to_dict()
        form = self._form(principal, policy, {**typed, **_tokens(typed)})
        if form.value("step") == "create":
            return self._create(principal, policy, form)
        if form.value("step") == "password":
            form.typed = {**form.typed, "password": passwords.generate(policy)}
        return self._with_names(principal, policy, form)

    def placement(self, principal: Principal) -> Response:
        """What the domain's rules make of what is typed, as JSON for the page's script."""
        policy = self._pages.policies.require_creator(principal)
        return jsonify(follows=self._form(principal, policy, request.form.to_dict()).follows)

    def suggest(self, principal: Principal) -> Response:
        """Names for what is typed, as JSON for the page's script."""
        policy, form = self._read(principal)
        return jsonify(_answer(self._suggest(principal, policy, form), form.domain, self._pages.clock))

    def check(self, principal: Principal) -> Response:
        """Whether a typed username can be had, as JSON for the page's script."""
        policy, form = self._read(principal)
        naming = _naming(principal, policy)
        passed = self._pages.suggestions.why_not(self._holder(principal, form), naming, form.username)
        address = f"{form.username}@{form.domain}"
        return jsonify(username=form.username, address=address, reason=reason(passed) if passed else "")

    def renew(self, principal: Principal) -> Response:
        """Keep the page's names longer: those that it still holds, and for how long, as JSON for the page's script."""
        policy, form = self._read(principal)
        kept = self._pages.suggestions.renew(self._holder(principal, form), policy.naming())
        seconds = _seconds(min(kept.values(), default=self._pages.clock()), self._pages.clock)
        return jsonify(names=list(kept), seconds=seconds)

    def release(self, principal: Principal) -> Response:
        """Give the names back when somebody leaves the page."""
        _, form = self._read(principal)
        self._pages.suggestions.release(self._holder(principal, form))
        return Response(status=204)

    def _create(self, principal: Principal, policy: DomainPolicy, form: AccountForm) -> Response:
        asker = Asker(principal.tenant, principal.delegated_admin, Actor.of(principal))
        order = form.order(_owner(principal, form.value("holder")))
        try:
            if form.errors:
                raise OrderRefused(form.errors)
            require_valid(order, _naming(principal, policy))
            opened = self._pages.opening.open(asker, order)
        except Problem as problem:
            return self._again(principal, policy, form, problem)
        self._give_back(self._holder(principal, form))
        return _created(opened, order, self._pages.follow_ups.of(principal.tenant, opened.mark))

    def _give_back(self, holder: Holder) -> None:
        """Release the names that were not chosen. They lapse by themselves, and the account is there in any case."""
        try:
            self._pages.suggestions.release(holder)
        except (Unavailable, *OUTAGES) as problem:
            _log.warning("names that were not chosen are kept until they expire: %s", problem)

    def _again(self, principal: Principal, policy: DomainPolicy, form: AccountForm, problem: Problem) -> Response:
        """The form as it was sent, with what is wrong; with other names when this one cannot be had."""
        if isinstance(problem, AddressTaken | HeldByAnother):
            form.errors = {"username": f"{problem.what} Choose another username."}
            form.typed = {**form.typed, "username": "", "choice": ""}
            return self._with_names(principal, policy, form, problem)
        form.typed = {**form.typed, "username": form.username}  # the choice among suggestions is not shown again
        if isinstance(problem, OrderRefused):
            form.errors = problem.errors
            return _page(form, status=problem.status)
        if isinstance(problem, InvalidValue) and principal.is_admin:
            problem.advice = f"{problem.advice} ({problem.raw})"
        return _page(form, problem, status=problem.status)

    def _with_names(
        self, principal: Principal, policy: DomainPolicy, form: AccountForm, problem: Problem | None = None
    ) -> Response:
        """The form with suggestions; why there are none, where there are none."""
        suggested: Suggested | None = None
        try:
            suggested = self._suggest(principal, policy, form)
            form.names, form.seconds = suggested.names, _seconds(suggested.expires, self._pages.clock)
        except Problem as other:
            problem = problem or other
        return _page(form, problem, suggested, status=problem.status if problem else 200)

    def _suggest(self, principal: Principal, policy: DomainPolicy, form: AccountForm) -> Suggested:
        holder = self._holder(principal, form)
        return self._pages.suggestions.suggest(holder, policy.naming_for_others(), form.naming_fields())

    def _read(self, principal: Principal) -> tuple[DomainPolicy, AccountForm]:
        """What the page's script sends."""
        policy = self._pages.policies.require_creator(principal)
        form = self._form(principal, policy, request.form.to_dict())
        if not is_token(form.value("holder")):
            raise BadRequest("The page's token is missing.", advice="Load the page again.")
        return policy, form

    def _form(self, principal: Principal, policy: DomainPolicy, typed: Mapping[str, str]) -> AccountForm:
        places = self._pages.places.of(principal.tenant, principal.delegated_admin)
        return AccountForm(typed, Choices.of(policy, places, principal.primary_domain, principal.is_admin))

    def _holder(self, principal: Principal, form: AccountForm) -> Holder:
        owner = _owner(principal, form.value("holder"))
        return Holder(principal.tenant, form.domain, owner, person=principal.person)


_BY_RULES = ("", "As your domain's rules say")


def _naming(principal: Principal, policy: DomainPolicy) -> NamingPolicy:
    """By which a username is judged that this person types."""
    return policy.naming() if principal.is_admin else policy.naming_for_others()


def _options(units: Sequence[OrgUnit]) -> list[tuple[str, str]]:
    return [(unit.path, unit.label) for unit in units]


def _tokens(typed: Mapping[str, str]) -> dict[str, str]:
    """The operation and the holder of the page; new ones where none that can be used came back."""
    sent = {name: typed.get(name, "") for name in ("operation", "holder")}
    return {name: token if is_token(token) else secrets.token_urlsafe(16) for name, token in sent.items()}


def _owner(principal: Principal, token: str) -> str:
    """The page's token, of use to nobody but the person who opened the page."""
    return f"page:{principal.person}:{token}"


def _answer(suggested: Suggested, domain: str, clock: Clock) -> dict[str, object]:
    return {
        "names": suggested.names,
        "domain": domain,
        "seconds": _seconds(suggested.expires, clock),
        "passed": [{"name": one.name, "reason": reason(one)} for one in suggested.passed_over],
    }


def _seconds(expires: datetime, clock: Clock) -> int:
    """How long names are still kept."""
    return max(0, int((expires - clock()).total_seconds()))


def _page(
    form: AccountForm, problem: Problem | None = None, suggested: Suggested | None = None, status: int = 200
) -> Response:
    html = render_template(
        "accounts/new.html", form=form, problem=problem, suggested=suggested, reason=reason,
        shortest=passwords.SHORTEST, longest=passwords.LONGEST,
        domains=[(name, name) for name in form.choices.domains],
        org_units=[*([_BY_RULES] if form.choices.have_rules else ()), *_options(form.choices.org_units)],
    )  # fmt: skip
    return _private(html, status)


def _created(opened: Opened, order: Order, follow_up: AccountFollowUp | None) -> Response:
    return _private(render_template("accounts/created.html", opened=opened, order=order, follow_up=follow_up), 200)


def _private(html: str, status: int) -> Response:
    """There is a password on it."""
    response = make_response(html, status)
    response.headers["Cache-Control"] = "no-store"
    return response
