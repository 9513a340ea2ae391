"""What surrounds every page: who is signed in, the way around, notices; and the pages for a closed door."""

import hashlib
from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from urllib.parse import urlsplit

from flask import Flask, g, redirect, render_template, request, url_for
from google.api_core.exceptions import GoogleAPIError
from markupsafe import Markup, escape
from werkzeug.wrappers import Response

from marketplace import listing
from marketplace.access import Principal
from marketplace.gate import AccessLost, DomainClosed, Gate, NotFresh
from marketplace.rules import Standing
from marketplace.sessions import Sessions, Visitor
from marketplace.setup_checks import GrantLinks
from marketplace.setup_web import waiting_page
from marketplace.sign_in_web import closed_page
from runtime import csrf
from runtime.google_problems import NotDelegated, SubjectUnusable
from runtime.guards import problem_response, wants_json
from runtime.problems import Forbidden, NotSignedIn, Problem, Unavailable
from runtime.settings import Settings

_CHIPS = {
    Standing.ACTIVE: ("ok", "Enabled"),
    Standing.NOT_SET_UP: ("warn", "Not set up yet"),
    Standing.TURNED_OFF: ("warn", "Turned off"),
    Standing.CANNOT_TELL: ("warn", "License unknown"),
    Standing.LEAVING: ("bad", "About to be deleted"),
}
_ADMINISTRATORS_GO_TO = {
    Standing.NOT_SET_UP: "setup.show",
    Standing.TURNED_OFF: "setup.show",
    Standing.LEAVING: "erasure.show",
}
"""Where somebody who can open the domain finds the way to do so."""


@dataclass(frozen=True)
class NavItem:
    """A link at the side. audience: whom it is shown to; the page itself decides who may. endpoint: Flask's."""

    label: str
    endpoint: str
    icon: str
    audience: str  # member, creator, admin or operator


@dataclass(frozen=True)
class ShownItem:
    """A link at the side, as the template takes it."""

    label: str
    href: str
    icon: str
    current: str
    """What aria-current says of it: page, true (a page below it is shown), or nothing."""


