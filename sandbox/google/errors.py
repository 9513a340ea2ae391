"""The error bodies of Google's JSON APIs and of its OAuth endpoints."""

from collections.abc import Mapping

from flask import Flask, Response, jsonify

STATUS_WORDS = {
    400: "INVALID_ARGUMENT",
    401: "UNAUTHENTICATED",
    403: "PERMISSION_DENIED",
    404: "NOT_FOUND",
    409: "ALREADY_EXISTS",
    412: "FAILED_PRECONDITION",
    429: "RESOURCE_EXHAUSTED",
    500: "INTERNAL",
    503: "UNAVAILABLE",
}
"""google.rpc.Code names for the HTTP statuses that we send; newer replies carry them as `status`."""


class GoogleError(Exception):
    """Ends a request with an error in the shape of Google's JSON APIs.

    code: HTTP status. reason, domain: of the one entry of `errors`; no reason leaves `errors` out. status: "" leaves
    the newer `status` member out, as the Directory API mostly does. details: google.rpc details, each with its "@type".
    location: what the error is about, for example ("header", "Authorization").
    """

    def __init__(
        self,
        code: int,
        message: str,
        reason: str = "",
        domain: str = "global",
        status: str | None = None,
        *,
        details: list[dict[str, object]] | None = None,
        location: tuple[str, str] | None = None,
        headers: Mapping[str, str] | None = None,
    ) -> None:
        """Nothing is sent here; the application's error handler calls `response`."""
        super().__init__(message)
        self.code = code
        self.message = message
        self.reason = reason
        self.domain = domain
        self.status = status
        self.details = details
        self.location = location
        self.headers = dict(headers or {})

    def body(self) -> dict[str, object]:
        """The JSON object that Google sends."""
        error: dict[str, object] = {"code": self.code, "message": self.message}
        if self.reason:
            error["errors"] = [self._entry()]
        if self.status:
            error["status"] = self.status
        if self.details:
            error["details"] = self.details
        return {"error": error}

    def _entry(self) -> dict[str, object]:
        entry: dict[str, object] = {"message": self.message, "domain": self.domain, "reason": self.reason}
        if self.location:
            entry["locationType"], entry["location"] = self.location
        return entry

    def response(self) -> Response:
        """The HTTP answer."""
        answer = jsonify(self.body())
        answer.status_code = self.code
        answer.headers.update(self.headers)
        return answer


class OAuthError(Exception):
    """Ends a request with an error of the OAuth endpoints: `{"error": ..., "error_description": ...}`."""

    def __init__(self, code: int, error: str, description: str = "") -> None:
        """code: HTTP status; error: the OAuth word; description: left out when empty."""
        super().__init__(f"{error}: {description}")
        self.code = code
        self.error = error
        self.description = description

    def response(self) -> Response:
        """The HTTP answer."""
        body = {"error": self.error}
        if self.description:
            body["error_description"] = self.description
        answer = jsonify(body)
        answer.status_code = self.code
        return answer


def error_response(code: int, message: str, reason: str, domain: str = "global", status: str | None = None) -> Response:
    """The same answer without raising."""
    return GoogleError(code, message, reason, domain, status).response()


def invalid_credentials() -> GoogleError:
    """401 for a token that is unknown, expired or revoked."""
    return GoogleError(
        401,
        "Invalid Credentials",
        "authError",
        status="UNAUTHENTICATED",
        location=("header", "Authorization"),
        headers={"WWW-Authenticate": 'Bearer realm="https://accounts.google.com/", error="invalid_token"'},
    )


def login_required() -> GoogleError:
    """401 for a request without any token."""
    return GoogleError(
        401,
        "Login Required",
        "required",
        status="UNAUTHENTICATED",
        location=("header", "Authorization"),
        headers={"WWW-Authenticate": 'Bearer realm="https://accounts.google.com/"'},
    )


def insufficient_scopes(service: str, method: str) -> GoogleError:
    """403 for a token whose scopes do not cover the method; service: "admin.googleapis.com", method: full RPC name."""
    return GoogleError(
        403,
        "Request had insufficient authentication scopes.",
        "insufficientPermissions",
        status="PERMISSION_DENIED",
        details=[_error_info("ACCESS_TOKEN_SCOPE_INSUFFICIENT", {"service": service, "method": method})],
    )


def service_disabled(service: str, title: str, project_number: str) -> GoogleError:
    """403 for an API that is switched off in the calling project; title: "Admin SDK API"."""
    page = f"https://console.developers.google.com/apis/api/{service}/overview?project={project_number}"
    return GoogleError(
        403,
        f"{title} has not been used in project {project_number} before or it is disabled. Enable it by visiting "
        f"{page} then retry. If you enabled this API recently, wait a few minutes for the action to propagate to our "
        "systems and retry.",
        "accessNotConfigured",
        "usageLimits",
        "PERMISSION_DENIED",
        details=[
            _error_info("SERVICE_DISABLED", {"service": service, "consumer": f"projects/{project_number}"}),
        ],
    )


def _error_info(reason: str, metadata: dict[str, str]) -> dict[str, object]:
    return {
        "@type": "type.googleapis.com/google.rpc.ErrorInfo",
        "reason": reason,
        "domain": "googleapis.com",
        "metadata": metadata,
    }


def register_error_handlers(app: Flask) -> None:
    """Make both kinds of error answers of the application."""
    app.register_error_handler(GoogleError, lambda error: error.response())
    app.register_error_handler(OAuthError, lambda error: error.response())
