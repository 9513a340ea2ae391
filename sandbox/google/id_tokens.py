"""ID tokens and the profile of a person, as the scopes of a grant allow."""

import base64
import hashlib
from collections.abc import Container

from sandbox.google.authorization import ISSUER
from sandbox.google.grants import Token
from sandbox.google.keys import sign
from sandbox.google.oidc import domain_of
from sandbox.google.scopes import LONG_FORMS
from sandbox.google.world import User, World

ID_TOKEN_LIFETIME = 3600


def id_token(world: World, user: User, token: Token, nonce: str, auth_time: int, origin: str) -> str:
    """A signed ID token for the client of the access token. auth_time: left out when 0; origin: where pictures are."""
    now = int(world.now().timestamp())
    claims: dict[str, object] = {
        "iss": ISSUER,
        "azp": token.client,
        "aud": token.client,
        "at_hash": _half_hash(token.value),
    }
    claims |= profile(user, token.scopes, origin)
    if nonce:
        claims["nonce"] = nonce
    if auth_time:
        claims["auth_time"] = auth_time
    return sign(claims | {"iat": now, "exp": now + ID_TOKEN_LIFETIME}, world.signing_keys[0])


def profile(user: User, scopes: Container[str], origin: str) -> dict[str, object]:
    """`sub`, and `hd` for Workspace accounts; e-mail and name where the scopes allow."""
    claims: dict[str, object] = {"sub": user.id}
    if user.customer_id:
        claims["hd"] = domain_of(user)
    if LONG_FORMS["email"] in scopes:
        claims |= {"email": user.primary_email, "email_verified": True}
    if LONG_FORMS["profile"] in scopes:
        claims |= {
            "name": f"{user.given_name} {user.family_name}".strip(),
            "picture": f"{origin}/photos/{user.id}.svg",
            "given_name": user.given_name,
            "family_name": user.family_name,
        }
    return claims


def _half_hash(value: str) -> str:
    half = hashlib.sha256(value.encode()).digest()[:16]
    return base64.urlsafe_b64encode(half).rstrip(b"=").decode()
