"""Page tokens: where the page before ended, for exactly this question, for three days; opaque to callers.

The place is the key of the last row and not a count, so a listing goes on rightly while people come and go, and after
a restart of the simulation.
"""

import base64
import hashlib
import json
from collections.abc import Mapping

from sandbox.google.directory.call import Call
from sandbox.google.directory.refusals import invalid_input

USERS_LIFETIME = 3 * 24 * 3600.0
MEMBERS_LIFETIME = 3600.0

# How an answer is written, and (a guess) how long its pages are, may change between pages.
_FREE = frozenset(
    [
        "pageToken",
        "fields",
        "alt",
        "prettyPrint",
        "quotaUser",
        "key",
        "access_token",
        "oauth_token",
        "callback",
        "maxResults",
        "$.xgafv",
    ]
)

Place = tuple[str, ...]


def issue(call: Call, place: Place, now: float) -> str:
    """The token that goes on behind this row. now: seconds since 1970."""
    content = json.dumps([list(place), int(now), _question(call)], separators=(",", ":")).encode()
    return base64.urlsafe_b64encode(_seal(content) + content).decode().rstrip("=")


def read(call: Call, now: float, lifetime: float = USERS_LIFETIME) -> Place | None:
    """Where to go on; None for a first page. Raises GoogleError 400 for a token that is not good (any more)."""
    token = call.params.get("pageToken")
    if token is None:
        return None
    content = _opened(token)
    place, issued, question = json.loads(content)
    if question != _question(call) or not 0 <= now - issued < lifetime:
        raise invalid_input("0")
    return tuple(place)


def _question(call: Call) -> str:
    asked: Mapping[str, str] = {name: value for name, value in call.params.items() if name not in _FREE}
    about = [call.method.id, call.customer.id, sorted(call.path.items()), sorted(asked.items())]
    return hashlib.blake2s(json.dumps(about).encode(), digest_size=6).hexdigest()


def _opened(token: str) -> bytes:
    try:
        raw = base64.urlsafe_b64decode(token.encode("ascii") + b"=" * (-len(token) % 4))
    except ValueError as error:
        raise invalid_input() from error
    if not raw or _seal(raw[8:]) != raw[:8]:
        raise invalid_input()
    return raw[8:]


def _seal(content: bytes) -> bytes:
    """Notices a token that was cut or edited; it protects nothing."""
    return hashlib.blake2s(content, digest_size=8, person=b"page").digest()
