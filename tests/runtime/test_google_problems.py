"""What Google answers, row by row of what is known of it, and the problem that it becomes."""

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from runtime.google_problems import (
    AccessRefused,
    AlreadyExists,
    Answer,
    BlockedByPolicy,
    ChangeUnderWay,
    GoogleNotFound,
    GoogleProblem,
    GoogleThrottled,
    GoogleUnreachable,
    InvalidValue,
    LimitReached,
    NotDelegated,
    NotReadyYet,
    OurConfiguration,
    ScopeNotDelegated,
    SubjectUnusable,
    api_problem,
    token_problem,
)

TOKEN_ROWS = [
    ("unauthorized_client", "Unauthorized client or scope in request.", NotDelegated),
    (
        "unauthorized_client",
        "Client is unauthorized to retrieve access tokens using this method, or client not authorized for any of the "
        "scopes requested.",
        NotDelegated,
    ),
    ("access_denied", "Requested client not authorized.", ScopeNotDelegated),
    ("access_denied", "Account restricted", SubjectUnusable),
    ("admin_policy_enforced", "Access to your account data is restricted.", BlockedByPolicy),
    ("invalid_grant", "Not a valid email", SubjectUnusable),
    ("invalid_grant", "Invalid email or User ID", SubjectUnusable),
    ("invalid_grant", "The account has been deleted", SubjectUnusable),
    (
        "invalid_grant",
        "Invalid JWT: Token must be a short-lived token (60 minutes) and in a reasonable timeframe.",
        OurConfiguration,
    ),
    ("invalid_grant", "Invalid JWT Signature.", OurConfiguration),
    ("invalid_grant", "Invalid JWT: Failed audience check.", OurConfiguration),
    ("invalid_scope", "Invalid OAuth scope or ID token audience provided.", OurConfiguration),
    ("invalid_client", "The OAuth client was not found.", OurConfiguration),
    ("deleted_client", "The OAuth client was deleted.", OurConfiguration),
    ("disabled_client", "The OAuth client was disabled.", OurConfiguration),
    ("org_internal", "This client is restricted to users within its organization.", OurConfiguration),
    ("a_word_nobody_knows", "", OurConfiguration),
]

API_ROWS = [
    (400, "invalid", "Invalid Input: primary_user_email", InvalidValue),
    (400, "invalid", "Invalid Given/Family Name: FamilyName", InvalidValue),
    (400, "invalid", "Invalid Password", InvalidValue),
    (400, "invalid", "Invalid Input: INVALID_OU_ID", InvalidValue),
    (400, "required", "Missing required field: name", InvalidValue),
    (400, "badRequest", "Bad Request", InvalidValue),
    (400, "failedPrecondition", "Precondition check failed.", GoogleUnreachable),
    (401, "authError", "Invalid Credentials", OurConfiguration),
    (401, "required", "Login Required", OurConfiguration),
    (403, "forbidden", "Not Authorized to access this resource/api", AccessRefused),
    (403, "insufficientPermissions", "Request had insufficient authentication scopes.", OurConfiguration),
    (403, "accessNotConfigured", "Admin SDK API has not been used in project 1.", OurConfiguration),
    (403, "userRateLimitExceeded", "Request rate higher than configured.", GoogleThrottled),
    (403, "rateLimitExceeded", "Request rate higher than configured.", GoogleThrottled),
    (403, "quotaExceeded", "Quota exceeded for quota metric 'Queries'", GoogleThrottled),
    (403, "dailyLimitExceeded", "Daily Limit Exceeded", GoogleThrottled),
    (404, "notFound", "Resource Not Found: userKey", GoogleNotFound),
    (404, "notFound", "Domain not found.", GoogleNotFound),
    (409, "duplicate", "Entity already exists.", AlreadyExists),
    (412, "conditionNotMet", "User creation is not complete.", NotReadyYet),
    (412, "limitExceeded", "Domain user limit reached.", LimitReached),
    (412, "conditionNotMet", "Domain user limit reached for northfield.example.", LimitReached),
    (409, "conflict", "Conflict", ChangeUnderWay),
    (429, "rateLimitExceeded", "Quota exceeded", GoogleThrottled),
    (500, "backendError", "", GoogleUnreachable),
    (500, "unknownError", "", GoogleUnreachable),
    (503, "backendError", "Service unavailable. Please try again", GoogleUnreachable),
    (402, "paymentRequired", "", GoogleProblem),
]


