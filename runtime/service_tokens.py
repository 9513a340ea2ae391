"""ID tokens that Google signs for our own service account: how the task queue and the scheduler show who they are."""

import json
import threading
from datetime import datetime, timedelta
from typing import Any

import httplib2
from joserfc import jwt
from joserfc.errors import InvalidKeyIdError, JoseError
from joserfc.jwk import KeySet

from runtime.clock import Clock
from runtime.google_api import MappedHttp
from runtime.google_problems import GoogleUnreachable
from runtime.problems import Forbidden
from runtime.settings import Settings

KEYS_URL = "https://www.googleapis.com/oauth2/v3/certs"
ISSUERS = frozenset({"https://accounts.google.com", "accounts.google.com"})
LEEWAY = 60.0  # seconds between Google's clock and ours
KEYS_KEPT = timedelta(hours=1)
KEYS_ASKED_AGAIN = timedelta(seconds=10)
"""How soon a token with an unknown key may make us fetch the keys again; forged ones must not make us a hammer."""
_OK = 200


class NotOurCaller(Forbidden):
    """The request was not made by our task queue or our scheduler."""

    title = "This address is not for people"
    code = "not_our_caller"
    default_advice = "Nothing was done. Only the task queue and the scheduler of this deployment may call it."


class ServiceTokens:
    """Verifies tokens. Google's keys are fetched on first use, after an hour, and when an unknown one shows."""

    def __init__(self, settings: Settings, clock: Clock) -> None:
        """settings: the audience (BASE_URL) and the account that tokens must be for."""
        self._settings = settings
        self._clock = clock
        self._lock = threading.Lock()
        self._keys: KeySet | None = None
        self._fetched: datetime | None = None

    def require(self, token: str) -> None:
        """Raise NotOurCaller unless Google signed it, now, for our account and this app; GoogleUnreachable."""
        try:
            claims = self._decode(token).claims
        except (JoseError, ValueError) as error:
            raise NotOurCaller("The caller shows no valid token.", raw=type(error).__name__) from error
        if wrong := self._wrong(claims):
            raise NotOurCaller("The caller's token is for another purpose.", raw=f"claim {wrong}")

    def _wrong(self, claims: dict[str, Any]) -> str:
        """The first claim that is not as it must be; "" when all are."""
        now = self._clock().timestamp()
        right = {
            "iss": claims.get("iss") in ISSUERS,
            "aud": claims.get("aud") == self._settings.base_url,
            "email": claims.get("email") == self._settings.service_account_email,
            "email_verified": claims.get("email_verified") is True,
            "exp": _number(claims.get("exp"), 0) > now - LEEWAY,
            "iat": _number(claims.get("iat"), float("inf")) < now + LEEWAY,
        }
        return next((name for name, is_right in right.items() if not is_right), "")

    def _decode(self, token: str) -> jwt.Token:
        try:
            return jwt.decode(token, self._current_keys(KEYS_KEPT), algorithms=["RS256"])
        except InvalidKeyIdError:
            return jwt.decode(token, self._current_keys(KEYS_ASKED_AGAIN), algorithms=["RS256"])

    def _current_keys(self, longest: timedelta) -> KeySet:
        """Fetched without the lock: while Google hangs, nobody waits for more than their own question."""
        now = self._clock()
        with self._lock:
            if self._keys and self._fetched and abs(now - self._fetched) < longest:
                return self._keys
        keys = self._fetch_keys()
        with self._lock:
            self._keys, self._fetched = keys, now
        return keys

    def _fetch_keys(self) -> KeySet:
        http = MappedHttp(self._settings.google_origins)
        try:
            response, content = http.request(KEYS_URL)
            if response.status != _OK:
                raise GoogleUnreachable(raw=f"key set: HTTP {response.status}")
            return KeySet.import_key_set(json.loads(content))
        except (httplib2.HttpLib2Error, OSError, JoseError, KeyError, TypeError, ValueError) as error:
            raise GoogleUnreachable(raw=f"key set: {error!r}") from error
        finally:
            http.close()


def _number(value: object, otherwise: float) -> float:
    return float(value) if isinstance(value, int | float) and not isinstance(value, bool) else otherwise
