"""The jwt-bearer grant: an assertion of the service account becomes a token, its own or a person's (delegation).

The checks come in the order in which the error texts of Google's table can be told apart; every text is from there.
"""

from dataclasses import dataclass

from sandbox.google import scopes, tokens
from sandbox.google.delegation import delegated_by_email, delegated_scopes
from sandbox.google.errors import OAuthError
from sandbox.google.keys import BadSignature, read, verify
from sandbox.google.world import Customer, User, World

GRANT_TYPE = "urn:ietf:params:oauth:grant-type:jwt-bearer"
AUDIENCES = frozenset(
    {
        "https://oauth2.googleapis.com/token",
        "https://www.googleapis.com/oauth2/v4/token",
        "https://accounts.google.com/o/oauth2/token",
    }
)
CLOCK_TOLERANCE = 60  # seconds that `iat` may lie in the future; guess
LONGEST = 3600  # seconds from `iat` to `exp`

NOT_AUTHORIZED = "Unauthorized client or scope in request."
NONE_OF_THE_SCOPES = (
    "Client is unauthorized to retrieve access tokens using this method, or client not authorized for any of the "
    "scopes requested."
)
SHORT_LIVED = (
    "Invalid JWT: Token must be a short-lived token (60 minutes) and in a reasonable timeframe. Check your iat and "
    "exp values in the JWT claim."
)


@dataclass(frozen=True)
class Assertion:
    """The claims that matter. `subject` is "" when the service account asks for itself; times are Unix seconds."""

    issuer: str
    audience: str
    issued: float
    expires: float
    subject: str
    scopes: tuple[str, ...]


def grant(world: World, assertion: str) -> dict[str, object]:
    """The token answer for an assertion. Raises OAuthError."""
    claims = _parse(assertion)
    _check_issuer(world, claims)
    _check_signature(world, assertion)
    _check_audience(claims)
    _check_times(world, claims)
    user = _subject(world, claims)
    _check_scope_names(claims)
    client = world.project.service_account_client_id
    if user is None:
        token = tokens.issue(world, "service", "", client, claims.scopes)
    else:
        _check_delegation(world, user, claims)
        token = tokens.issue(world, "delegated", user.id, client, claims.scopes)
    return {"access_token": token.value, "expires_in": tokens.LIFETIME, "token_type": "Bearer"}


def _parse(assertion: str) -> Assertion:
    if not assertion:
        raise OAuthError(400, "invalid_request", "Missing required parameter: assertion")
    try:
        claims = read(assertion)
        return Assertion(
            issuer=str(claims["iss"]),
            audience=str(claims["aud"]),
            issued=_seconds(claims["iat"]),
            expires=_seconds(claims["exp"]),
            subject=str(claims.get("sub") or ""),
            scopes=tuple(scopes.split(str(claims.get("scope") or ""))),
        )
    except (ValueError, KeyError, TypeError) as problem:
        raise OAuthError(400, "invalid_grant", "Bad Request") from problem


def _seconds(value: object) -> float:
    if not isinstance(value, int | float):
        raise TypeError("times are numbers")
    return float(value)


def _check_issuer(world: World, claims: Assertion) -> None:
    if claims.issuer != world.project.service_account_email:
        raise OAuthError(400, "invalid_grant", "Invalid grant: account not found")
    if world.project.client_state != "enabled":
        state = world.project.client_state
        raise OAuthError(401, f"{state}_client", f"The OAuth client was {state}.")


def _check_signature(world: World, assertion: str) -> None:
    try:
        verify(assertion, world.service_account_keys)
    except BadSignature as problem:
        raise OAuthError(400, "invalid_grant", "Invalid JWT Signature.") from problem


def _check_audience(claims: Assertion) -> None:
    if claims.audience not in AUDIENCES:
        raise OAuthError(400, "invalid_grant", "Invalid JWT: Failed audience check.")


def _check_times(world: World, claims: Assertion) -> None:
    now = world.now().timestamp()
    lifetime = claims.expires - claims.issued
    if claims.issued > now + CLOCK_TOLERANCE or claims.expires <= now or not 0 < lifetime <= LONGEST:
        raise OAuthError(400, "invalid_grant", SHORT_LIVED)


def _subject(world: World, claims: Assertion) -> User | None:
    if claims.subject in {"", claims.issuer}:
        return None
    user = world.user_by_email(claims.subject) or world.user(claims.subject)
    if user is None:
        well_formed = "@" in claims.subject or claims.subject.isdigit()
        raise OAuthError(400, "invalid_grant", "Invalid email or User ID" if well_formed else "Not a valid email")
    if user.deletion_time:
        raise OAuthError(400, "invalid_grant", "The account has been deleted")
    if user.suspended or user.archived:
        raise OAuthError(403, "access_denied", "Account restricted")
    return user


def _check_scope_names(claims: Assertion) -> None:
    if not claims.scopes or scopes.unknown(claims.scopes):
        raise OAuthError(400, "invalid_scope", "Invalid OAuth scope or ID token audience provided.")


def _check_delegation(world: World, user: User, claims: Assertion) -> None:
    customer = world.customers.get(user.customer_id)
    if customer is None:
        raise OAuthError(401, "unauthorized_client", NOT_AUTHORIZED)
    if customer.blocks_app:
        raise OAuthError(
            400, "admin_policy_enforced", "Access to your account data is restricted by your administrator."
        )
    _check_internal(world, customer)
    _check_granted(world, customer, claims)


def _check_internal(world: World, customer: Customer) -> None:
    if world.project.internal_to not in {"", customer.id}:
        raise OAuthError(403, "org_internal", "This client is restricted to users within its organization.")


def _check_granted(world: World, customer: Customer, claims: Assertion) -> None:
    granted = delegated_scopes(world, customer)
    if granted is None:
        text = NONE_OF_THE_SCOPES if delegated_by_email(world, customer) else NOT_AUTHORIZED
        raise OAuthError(401, "unauthorized_client", text)
    if not granted.intersection(claims.scopes):
        raise OAuthError(401, "unauthorized_client", NONE_OF_THE_SCOPES)
    if not granted.issuperset(claims.scopes):
        raise OAuthError(403, "access_denied", "Requested client not authorized.")
