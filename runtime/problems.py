"""The error tree.

    Problem                       what happened, whether to try again, what to do
     ├─ BadRequest        400     the request cannot be understood or is not allowed as it is
     ├─ NotSignedIn       401     nobody is signed in, or the API key is missing or unknown
     ├─ Forbidden         403     signed in, but not permitted
     ├─ NotFound          404     there is no such thing, or it belongs to another tenant
     ├─ Conflict          409     somebody else has it, or it changed meanwhile
     ├─ TooLarge          413     more than we accept
     ├─ TooManyRequests   429     slow down
     ├─ Unavailable       503     something we need does not answer; nothing was changed
     └─ runtime.google_problems.GoogleProblem   what Google answered, translated

Every problem can be shown to a member: `title`, `what` and `advice` never hold Google's raw text. `raw` may; only
administrators and operators can unfold it, and it is written to the log.
"""

from typing import ClassVar


class Problem(Exception):
    """Something a person or a program must be told.

    what: one or two plain sentences, what happened. advice: what to do next. raw: the outside world's own words.
    status: the HTTP status; code: a stable word for programs; retry: may the same request succeed later, unchanged?
    """

    status: ClassVar[int] = 500
    title: ClassVar[str] = "Something went wrong on our side"
    code: ClassVar[str] = "internal"
    retry: ClassVar[bool] = False
    default_advice: ClassVar[str] = "Try again. If it happens again, tell support the request id below."

    def __init__(self, what: str = "", *, advice: str = "", raw: str = "", retry_after: int = 0) -> None:
        """retry_after: seconds until a retry makes sense; 0 when unknown."""
        super().__init__(what or self.title)
        self.what = what or self.title
        self.advice = advice or self.default_advice
        self.raw = raw
        self.retry_after = retry_after

    @property
    def words(self) -> str:
        """What happened and what to do, as running text; a title alone has no full stop."""
        end = "" if self.what.endswith((".", "!", "?")) else "."
        return f"{self.what}{end} {self.advice}"


class BadRequest(Problem):
    """The request cannot be understood, or is not allowed as it is."""

    status = 400
    title = "That request cannot be used"
    code = "bad_request"
    default_advice = "Correct it and send it again. Nothing was changed."


class NotSignedIn(Problem):
    """Nobody is signed in, or the API key is missing, unknown or revoked."""

    status = 401
    title = "Sign in first"
    code = "not_signed_in"
    default_advice = "Sign in with your Google Workspace account, or send a valid API key."


class Forbidden(Problem):
    """The person is known, but is not permitted to do this."""

    status = 403
    title = "You are not permitted to do this"
    code = "forbidden"
    default_advice = "Ask an administrator of your domain."


class NotFound(Problem):
    """There is no such thing here; also the answer for what belongs to another tenant."""

    status = 404
    title = "There is nothing here"
    code = "not_found"
    default_advice = "Check the address."


class Conflict(Problem):
    """Somebody else has it, or it changed meanwhile."""

    status = 409
    title = "That is no longer possible as it stands"
    code = "conflict"
    default_advice = "Look at the present state and decide again. Nothing was changed."


class TooLarge(Problem):
    """More than we accept in one request."""

    status = 413
    title = "That is too large"
    code = "too_large"
    default_advice = "Send less at a time."


class TooManyRequests(Problem):
    """Too many requests in a short time."""

    status = 429
    title = "Too many requests"
    code = "too_many_requests"
    retry = True
    default_advice = "Wait a moment, then try again."


class Unavailable(Problem):
    """Something we need does not answer; nothing was changed."""

    status = 503
    title = "This cannot be done just now"
    code = "unavailable"
    retry = True
    default_advice = "Nothing was changed. Try again in a minute."
