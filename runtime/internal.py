"""The addresses that only our task queue and our scheduler call: /tasks/... and /cron/....

Each view is two steps: who calls, then the work. What can be tried again answers 503, so that the queue does; what can
never work is logged and answers 200, so that it does not. Everything else that fails answers 500, and is tried again.
"""

import logging
from collections.abc import Callable, Iterable, Mapping
from itertools import product
from typing import Any

from flask import Blueprint, Response, g, request

from runtime.guards import CRON_HEADER
from runtime.problems import BadRequest, Problem
from runtime.service_tokens import NotOurCaller, ServiceTokens
from runtime.settings import Settings

NAME = "internal"
"""The blueprint's name. Its callers send a token and no cookie, so it needs no CSRF token."""
GUARD = "internal"
QUEUE_HEADER = "X-AppEngine-QueueName"
RETRY_AFTER = 5  # seconds, where the problem names none
_log = logging.getLogger("frontdesk.internal")


class BadPayload(BadRequest):
    """What the task carries is not what its address takes: a task of another version of the app."""

    code = "bad_payload"


class Payload:
    """What a task carries: a JSON object of texts and whole numbers."""

    def __init__(self, values: Mapping[str, Any]) -> None:
        self._values = values

    @property
    def tenant(self) -> str:
        """For whom it is; "" where it is for nobody."""
        return self.text("tenant") if "tenant" in self._values else ""

    def text(self, name: str) -> str:
        """Raises BadPayload unless it is there and a text."""
        value = self._values.get(name)
        if not isinstance(value, str):
            raise BadPayload(f"The task's payload has no text called {name}.")
        return value

    def number(self, name: str) -> int:
        """Raises BadPayload unless it is there and a whole number."""
        value = self._values.get(name)
        if not isinstance(value, int) or isinstance(value, bool):
            raise BadPayload(f"The task's payload has no whole number called {name}.")
        return value


class InternalRoutes:
    """Registers jobs on one blueprint, each behind the same guard."""

    def __init__(self, settings: Settings, tokens: ServiceTokens, serves: Callable[[str], bool]) -> None:
        """settings: whether App Engine's own headers can be believed. serves: whether work may be done for a tenant."""
        self._settings = settings
        self._serves = serves
        self._tokens = tokens
        self.blueprint = Blueprint(NAME, __name__)

    def task(self, path: str, work: Callable[[Payload], object]) -> None:
        """POST path: begins with /tasks/, and may be called twice. work: as short as a few minutes at most.

        A body that is no JSON object, or lacks what work asks of it, answers 400; the queue tries again. A task whose
        `tenant` is not served any more is over: it came after the tenant was erased, or about to be.
        """
        self._add(path, "POST", QUEUE_HEADER, lambda: self._for_served(path, _payload(), work))

    def cron(self, path: str, work: Callable[[], object]) -> None:
        """GET path: begins with /cron/ and stands in cron.yaml. work: enqueues tasks rather than working long."""
        self._add(path, "GET", CRON_HEADER, work)

    def cron_for_each(self, path: str, tenants: Callable[[], Iterable[str]], *works: Callable[[str], object]) -> None:
        """As `cron`: every work for every tenant. What goes wrong in one is logged, and is nobody else's."""

        def all_of_it() -> None:
            for tenant, work in product(tenants(), works):
                _for_one(path, tenant, work)

        self.cron(path, all_of_it)

    def _for_served(self, path: str, payload: Payload, work: Callable[[Payload], object]) -> None:
        if payload.tenant and not self._serves(payload.tenant):
            _log.info("%s of %s: not served any more", path, payload.tenant)
            return
        work(payload)

    def _add(self, path: str, method: str, header: str, work: Callable[[], object]) -> None:
        def view() -> Response:
            self._require_caller(header)
            return _outcome(work)

        view.guard = GUARD  # type: ignore[attr-defined] # for the test that every route has one
        self.blueprint.add_url_rule(path, path.strip("/").replace("/", "_"), view, methods=[method])

    def _require_caller(self, header: str) -> None:
        """header: believed on App Engine only, whose front end takes it off requests from outside."""
        if self._settings.on_app_engine and request.headers.get(header):
            return
        scheme, _, token = request.headers.get("Authorization", "").partition(" ")
        if scheme.lower() != "bearer" or not token:
            raise NotOurCaller("The caller shows no token.")
        self._tokens.require(token.strip())


def _payload() -> Payload:
    values = request.get_json(force=True, silent=True)
    if not isinstance(values, dict):
        raise BadPayload("The body is no JSON object.")
    return Payload(values)


def _for_one(path: str, tenant: str, work: Callable[[str], object]) -> None:
    try:
        work(tenant)
    except Problem as problem:
        level = logging.WARNING if problem.retry else logging.ERROR
        _log.log(level, "%s of %s: %s: %s %s", path, tenant, problem.code, problem.what, problem.raw)


def _outcome(work: Callable[[], object]) -> Response:
    try:
        work()
    except BadPayload:
        raise
    except Problem as problem:
        return _failure(problem)
    return Response(status=204)


def _failure(problem: Problem) -> Response:
    extra = {"request_id": g.get("request_id", "")}
    if problem.retry:
        _log.warning("to be tried again: %s: %s %s", problem.code, problem.what, problem.raw, extra=extra)
        return Response(status=503, headers={"Retry-After": str(problem.retry_after or RETRY_AFTER)})
    _log.error("given up: %s: %s %s", problem.code, problem.what, problem.raw, extra=extra)
    return Response(f"given up: {problem.code}\n", status=200, content_type="text/plain")
