"""`POST /token`: codes and refresh tokens of the web client; assertions are in jwt_bearer.py."""

import base64
import hashlib
import hmac

from flask import Blueprint, Response, jsonify, request

from sandbox.google import jwt_bearer, tokens
from sandbox.google.browsers import usable
from sandbox.google.errors import OAuthError
from sandbox.google.grants import AuthorizationCode, RefreshToken
from sandbox.google.id_tokens import id_token
from sandbox.google.world import Project, User, World


def blueprint(world: World) -> Blueprint:
    """The token endpoint of oauth2.googleapis.com."""
    pages = Blueprint("token", __name__)
    grants = {
        "authorization_code": lambda: _code_grant(world),
        "refresh_token": lambda: _refresh_grant(world),
        jwt_bearer.GRANT_TYPE: lambda: jwt_bearer.grant(world, request.form.get("assertion", "")),
    }

    @pages.post("/token")
    def token() -> Response:
        kind = request.form.get("grant_type", "")
        if not kind:
            raise OAuthError(400, "invalid_request", "Required parameter is missing: grant_type")
        if kind not in grants:
            raise OAuthError(400, "unsupported_grant_type", "Invalid grant_type: " + kind)
        answer = jsonify(grants[kind]())
        answer.headers["Cache-Control"] = "no-store"
        return answer

    return pages


def _code_grant(world: World) -> dict[str, object]:
    _authenticate_client(world.project)
    with world.lock:
        code = _live_code(world, request.form.get("code", ""))
        if code.redirect_uri != request.form.get("redirect_uri", ""):
            raise OAuthError(400, "redirect_uri_mismatch", "Bad Request")
        _check_verifier(code, request.form.get("code_verifier", ""))
        user = _person(world, code.user_id)
        code.used = True
    answer = _answer(world, user, code.client, code.scopes, code.nonce, code.auth_time)
    if code.offline:
        with world.changing():
            answer["refresh_token"] = tokens.issue_refresh_token(world, user.id, code.client, code.scopes).value
    return answer


def _refresh_grant(world: World) -> dict[str, object]:
    _authenticate_client(world.project)
    value = request.form.get("refresh_token", "")
    if not value:
        raise OAuthError(400, "invalid_request", "Missing required parameter: refresh_token")
    refresh = world.refresh_tokens.get(value)
    if not _works(world, refresh) or refresh is None:
        raise OAuthError(400, "invalid_grant", "Token has been expired or revoked.")
    return _answer(world, _person(world, refresh.user_id), refresh.client, refresh.scopes, "")


def _answer(
    world: World, user: User, client: str, scopes: list[str], nonce: str, auth_time: int = 0
) -> dict[str, object]:
    token = tokens.issue(world, "user", user.id, client, scopes)
    answer: dict[str, object] = {
        "access_token": token.value,
        "expires_in": tokens.LIFETIME,
        "scope": " ".join(scopes),
        "token_type": "Bearer",
    }
    if "openid" in scopes:
        answer["id_token"] = id_token(world, user, token, nonce, auth_time, request.host_url.rstrip("/"))
    return answer


def _authenticate_client(project: Project) -> None:
    client, secret = _client_credentials()
    if not client:
        raise OAuthError(400, "invalid_request", "Could not determine client ID from request.")
    if client != project.oauth_client_id:
        raise OAuthError(401, "invalid_client", "The OAuth client was not found.")
    if project.client_state != "enabled":
        raise OAuthError(401, f"{project.client_state}_client", f"The OAuth client was {project.client_state}.")
    if not secret:
        raise OAuthError(400, "invalid_request", "client_secret is missing.")
    if not hmac.compare_digest(secret.encode(), project.oauth_client_secret.encode()):
        raise OAuthError(401, "invalid_client", "Unauthorized")


def _client_credentials() -> tuple[str, str]:
    basic = request.authorization
    if basic and basic.type == "basic":
        return basic.username or "", basic.password or ""
    return request.form.get("client_id", ""), request.form.get("client_secret", "")


def _live_code(world: World, value: str) -> AuthorizationCode:
    code = world.codes.get(value)
    if code is None:
        raise OAuthError(400, "invalid_grant", "Malformed auth code.")
    if code.used or code.expires <= world.now():
        raise OAuthError(400, "invalid_grant", "Bad Request")
    return code


def _check_verifier(code: AuthorizationCode, verifier: str) -> None:
    if not code.challenge:
        if verifier:
            raise OAuthError(400, "invalid_grant", "code_verifier or verifier is not needed.")
        return
    if not verifier:
        raise OAuthError(400, "invalid_grant", "Missing code verifier.")
    if not hmac.compare_digest(_challenge(verifier, code.challenge_method), code.challenge.encode()):
        raise OAuthError(400, "invalid_grant", "Invalid code verifier.")


def _challenge(verifier: str, method: str) -> bytes:
    if method == "plain":
        return verifier.encode()
    return base64.urlsafe_b64encode(hashlib.sha256(verifier.encode()).digest()).rstrip(b"=")


def _person(world: World, user_id: str) -> User:
    user = world.user(user_id)
    if user is None or not usable(user):
        raise OAuthError(400, "invalid_grant", "Bad Request")
    return user


def _works(world: World, refresh: RefreshToken | None) -> bool:
    if refresh is None or refresh.revoked:
        return False
    user = world.user(refresh.user_id)
    return user is not None and usable(user)
