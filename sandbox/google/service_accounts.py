"""The IAM Service Account Credentials API, and the published keys of the service account."""

import base64
import binascii
import json
from collections.abc import Callable
from datetime import timedelta

from flask import Blueprint, Response, jsonify, request

from sandbox.google import keys, scopes, tokens
from sandbox.google.errors import GoogleError, insufficient_scopes, service_disabled
from sandbox.google.world import World

HOST = "iamcredentials.googleapis.com"
SUFFICIENT = frozenset({scopes.CLOUD_PLATFORM, scopes.PREFIX + "iam"})
LONGEST_SIGNED = 12 * 3600  # seconds that `exp` of a JWT to sign may lie ahead
LONGEST_TOKEN = 3600

Method = Callable[[World, dict[str, object]], dict[str, object]]


def blueprint(world: World) -> Blueprint:
    """`/v1/projects/-/serviceAccounts/{account}:{method}`, `.../allowedLocations` and the public keys."""
    pages = Blueprint("service_accounts", __name__)

    @pages.post("/v1/projects/-/serviceAccounts/<account>:<method>")
    def call(account: str, method: str) -> Response:
        if method not in METHODS:
            raise GoogleError(404, "Method not found.", status="NOT_FOUND")
        _permit(world, account, method)
        return jsonify(METHODS[method](world, _body()))

    @pages.get("/v1/projects/-/serviceAccounts/<account>/allowedLocations")
    def allowed_locations(account: str) -> Response:
        _check_known(world, account)
        # google-auth asks in the background; an account without restrictions has the whole world.
        tokens.token_from_request(world, request)
        return jsonify(locations=[], encodedLocations="0x0")

    @pages.get("/service_accounts/v1/metadata/x509/<account>")
    def certificates(account: str) -> Response:
        _check_known(world, account)
        return jsonify(keys.certificates(world.service_account_keys, account))

    @pages.get("/service_accounts/v1/jwk/<account>")
    def key_set(account: str) -> Response:
        _check_known(world, account)
        return jsonify(keys.key_set(world.service_account_keys))

    return pages


def _permit(world: World, account: str, method: str) -> None:
    token = tokens.token_from_request(world, request)
    if "iamcredentials" in world.project.disabled_apis:
        raise service_disabled(HOST, "IAM Service Account Credentials API", world.project.number)
    if not token.scopes & SUFFICIENT:
        raise insufficient_scopes(HOST, f"google.iam.credentials.v1.IAMCredentials.{method[:1].upper()}{method[1:]}")
    itself = token.kind == "service" and token.client == world.project.service_account_client_id
    known = account in {world.project.service_account_email, world.project.service_account_client_id}
    if not (itself and known and world.project.token_creator):
        permission = f"iam.serviceAccounts.{PERMISSIONS[method]}"
        raise GoogleError(
            403, f"Permission '{permission}' denied on resource (or it may not exist).", status="PERMISSION_DENIED"
        )


def _body() -> dict[str, object]:
    body = request.get_json(force=True, silent=True)
    if not isinstance(body, dict):
        raise GoogleError(400, "Invalid JSON payload received.", status="INVALID_ARGUMENT")
    return body


def _sign_jwt(world: World, body: dict[str, object]) -> dict[str, object]:
    payload = str(body.get("payload") or "")
    try:
        claims = json.loads(payload)
        expires = float(claims.get("exp", 0))
    except (ValueError, AttributeError, TypeError) as problem:
        raise GoogleError(400, "Invalid JWT payload: not a JSON object", status="INVALID_ARGUMENT") from problem
    if expires > world.now().timestamp() + LONGEST_SIGNED:
        raise GoogleError(400, "The expiration time of the JWT is more than 12 hours away", status="INVALID_ARGUMENT")
    key = world.service_account_keys[0]
    return {"keyId": key.id, "signedJwt": keys.sign_payload(payload.encode(), key)}


def _sign_blob(world: World, body: dict[str, object]) -> dict[str, object]:
    try:
        payload = base64.b64decode(str(body.get("payload") or ""), validate=True)
    except binascii.Error as problem:
        raise GoogleError(400, "Invalid payload: not base64", status="INVALID_ARGUMENT") from problem
    key = world.service_account_keys[0]
    return {"keyId": key.id, "signedBlob": base64.b64encode(keys.sign_bytes(payload, key)).decode()}


def _generate_access_token(world: World, body: dict[str, object]) -> dict[str, object]:
    asked = body.get("scope")
    wanted = scopes.canonical(str(scope) for scope in asked) if isinstance(asked, list) else []
    if not wanted or scopes.unknown(wanted):
        raise GoogleError(400, "Request contains an invalid argument.", status="INVALID_ARGUMENT")
    token = tokens.issue(world, "service", "", world.project.service_account_client_id, wanted)
    expires = world.now() + timedelta(seconds=LONGEST_TOKEN)
    return {"accessToken": token.value, "expireTime": expires.strftime("%Y-%m-%dT%H:%M:%SZ")}


def _check_known(world: World, account: str) -> None:
    if account != world.project.service_account_email:
        raise GoogleError(404, "Requested entity was not found.", status="NOT_FOUND")


METHODS: dict[str, Method] = {
    "signJwt": _sign_jwt,
    "signBlob": _sign_blob,
    "generateAccessToken": _generate_access_token,
}
PERMISSIONS = {"signJwt": "signJwt", "signBlob": "signBlob", "generateAccessToken": "getAccessToken"}
