"""The pages of people with an invitation: /join. For everybody, phone-first, and whole without scripts.

The page that a link leads to is the same for all and holds nothing: its script, or the visitor, sends what stands after
the # by POST. All that follows belongs to a visit, whose cookie goes nowhere but to these pages.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Protocol

from flask import Blueprint, Request, Response, g, make_response, redirect, render_template, request, url_for
from markupsafe import Markup

from marketplace.access import View
from provisioning.accounts import passwords
from provisioning.accounts.account_form import EXTRA
from provisioning.accounts.problems import OrderRefused
from provisioning.invitations.joining import Caller, Joining, Wish
from provisioning.invitations.problems import InvitationOver, NameNotFree, NotPermitted, VisitOver
from provisioning.invitations.values import VisitInfo
from provisioning.invitations.visits import LASTS, Visits
from runtime import csrf
from runtime.problems import Problem
from runtime.settings import Settings

NAME = "join"
"""The blueprint's name. Its forms carry the visit's own token, because nobody has a session here."""
PATH = "/join"
KEPT_BY_CACHES = 300
"""Seconds for which anybody may keep the page that all links lead to."""
NETWORK_HEADER = "X-Appengine-User-Ip"
"""Who asked App Engine's front end, which takes the header off requests from outside."""


class OpenDoor(Protocol):
    """Of marketplace.gate."""

    def for_anybody(self, view: View) -> View:
        """A view that does not look who is signed in, and so looks the same to all."""


@dataclass(frozen=True)
class JoinPages:
    """What the pages need. settings: whether cookies are Secure, and whose word about the network to take."""

    door: OpenDoor
    visits: Visits
    joining: Joining
    settings: Settings

    @property
    def cookie_name(self) -> str:
        """__Host- would send it to every page."""
        return "__Secure-frontdesk-visit" if self.settings.secure else "frontdesk-visit"

    @property
    def cookie(self) -> str:
        """The visit's cookie, as it was sent; "" without one."""
        return request.cookies.get(self.cookie_name, "")

    def let_in(self, cookie: str) -> Any:
        """To the first page of a visit, with its cookie."""
        response = redirect(url_for("join.account"), 303)
        response.set_cookie(
            self.cookie_name, cookie, max_age=int(LASTS.total_seconds()), path=PATH, secure=self.settings.secure,
            httponly=True, samesite="Lax",
        )  # fmt: skip
        return response


def join_blueprint(pages: JoinPages) -> Blueprint:
    """Routes /join..., named join.<view>."""
    blueprint = Blueprint(NAME, __name__, url_prefix=PATH)
    views = _Views(pages)
    for rule, name, view, methods in (
        ("", "show", views.show, ["GET"]),
        ("/open", "open", views.open, ["POST"]),
        ("/account", "account", views.account, ["GET"]),
        ("/account", "submit", views.submit, ["POST"]),
        ("/leave", "leave", views.leave, ["POST"]),
    ):
        blueprint.add_url_rule(rule, name, pages.door.for_anybody(view), methods=methods)
    return blueprint


@dataclass
class _Typed:
    """The form as it was sent, and what is to be said about it."""

    wish: Wish
    errors: dict[str, str]
    names: list[str]
    problem: Problem | None = None


