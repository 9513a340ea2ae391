"""What every request passes: an id, the right host, a bounded body, CSRF, headers, and problems as pages or JSON."""

import logging
import re
import secrets
import time
from collections.abc import Callable, Collection, Mapping
from types import MappingProxyType
from typing import Any

from flask import Flask, Request, Response, g, jsonify, render_template, request
from werkzeug.exceptions import HTTPException

from runtime import csrf
from runtime.datastore import OUTAGES, DataUnavailable
from runtime.problems import BadRequest, NotFound, Problem, TooLarge
from runtime.settings import Settings

MAX_BODY = 1_000_000  # bytes; a room that takes files says so itself
MAX_FORM_PARTS = 200
HEALTH_PATH = "/healthz"
"""Probes ask by whatever name they know the machine; the answer holds no address and no data."""
CRON_HEADER = "X-Appengine-Cron"
"""On a request of App Engine's cron; its front end takes the header off requests from outside."""
_WITH_FILES = "multipart/form-data"
"""Files in it are put on disk as they come, and its text is bounded; a form of another type is all in memory."""
_TRACE = re.compile(r"[0-9a-f]{32}")
_YEAR = 31_536_000
_log = logging.getLogger("frontdesk.request")

CONTENT_SECURITY_POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; font-src 'self'; "
    "connect-src 'self'; form-action 'self' {sign_in}; base-uri 'none'; frame-ancestors 'none'; object-src 'none'"
)
"""sign_in: Google's origin, because browsers hold a form's redirects to form-action, and switching ends there."""


class MethodNotAllowed(Problem):
    """The address exists, but not for this method."""

    status = 405
    title = "That address does not take this kind of request"
    code = "method_not_allowed"
    default_advice = "Open it from a page of Frontdesk, or see the API's documentation."


class UnsupportedMedia(BadRequest):
    """The body is of a type that is not read here."""

    status = 415
    title = "That kind of content is not read here"
    code = "unsupported_media_type"


class WrongHost(BadRequest):
    """The request names another host than the configured one."""

    title = "This server does not answer for that name"
    code = "wrong_host"


def install_guards(
    app: Flask,
    settings: Settings,
    *,
    session_cookie: str,
    csrf_exempt: Collection[str],
    shows_raw: Callable[[], bool],
    large: Mapping[str, int] = MappingProxyType({}),
    admit_large: Callable[[], object] = lambda: None,
) -> None:
    """Put the guards around an app.

    large: endpoints that take more than MAX_BODY as a file, and how many bytes. admit_large: raises Problem for who may
    not send so much; their body is not even read. csrf_exempt: names of blueprints whose callers send a key, not a
    cookie. shows_raw: whether the asker may see the outside world's own words.
    """
    app.config.update(MAX_CONTENT_LENGTH=MAX_BODY, MAX_FORM_MEMORY_SIZE=MAX_BODY, MAX_FORM_PARTS=MAX_FORM_PARTS)

    @app.before_request
    def begin() -> None:
        g.request_id = _request_id(request)
        g.began = time.monotonic()
        if request.headers.get("Host", "") != settings.host and not _asked_by_the_platform(request, settings):
            raise WrongHost("The request was sent to another host name.", advice=f"Use {settings.base_url} instead.")
        if most := large.get(request.endpoint or ""):
            admit_large()
            request.max_content_length = most if request.mimetype == _WITH_FILES else MAX_BODY
        if request.method not in csrf.SAFE_METHODS and request.blueprint not in csrf_exempt and request.url_rule:
            sent = request.headers.get(csrf.HEADER) or request.form.get(csrf.FIELD, "")
            csrf.require_own_request(request.cookies.get(session_cookie, ""), sent, request.headers, settings.base_url)

    @app.after_request
    def finish(response: Response) -> Response:
        _secure_headers(response, settings)
        _log_request(response)
        return response

    def answer(problem: Problem) -> Response:
        return problem_response(problem, raw=problem.raw if shows_raw() else "")

    def refuse(error: HTTPException) -> Response:
        response = answer(_from_werkzeug(error))
        response.headers.extend([header for header in error.get_headers() if header[0] == "Allow"])
        return response

    app.register_error_handler(Problem, answer)
    app.register_error_handler(HTTPException, refuse)
    for outage in OUTAGES:
        app.register_error_handler(outage, lambda error: answer(DataUnavailable(raw=str(error))))
    app.log_exception = _log_exception  # type: ignore[method-assign] # Flask's own names the path


