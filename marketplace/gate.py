"""The guards in front of views, and the cookie they read."""

from collections.abc import Callable
from dataclasses import replace
from functools import wraps
from typing import Any

from flask import g, request
from google.api_core.exceptions import GoogleAPIError
from werkzeug.wrappers import Response

from marketplace.access import Principal, View
from marketplace.rules import DomainState, Standing
from marketplace.sessions import ABSOLUTE, Sessions, Visitor
from runtime.google_problems import SubjectUnusable
from runtime.problems import Forbidden, NotSignedIn, Problem
from runtime.settings import Settings

DELEGATION_OBSTACLES = frozenset({"not_delegated", "scope_not_delegated", "blocked_by_policy"})


class DomainClosed(Forbidden):
    """The domain may not use the app now; its standing says why, and who can change it."""

    code = "domain_closed"

    def __init__(self, state: DomainState) -> None:
        """state: of the visitor's domain."""
        super().__init__(f"Frontdesk is not in use in {state.domain or 'your domain'}: {state.standing.value}.")
        self.state = state


class AccessLost(Forbidden):
    """The license is fine, but the domain has not (or no longer) granted access to its data."""

    title = "Your domain does not give Frontdesk access to its data"
    code = "access_lost"


class NotFresh(Forbidden):
    """The person is signed in, but may have left the browser since."""

    title = "Show first that it is still you"
    code = "not_fresh"
    default_advice = "Sign in with Google again, then repeat this within five minutes. Nothing was changed."


class Gate:
    """Implements marketplace.access.Guards on our session cookie."""

    def __init__(self, sessions: Sessions, settings: Settings) -> None:
        """settings: whether cookies are Secure."""
        self._sessions = sessions
        self._secure = settings.secure
        self.cookie = "__Host-frontdesk" if settings.secure else "frontdesk"

    @property
    def token(self) -> str:
        """The session cookie's value; "" without one."""
        return request.cookies.get(self.cookie, "")

    def visitor(self) -> Visitor | None:
        """Who is asking, looked up once for each request. May raise Unavailable."""
        if "visitor" not in g:
            g.visitor = None  # whatever goes wrong: the page that says so does not ask again
            visitor = self._sessions.current(self.token)
            g.visitor = replace(visitor, request_id=g.request_id) if visitor else None
        return g.visitor  # type: ignore[no-any-return]

    def visitor_if_known(self) -> Visitor | None:
        """For what surrounds a page: nobody, when it cannot be told just now."""
        try:
            return self.visitor()
        except (Problem, GoogleAPIError):  # the second is Datastore's
            return None

    def require_visitor(self) -> Visitor:
        """Whoever is signed in, whatever the standing of their domain. Raises NotSignedIn."""
        visitor = self.visitor()
        if visitor is None:
            raise NotSignedIn("You are not signed in, or your session has ended.")
        return visitor

    def let_in(self, response: Response, token: str) -> None:
        """Put a new session's cookie on a response."""
        self._set(response, self.cookie, token, int(ABSOLUTE.total_seconds()))

    def let_out(self, response: Response) -> None:
        """Take the cookie away."""
        response.delete_cookie(self.cookie, secure=self._secure, httponly=True, samesite="Lax")

    def _set(self, response: Response, name: str, value: str, seconds: int) -> None:
        response.set_cookie(name, value, max_age=seconds, secure=self._secure, httponly=True, samesite="Lax")

    def for_anybody(self, view: View) -> View:
        """For a page that is the same whoever is signed in: it, and what surrounds it, do not look."""

        @wraps(view)
        def unguarded(*args: Any, **kwargs: Any) -> Any:
            g.visitor = None
            return view(*args, **kwargs)

        return unguarded

    def visitor_required(self, view: View) -> View:
        """Signed in, in any standing but one: not while the domain is about to be deleted.

        The view gets the Visitor: for setup and what surrounds it.
        """
        return self._guarded(view, self._visitor)

    def leaver_required(self, view: View) -> View:
        """Signed in, in that standing or another. The view gets the Visitor: for the page that takes it back."""
        return self._guarded(view, self.require_visitor)

    def login_required(self, view: View) -> View:
        """For members of an enabled domain."""
        return self._guarded(view, self._member)

    def fresh_required(self, view: View) -> View:
        """For members of an enabled domain who signed in within the last minutes."""
        return self._guarded(view, self._fresh_member)

    def admin_required(self, view: View) -> View:
        """For administrators of an enabled domain."""
        return self._guarded(view, self._administrator)

    def operator_required(self, view: View) -> View:
        """For the people who run this deployment."""
        return self._guarded(view, self._operator)

    def _guarded(self, view: View, who: Callable[[], Principal | Visitor]) -> View:
        @wraps(view)
        def guarded(*args: Any, **kwargs: Any) -> Any:
            return view(who(), *args, **kwargs)

        guarded.guard = who.__name__.strip("_")  # type: ignore[attr-defined] # for the test that every route has one
        return guarded

    def _visitor(self) -> Visitor:
        visitor = self.require_visitor()
        if visitor.state.standing is Standing.LEAVING:
            raise DomainClosed(visitor.state)
        return visitor

    def _member(self) -> Principal:
        visitor = self.require_visitor()
        if visitor.state.standing is not Standing.ACTIVE:
            raise DomainClosed(visitor.state)
        if visitor.obstacle in DELEGATION_OBSTACLES:
            raise AccessLost(f"{visitor.state.domain} does not let Frontdesk read or create accounts.")
        if visitor.obstacle == SubjectUnusable.code:
            raise SubjectUnusable
        return visitor.principal()

    def _fresh_member(self) -> Principal:
        principal = self._member()
        if not principal.is_fresh:
            raise NotFresh("For this, a sign-in within the last five minutes is needed.")
        return principal

    def _administrator(self) -> Principal:
        principal = self._member()
        if not principal.is_admin:
            raise Forbidden("This page is for administrators of your domain.")
        return principal

    def _operator(self) -> Principal:
        visitor = self.require_visitor()
        if not visitor.is_operator:
            raise Forbidden("This page is for the operators of Frontdesk.", advice="Ask support if you need something.")
        return visitor.principal()
