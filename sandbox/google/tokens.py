"""Issuing access tokens and recognising them in requests."""

import secrets
from collections.abc import Iterable
from datetime import timedelta

from flask import Request

from sandbox.google.errors import invalid_credentials, login_required
from sandbox.google.grants import RefreshToken, Token, TokenKind
from sandbox.google.world import World

__all__ = ["LIFETIME", "Token", "issue", "issue_refresh_token", "revoke", "token_from_request"]

LIFETIME = 3599
"""Seconds that an access token is good for, as Google's answers say."""


def token_from_request(world: World, request: Request) -> Token:
    """The token of the `Authorization: Bearer` header or of `?access_token=`.

    Raises GoogleError 401: `required` when there is none, `authError` when it is unknown, expired, revoked, or when
    its person has been suspended or deleted.
    """
    value = _bearer(request)
    if not value:
        raise login_required()
    token = live_token(world, value)
    if token is None:
        raise invalid_credentials()
    return token


def live_token(world: World, value: str) -> Token | None:
    """The token with this value when it still works."""
    with world.lock:
        token = world.tokens.get(value)
        if token is None or token.expires <= world.now():
            return None
        if token.subject_user_id and not _may_act(world, token.subject_user_id):
            return None
        return token


def issue(world: World, kind: TokenKind, subject_user_id: str, client: str, scopes: Iterable[str]) -> Token:
    """A new access token, known to the world from now on."""
    with world.lock:
        _forget_expired(world)
        expires = world.now() + timedelta(seconds=LIFETIME)
        value = "ya29.sim-" + secrets.token_urlsafe(36)
        token = Token(value, kind, subject_user_id, client, frozenset(scopes), expires)
        world.tokens[value] = token
        return token


def issue_refresh_token(world: World, user_id: str, client: str, scopes: list[str]) -> RefreshToken:
    """A new refresh token; call inside `world.changing()`."""
    refresh = RefreshToken("1//sim-" + secrets.token_urlsafe(36), user_id, client, scopes)
    world.refresh_tokens[refresh.value] = refresh
    return refresh


def revoke(world: World, value: str) -> bool:
    """End the person's whole consent for the client of this token, as Google does; False when it is unknown."""
    with world.changing():
        found = world.refresh_tokens.get(value) or live_token(world, value)
        if found is None or (isinstance(found, RefreshToken) and found.revoked):
            return False
        if isinstance(found, Token) and found.kind != "user":
            del world.tokens[value]
            return True
        end_consent(world, found.user_id if isinstance(found, RefreshToken) else found.subject_user_id, found.client)
        return True


def end_consent(world: World, user_id: str, client: str) -> None:
    """Forget a person's consent for a client, with every token that came from it; call inside `world.changing()`."""
    world.consents.pop(user_id, None)
    for refresh in world.refresh_tokens.values():
        if (refresh.user_id, refresh.client) == (user_id, client):
            refresh.revoked = True
    for token in list(world.tokens.values()):
        if (token.kind, token.subject_user_id, token.client) == ("user", user_id, client):
            del world.tokens[token.value]


def _bearer(request: Request) -> str:
    scheme, _, value = request.headers.get("Authorization", "").partition(" ")
    if scheme.lower() == "bearer" and value.strip():
        return value.strip()
    return request.args.get("access_token", "")


def _may_act(world: World, user_id: str) -> bool:
    user = world.user(user_id)
    return user is not None and not user.suspended and not user.deletion_time


def _forget_expired(world: World) -> None:
    # Every 512th issue is often enough to keep the table small and never slow.
    if len(world.tokens) % 512 == 511:
        now = world.now()
        world.tokens = {value: token for value, token in world.tokens.items() if token.expires > now}
