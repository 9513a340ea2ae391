"""What a token says: /v1/userinfo, /tokeninfo, /revoke; and the pictures that profiles point to."""

from html import escape

from flask import Blueprint, Response, jsonify, request

from sandbox.google import tokens
from sandbox.google.errors import GoogleError, OAuthError
from sandbox.google.grants import Token
from sandbox.google.id_tokens import profile
from sandbox.google.keys import BadSignature, Claims, read, verify
from sandbox.google.scopes import LONG_FORMS
from sandbox.google.world import World

INITIALS = (
    '<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 96 96"><rect width="96" height="96" fill="#5b6b7a"/>'
    '<text x="48" y="62" font-size="40" text-anchor="middle" fill="#fff" font-family="sans-serif">{}</text></svg>'
)


def blueprint(world: World) -> Blueprint:
    """Parts of openidconnect.googleapis.com and oauth2.googleapis.com."""
    pages = Blueprint("identity", __name__)

    @pages.route("/v1/userinfo", methods=["GET", "POST"])
    def userinfo() -> Response:
        return jsonify(_userinfo(world))

    @pages.route("/tokeninfo", methods=["GET", "POST"])
    def tokeninfo() -> Response:
        return jsonify(_tokeninfo(world))

    @pages.post("/revoke")
    def revoke() -> Response:
        value = request.values.get("token", "")
        if not value:
            raise OAuthError(400, "invalid_request", "Required parameter is missing: token")
        if not tokens.revoke(world, value):
            raise OAuthError(400, "invalid_token", "Token expired or revoked")
        return jsonify({})

    @pages.get("/photos/<user_id>.svg")
    def photo(user_id: str) -> Response:
        user = world.user(user_id)
        initials = escape((user.given_name[:1] + user.family_name[:1]).upper()) if user else "?"
        return Response(INITIALS.format(initials), content_type="image/svg+xml")

    return pages


def _userinfo(world: World) -> dict[str, object]:
    try:
        token = tokens.token_from_request(world, request)
    except GoogleError as problem:
        raise OAuthError(401, "invalid_request", "Invalid Credentials") from problem
    user = world.user(token.subject_user_id)
    if user is None or "openid" not in token.scopes:
        raise OAuthError(403, "insufficient_scope", "The request requires the openid scope.")
    return profile(user, token.scopes, request.host_url.rstrip("/"))


def _tokeninfo(world: World) -> dict[str, object]:
    if "id_token" in request.values:
        return _id_token_info(world, request.values["id_token"])
    token = tokens.live_token(world, request.values.get("access_token", ""))
    if token is None:
        raise OAuthError(400, "invalid_token", "Invalid Value")
    return _access_token_info(world, token)


def _id_token_info(world: World, value: str) -> Claims:
    try:
        verify(value, world.signing_keys)
    except BadSignature as problem:
        raise OAuthError(400, "invalid_token", "Invalid Value") from problem
    claims = read(value)
    # Every value is text in this answer, also times and truth values.
    return {name: str(claim).lower() if isinstance(claim, bool) else str(claim) for name, claim in claims.items()}


def _access_token_info(world: World, token: Token) -> dict[str, object]:
    left = int((token.expires - world.now()).total_seconds())
    info: dict[str, object] = {
        "azp": token.client,
        "aud": token.client,
        "scope": " ".join(sorted(token.scopes)),
        "exp": str(int(token.expires.timestamp())),
        "expires_in": str(left),
        "access_type": "online",
    }
    user = world.user(token.subject_user_id)
    if user:
        info["sub"] = user.id
        if LONG_FORMS["email"] in token.scopes:
            info |= {"email": user.primary_email, "email_verified": "true"}
    return info
