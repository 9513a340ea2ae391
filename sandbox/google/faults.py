"""Wrong answers on request: latency, errors instead of answers, errors after the change was made, cut connections."""

import json
import random
import time

from flask import Flask, Response, request

from sandbox.google.errors import GoogleError
from sandbox.google.world import Fault, World

CUT_CONNECTION = "sandbox.cut_connection"
"""WSGI environment: the server's function that ends the connection without an answer."""

UNTOUCHED = ("/__control", "/panel", "/static/")
"""Paths from which faults are administered: always as they are."""

FAULT = "sandbox.fault"
"""WSGI environment: the fault that the request met, if any."""

_USUAL: dict[int, tuple[str, str]] = {
    400: ("Bad Request", "badRequest"),
    401: ("Invalid Credentials", "authError"),
    403: ("Not Authorized to access this resource/api", "forbidden"),
    404: ("Not Found", "notFound"),
    409: ("Entity already exists.", "duplicate"),
    412: ("User creation is not complete.", "conditionNotMet"),
    429: ("Quota exceeded for quota metric 'Queries' and limit 'Queries per minute per user'.", "rateLimitExceeded"),
    500: ("Internal error encountered.", "backendError"),
    503: ("Service unavailable. Please try again", "backendError"),
}
_OWN_SHAPE: dict[str, dict[str, str]] = {
    "/token": {"error": "internal_failure", "error_description": "Backend Error"},
    "/appsmarket/": {"message": "Not authorized to access the application ID"},
}


def before_the_answer(app: Flask, world: World) -> None:
    """Register first: waits as long as `knobs.latency` says and answers with a fault that comes instead of the work."""

    @app.before_request
    def instead() -> Response | None:
        if request.path.startswith(UNTOUCHED):
            return None
        time.sleep(world.knobs.latency)
        fault = take(world, request.method, request.path)
        request.environ[FAULT] = fault
        return _answer(fault) if fault and fault.when == "before" else None


def after_the_work(app: Flask) -> None:
    """Register last: replaces the answer of work that was done; what was changed stays changed."""

    @app.after_request
    def replace(answer: Response) -> Response:
        fault: Fault | None = request.environ.get(FAULT)
        if fault is None or fault.when == "before":
            return answer
        answer.close()
        return _answer(fault)


def take(world: World, method: str, path: str) -> Fault | None:
    """The first fault that is meant for the request, counted down; a used-up fault is gone."""
    with world.lock:
        matching = (fault for fault in world.faults if _meant(fault, method, path))
        fault = next(matching, None)
        if fault is None or fault.count < 0:
            return fault
        with world.changing():
            fault.count -= 1
            if not fault.count:
                world.faults.remove(fault)
        return fault


def _meant(fault: Fault, method: str, path: str) -> bool:
    is_meant = path.startswith(fault.path) and fault.method.upper() in {"", method.upper()}
    return is_meant and (fault.percent >= 100 or random.uniform(0, 100) < fault.percent)  # noqa: S311 - trouble


def _answer(fault: Fault) -> Response:
    time.sleep(fault.delay)
    if fault.status == 0:
        request.environ[CUT_CONNECTION]()
        return Response(status=503)
    body = fault.body or json.dumps(_usual_body(fault.status, request.path))
    kind = {"{": "application/json; charset=UTF-8", "<": "text/html; charset=UTF-8"}.get(body[:1], "text/plain")
    headers = {"Retry-After": str(fault.retry_after)} if fault.retry_after else None
    return Response(body, status=fault.status, content_type=kind, headers=headers)


def _usual_body(status: int, path: str) -> dict[str, object]:
    if path == "/token":
        return dict(_OWN_SHAPE["/token"])
    message, reason = _USUAL.get(status, ("Error", "unknownError"))
    if status == 403 and path.startswith("/appsmarket/"):
        message = _OWN_SHAPE["/appsmarket/"]["message"]
    domain = "usageLimits" if status == 429 else "global"
    word = {403: "PERMISSION_DENIED", 429: "RESOURCE_EXHAUSTED", 503: "UNAVAILABLE"}.get(status)
    return GoogleError(status, message, reason, domain, word).body()
