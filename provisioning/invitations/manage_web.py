"""The pages on which administrators make invitations, see what became of them, and close them."""

from dataclasses import dataclass, replace
from typing import Any

from flask import Blueprint, Response, make_response, redirect, render_template, request, url_for

from marketplace.access import Guards, Principal
from provisioning.accounts.domain_policy import DomainPolicy
from provisioning.accounts.policy import Policies
from provisioning.directory.places import Places
from provisioning.directory.port import Directory
from provisioning.invitations.invitations import Invitations
from provisioning.invitations.manage_form import AUDIENCES, DURATIONS, InvitationForm, read_cap
from provisioning.invitations.values import MOST_PLACES
from runtime.audit import Actor
from runtime.google_problems import AccessRefused, GoogleNotFound, InvalidValue
from runtime.problems import Conflict, Problem


@dataclass(frozen=True)
class InvitationPages:
    """What the pages need. directory: where the groups of a new invitation are looked up."""

    guards: Guards
    invitations: Invitations
    policies: Policies
    places: Places
    directory: Directory


def invitations_blueprint(pages: InvitationPages) -> Blueprint:
    """Routes /manage/invitations..., named invitations.<view>."""
    blueprint = Blueprint("invitations", __name__, url_prefix="/manage/invitations")
    views = _Views(pages)
    for rule, name, view, methods in (
        ("", "show", views.show, ["GET"]),
        ("", "limit", views.limit, ["POST"]),
        ("/new", "new", views.new, ["GET"]),
        ("/new", "make", views.make, ["POST"]),
        ("/<invitation_id>", "one", views.one, ["GET"]),
        ("/<invitation_id>/close", "close", views.close, ["POST"]),
    ):
        blueprint.add_url_rule(rule, name, pages.guards.admin_required(view), methods=methods)
    return blueprint


class _Views:
    def __init__(self, pages: InvitationPages) -> None:
        self._pages = pages
        self._invitations = pages.invitations

    def show(self, principal: Principal) -> Response:
        policy = self._pages.policies.of(principal.tenant)
        return self._list(principal, str(policy.invitations_a_day), policy)

    def limit(self, principal: Principal) -> Any:
        """The switch and the cap that hold for all invitations."""
        cap, wrong = read_cap(request.form.get("a_day", ""))
        is_off = not request.form.get("is_on")
        if wrong:
            return self._list(principal, request.form.get("a_day", ""), DomainPolicy(invitations_off=is_off), wrong)

        def edit(before: DomainPolicy) -> DomainPolicy:
            return replace(before, invitations_off=is_off, invitations_a_day=cap)

        self._pages.policies.change(principal.tenant, Actor.of(principal), edit)
        return redirect(url_for("invitations.show", saved="yes"), 303)

    def new(self, principal: Principal) -> Response:
        policy = self._pages.policies.of(principal.tenant)
        typed = {"audience": "link", "days": "7", "quota": "1", "org_unit": policy.default_org_unit}
        return self._form_page(principal, self._form(principal, typed))

    def make(self, principal: Principal) -> Response:
        """The link is on this page and on no other."""
        form = self._form(principal, request.form.to_dict())
        new = form.read()
        if not form.errors:
            self._look_up_groups(principal, form)
        if form.errors:
            return self._form_page(principal, form)
        try:
            info, link = self._invitations.make(principal.tenant, Actor.of(principal), new)
        except Conflict as problem:
            return self._form_page(principal, form, problem)
        response = make_response(render_template("invitations/made.html", invitation=info, link=link))
        response.headers["Cache-Control"] = "no-store"
        return response

    def one(self, principal: Principal, invitation_id: str) -> str:
        info = self._invitations.of(principal.tenant, invitation_id)
        uses = self._invitations.uses(principal.tenant, invitation_id)
        address = self._invitations.members_address(info)
        return render_template("invitations/one.html", invitation=info, uses=uses, address=address)

    def close(self, principal: Principal, invitation_id: str) -> Any:
        self._invitations.close(principal.tenant, Actor.of(principal), invitation_id)
        return redirect(url_for("invitations.show", closed="yes"), 303)

    def _list(self, principal: Principal, a_day: str, policy: DomainPolicy, wrong: str = "") -> Response:
        html = render_template(
            "invitations/list.html", invitations=self._invitations.newest(principal.tenant), a_day=a_day,
            is_on=not policy.invitations_off, wrong=wrong, saved=request.args.get("saved"),
            closed=request.args.get("closed"),
        )  # fmt: skip
        return make_response(html, 400 if wrong else 200)

    def _form(self, principal: Principal, typed: dict[str, str]) -> InvitationForm:
        places = self._pages.places.of(principal.tenant, principal.delegated_admin)
        domains = places.domains or (principal.primary_domain,)
        return InvitationForm({"domain": domains[0], **typed}, domains, [unit.path for unit in places.org_units])

    def _form_page(self, principal: Principal, form: InvitationForm, problem: Problem | None = None) -> Response:
        places = self._pages.places.of(principal.tenant, principal.delegated_admin)
        html = render_template(
            "invitations/new.html", form=form, problem=problem, durations=DURATIONS, audiences=AUDIENCES,
            most=MOST_PLACES,
            domains=[(name, name) for name in form.domains],
            org_units=[(unit.path, unit.label) for unit in places.org_units],
        )  # fmt: skip
        return make_response(html, problem.status if problem else 400 if form.errors else 200)

    def _look_up_groups(self, principal: Principal, form: InvitationForm) -> None:
        """Each has to be a group of the domain's by its own address; and one of the domain's rules, where no super
        administrator asks: Google does not tell us which groups a delegated one may give out.

        Raises GoogleProblem when Google does not say.
        """
        known = {rule.group for rule in self._pages.policies.of(principal.tenant).group_rules}
        for group in form.groups:
            if not principal.is_super_admin and group not in known:
                form.errors["groups"] = (
                    f"Only a super administrator leads accounts into {group[:100]}: no rule of your domain does."
                )
                return
            if not self._is_group(principal.delegated_admin, group):
                form.errors["groups"] = f"{group[:100]} is not a group of your domain."
                return

    def _is_group(self, subject: str, address: str) -> bool:
        try:
            occupant = self._pages.directory.group_at(subject, address)
        except (AccessRefused, GoogleNotFound, InvalidValue):  # 403 is what Google says of another customer's
            return False
        return occupant is not None and occupant.use == "group"