class _Views:
    def __init__(self, pages: JoinPages) -> None:
        self._pages = pages
        self._visits, self._joining = pages.visits, pages.joining

    def show(self) -> Response:
        """The page that all links lead to."""
        response = make_response(render_template("invitations/link.html", csrf_field=_no_token))
        response.headers["Cache-Control"] = f"public, max-age={KEPT_BY_CACHES}"
        return response

    def open(self) -> Any:
        """The link, by its own page's form: nobody has a token of ours yet, so the browser's word must do."""
        csrf.require_own_origin(request.headers, self._pages.settings.base_url)
        return self._pages.let_in(self._visits.open(request.form.get("link", ""), self._cookie, self._address))

    def account(self) -> Response:
        return self._page(self._visits.current(self._cookie), _Typed(Wish("", ""), {}, []))

    def submit(self) -> Any:
        """The buttons of the form: a name, another name, and the account."""
        self._require_own()
        visit, typed = self._visits.current(self._cookie), _Typed(self._wish(), {}, [])
        if visit.state == "done":
            return redirect(url_for("join.account"), 303)
        step = request.form.get("step", "")
        if step == "create" or visit.state == "asked":
            return self._create(visit, typed)
        if step == "names":
            return self._page(visit, typed)
        return self._with_names(visit, typed)

    def leave(self) -> Any:
        """End the visit in this browser, which somebody else wants to use."""
        self._require_own()
        response = redirect(url_for("join.show"), 303)
        response.delete_cookie(self._pages.cookie_name, path=PATH, secure=self._pages.settings.secure, httponly=True)
        return response

    def _create(self, visit: VisitInfo, typed: _Typed) -> Any:
        try:
            self._joining.create(visit, typed.wish, self._caller())
        except NameNotFree as problem:
            typed.errors = {"username": f"“{typed.wish.username[:80]}” cannot be had. {problem.advice}"}
            return self._with_names(self._visits.current(self._cookie), typed, problem)
        except (InvitationOver, VisitOver):
            raise
        except Problem as problem:
            return self._again(typed, problem)
        return redirect(url_for("join.account"), 303)

    def _again(self, typed: _Typed, problem: Problem) -> Response:
        """The page as the visit stands now, with what is wrong."""
        visit = self._visits.current(self._cookie)
        if isinstance(problem, OrderRefused):
            typed.errors = problem.errors
        else:
            typed.problem = problem
        if visit.state == "open" and not isinstance(problem, NotPermitted) and not typed.errors.keys() - {"password"}:
            return self._with_names(visit, typed, problem)
        return self._page(visit, typed, problem.status)

    def _with_names(self, visit: VisitInfo, typed: _Typed, problem: Problem | None = None) -> Response:
        """The page with usernames to choose from, and what was wrong with the one before."""
        try:
            typed.names = self._joining.suggest(visit, typed.wish, self._caller())
        except OrderRefused as refused:
            typed.errors |= refused.errors
            problem = problem or refused
        except Problem as other:
            typed.problem = problem if problem and not isinstance(problem, OrderRefused) else other
        worst = problem or typed.problem
        return self._page(visit, typed, worst.status if worst else 200)

    def _page(self, visit: VisitInfo, typed: _Typed, status: int = 200) -> Response:
        html = render_template(
            _template(visit, typed), visit=visit, typed=typed, csrf_field=self._csrf_field, prefix=EXTRA,
            extra_fields=self._joining.extra_fields(visit), shortest=passwords.SHORTEST, longest=passwords.LONGEST,
            sign_in=self._pages.settings.google_url("https://accounts.google.com"),
        )  # fmt: skip
        return make_response(html, status)

    def _wish(self) -> Wish:
        form = request.form
        return Wish(
            given_name=form.get("firstname", "").strip(),
            family_name=form.get("lastname", "").strip(),
            code=form.get("code", "").strip(),
            username=form.get("username", "").strip() or form.get("choice", ""),
            password=form.get("password", ""),
            extra={name.removeprefix(EXTRA): text for name, text in form.items() if name.startswith(EXTRA)},
        )

    def _require_own(self) -> None:
        sent = request.form.get(csrf.FIELD, "")
        csrf.require_own_request(self._cookie, sent, request.headers, self._pages.settings.base_url)

    def _csrf_field(self) -> Markup:
        token = csrf.csrf_token(self._cookie)
        return Markup('<input type="hidden" name="{}" value="{}">').format(csrf.FIELD, token)

    @property
    def _cookie(self) -> str:
        return self._pages.cookie

    @property
    def _address(self) -> str:
        return address_of(request, self._pages.settings.on_app_engine)

    def _caller(self) -> Caller:
        return Caller(self._visits.network(self._address), g.get("request_id", ""))


def address_of(asked: Request, on_app_engine: bool) -> str:
    """The network address that a request comes from."""
    told = asked.headers.get(NETWORK_HEADER, "") if on_app_engine else ""
    return told or asked.remote_addr or ""


def _template(visit: VisitInfo, typed: _Typed) -> str:
    pages = {"done": "done", "asked": "asked", "open": "username" if typed.names else "names"}
    return f"invitations/{pages[visit.state]}.html"


_no_token: Callable[[], str] = str
"""The page that may be kept by caches holds nobody's token."""
