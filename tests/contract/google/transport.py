"""Google's client libraries with every host of Google's led to the simulation: their code, our socket."""

from collections.abc import Mapping
from typing import Any
from urllib.parse import urlsplit

import httplib2

HOSTS = frozenset(
    {
        "accounts.google.com",
        "admin.googleapis.com",
        "appsmarket.googleapis.com",
        "cloudtasks.googleapis.com",
        "iamcredentials.googleapis.com",
        "licensing.googleapis.com",
        "metadata.google.internal",
        "169.254.169.254",
        "oauth2.googleapis.com",
        "openidconnect.googleapis.com",
        "www.googleapis.com",
    }
)


class SimulatedHosts(httplib2.Http):
    """An httplib2 transport that sends what is meant for Google to `origin`, and nothing anywhere else."""

    def __init__(self, origin: str) -> None:
        super().__init__(timeout=10)
        self.origin = origin
        self.seen: list[tuple[str, str]] = []  # method and address as the library meant it

    def request(self, uri: str, method: str = "GET", **more: Any) -> tuple[httplib2.Response, bytes]:
        """As httplib2's."""
        self.seen.append((method, uri))
        return super().request(led(uri, self.origin), method, **more)


def led(url: str, origin: str) -> str:
    """The address at the simulation."""
    parts = urlsplit(url)
    if parts.hostname not in HOSTS:
        raise AssertionError(f"{url} is not at Google")
    return origin + (parts.path or "/") + (f"?{parts.query}" if parts.query else "")


class AuthTransport:
    """A google.auth transport over SimulatedHosts."""

    def __init__(self, http: SimulatedHosts) -> None:
        self.http = http

    def __call__(
        self,
        url: str,
        method: str = "GET",
        body: bytes | None = None,
        headers: Mapping[str, str] | None = None,
        timeout: float | None = None,
        **_: Any,
    ) -> "Answer":
        """As google.auth.transport.Request."""
        response, data = self.http.request(url, method, body=body, headers=dict(headers or {}))
        return Answer(response.status, dict(response.items()), data)


class Answer:
    """A google.auth.transport.Response."""

    def __init__(self, status: int, headers: Mapping[str, str], data: bytes) -> None:
        self.status, self.headers, self.data = status, headers, data
