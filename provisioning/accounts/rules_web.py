"""The rules of a domain for new accounts, as an administrator decides them. Works without scripts."""

import hashlib
import json
from collections.abc import Collection, Mapping
from dataclasses import asdict, dataclass
from typing import Any

from flask import Blueprint, Response, make_response, redirect, render_template, request, url_for

from marketplace.access import Guards, Principal
from provisioning.accounts.domain_policy import DomainPolicy
from provisioning.accounts.letter import DEFAULT_LETTER, PLACEHOLDERS, letter_fault, sample_letter
from provisioning.accounts.license_names import KNOWN_LICENSES
from provisioning.accounts.policy import Policies
from provisioning.accounts.policy_form import PASSWORD_KINDS, RULE_FIELDS, PolicyForm, adopted, typed_from
from provisioning.accounts.rule_rows import MATCHES, MOST_RULES, Moved, rearranged, typed_rows
from provisioning.accounts.rule_targets import RuleTargets
from provisioning.accounts.rules import NAMED
from provisioning.directory.places import Places
from runtime.audit import Actor
from runtime.google_problems import GoogleProblem
from runtime.problems import BadRequest, Conflict, Problem

USUAL_COLUMNS = ("department", "employee_type", "title", "cost_center", "building_id", "floor_name", "floor_section")
"""Columns of Google's own template that rules often look at; any other can be typed."""
NO_GROUP = "there is no group {group}. Make it in the Admin console, or name another."
ONLY_SUPER = "only a super administrator leads accounts into another group, {group}. Ask one."
"""A group can give rights, and Google does not tell us which rights a delegated administrator has."""
SHOW_LETTER = "letter"


class RulesChanged(Conflict):
    """Somebody has saved other rules since the person looked."""

    title = "The rules have changed meanwhile"
    code = "rules_changed"
    default_advice = "Save again to put yours in their place, or load the page again to see theirs."


@dataclass(frozen=True)
class RulePages:
    """What the pages need. sign_in_url: what letters name."""

    guards: Guards
    policies: Policies
    places: Places
    targets: RuleTargets
    sign_in_url: str


def rules_blueprint(pages: RulePages) -> Blueprint:
    """Route /manage/names/rules, named rules.<view>."""
    blueprint = Blueprint("rules", __name__, url_prefix="/manage/names/rules")
    views = _Views(pages)
    blueprint.add_url_rule("", "show", pages.guards.admin_required(views.show), methods=["GET"])
    blueprint.add_url_rule("", "save", pages.guards.admin_required(views.save), methods=["POST"])
    return blueprint


