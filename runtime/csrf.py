"""Requests that change something must come from our own pages.

The token is derived from the session cookie, so it needs no storage and ends with the session; it stands in every form
and in a meta element. Besides it the browser's own word is heard: Origin and Sec-Fetch-Site.
"""

import base64
import hashlib
import hmac

from werkzeug.datastructures import Headers

from runtime.problems import Forbidden

FIELD = "csrf_token"
HEADER = "X-CSRF-Token"
SAFE_METHODS = frozenset({"GET", "HEAD", "OPTIONS"})


class ForeignRequest(Forbidden):
    """The request was not made by a page of ours in this session."""

    title = "This request did not come from a page of Frontdesk"
    code = "foreign_request"
    default_advice = "Nothing was changed. Reload the page you came from, and send it again."


def csrf_token(session_token: str) -> str:
    """The token of a session, 43 characters; "" without a session."""
    if not session_token:
        return ""
    digest = hmac.digest(session_token.encode(), b"csrf", hashlib.sha256)
    return base64.urlsafe_b64encode(digest).rstrip(b"=").decode()


def require_own_request(session_token: str, sent: str, headers: Headers, base_url: str) -> None:
    """Raise ForeignRequest unless token and browser agree that it is ours. sent: the form's or the header's token."""
    require_own_origin(headers, base_url)
    expected = csrf_token(session_token)
    if not expected or not hmac.compare_digest(expected.encode(), sent.encode()):
        raise ForeignRequest("Its form is from another session, or incomplete.")


def require_own_origin(headers: Headers, base_url: str) -> None:
    """The browser's own word, for a form that nobody has a session for yet. Raises ForeignRequest."""
    origin, site = headers.get("Origin"), headers.get("Sec-Fetch-Site")
    if (origin is not None and origin != base_url) or site not in {None, "same-origin", "none"}:
        raise ForeignRequest("It was sent from another site.")
