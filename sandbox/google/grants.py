"""What the simulated Google has handed out: tokens, codes, browser sessions, signing keys. Plain state."""

from dataclasses import dataclass, field
from datetime import datetime
from typing import Literal

TokenKind = Literal["delegated", "user", "service"]
"""delegated: a service account acting as a person; user: a person's own consent; service: the account itself."""


@dataclass(frozen=True)
class Token:
    """An access token. `client` is an OAuth client id, the service account's numeric one for delegated and service."""

    value: str
    kind: TokenKind
    subject_user_id: str  # "" for kind "service"
    client: str
    scopes: frozenset[str]
    expires: datetime


@dataclass
class RefreshToken:
    """A person's lasting consent for one client."""

    value: str
    user_id: str
    client: str
    scopes: list[str]
    revoked: bool = False


@dataclass
class AuthorizationCode:
    """What the callback carried; good for one exchange within ten minutes."""

    value: str
    user_id: str
    client: str
    redirect_uri: str
    scopes: list[str]
    expires: datetime
    nonce: str = ""
    challenge: str = ""
    challenge_method: str = ""
    auth_time: int = 0  # when the person signed in, in seconds since 1970; 0 when nobody asked
    offline: bool = False  # access_type=offline and a consent screen was shown
    used: bool = False


@dataclass
class BrowserSession:
    """A browser that is signed in at the simulated Google, with one or several accounts in order of sign-in."""

    id: str
    user_ids: list[str] = field(default_factory=list)
    signed_in_at: dict[str, int] = field(default_factory=dict)  # by user id, in seconds since 1970
    active_user_id: str = ""  # whom the simulation's own screens show
    changing_password: str = ""  # user id whose password was right, but must be changed before anything else


@dataclass
class SigningKey:
    """An RSA key; `private_pem` is PKCS #8 without a password."""

    id: str
    private_pem: str
