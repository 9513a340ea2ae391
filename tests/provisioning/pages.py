"""A small app around the pages of this package: who is signed in is said by the test, the rest is the product."""

from dataclasses import replace
from pathlib import Path
from types import SimpleNamespace
from typing import Any

from flask import Flask, g
from markupsafe import Markup

from marketplace.access import CustomerId, PersonId, Principal, View
from provisioning.accounts.follow_ups_web import follow_ups_blueprint
from provisioning.accounts.patterns_web import PatternPages, patterns_blueprint
from provisioning.accounts.rule_targets import RuleTargets
from provisioning.accounts.rules_web import RulePages, rules_blueprint
from provisioning.accounts.settings_web import settings_blueprint
from provisioning.accounts.web import AccountPages, accounts_blueprint
from provisioning.api.compatibility import CompatibilityAccess
from provisioning.api.compatibility_web import compatibility_blueprint
from provisioning.api.keys import ApiKeys
from provisioning.api.web import keys_blueprint
from provisioning.naming.pattern_preview import Previews
from runtime.guards import problem_response
from runtime.problems import Forbidden, Problem
from tests.dom import Element, parse
from tests.provisioning.conftest import ADMIN, DOMAIN, TENANT, Desk

ROOT = Path(__file__).parent.parent.parent


class Pages:
    """The pages as one person sees them."""

    def __init__(self, desk: Desk, email: str, *, is_admin: bool) -> None:
        user = desk.user(email)
        assert user is not None
        self.principal = Principal(
            PersonId(user.id), email, f"{user.given_name} {user.family_name}", DOMAIN, CustomerId(TENANT), DOMAIN,
            is_admin=is_admin, is_super_admin=is_admin, is_operator=False, delegated_admin=ADMIN,
            request_id="request-1",
        )  # fmt: skip
        self.keys = ApiKeys(desk.clock)
        self.compatibility = CompatibilityAccess(desk.clock)
        self.client = self._app(desk).test_client()

    def get(self, path: str) -> "Shown":
        """Open a page."""
        return Shown(self.client.get(path))

    def post(self, path: str, **fields: str) -> "Shown":
        """Send a form, redirects followed."""
        names = {name.replace("__", "-"): value for name, value in fields.items()}
        return Shown(self.client.post(path, data=names, follow_redirects=True))

    def login_required(self, view: View) -> View:
        """Guards: everybody is signed in here."""
        return lambda **values: view(self.principal, **values)

    def admin_required(self, view: View) -> View:
        """Guards: administrators."""

        def guarded(**values: Any) -> Any:
            if not self.principal.is_admin:
                raise Forbidden("This is for administrators.")
            return view(self.principal, **values)

        return guarded

    operator_required = admin_required
    fresh_required = login_required

    def renamed(self, **changes: Any) -> None:
        """The signed-in person becomes another one."""
        self.principal = replace(self.principal, **changes)

    def _app(self, desk: Desk) -> Flask:
        app = Flask(__name__, root_path=str(ROOT))
        app.context_processor(self._context)
        app.jinja_env.globals.update(asset=lambda name: f"/static/{name}")
        app.before_request(_name_the_request)
        app.register_error_handler(Problem, problem_response)
        app.register_blueprint(
            accounts_blueprint(
                AccountPages(
                    self, desk.opening, desk.follow_ups, desk.suggestions, desk.policies, desk.places, desk.clock
                )
            )
        )
        app.add_url_rule("/bulk", "bulk.jobs", lambda: "")  # another room, to which pages lead
        app.register_blueprint(follow_ups_blueprint(self, desk.follow_ups))
        app.register_blueprint(settings_blueprint(self, desk.policies))
        targets = RuleTargets(desk.directory, desk.places)
        app.register_blueprint(
            rules_blueprint(RulePages(self, desk.policies, desk.places, targets, "https://sign-in.example"))
        )
        previews = Previews(desk.suggestions, desk.taken)
        app.register_blueprint(patterns_blueprint(PatternPages(self, desk.policies, desk.places, previews)))
        app.register_blueprint(keys_blueprint(self, self.keys))
        app.register_blueprint(
            compatibility_blueprint(self, self.compatibility, self.keys, desk.places, "http://localhost:8080")
        )
        return app

    def _context(self) -> dict[str, object]:
        return {
            "principal": self.principal,
            "nav": [],
            "notices": [],
            "links": SimpleNamespace(),
            "csrf_token": lambda: "token",
            "csrf_field": lambda: Markup('<input type="hidden" name="csrf_token" value="token">'),
            "request_id": "request-1",
            "product_name": "Frontdesk",
        }


class Shown:
    """An answer, read as a page."""

    def __init__(self, answer: Any) -> None:
        self.answer, self.status, self.json = answer, answer.status_code, answer.get_json(silent=True)
        self.html = answer.get_data(as_text=True)
        self.document: Element = parse(self.html)

    @property
    def text(self) -> str:
        """What a person reads."""
        return self.document.text

    def values(self) -> dict[str, str]:
        """The main form as it stands: what a browser would send besides the button."""
        form = next(form for form in self.document.all("form") if form["id"] == "new-account")
        sent: dict[str, str] = {}
        for field in form.all("input"):
            if field["type"] not in {"checkbox", "radio"} or "checked" in field:
                sent[field["name"]] = field["value"]
        for select in form.all("select"):
            chosen = [option for option in select.all("option") if "selected" in option]
            sent[select["name"]] = (chosen or select.all("option"))[0]["value"]
        return sent

    def choices(self) -> list[str]:
        """The suggested usernames."""
        return [field["value"] for field in self.document.all("input", where=lambda field: field["name"] == "choice")]


def _name_the_request() -> None:
    g.request_id = "request-1"