def body(status: int, reason: str, message: str) -> bytes:
    errors = [{"message": message, "domain": "global", "reason": reason}]
    return json.dumps({"error": {"code": status, "message": message, "errors": errors}}).encode()


@pytest.mark.parametrize(("error", "description", "kind"), TOKEN_ROWS)
def test_refused_token_says_whose_matter_it_is(error: str, description: str, kind: type[GoogleProblem]) -> None:
    problem = token_problem(error, description)
    assert type(problem) is kind
    assert error in problem.raw
    assert description in problem.raw


@pytest.mark.parametrize(("status", "reason", "message", "kind"), API_ROWS)
def test_refused_call_says_what_it_means(status: int, reason: str, message: str, kind: type[GoogleProblem]) -> None:
    problem = api_problem(Answer.parse(status, body(status, reason, message)))
    assert type(problem) is kind
    assert problem.raw == f"HTTP {status} {reason}: {message}"


@pytest.mark.parametrize(
    ("status", "text", "kind"),
    [
        (403, b"Request rate higher than configured.", GoogleThrottled),
        (403, b"Forbidden", AccessRefused),
        (502, b"<html>Bad Gateway</html>", GoogleUnreachable),
        (503, b"Quota exceeded for the current request", GoogleUnreachable),
        (504, b"", GoogleUnreachable),
        (404, b"\xff\xfe", GoogleUnreachable),
        (403, b'{"error": "forbidden"}', AccessRefused),
        (403, b'{"error": {"errors": ["forbidden"]}}', AccessRefused),
        (403, b'["error"]', AccessRefused),
        (403, b"null", AccessRefused),
    ],
)
def test_answer_that_is_not_googles_json_is_understood_by_its_status(
    status: int, text: bytes, kind: type[GoogleProblem]
) -> None:
    assert type(api_problem(Answer.parse(status, text))) is kind


@pytest.mark.parametrize(
    "error",
    [
        {"status": "PERMISSION_DENIED", "details": [{"reason": "SERVICE_DISABLED"}]},
        {"status": "PERMISSION_DENIED", "details": [{"@type": "Help", "links": []}, {"reason": "SERVICE_DISABLED"}]},
        {"status": "PERMISSION_DENIED", "details": [{"reason": "ACCESS_TOKEN_SCOPE_INSUFFICIENT"}]},
        {"errors": [{"reason": "accessNotConfigured"}], "details": [{"reason": "SERVICE_DISABLED"}]},
        {"errors": [{"message": "no reason"}], "details": [{"reason": "SERVICE_DISABLED"}]},
    ],
)
def test_fault_of_our_project_is_found_wherever_the_reason_stands(error: dict[str, object]) -> None:
    answer = Answer.parse(403, json.dumps({"error": {"code": 403, "message": "No.", **error}}).encode())
    assert type(api_problem(answer)) is OurConfiguration


@pytest.mark.parametrize(
    ("kind", "retry"),
    [(GoogleUnreachable, True), (GoogleThrottled, True), (NotReadyYet, True)]
    + [
        (kind, False)
        for kind in (AccessRefused, AlreadyExists, InvalidValue, LimitReached, NotDelegated, OurConfiguration)
    ],
)
def test_only_what_passes_by_itself_is_tried_again(kind: type[GoogleProblem], retry: bool) -> None:
    assert kind.retry is retry


def test_google_says_how_long_to_wait() -> None:
    assert api_problem(Answer(429, "rateLimitExceeded"), retry_after=17).retry_after == 17


@given(st.integers(400, 599), st.binary(max_size=300) | st.text(max_size=300).map(str.encode))
def test_any_answer_becomes_a_problem_that_shows_nothing_raw(status: int, text: bytes) -> None:
    problem = api_problem(Answer.parse(status, text))
    assert problem.status >= 400
    shown = problem.what + problem.advice + problem.title
    assert problem.what == type(problem).title
    assert "HTTP" not in shown


members = st.sampled_from(["error", "errors", "reason", "details", "message"])
json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=10),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(members, inner, max_size=4),
    max_leaves=12,
)


@given(st.sampled_from([400, 403, 404, 409, 412, 500]), json_values)
def test_json_of_any_shape_is_understood(status: int, value: object) -> None:
    problem = api_problem(Answer.parse(status, json.dumps({"error": value}).encode()))
    assert isinstance(problem, GoogleProblem)
