"""The addresses of the REST interface: /rest/ for keys in a header, /k/KEY/rest/ for compatibility access.

Every answer is JSON. Errors are {"errorMessage": "..."} with the status that fits; under /k/ the text begins with
`errorMessage: `, because that is what the original's self page searches an answer for.
"""

import logging
from collections.abc import Callable, Sequence
from typing import Any

from flask import Blueprint, Response, g, jsonify, request
from werkzeug.exceptions import HTTPException, RequestEntityTooLarge

from provisioning.api.body import MAX_BODY, read_object
from provisioning.api.interface import Caller, RestInterface
from provisioning.api.origins import answer_headers, preflight_headers
from runtime.datastore import OUTAGES, DataUnavailable
from runtime.problems import BadRequest, NotFound, NotSignedIn, Problem, TooLarge

NAME = "rest"
COMPATIBLE = "compatible"
"""The blueprints' names. Their callers send a key and no cookie, so they need no CSRF token."""
PREFIX = "errorMessage: "
_METHODS = ["GET", "POST", "PUT", "PATCH", "DELETE"]
_log = logging.getLogger("frontdesk.rest")
View = Callable[[Caller], Any]


class WrongMethod(BadRequest):
    """The address exists, but not for this method."""

    status = 405
    code = "method_not_allowed"

    def __init__(self, name: str, method: str, allowed: Sequence[str]) -> None:
        """name: of the address, without a key that may be in it; allowed: what it takes, the usual one first."""
        super().__init__(f"{name} does not take {method}.", advice=f"Send {allowed[0]}.")
        self.allowed = allowed


def rest_blueprint(interface: RestInterface) -> Blueprint:
    """/rest/..., for keys in the Authorization header."""
    blueprint = Blueprint(NAME, __name__, url_prefix="/rest")

    @blueprint.before_request
    def hear_the_page() -> Response | None:
        """A preflight has no key, so nobody can say whose list counts: any page may ask, few may read the answer."""
        origin = _origin()
        if _is_preflight():
            return _preflight(origin, [origin])
        g.origins = interface.origins_of_header(_authorization()) if origin else ()
        return None

    def caller() -> Caller:
        return interface.caller(_authorization(), _request_id())

    _add_routes(blueprint, "", interface, caller)
    _add_answers(blueprint, "")
    return blueprint


def compatible_blueprint(interface: RestInterface) -> Blueprint:
    """/k/KEY/rest/..., for pages that can send no header."""
    blueprint = Blueprint(COMPATIBLE, __name__, url_prefix="/k")

    @blueprint.url_value_preprocessor
    def take_the_key(_: str | None, values: dict[str, Any] | None) -> None:
        g.address_key = values.pop("key", "") if values else ""

    @blueprint.before_request
    def hear_the_page() -> Response | None:
        g.origins = interface.origins_of(g.address_key)
        return _preflight(_origin(), g.origins) if _is_preflight() else None

    @blueprint.after_request
    def keep_the_address_secret(response: Response) -> Response:
        response.headers["Referrer-Policy"] = "no-referrer"
        response.headers["Cross-Origin-Resource-Policy"] = "cross-origin"
        return response

    def caller() -> Caller:
        return interface.caller_in_address(g.address_key, _origin(), _request_id())

    _add_routes(blueprint, "/<key>/rest", interface, caller)
    _add_answers(blueprint, PREFIX)

    @blueprint.route("/<path:_>", methods=_METHODS)
    def elsewhere(_: str) -> Response:
        raise NotFound("There is no such address.", advice="The address ends with the key; pages add /rest/ to it.")

    return blueprint


def _add_routes(blueprint: Blueprint, start: str, interface: RestInterface, caller: Callable[[], Caller]) -> None:
    def add(name: str, view: View, *methods: str) -> None:
        def answer() -> Response:
            if request.method not in methods:
                raise WrongMethod(f"/rest/{name}", request.method, methods)
            request.max_content_length = MAX_BODY
            return jsonify(view(caller()))

        blueprint.add_url_rule(f"{start}/{name}", name, answer, methods=_METHODS)

    def unknown(rest: str) -> Response:
        raise NotFound(f"There is no /rest/{rest[:60]}.", advice="There are suggest, select, create and config.")

    add("suggest", lambda caller: interface.suggest(caller, _fields()), "POST", "GET")
    add("select", lambda caller: interface.select(caller, _body()), "POST")
    add("create", lambda caller: interface.create(caller, _body()), "POST")
    add("config", interface.config, "GET", "POST")
    blueprint.add_url_rule(f"{start}/<path:rest>", "unknown", unknown, methods=_METHODS)
    blueprint.add_url_rule(
        f"{start}/", "nothing", unknown, defaults={"rest": ""}, methods=_METHODS, strict_slashes=False
    )


def _add_answers(blueprint: Blueprint, prefix: str) -> None:
    """Errors in the interface's own form, and what browsers are told."""

    def problem(error: Problem) -> Response:
        return _problem(error, prefix)

    @blueprint.after_request
    def tell_the_browser(response: Response) -> Response:
        response.headers.update(answer_headers(_origin(), g.get("origins", ())))
        return response

    blueprint.register_error_handler(Problem, problem)
    blueprint.register_error_handler(HTTPException, lambda error: problem(_from_werkzeug(error)))
    for outage in OUTAGES:
        blueprint.register_error_handler(outage, lambda error: problem(DataUnavailable(raw=str(error))))


def _origin() -> str:
    """Of the page whose script calls; "" if it is none."""
    return request.headers.get("Origin", "")


def _authorization() -> str:
    return request.headers.get("Authorization", "")


def _request_id() -> str:
    return str(g.get("request_id", ""))


def _is_preflight() -> bool:
    headers = request.headers
    return request.method == "OPTIONS" and "Origin" in headers and "Access-Control-Request-Method" in headers


def _preflight(origin: str, listed: Sequence[str]) -> Response:
    g.origins = listed
    response = Response(status=204)
    response.headers.update(preflight_headers(origin, listed))
    return response


def _fields() -> dict[str, Any]:
    return dict(request.args) if request.method == "GET" else _body()


def _body() -> dict[str, Any]:
    return read_object(request.get_data(cache=False))


def _problem(problem: Problem, prefix: str) -> Response:
    if problem.raw:
        _log.warning("problem %s: %s", problem.code, problem.raw, extra={"request_id": _request_id()})
    response = jsonify(errorMessage=prefix + problem.words)
    response.status_code = problem.status
    if problem.retry:
        response.headers["Retry-After"] = str(problem.retry_after or 30)
    if isinstance(problem, NotSignedIn):
        response.headers["WWW-Authenticate"] = 'Bearer realm="Frontdesk"'
    if isinstance(problem, WrongMethod):
        response.headers["Allow"] = ", ".join(problem.allowed)
    return response


def _from_werkzeug(error: HTTPException) -> Problem:
    if isinstance(error, RequestEntityTooLarge):
        return TooLarge(f"A body may be at most {MAX_BODY:,} bytes.")
    if error.code is not None and error.code >= 500:  # noqa: PLR2004
        return Problem()
    return BadRequest(str(error.description or error.name))
