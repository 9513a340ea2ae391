"""Sign-ins that were begun and are not finished: bound to one browser, capped, single use, ten minutes long."""

import hashlib
import hmac
import secrets
from dataclasses import asdict, dataclass
from datetime import datetime, timedelta
from typing import Any

from marketplace.identity import SignInFailed
from marketplace.records import LoginAttempts
from runtime.clock import Clock
from runtime.datastore import transact

LIFETIME = timedelta(minutes=10)
LIVE_ATTEMPTS = 5
"""Per browser: opening the app in many tabs never makes anything grow; the oldest is forgotten."""


@dataclass(frozen=True)
class Attempt:
    """What Google's answer is checked against, and where the person was going."""

    state: str
    nonce: str
    code_verifier: str
    next: str
    expires: str  # ISO, UTC
    again: bool = False  # somebody who is signed in already shows that it is still them


class Attempts:
    """Keeps them in Datastore under the hash of a browser's own cookie."""

    def __init__(self, clock: Clock) -> None:
        """clock: for the ten minutes."""
        self._clock = clock

    def begin(self, browser: str, next_path: str, *, again: bool = False) -> Attempt:
        """A new attempt of this browser, saved. browser: the value of its cookie, 32 random bytes."""
        now = self._clock()
        fresh = Attempt(
            secrets.token_urlsafe(32),
            secrets.token_urlsafe(32),
            secrets.token_urlsafe(48),
            next_path,
            (now + LIFETIME).isoformat(),
            again,
        )

        def add() -> None:
            record = LoginAttempts.get_by_id(_key(browser)) or LoginAttempts(id=_key(browser))
            kept = [*_live(record, now), asdict(fresh)][-LIVE_ATTEMPTS:]
            record.populate(attempts=kept, expires_at=(now + LIFETIME).replace(tzinfo=None))
            record.put()

        transact(add)
        return fresh

    def take(self, browser: str, state: str) -> Attempt:
        """The attempt that `state` belongs to; it is gone afterwards. Raises SignInFailed."""
        now = self._clock()

        def remove() -> dict[str, Any] | None:
            record = LoginAttempts.get_by_id(_key(browser)) if browser else None
            if record is None:
                return None
            live = _live(record, now)
            found = next((item for item in live if hmac.compare_digest(item["state"].encode(), state.encode())), None)
            if found is not None:
                record.attempts = [item for item in live if item is not found]
                record.put()
            return found

        found = transact(remove)
        if found is None:
            raise SignInFailed("This sign-in has expired, was used already, or was begun in another browser.")
        return Attempt(**found)


def _live(record: LoginAttempts, now: datetime) -> list[dict[str, Any]]:
    return [item for item in record.attempts if datetime.fromisoformat(item["expires"]) > now]


def _key(browser: str) -> str:
    return hashlib.sha256(browser.encode()).hexdigest()
