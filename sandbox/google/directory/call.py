"""One request to the Directory API, read and checked against the discovery document."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import parse_qsl

from flask import Request

from sandbox.google.directory.discovery import Method, find, schema
from sandbox.google.directory.refusals import invalid_parameter
from sandbox.google.directory.rendering import Style
from sandbox.google.errors import GoogleError
from sandbox.google.world import Customer, User

MAX_QUOTA_USER = 40


@dataclass(frozen=True)
class Call:
    """A request with everything that a handler needs. `subject` and `customer` are whom the token acts as."""

    method: Method
    path: Mapping[str, str]
    params: Mapping[str, str]
    body: Mapping[str, Any]
    style: Style
    subject: User | None
    home: Customer | None

    @property
    def user(self) -> User:
        """The person that the token acts as; the dispatcher has refused calls without one."""
        if self.subject is None:
            raise AssertionError("no subject")
        return self.subject

    @property
    def customer(self) -> Customer:
        """That person's customer."""
        if self.home is None:
            raise AssertionError("no customer")
        return self.home

    def param(self, name: str) -> str:
        """A query parameter, or its documented default."""
        return self.params.get(name, str(self.method.parameters[name].get("default", "")))

    def flag(self, name: str) -> bool:
        """A query parameter that is true or false."""
        return self.param(name).lower() == "true"


@dataclass(frozen=True)
class Answer:
    """What a handler says. value: an object that the mask is put on, a text that is ready, or None for no body."""

    value: Mapping[str, Any] | str | None
    status: int = 200


def read_method(request: Request) -> tuple[Method, dict[str, str]] | None:
    """What is called; None when there is no such method. `x-http-method-override: GET` makes a POST a GET."""
    override = request.headers.get("X-HTTP-Method-Override", "").upper()
    verb = override if override and request.method == "POST" else request.method
    return find(verb, request.path.lstrip("/"))


def read_params(request: Request, method: Method) -> dict[str, str]:
    """Query parameters, those of an overridden POST's form included. Raises GoogleError 400 for values out of range."""
    pairs = parse_qsl(request.query_string.decode("latin-1"), keep_blank_values=True)
    if request.headers.get("X-HTTP-Method-Override"):
        pairs += parse_qsl(request.get_data(cache=True, as_text=True), keep_blank_values=True)
    params = dict(pairs)
    for name, described in method.parameters.items():
        if name in params and described.get("location") == "query":
            _check_param(name, params[name], described)
    if len(params.get("quotaUser", "")) > MAX_QUOTA_USER:
        raise invalid_parameter("quotaUser", f"Invalid value: quotaUser is longer than {MAX_QUOTA_USER} characters")
    return params


def read_body(request: Request, method: Method) -> dict[str, Any]:
    """The JSON object that was sent, {} where the method takes none. Raises GoogleError 400 when it does not fit."""
    if not method.request:
        return {}
    try:
        body = json.loads(request.get_data() or b"{}")
    except ValueError as error:
        raise GoogleError(400, "Parse Error", "parseError") from error
    if not isinstance(body, dict):
        raise GoogleError(400, "Parse Error", "parseError")
    _check_body(body, method.request)
    return body


def _check_param(name: str, value: str, described: Mapping[str, Any]) -> None:
    allowed = described.get("enum")
    if allowed and value not in allowed:
        raise invalid_parameter(name, f"Invalid string value: '{value}'. Allowed values: [{', '.join(allowed)}]")
    if described.get("type") == "integer" and not value.lstrip("-").isdecimal():
        raise invalid_parameter(name, f"Invalid integer value: '{value}'.")
    if described.get("type") == "boolean" and value.lower() not in {"true", "false"}:
        raise invalid_parameter(name, f"Invalid boolean value: '{value}'.")


def _check_body(body: Mapping[str, Any], name: str) -> None:
    properties = schema(name)["properties"]
    for key, value in body.items():
        if key not in properties:
            raise _unreadable(f'Invalid JSON payload received. Unknown name "{key}": Cannot find field.')
        if value is not None and not _fits(value, properties[key]):
            raise _unreadable(f"Invalid value at '{key}'")


def _fits(value: object, described: Mapping[str, Any]) -> bool:
    if "$ref" in described:
        return isinstance(value, dict)
    kinds: dict[str, type | tuple[type, ...]] = {"string": str, "boolean": bool, "object": dict, "array": list}
    return isinstance(value, kinds.get(described.get("type", "any"), object))


def _unreadable(message: str) -> GoogleError:
    return GoogleError(400, message, "invalid", status="INVALID_ARGUMENT")
