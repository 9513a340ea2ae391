"""Sign in with Google: OpenID Connect, code flow with PKCE, by Authlib.

What Authlib leaves to its user is done here and in `identity`: the audience, the callback's issuer, a token answer
without `id_token`, and an error callback that is believed only after its state was recognised.
"""

import threading
from collections.abc import Mapping
from typing import Any

import requests
from authlib.common.errors import AuthlibBaseError
from authlib.integrations.requests_client import OAuth2Session
from authlib.oidc.core import CodeIDToken
from joserfc import jwt
from joserfc.errors import InvalidKeyIdError, JoseError
from joserfc.jwk import KeySet

from marketplace.attempts import Attempt
from marketplace.identity import Identity, SignInFailed, SignInRefused, identity_from_claims
from runtime.clock import Clock
from runtime.google_problems import GoogleUnreachable
from runtime.settings import Settings

SCOPE = "openid email profile"
RETURN_PATH = "/marketplace/return"
ISSUERS = ("https://accounts.google.com", "accounts.google.com")
TIMEOUT = 15  # seconds
ASKS_AUTH_TIME = '{"id_token":{"auth_time":{"essential":true}}}'
"""When the person signed in at Google. It answers where the app is verified and its "Session age claims" are on."""
LEEWAY = 60  # seconds between Google's clock and ours


class GoogleSignIn:
    """The client. Discovery document and keys are fetched on first use; keys again when an unknown one appears."""

    def __init__(self, settings: Settings, clock: Clock) -> None:
        """settings: discovery URL, client and the app's own address."""
        self._settings = settings
        self._clock = clock
        self._lock = threading.Lock()
        self._metadata: dict[str, str] = {}
        self._keys: KeySet | None = None

    def authorization_url(self, attempt: Attempt, *, hd: str = "", prompt: str = "") -> str:
        """Where to send the browser. hd: a domain, or "" for any Workspace domain; it only filters the chooser.

        Without a prompt, Google passes a person on silently where it can: one account, an installed app.
        """
        extra = {"hd": hd or "*", "prompt": prompt, "claims": ASKS_AUTH_TIME}
        with self._session() as session:
            url, _ = session.create_authorization_url(
                self._discovered("authorization_endpoint"),
                state=attempt.state,
                nonce=attempt.nonce,
                code_verifier=attempt.code_verifier,
                **{name: value for name, value in extra.items() if value},
            )
        return str(url)

    def identify(self, attempt: Attempt, answer: Mapping[str, str]) -> Identity:
        """The person in Google's callback. answer: its query. Raises SignInFailed, SignInRefused, GoogleUnreachable."""
        if answer.get("iss", ISSUERS[0]) not in ISSUERS:
            raise SignInFailed("The answer does not come from Google.", raw=f"iss={answer['iss'][:200]}")
        if "error" in answer:
            raise _callback_problem(answer["error"])
        if not answer.get("code"):
            raise SignInFailed("Google's answer is incomplete.")
        token = self._exchange(answer["code"], attempt)
        if not isinstance(token.get("id_token"), str):
            raise SignInFailed("Google's answer names nobody.", raw="no id_token in the token answer")
        return identity_from_claims(self._verified(token, attempt), client_id=self._settings.oidc_client_id)

    def _exchange(self, code: str, attempt: Attempt) -> Mapping[str, Any]:
        endpoint = self._discovered("token_endpoint")
        try:
            with self._session() as session:
                token: Mapping[str, Any] = session.fetch_token(
                    endpoint, code=code, code_verifier=attempt.code_verifier, timeout=TIMEOUT
                )
        except AuthlibBaseError as error:
            raise SignInFailed("Google did not accept the sign-in.", raw=str(error)) from error
        except (requests.RequestException, ValueError) as error:  # the second: an answer that is no JSON object
            raise GoogleUnreachable(raw=f"token endpoint: {error}") from error
        return token

    def _verified(self, token: Mapping[str, Any], attempt: Attempt) -> Mapping[str, Any]:
        """Claims whose signature, issuer, lifetime, nonce and access token hash hold."""
        try:
            decoded = self._decode(token["id_token"])
            claims = CodeIDToken(
                decoded.claims,
                decoded.header,
                # Made for each request: Authlib takes `validate` callables out of the dict it is given.
                {"iss": {"essential": True, "values": list(ISSUERS)}, "aud": {"essential": True}},
                {
                    "nonce": attempt.nonce,
                    "client_id": self._settings.oidc_client_id,
                    "access_token": token.get("access_token", ""),
                },
            )
            claims.validate(now=self._clock().timestamp(), leeway=LEEWAY)
        except (JoseError, AuthlibBaseError, ValueError) as error:
            raise SignInRefused("Google's answer could not be verified.", raw=f"{type(error).__name__}") from error
        return dict(claims)

    def _decode(self, id_token: str) -> jwt.Token:
        with self._lock:
            keys = self._keys
        try:
            return jwt.decode(id_token, keys or self._fetch_keys(), algorithms=["RS256"])
        except (InvalidKeyIdError, ValueError):
            return jwt.decode(id_token, self._fetch_keys(), algorithms=["RS256"])  # Google rotates its keys

    def _fetch_keys(self) -> KeySet:
        try:
            keys = KeySet.import_key_set(_get_json(self._discovered("jwks_uri")))
        except (JoseError, KeyError, TypeError, ValueError) as error:
            raise GoogleUnreachable(raw=f"key set: {error!r}") from error
        with self._lock:
            self._keys = keys
        return keys

    def _discovered(self, name: str) -> str:
        """Fetched without the lock: while Google hangs, nobody waits for more than their own question."""
        with self._lock:
            found = self._metadata
        if not found:
            found = _endpoints(_get_json(self._settings.oidc_discovery_url))
            with self._lock:
                self._metadata = found
        return found[name]

    def _session(self) -> OAuth2Session:
        return OAuth2Session(
            self._settings.oidc_client_id,
            self._settings.oidc_client_secret.get_secret_value(),
            scope=SCOPE,
            redirect_uri=self._settings.base_url + RETURN_PATH,
            code_challenge_method="S256",
            token_endpoint_auth_method="client_secret_post",  # noqa: S106 - the method's name
        )


def _endpoints(document: Any) -> dict[str, str]:
    """What is used of the discovery document."""
    try:
        return {name: str(document[name]) for name in ("authorization_endpoint", "token_endpoint", "jwks_uri")}
    except (KeyError, TypeError) as error:
        raise GoogleUnreachable(raw=f"discovery document: {error!r}") from error


def _callback_problem(error: str) -> SignInFailed:
    if error == "access_denied":
        return SignInFailed("The sign-in was cancelled at Google.", raw=error)
    return SignInFailed("Google did not finish the sign-in.", raw=error[:200])


def _get_json(url: str) -> Any:
    try:
        response = requests.get(url, timeout=TIMEOUT)
        response.raise_for_status()
        return response.json()
    except (requests.RequestException, ValueError) as error:
        raise GoogleUnreachable(raw=f"{url}: {error}") from error
