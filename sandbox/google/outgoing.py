"""Requests that Google makes to the app: with an ID token of its service account, and to this machine only."""

from collections.abc import Mapping
from dataclasses import dataclass
from urllib.parse import urlsplit

import requests

from sandbox.google.authorization import ISSUER
from sandbox.google.keys import sign
from sandbox.google.world import World

LOOPBACK = frozenset({"localhost", "127.0.0.1", "::1"})
TOKEN_LIFETIME = 3600


@dataclass(frozen=True)
class Outcome:
    """What the app answered. status: 0 when it did not."""

    status: int
    retry_after: float = 0.0  # seconds


def is_here(url: str) -> bool:
    """Whether the address is on this machine. Nothing else is ever called."""
    parts = urlsplit(url)
    return parts.scheme in {"http", "https"} and parts.hostname in LOOPBACK


def send(method: str, url: str, headers: Mapping[str, str], body: bytes = b"", timeout: float = 600.0) -> Outcome:
    """One request, without following redirects. timeout: seconds to wait for the answer."""
    with requests.Session() as session:
        session.trust_env = False  # no proxy stands between two programs of one machine
        try:
            answer = session.request(
                method, url, headers=dict(headers), data=body, timeout=(5, timeout), allow_redirects=False
            )
        except requests.RequestException:
            return Outcome(0)
    wait = answer.headers.get("Retry-After", "")
    return Outcome(answer.status_code, float(wait) if wait.isascii() and wait.isdigit() else 0.0)


def bearer(world: World, audience: str) -> str:
    """The Authorization header that Cloud Tasks and Cloud Scheduler send when they are told to send an OIDC token."""
    return f"Bearer {id_token(world, audience)}"


def id_token(world: World, audience: str, **claims: object) -> str:
    """An ID token of the project's service account. claims: in place of the usual ones."""
    now, project = int(world.now().timestamp()), world.project
    usual: dict[str, object] = {
        "iss": ISSUER,
        "aud": audience,
        "azp": project.service_account_client_id,
        "sub": project.service_account_client_id,
        "email": project.service_account_email,
        "email_verified": True,
        "iat": now,
        "exp": now + TOKEN_LIFETIME,
    }
    return sign(usual | claims, world.signing_keys[0])