class Frame:
    """Puts the frame around an app's pages and answers at closed doors."""

    def __init__(
        self,
        gate: Gate,
        sessions: Sessions,
        settings: Settings,
        nav: Sequence[NavItem],
        may_create: Callable[[Principal], bool],
    ) -> None:
        """nav: in the order shown. may_create: whether a member of an enabled domain is one of its creators."""
        self._gate = gate
        self._sessions = sessions
        self._settings = settings
        self._nav = nav
        self._may_create = may_create

    def install(self, app: Flask) -> None:
        """Template context and error pages."""
        app.context_processor(self._context)
        app.jinja_env.globals.update(asset=_asset_urls(Path(app.static_folder or ".")))
        handlers: list[tuple[type[Problem], Callable[..., object]]] = [
            (NotSignedIn, self._sign_in_first),
            (NotFresh, self._sign_in_again),
            (DomainClosed, self._closed),
            (AccessLost, self._access_lost),
            (NotDelegated, self._access_lost),
            (SubjectUnusable, self._access_lost),
        ]
        for problem_type, handler in handlers:
            app.register_error_handler(problem_type, handler)  # type: ignore[arg-type] # Flask's overloads
        app.teardown_request(self._forget_visitor)

    def shows_raw(self) -> bool:
        """Whether the asker may unfold Google's own words."""
        visitor = self._gate.visitor_if_known()
        return visitor is not None and (visitor.is_admin or visitor.is_operator)

    def _forget_visitor(self, _error: BaseException | None) -> None:
        g.pop("visitor", None)

    def _context(self) -> dict[str, object]:
        visitor = self._gate.visitor_if_known()
        return {
            "principal": visitor.principal() if visitor else None,
            "nav": self._shown_nav(visitor) if visitor else [],
            "notices": self._notices(visitor) if visitor else [],
            "domain_state": _CHIPS.get(visitor.state.standing) if visitor and visitor.domain else None,
            "links": _links() | self._ways_back(),
            "csrf_token": self._csrf_token,
            "csrf_field": self._csrf_field,
            "request_id": g.get("request_id", ""),
            "support_email": self._settings.support_email,
            "product_name": listing.NAME,
        }

    def _notices(self, visitor: Visitor) -> Sequence[tuple[str, str]]:
        """Those left for this page; each is shown once."""
        if visitor.notices and "notices_shown" not in g:
            g.notices_shown = True
            self._sessions.clear_notices(visitor.token)
        return visitor.notices

    def _csrf_token(self) -> str:
        return csrf.csrf_token(self._gate.token)

    def _csrf_field(self) -> Markup:
        return Markup('<input type="hidden" name="{}" value="{}">').format(csrf.FIELD, escape(self._csrf_token()))

    def _shown_nav(self, visitor: Visitor) -> list[ShownItem]:
        in_use = visitor.state.standing is Standing.ACTIVE
        admin = in_use and visitor.is_admin
        creator = in_use and self._creates(visitor)
        shown = {"member": in_use, "creator": creator, "admin": admin, "operator": visitor.is_operator}
        places = {item: url_for(item.endpoint) for item in self._nav if shown[item.audience]}
        known = set(places.values())
        return [ShownItem(item.label, href, item.icon, _current(href, known)) for item, href in places.items()]

    def _creates(self, visitor: Visitor) -> bool:
        """Nobody, when it cannot be told just now: the page of an error has a frame, too."""
        try:
            return self._may_create(visitor.principal())
        except (Problem, GoogleAPIError):  # the second is Datastore's
            return False

    def _sign_in_first(self, problem: NotSignedIn) -> object:
        """Pages bring the person back to where they were going; programs and forms are told."""
        if wants_json(request) or request.method != "GET" or request.headers.get("HX-Request"):
            response = problem_response(problem)
            if request.headers.get("HX-Request"):
                response.headers["HX-Redirect"] = url_for("sign_in.login", next=self._page_stood_on())
            return response
        if request.path == "/":
            return redirect(url_for("sign_in.front"), 303)
        return redirect(url_for("sign_in.login", next=request.full_path.rstrip("?")), 303)

    def _sign_in_again(self, problem: NotFresh) -> object:
        """Forms bring the person back to the page that they stood on, to be sent anew."""
        if wants_json(request):
            return problem_response(problem)
        return redirect(url_for("sign_in.again", next=self._page_asked_for()), 303)

    def _ways_back(self) -> dict[str, str]:
        """Through sign-in."""
        return {
            "sign_in_and_return": url_for("sign_in.login", next=self._page_stood_on()),
            "other_account": url_for("sign_in.login", prompt="select_account", next=self._page_asked_for()),
        }

    def _page_asked_for(self) -> str:
        """The page itself; of a form, that which it stands on."""
        return request.full_path.rstrip("?") if request.method == "GET" else self._page_stood_on()

    def _page_stood_on(self) -> str:
        """The path of the page that a form stands on, which browsers tell within one site; else the home page's.

        Held against the setting: behind App Engine's front end the request itself says http.
        """
        try:
            parts = urlsplit(request.referrer or "")
        except ValueError:  # no browser of ours says so
            return "/"
        return parts.path if f"{parts.scheme}://{parts.netloc}" == self._settings.base_url else "/"

    def _closed(self, problem: DomainClosed) -> object:
        standing, visitor = problem.state.standing, self._gate.visitor_if_known()
        if visitor is not None and visitor.is_operator and request.path == "/":
            return redirect(url_for("operators.domains"), 303)
        if not problem.state.domain:
            return problem_response(Forbidden("Your account belongs to no domain that uses Frontdesk."))
        if standing is Standing.CANNOT_TELL:
            return problem_response(Unavailable("Google does not say just now whether your domain has Frontdesk."))
        if wants_json(request) or visitor is None:
            return problem_response(problem)
        if visitor.is_admin and standing in _ADMINISTRATORS_GO_TO:
            return redirect(url_for(_ADMINISTRATORS_GO_TO[standing]), 303)
        if standing in {Standing.NOT_SET_UP, Standing.TURNED_OFF}:
            page = waiting_page(visitor)
        else:
            page = closed_page(problem.state, email=visitor.email, is_admin=visitor.is_admin)
        return page, 403

    def _access_lost(self, problem: Problem) -> object:
        visitor = self._gate.visitor_if_known()
        if wants_json(request) or visitor is None:
            return problem_response(problem)
        page = render_template(
            "marketplace/access_lost.html", domain=visitor.state.domain, is_admin=visitor.is_admin, raw=problem.raw,
            subject_unusable=isinstance(problem, SubjectUnusable), delegated_admin=visitor.state.delegated_admin_email,
            grant_url=GrantLinks(self._settings, listing.DIRECTORY_SCOPES).marketplace_app,
            setup_url=url_for("setup.show"), take_over_url=url_for("manage.take_over"),
        )  # fmt: skip
        return page, 409


def _current(href: str, known: Collection[str]) -> str:
    """known: the places that stand at the side; a page among them is not told as one below another, too."""
    if request.path in known:
        return "page" if request.path == href else ""
    return "true" if href != "/" and request.path.startswith(f"{href.rstrip('/')}/") else ""


def _links() -> dict[str, str]:
    endpoints = {
        "sign_in": "sign_in.login", "sign_out": "sign_in.logout", "manage": "manage.show", "support": "pages.support",
        "privacy": "pages.privacy", "terms": "pages.terms", "data_deletion": "pages.data_deletion",
    }  # fmt: skip
    return {"home": "/", **{name: url_for(endpoint) for name, endpoint in endpoints.items()}}


def _asset_urls(folder: Path) -> Callable[[str], str]:
    """Addresses of static files with a hash of their content: they may be kept for a year."""

    @lru_cache(maxsize=256)
    def version(name: str) -> str:
        return hashlib.sha256((folder / name).read_bytes()).hexdigest()[:12]

    def asset(name: str) -> str:
        return url_for("static", filename=name, v=version(name))

    return asset


def let_browsers_keep(response: Response) -> Response:
    """For files asked for with their hash."""
    if request.endpoint == "static" and "v" in request.args:
        response.headers["Cache-Control"] = "public, max-age=31536000, immutable"
    return response
