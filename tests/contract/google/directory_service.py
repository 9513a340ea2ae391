"""The Directory API through google-api-python-client, each answer checked against the discovery document it brings."""

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import httplib2
import pytest
from googleapiclient.discovery import build_from_document
from googleapiclient.discovery_cache import get_static_doc
from googleapiclient.errors import HttpError
from googleapiclient.http import HttpRequest

from sandbox.google.scopes import PREFIX
from sandbox.google.tokens import issue
from sandbox.google.world import Customer, User, World
from tests.contract.google.discovery_schema import complaints
from tests.contract.google.transport import SimulatedHosts

DOCUMENT = json.loads(get_static_doc("admin", "directory_v1"))
ALL_SCOPES = tuple(
    PREFIX + "admin.directory." + name for name in ("user", "group", "orgunit", "domain.readonly", "customer.readonly")
)


def methods(resource: Mapping[str, Any] = DOCUMENT) -> dict[str, Mapping[str, Any]]:
    """Every method of the document by its id."""
    found = {method["id"]: method for method in resource.get("methods", {}).values()}
    for inner in resource.get("resources", {}).values():
        found |= methods(inner)
    return found


METHODS = methods()


class CheckedRequest(HttpRequest):  # type: ignore[misc]
    """A request whose answer must be what the discovery document says."""

    def execute(self, http: Any = None, num_retries: int = 0) -> Any:
        """As HttpRequest's."""
        answer = super().execute(http=http, num_retries=num_retries)
        schema = METHODS[self.methodId].get("response", {}).get("$ref")
        assert (complaints("admin", "directory_v1", schema, answer) if schema else answer or []) == []
        return answer


@dataclass
class AuthorizedHosts:
    """The transport with a token; `sent` and `answers` keep what went over the wire."""

    hosts: SimulatedHosts
    token: str
    answers: list[httplib2.Response] = field(default_factory=list)
    extra: dict[str, str] = field(default_factory=dict)

    def request(
        self, uri: str, method: str = "GET", body: Any = None, headers: Mapping[str, str] | None = None, **more: Any
    ) -> tuple[httplib2.Response, bytes]:
        """As httplib2's."""
        full = {**(headers or {}), "Authorization": f"Bearer {self.token}", **self.extra}
        response, content = self.hosts.request(uri, method, body=body, headers=full, **more)
        self.answers.append(response)
        return response, content

    def close(self) -> None:
        """The transport is the fixture's."""


@dataclass
class Caller:
    """Somebody who calls: `api` is googleapiclient's service, `wire` its transport."""

    api: Any
    wire: AuthorizedHosts

    def all_users(self, **question: Any) -> list[dict[str, Any]]:
        """Every page of users.list."""
        return pages(self.api.users(), "users", **({"customer": "my_customer"} | question))


def caller(hosts: SimulatedHosts, world: World, user_id: str, scopes: tuple[str, ...] = ALL_SCOPES) -> Caller:
    """A delegated caller; user_id "" for a service account that acts as nobody."""
    token = issue(world, "delegated" if user_id else "service", user_id, "service-account", scopes)
    wire = AuthorizedHosts(hosts, token.value)
    return Caller(build_from_document(DOCUMENT, http=wire, requestBuilder=CheckedRequest), wire)


def pages(resource: Any, key: str, **question: Any) -> list[dict[str, Any]]:
    """Every row, as a client that follows tokens sees them."""
    rows: list[dict[str, Any]] = []
    request = resource.list(**question)
    while request is not None:
        answer = request.execute()
        rows += answer.get(key, [])
        request = resource.list_next(request, answer)
    return rows


@dataclass(frozen=True)
class Refusal:
    """An error as the client reports it."""

    status: int
    reason: str
    message: str


def refused(request: Any) -> Refusal:
    """The error of a request that must fail; its body must have Google's shape."""
    with pytest.raises(HttpError) as caught:
        request.execute()
    error = json.loads(caught.value.content)["error"]
    assert error["code"] == caught.value.resp.status
    assert [entry["message"] for entry in error["errors"]] == [error["message"]]
    return Refusal(error["code"], error["errors"][0]["reason"], error["message"])


def status(request: Any) -> int:
    """The status of a request that may fail."""
    try:
        request.execute()
    except HttpError as error:
        return int(error.resp.status)
    return 200


def person(world: World, customer: Customer, email: str, user_id: str = "", **more: Any) -> User:
    """Another account in the world."""
    user_id = user_id or str(2 * 10**20 + len(world.users))
    local = email.partition("@")[0]
    user = User(user_id, email, local.title(), "Person", "a-known-password", customer.id, **more)
    with world.changing():
        world.users[user_id] = user
    return user


def new_body(email: str, **more: Any) -> dict[str, Any]:
    """A body that users.insert accepts."""
    return {
        "primaryEmail": email,
        "name": {"givenName": "New", "familyName": "Person"},
        "password": "a-good-password",
    } | more
