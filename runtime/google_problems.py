"""What Google answered, translated once for everybody.

    GoogleProblem
     ├─ GoogleUnreachable      no answer, or a 5xx: what was asked may have happened all the same
     ├─ GoogleThrottled        too fast; try again later
     ├─ OurConfiguration       our project, key, role or API is at fault, never the customer
     ├─ NotDelegated           the domain does not let us act for its people (not granted, revoked, or not yet)
     │   └─ ScopeNotDelegated  some of the scopes are granted, not all
     ├─ SubjectUnusable        the person we act for is gone, renamed or suspended
     ├─ BlockedByPolicy        the customer's own app access control
     ├─ AccessRefused          the person we act for is not an administrator, or it is another customer's
     ├─ GoogleNotFound         no such thing (or not yet: reads lag behind writes)
     ├─ AlreadyExists          409 duplicate
     │   ├─ ChangeUnderWay     409 conflict: an earlier change has not settled yet
     │   └─ PersonInvited      somebody's personal account is in the way, and Google has invited them to move it
     ├─ NotReadyYet            the account is still being made
     ├─ LimitReached           licenses, user limit
     └─ InvalidValue           Google refuses a value

Codes are matched, and prose only where one code means several things; it goes to `raw`. Table: Google's error pages,
reference in docs/sandbox.md.
"""

import json
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

from runtime.problems import Problem


class GoogleProblem(Problem):
    """Google answered something else than what was asked for."""

    status = 502
    title = "Google did not do what we asked"
    code = "google"


class GoogleUnreachable(GoogleProblem):
    """No answer, or a server error. A change that was asked for may have been made."""

    status = 503
    title = "Google does not answer just now"
    code = "google_unreachable"
    retry = True
    default_advice = "Try again in a minute. This is not a fault of your domain."


@contextmanager
def understood() -> Iterator[None]:
    """Around whatever takes an answer apart. One without what the API promises is no answer: a page of some gateway's,
    half an object. Raises GoogleUnreachable then, so that nothing is ever read out of it."""
    try:
        yield
    except (AttributeError, KeyError, TypeError, ValueError) as error:
        raise GoogleUnreachable(raw=f"an answer that cannot be read: {error!r}") from error


class GoogleThrottled(GoogleProblem):
    """Google asks us to slow down; nothing was changed."""

    status = 503
    title = "Google asks us to slow down"
    code = "google_throttled"
    retry = True
    default_advice = "Nothing was changed. Try again in a minute."


class OurConfiguration(GoogleProblem):
    """The fault is in our own Cloud project."""

    status = 503
    title = "Frontdesk itself is not set up correctly"
    code = "our_configuration"
    default_advice = "Your domain is fine. Tell support what you read here; they can repair it."


class NotDelegated(GoogleProblem):
    """The domain has not granted us access to its data, has revoked it, or Google does not know yet."""

    status = 409
    title = "Your domain has not given Frontdesk access to its data"
    code = "not_delegated"
    default_advice = (
        "An administrator grants access on the setup page. A new grant can take minutes, seldom up to 24 hours."
    )


class ScopeNotDelegated(NotDelegated):
    """Some of what we ask for is granted, not all."""

    title = "Your domain has given Frontdesk only a part of the access it needs"
    code = "scope_not_delegated"


class SubjectUnusable(GoogleProblem):
    """The person in whose name we act does not exist any more, was renamed, or is suspended."""

    status = 409
    title = "The administrator Frontdesk acts for can no longer be used"
    code = "subject_unusable"
    default_advice = "Another administrator opens the setup page and takes over."


class BlockedByPolicy(GoogleProblem):
    """The customer's app access control blocks the app."""

    status = 409
    title = "Your domain's own rules block Frontdesk"
    code = "blocked_by_policy"
    default_advice = "In the Admin console, open Security, Access and data control, API controls, and trust the app."


class AccessRefused(GoogleProblem):
    """The person in whose name we act may not do this, or the thing belongs to another customer."""

    status = 403
    title = "Google does not permit this"
    code = "access_refused"
    default_advice = "It takes an administrator of the domain whose role includes users."


class GoogleNotFound(GoogleProblem):
    """There is no such thing at Google (or, shortly after it was made, not yet)."""

    status = 404
    title = "Google does not know this"
    code = "google_not_found"


class AlreadyExists(GoogleProblem):
    """The address is in use."""

    status = 409
    title = "This exists already"
    code = "already_exists"
    default_advice = "Choose another name."


class PersonInvited(AlreadyExists):
    """Somebody has a personal Google account of the address; the domain has chosen to invite them, and Google has."""

    title = "Somebody has a personal Google account of that address"
    code = "person_invited"