class _Views:
    def __init__(self, pages: RulePages) -> None:
        self._pages = pages

    def show(self, principal: Principal) -> Response:
        policy = self._pages.policies.of(principal.tenant)
        return self._page(
            principal, {**typed_from(policy), "seen": _digest(policy)}, stale=self._stale(principal, policy)
        )

    def save(self, principal: Principal) -> Any:
        """Keep the form, or only add, move or remove a row of it."""
        typed = request.form.to_dict()
        if not typed.get("seen"):
            raise BadRequest("The form is incomplete.", advice="Load the page again, then send it again.")
        button = typed.pop("button", "")
        if button == SHOW_LETTER:
            return self._page(principal, typed, letter_shown=True)
        if button:
            changed, moved = rearranged(typed, button)
            return self._page(principal, changed, moved=moved)
        try:
            form = self._read(principal, typed)
            if form.errors:
                return self._page(principal, typed, form.errors)
            self._keep(principal, form.policy, typed["seen"])
        except RulesChanged as problem:
            now = _digest(self._pages.policies.of(principal.tenant))
            return self._page(principal, {**typed, "seen": now}, problem=problem)
        except GoogleProblem as problem:
            return self._page(principal, typed, problem=problem)
        return redirect(url_for("rules.show", saved="yes"), 303)

    def _read(self, principal: Principal, typed: Mapping[str, str]) -> PolicyForm:
        targets, policy = self._pages.targets, self._pages.policies.of(principal.tenant)
        units = targets.org_units(principal.tenant, principal.delegated_admin)
        form = PolicyForm(typed, policy).read_places(units).read_rules(units)
        form.read_passwords().read_license().read_letter()
        added = _added_groups(policy, form.policy)
        if added and not principal.is_super_admin:
            form.errors |= _group_errors(typed, added, ONLY_SUPER)
        if not form.errors:
            fixed = [address for address in added if not NAMED.search(address)]
            unknown = targets.unknown_groups(principal.delegated_admin, fixed)
            form.errors = _group_errors(typed, unknown, NO_GROUP)
        return form

    def _stale(self, principal: Principal, policy: DomainPolicy) -> dict[str, str]:
        """What is kept, and leads to units that are gone meanwhile."""
        units = self._pages.places.of(principal.tenant, principal.delegated_admin).org_units
        paths = [unit.path for unit in units]
        return PolicyForm(typed_from(policy), policy).read_places(paths).read_rules(paths).errors

    def _keep(self, principal: Principal, decided: DomainPolicy, seen: str) -> None:
        def edit(before: DomainPolicy) -> DomainPolicy:
            if _digest(before) != seen:
                raise RulesChanged("Somebody else has saved other rules since you opened the page.")
            return adopted(before, decided, RULE_FIELDS)

        actor = Actor.of(principal)
        self._pages.policies.change(principal.tenant, actor, edit)

    def _page(
        self,
        principal: Principal,
        typed: Mapping[str, str],
        errors: Mapping[str, str] | None = None,
        problem: Problem | None = None,
        moved: Moved | None = None,
        stale: Mapping[str, str] | None = None,
        *,
        letter_shown: bool = False,
    ) -> Response:
        units = self._pages.places.of(principal.tenant, principal.delegated_admin).org_units
        letter = _letter(typed, principal.primary_domain, self._pages.sign_in_url)
        fields = self._pages.policies.of(principal.tenant).pattern_fields()
        html = render_template(
            "accounts/rules.html", typed=typed, errors=errors or stale or {}, stale=stale, problem=problem, moved=moved,
            org_units=units,
            rows={kind: typed_rows(typed, kind) for kind in MATCHES}, matches=MATCHES, most=MOST_RULES,
            columns=dict.fromkeys((*fields, *USUAL_COLUMNS)), kinds=PASSWORD_KINDS, licenses=KNOWN_LICENSES,
            placeholders=PLACEHOLDERS, letter=letter, letter_shown=letter_shown,
            saved=request.args.get("saved"),
        )  # fmt: skip
        return make_response(html, problem.status if problem else 400 if errors else 200)


def _letter(typed: Mapping[str, str], domain: str, sign_in: str) -> tuple[str, str]:
    """The letter as it would look, or what is wrong with its words."""
    text = typed.get("letter", "").strip() or DEFAULT_LETTER
    fault = letter_fault(text)
    return "" if fault else sample_letter(text, domain, sign_in), fault


def _digest(policy: DomainPolicy) -> str:
    """The same as long as nobody saves other rules."""
    values = {name: value for name, value in asdict(policy).items() if name in RULE_FIELDS}
    return hashlib.sha256(json.dumps(values, sort_keys=True).encode()).hexdigest()[:20]


def _added_groups(before: DomainPolicy, after: DomainPolicy) -> list[str]:
    """Addresses to which no rule has led so far."""
    known = {rule.group for rule in before.group_rules}
    return list(dict.fromkeys(rule.group for rule in after.group_rules if rule.group not in known))


def _group_errors(typed: Mapping[str, str], groups: Collection[str], what: str) -> dict[str, str]:
    """what: is wrong with these groups; {group} stands for the address."""
    return {
        f"group-{at}-target": f"Group rule {at + 1}: {what.format(group=row.target[:100])}"
        for at, row in enumerate(typed_rows(typed, "group"))
        if row.target.lower() in groups
    }
