"""An app that signs people in with Authlib, as the product does: its requests, its callback, its checks."""

import time
from typing import Any, Self
from urllib.parse import parse_qs, urlsplit

import requests
from authlib.integrations.requests_client import OAuth2Session
from authlib.oidc.core import CodeIDToken
from joserfc import jwt
from joserfc.jwk import KeySet

from sandbox.google.world import World

STATE, NONCE = "a-state", "a-nonce"
VERIFIER = "v" * 48


class RelyingParty:
    """The registered web client of the world's project, at the simulation's address."""

    def __init__(self, world: World, origin: str, scope: str = "openid email profile") -> None:
        project = world.project
        self.redirect_uri = f"{origin}/app/return"
        self.metadata: dict[str, Any] = requests.get(f"{origin}/.well-known/openid-configuration", timeout=10).json()
        self.session = OAuth2Session(
            project.oauth_client_id,
            project.oauth_client_secret,
            scope=scope,
            redirect_uri=self.redirect_uri,
            code_challenge_method="S256",
        )

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.session.close()

    def address(self, **parameters: str) -> str:
        """Where to send the browser."""
        url, _ = self.session.create_authorization_url(
            self.metadata["authorization_endpoint"], state=STATE, nonce=NONCE, code_verifier=VERIFIER, **parameters
        )
        return str(url)

    def exchange(self, callback: str, **parameters: str) -> dict[str, Any]:
        """The token answer for the code in the callback's address; Authlib's OAuthError for a refusal."""
        answer = self.session.fetch_token(
            self.metadata["token_endpoint"],
            authorization_response=callback,
            state=STATE,
            **({"code_verifier": VERIFIER} | parameters),
        )
        return dict(answer)

    def claims(self, answer: dict[str, Any]) -> CodeIDToken:
        """The verified claims of the ID token, the access token's hash included."""
        jwks = requests.get(self.metadata["jwks_uri"], timeout=10).json()
        token = jwt.decode(answer["id_token"], KeySet.import_key_set(jwks), algorithms=["RS256"])
        expected = {"iss": {"essential": True, "value": self.metadata["issuer"]}}
        expected["aud"] = {"essential": True, "value": self.session.client_id}
        parameters = {"nonce": NONCE, "client_id": self.session.client_id, "access_token": answer["access_token"]}
        claims = CodeIDToken(token.claims, token.header, expected, parameters)
        claims.validate(now=int(time.time()))
        return claims


def returned(url: str) -> dict[str, str]:
    """The parameters of a callback, each once."""
    values = parse_qs(urlsplit(url).query, keep_blank_values=True, strict_parsing=True)
    assert all(len(value) == 1 for value in values.values()), values
    return {name: value[0] for name, value in values.items()}