class ChangeUnderWay(AlreadyExists):
    """An earlier change of the same thing has not settled yet at Google."""

    status = 503
    title = "An earlier change is still under way at Google"
    code = "change_under_way"
    retry = True
    default_advice = "Try again in a minute."


class NotReadyYet(GoogleProblem):
    """The account is still being made at Google."""

    status = 503
    title = "The account is not ready yet"
    code = "not_ready_yet"
    retry = True


class LimitReached(GoogleProblem):
    """No more licenses, or the domain's user limit."""

    status = 409
    title = "Your domain has no room for another account"
    code = "limit_reached"
    default_advice = "Free or buy licenses in the Admin console, then try again."


class InvalidValue(GoogleProblem):
    """Google refuses one of the values."""

    status = 400
    title = "Google does not accept one of the values"
    code = "invalid_value"
    default_advice = "Correct it and send it again. Nothing was created."


@dataclass(frozen=True)
class Answer:
    """An error body of Google's, taken apart. reason and status as in its JSON; empty where there is none.

    is_json: no API answers otherwise, except when it is too busy; pages of gateways do.
    """

    http: int
    reason: str = ""
    status: str = ""
    message: str = ""
    is_json: bool = True

    @classmethod
    def parse(cls, http: int, body: bytes) -> "Answer":
        """Read Google's JSON; anything else (plain text, HTML) is kept as the message."""
        text = body.decode("utf-8", "replace")
        try:
            error: Any = json.loads(text)["error"]
            items = [*error.get("errors", []), *error.get("details", [])]
            reason = next((reason for item in items if (reason := item.get("reason"))), "")
            return cls(http, str(reason), str(error.get("status", "")), str(error.get("message", "")))
        except ValueError:
            return cls(http, message=text[:500], is_json=False)
        except (KeyError, TypeError, AttributeError):
            return cls(http, message=text[:500])


_THROTTLED = {"quotaExceeded", "userRateLimitExceeded", "rateLimitExceeded", "dailyLimitExceeded"}
_OURS = {"accessNotConfigured", "SERVICE_DISABLED", "insufficientPermissions", "ACCESS_TOKEN_SCOPE_INSUFFICIENT"}
_SERVER_ERRORS = 500
_BY_REASON: dict[str, type[GoogleProblem]] = {
    "limitExceeded": LimitReached,
    "conflict": ChangeUnderWay,
    "failedPrecondition": GoogleUnreachable,  # users.list answers so now and then; it passes
}
_BY_STATUS: dict[int, type[GoogleProblem]] = {
    400: InvalidValue,
    401: OurConfiguration,
    403: AccessRefused,
    404: GoogleNotFound,
    409: AlreadyExists,
    412: NotReadyYet,
    429: GoogleThrottled,
}


def api_problem(answer: Answer, retry_after: int = 0) -> GoogleProblem:
    """The problem for an API's error answer. retry_after: seconds, from the header of that name."""
    raw = f"HTTP {answer.http} {answer.reason or answer.status}: {answer.message}"
    return _api_problem_type(answer)(raw=raw, retry_after=retry_after)


def _api_problem_type(answer: Answer) -> type[GoogleProblem]:
    if answer.http >= _SERVER_ERRORS or (answer.http == 404 and not answer.is_json):  # noqa: PLR2004
        return GoogleUnreachable  # a page that is not found says nothing about a name
    if answer.reason in _THROTTLED or (answer.http == 403 and "rate higher" in answer.message):  # noqa: PLR2004
        return GoogleThrottled  # the plain text variant carries no reason at all
    if answer.reason in _OURS:
        return OurConfiguration
    if answer.http == 412 and "limit reached" in answer.message:  # noqa: PLR2004
        return LimitReached  # which some were told as conditionNotMet
    return _BY_REASON.get(answer.reason) or _BY_STATUS.get(answer.http, GoogleProblem)


_BY_OAUTH_ERROR: dict[str, type[GoogleProblem]] = {
    "unauthorized_client": NotDelegated,
    "access_denied": ScopeNotDelegated,
    "invalid_grant": SubjectUnusable,
    "admin_policy_enforced": BlockedByPolicy,
}


def token_problem(error: str, description: str) -> GoogleProblem:
    """The problem for a refused token. error: OAuth's code."""
    raw = f"{error}: {description}"
    if error == "invalid_grant" and description.startswith("Invalid JWT"):
        return OurConfiguration(raw=raw)  # our clock or our key; the customer can do nothing about it
    if error == "access_denied" and description.startswith("Account restricted"):
        return SubjectUnusable(raw=raw)  # suspended: it is the person, not what the domain has granted
    return _BY_OAUTH_ERROR.get(error, OurConfiguration)(raw=raw)
