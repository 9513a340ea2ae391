"""What an invitation's link and a visitor's cookie hold: signed by us, so that forged ones cost no reading. Pure.

A link is https://<host>/join#fdi_<customer>_<id>_<signature>. The part after # is sent to nobody by itself: it is in no
log, no address of ours and no Referer. It ends when the key that signed it is taken out of DATA_KEYS.
"""

import hashlib
import re
from dataclasses import dataclass

from runtime.sealing import Sealer

_ENDS = r"(?![A-Za-z0-9_-])"
_TOKEN = re.compile(rf"fdi_([A-Za-z0-9]{{1,40}})_([0-9a-f]{{16}})_([A-Za-z0-9_-]{{22}}){_ENDS}")
_COOKIE = re.compile(r"([A-Za-z0-9]{1,40})\.([A-Za-z0-9_-]{43})\.([A-Za-z0-9_-]{22})")
_LONGEST = 2000
"""Characters of what is pasted that are looked at."""


@dataclass(frozen=True)
class Named:
    """What a link or a cookie names: a tenant, and there an invitation or a visit, by id."""

    tenant: str
    id: str


class Links:
    """Writes and reads them."""

    def __init__(self, sealer: Sealer, base_url: str) -> None:
        """base_url: where people reach the app."""
        self._sealer = sealer
        self._base_url = base_url

    def link(self, tenant: str, invitation: str) -> str:
        """What is given out."""
        named = f"{tenant}_{invitation}"
        return f"{self._base_url}/join#fdi_{named}_{self._sealer.sign(named, 'invitation')}"

    def members_address(self, invitation: str) -> str:
        """What is told to members: no secret, because they sign in."""
        return f"{self._base_url}/join/members/{invitation}"

    def read_link(self, text: str) -> Named | None:
        """The invitation of a pasted link, whatever stands around it; None unless we signed it."""
        match = _TOKEN.search(text[:_LONGEST])
        if match is None or not self._sealer.is_signed(f"{match[1]}_{match[2]}", match[3], "invitation"):
            return None
        return Named(match[1], match[2])

    def cookie(self, tenant: str, secret: str) -> str:
        """A visit's cookie. secret: 43 random characters."""
        return f"{tenant}.{secret}.{self._sealer.sign(f'{tenant}.{secret}', 'visit')}"

    def read_cookie(self, cookie: str) -> Named | None:
        """The visit of a cookie; None unless we signed it."""
        match = _COOKIE.fullmatch(cookie)
        if match is None or not self._sealer.is_signed(f"{match[1]}.{match[2]}", match[3], "visit"):
            return None
        return Named(match[1], visit_id(match[2]))


def visit_id(secret: str) -> str:
    """By which a visit is kept: who reads the database has no cookie."""
    return hashlib.sha256(secret.encode()).hexdigest()[:32]