def _asked_by_the_platform(asked: Request, settings: Settings) -> bool:
    """Probes, and App Engine's cron, which calls by the app's *.appspot.com name. Their answers hold no address."""
    cron = settings.on_app_engine and asked.path.startswith("/cron/") and CRON_HEADER in asked.headers
    return asked.path == HEALTH_PATH or cron


def problem_response(problem: Problem, *, raw: str = "") -> Response:
    """The problem as a page, or as RFC 9457 JSON for those who ask for JSON."""
    if problem.raw:
        _log.warning("problem %s: %s", problem.code, problem.raw, extra={"request_id": g.get("request_id", "")})
    if wants_json(request):
        response = jsonify(
            type=f"about:blank#{problem.code}", title=problem.title, status=problem.status, detail=problem.what,
            advice=problem.advice, retry=problem.retry, request_id=g.get("request_id", ""),
        )  # fmt: skip
        response.content_type = "application/problem+json"
    else:
        response = Response(render_template("problem.html", problem=problem, raw=raw))
    response.status_code = problem.status
    if problem.retry:
        response.headers["Retry-After"] = str(problem.retry_after or 30)
    return response


def wants_json(asked: Request) -> bool:
    """Whether the caller prefers JSON to a page."""
    best = asked.accept_mimetypes.best_match(["text/html", "application/json"], "text/html")
    return best == "application/json"


def _request_id(asked: Request) -> str:
    """App Engine's trace id, so that the id on a page finds the log; else a random one."""
    trace = _TRACE.match(asked.headers.get("X-Cloud-Trace-Context", ""))
    return trace.group() if trace else secrets.token_hex(16)


def _from_werkzeug(error: HTTPException) -> Problem:
    """Only 500 keeps its cause: the traceback is in the log, by Flask."""
    match error.code:
        case 404:
            return NotFound("There is no page at this address.")
        case 405:
            return MethodNotAllowed()
        case 413:
            return _too_large(request)
        case 415:
            return UnsupportedMedia()
        case int(code) if code < 500:  # noqa: PLR2004
            return BadRequest(str(error.description or error.name))
        case _:
            return Problem()


def _too_large(asked: Request) -> TooLarge:
    most = asked.max_content_length or MAX_BODY
    if most > MAX_BODY and (asked.content_length or 0) <= most:
        text = f"What is typed or pasted may be at most {MAX_BODY:,} bytes; a file may be larger."
        return TooLarge(text, advice="Save it as a file, and upload that.")
    return TooLarge(f"A request may be at most {most:,} bytes.")


def _secure_headers(response: Response, settings: Settings) -> None:
    headers = response.headers
    sign_in = settings.google_url("https://accounts.google.com")
    headers["Content-Security-Policy"] = CONTENT_SECURITY_POLICY.format(sign_in=sign_in)
    headers["X-Content-Type-Options"] = "nosniff"
    # `no-referrer` would make browsers send `Origin: null` with our forms.
    headers.setdefault("Referrer-Policy", "same-origin")
    headers["Cross-Origin-Opener-Policy"] = "same-origin"
    headers.setdefault("Cross-Origin-Resource-Policy", "same-origin")
    headers["Permissions-Policy"] = "camera=(), microphone=(), geolocation=(), clipboard-write=(self)"
    headers["X-Request-Id"] = g.get("request_id", "")
    headers.setdefault("Cache-Control", "no-store")
    if settings.secure:
        headers["Strict-Transport-Security"] = f"max-age={_YEAR}; includeSubDomains"


def _log_exception(exc_info: Any) -> None:
    """What was not foreseen, under the request id that the page shows."""
    route = request.url_rule.rule if request.url_rule else "-"
    extra = {"request_id": g.get("request_id", "")}
    _log.error("failed: %s %s", request.method, route, exc_info=exc_info, extra=extra)


def _log_request(response: Response) -> None:
    """The route and not the path: paths and queries may hold addresses; bodies and headers hold secrets."""
    route = request.url_rule.rule if request.url_rule else "-"
    milliseconds = round((time.monotonic() - g.get("began", time.monotonic())) * 1000)
    _log.info(
        "%s %s %s", request.method, route, response.status_code,
        extra={"request_id": g.get("request_id", ""), "ms": milliseconds},
    )  # fmt: skip
