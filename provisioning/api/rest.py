"""The REST interface of the original program: suggest, select, create and config, with an API key of the domain.

Success bodies are exactly the original's. Errors are {"errorMessage": "..."} with the status that fits.
"""

import logging
import secrets
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import wraps
from typing import Any

from flask import Blueprint, Response, g, jsonify, request
from werkzeug.exceptions import HTTPException, RequestEntityTooLarge

from marketplace.access import CustomerId, TenantInUse, Tenants
from provisioning.accounts.domain_policy import DomainPolicy
from provisioning.accounts.opening import AccountOpening, Asker
from provisioning.accounts.order import Order
from provisioning.accounts.policy import Policies
from provisioning.api.body import MAX_BODY, name_fields, read_object, text, texts
from provisioning.api.keys import ApiKeys, KeyHolder
from provisioning.naming.holder import Holder
from provisioning.naming.suggestions import Suggestions
from runtime.audit import Actor
from runtime.problems import BadRequest, NotFound, NotSignedIn, Problem, TooLarge

NAME = "rest"
"""The blueprint's name. Its callers send a key and no cookie, so it needs no CSRF token."""
_METHODS = ["GET", "POST", "PUT", "PATCH", "DELETE"]
_log = logging.getLogger("frontdesk.rest")


class WrongMethod(BadRequest):
    """The address exists, but not for this method."""

    status = 405
    code = "method_not_allowed"

    def __init__(self, path: str, method: str, allowed: Sequence[str]) -> None:
        """allowed: the methods that the address takes, the usual one first."""
        super().__init__(f"{path} does not take {method}.", advice=f"Send {allowed[0]}.")
        self.allowed = allowed


@dataclass(frozen=True)
class Caller:
    """Who calls, for which enabled tenant, and how that domain wants things."""

    key: KeyHolder
    tenant: TenantInUse
    policy: DomainPolicy

    def holder(self, call: str = "") -> Holder:
        """The key as a holder of names; call: which of its calls."""
        return Holder(self.tenant.tenant, self.tenant.primary_domain, self.key.id, call)


class RestInterface:
    """What each address does, given who calls. Bodies are JSON objects."""

    def __init__(
        self, keys: ApiKeys, tenants: Tenants, suggestions: Suggestions, opening: AccountOpening, policies: Policies
    ) -> None:
        self._keys = keys
        self._tenants = tenants
        self._suggestions = suggestions
        self._opening = opening
        self._policies = policies

    def caller(self, authorization: str) -> Caller:
        """Who calls. Raises NotSignedIn for a bad key, Forbidden when the domain is not enabled."""
        key = self._keys.authenticate(authorization)
        tenant = self._tenants.require_active(CustomerId(key.tenant))
        return Caller(key, tenant, self._policies.of(key.tenant))

    def suggest(self, caller: Caller, fields: dict[str, Any]) -> list[str]:
        """Names, held under the key; each call is a holder of its own."""
        holder = caller.holder(secrets.token_hex(8))
        return self._suggestions.suggest(holder, caller.policy.naming(), name_fields(fields)).names

    def select(self, caller: Caller, body: dict[str, Any]) -> dict[str, str]:
        """Keep one name of a call's answer, or none, and release the others."""
        chosen, presented = text(body, "username").strip().lower(), texts(body, "suggestions")
        self._suggestions.select(caller.holder(), caller.policy.naming(), chosen, presented)
        return {"message": "User selected successfully."}

    def create(self, caller: Caller, body: dict[str, Any], request_id: str) -> dict[str, str]:
        """Make the account; sent again, the same answer."""
        actor = Actor("api-key", caller.key.id, caller.key.name, request_id)
        asker = Asker(caller.key.tenant, caller.tenant.delegated_admin, actor)
        self._opening.open(asker, _order(caller, body))
        return {"message": "User created successfully."}

    def config(self, caller: Caller) -> dict[str, Any]:
        """What the original's pages ask for when they load."""
        return {
            "domain": caller.tenant.primary_domain,
            "numberOfSuggestions": caller.policy.number_of_suggestions,
            "suggestedUsernamesTimeout": caller.policy.hold_seconds,
        }


def rest_blueprint(interface: RestInterface) -> Blueprint:
    """/rest/..., every answer JSON."""
    blueprint = Blueprint(NAME, __name__, url_prefix="/rest")

    def route(path: str, *methods: str) -> Callable[[Callable[[Caller], Any]], None]:
        def add(view: Callable[[Caller], Any]) -> None:
            @wraps(view)
            def answer() -> Response:
                if request.method not in methods:
                    raise WrongMethod(request.path, request.method, methods)
                request.max_content_length = MAX_BODY
                return jsonify(view(interface.caller(request.headers.get("Authorization", ""))))

            blueprint.add_url_rule(path, view_func=answer, methods=_METHODS)

        return add

    @route("/suggest", "POST", "GET")
    def suggest(caller: Caller) -> Any:
        return interface.suggest(caller, dict(request.args) if request.method == "GET" else _body())

    @route("/select", "POST")
    def select(caller: Caller) -> Any:
        return interface.select(caller, _body())

    @route("/create", "POST")
    def create(caller: Caller) -> Any:
        return interface.create(caller, _body(), g.get("request_id", ""))

    @route("/config", "GET", "POST")
    def config(caller: Caller) -> Any:
        return interface.config(caller)

    @blueprint.route("/<path:rest>", methods=_METHODS)
    def unknown(rest: str) -> Response:
        raise NotFound(f"There is no /rest/{rest[:60]}.", advice="There are suggest, select, create and config.")

    blueprint.register_error_handler(Problem, _problem)
    blueprint.register_error_handler(HTTPException, _http_error)
    return blueprint


def _body() -> dict[str, Any]:
    return read_object(request.get_data(cache=False))


def _order(caller: Caller, body: dict[str, Any]) -> Order:
    """The organizational unit and the change of password are the domain's choice; the original has neither."""
    username = text(body, "username").strip().lower()
    return Order(
        operation=f"{username}@{caller.tenant.primary_domain}",
        holder=caller.key.id,
        username=username,
        domain=caller.tenant.primary_domain,
        given_name=text(body, "firstname").strip(),
        family_name=text(body, "lastname").strip(),
        password=text(body, "password"),
        org_unit_path=caller.policy.default_org_unit,
        change_password=caller.policy.change_password,
    )


def _problem(problem: Problem) -> Response:
    if problem.raw:
        _log.warning("problem %s: %s", problem.code, problem.raw, extra={"request_id": g.get("request_id", "")})
    response = jsonify(errorMessage=problem.words)
    response.status_code = problem.status
    if problem.retry:
        response.headers["Retry-After"] = str(problem.retry_after or 30)
    if isinstance(problem, NotSignedIn):
        response.headers["WWW-Authenticate"] = 'Bearer realm="Frontdesk"'
    if isinstance(problem, WrongMethod):
        response.headers["Allow"] = ", ".join(problem.allowed)
    return response


def _http_error(error: HTTPException) -> Response:
    if isinstance(error, RequestEntityTooLarge):
        return _problem(TooLarge(f"A body may be at most {MAX_BODY:,} bytes."))
    if error.code is not None and error.code >= 500:  # noqa: PLR2004
        return _problem(Problem())
    return _problem(BadRequest(str(error.description or error.name)))
