"""The way around shows what somebody may do, also while it cannot be told."""

from collections.abc import Callable
from pathlib import Path
from types import SimpleNamespace

import pytest
from flask import Flask, render_template_string
from google.api_core.exceptions import ServiceUnavailable

from marketplace.access import Principal
from marketplace.frame import Frame, NavItem
from marketplace.gate import Gate
from marketplace.rules import DomainState
from marketplace.sessions import Visitor
from runtime.problems import Unavailable

STATIC = Path(__file__).parent.parent.parent / "static"
NAV = [NavItem("Home", "home", "house", "member"), NavItem("New account", "new", "user-plus", "creator")]
LINKED = (
    *("sign_in.login", "sign_in.logout", "manage.show", "pages.support", "pages.privacy", "pages.terms"),
    "pages.data_deletion",
)
SCHOOL = DomainState("northfield.example", known=True, is_enabled=True, is_independent=True, customer_id="C1")


class OpenGate(Gate):
    """Everybody is Nora, a member."""

    def __init__(self) -> None:
        self.cookie = "frontdesk"

    def visitor_if_known(self) -> Visitor | None:
        return Visitor("t", "7", "nora@northfield.example", "Nora", SCHOOL.domain, "C1", SCHOOL, False, False, "")


def shown(may_create: Callable[[Principal], bool]) -> str:
    """The labels at the side of a page."""
    app = Flask(__name__, static_folder=str(STATIC))
    for name in ("home", "new", *LINKED):
        app.add_url_rule(f"/{name}", name, lambda: "")
    settings = SimpleNamespace(support_email="help@frontdesk.example", base_url="https://desk.example")
    Frame(OpenGate(), None, settings, NAV, may_create).install(app)  # type: ignore[arg-type] # what the frame uses
    with app.test_request_context("/home"):
        return render_template_string("{{ nav | map(attribute='label') | join(', ') }}")


def broken(problem: Exception) -> Callable[[Principal], bool]:
    def may_create(_principal: Principal) -> bool:
        raise problem

    return may_create


def test_new_account_is_shown_to_those_who_may_create() -> None:
    assert shown(lambda principal: principal.person == "7") == "Home, New account"
    assert shown(lambda principal: principal.person != "7") == "Home"


@pytest.mark.parametrize("problem", [ServiceUnavailable("Datastore is away"), Unavailable("Try again.")])
def test_a_page_has_its_frame_while_it_cannot_be_told_who_may_create(problem: Exception) -> None:
    assert shown(broken(problem)) == "Home"
