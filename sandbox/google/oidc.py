"""OpenID Connect at the simulated Google: discovery document, key sets and the authorization endpoint."""

import secrets
from collections.abc import Sequence
from datetime import timedelta
from urllib.parse import parse_qsl, urlencode

from flask import Blueprint, Response, jsonify, make_response, redirect, render_template, request
from werkzeug.datastructures import MultiDict

from sandbox.google import browsers, consent, keys, scopes
from sandbox.google.accounts import sign_in_page
from sandbox.google.authorization import ISSUER, AuthorizationRequest, RefusedRequest, parse
from sandbox.google.grants import AuthorizationCode
from sandbox.google.screens.scope_words import in_words
from sandbox.google.world import User, World

CODE_LIFETIME = timedelta(minutes=10)
AUTHORIZE = "/o/oauth2/v2/auth"
AFTER_SIGN_IN = "sim_signed_in"  # parameter of ours: go on as whoever has just signed in, whatever `hd` hoped for


def blueprint(world: World) -> Blueprint:
    """The endpoints of accounts.google.com and the key sets of www.googleapis.com."""
    pages = Blueprint("oidc", __name__)
    screens = _Screens(world)
    pages.add_url_rule("/.well-known/openid-configuration", view_func=discovery)
    pages.add_url_rule("/oauth2/v3/certs", "key_set", lambda: _published(keys.key_set(world.signing_keys)))
    pages.add_url_rule("/oauth2/v1/certs", "certificates", lambda: _published(_certificates(world)))
    pages.add_url_rule(AUTHORIZE, "authorize", screens.begin)
    pages.add_url_rule(AUTHORIZE + "/account", "account", screens.account, methods=["POST"])
    pages.add_url_rule(AUTHORIZE + "/consent", "consent", screens.consent, methods=["POST"])
    pages.register_error_handler(RefusedRequest, _refused)
    return pages


def discovery() -> Response:
    """The discovery document: Google's issuer, the simulation's own addresses."""
    here = request.host_url.rstrip("/")
    return jsonify(
        issuer=ISSUER,
        authorization_endpoint=here + AUTHORIZE,
        device_authorization_endpoint=here + "/device/code",
        token_endpoint=here + "/token",
        userinfo_endpoint=here + "/v1/userinfo",
        revocation_endpoint=here + "/revoke",
        jwks_uri=here + "/oauth2/v3/certs",
        response_types_supported=[
            *("code", "token", "id_token", "code token", "code id_token"),
            *("token id_token", "code token id_token", "none"),
        ],
        subject_types_supported=["public"],
        id_token_signing_alg_values_supported=["RS256"],
        scopes_supported=["openid", "email", "profile"],
        token_endpoint_auth_methods_supported=["client_secret_post", "client_secret_basic"],
        claims_supported=[
            *("aud", "email", "email_verified", "exp", "family_name", "given_name"),
            *("iat", "iss", "name", "picture", "sub"),
        ],
        code_challenge_methods_supported=["plain", "S256"],
        grant_types_supported=[
            *("authorization_code", "refresh_token", "urn:ietf:params:oauth:grant-type:device_code"),
            "urn:ietf:params:oauth:grant-type:jwt-bearer",
        ],
    )


class _Screens:
    """From the request through sign-in, chooser and consent to the callback; nothing is remembered in between.

    Each form carries the whole request on in a hidden field, and every step reads and checks it anew.
    """

    def __init__(self, world: World) -> None:
        self._world = world

    def begin(self) -> Response:
        asked = self._parse(request.query_string.decode())
        accounts = browsers.signed_in(self._world, request)
        if "select_account" in asked.prompt and accounts:
            return _chooser(asked, accounts)
        user = self._just_signed_in() or _obvious(asked, accounts)
        if user:
            return self._with(asked, user)
        if "none" in asked.prompt:
            return _to(asked.refusal("interaction_required", "access_denied"))
        if _matching(asked, accounts) and not asked.login_hint:
            return _chooser(asked, accounts)
        return sign_in_page(self._world, _again(asked), self._hinted_email(asked))

    def account(self) -> Response:
        asked = self._parse(request.form.get("request", ""))
        chosen = request.form.get("user", "")
        user = next((user for user in browsers.signed_in(self._world, request) if user.id == chosen), None)
        return self._with(asked, user) if user else sign_in_page(self._world, _again(asked))

    def consent(self) -> Response:
        asked = self._parse(request.form.get("request", ""))
        if request.form.get("answer") != "allow":
            return _to(asked.refusal("access_denied"))
        chosen = request.form.get("user", "")
        user = next((user for user in browsers.signed_in(self._world, request) if user.id == chosen), None)
        if user is None:
            return sign_in_page(self._world, _again(asked))
        _refuse_if_blocked(self._world, user)
        consent.consent(self._world, user, asked.scopes)
        return self._callback(asked, user, "consent")

    def _parse(self, query: str) -> AuthorizationRequest:
        values = MultiDict(_pairs(query))
        return parse(self._world.project, query, values)

    def _with(self, asked: AuthorizationRequest, user: User) -> Response:
        _refuse_if_blocked(self._world, user)
        missing = consent.missing(self._world, user, asked.scopes)
        if not missing and "consent" not in asked.prompt:
            return self._callback(asked, user, "none")
        if "none" in asked.prompt:
            return _to(asked.refusal("interaction_required", "access_denied"))
        asks = in_words([scopes.SHORT_FORMS.get(scope, scope) for scope in asked.scopes])
        page = render_template(
            "accounts/consent.html", app=self._world.project.app_name, asked=asked, user=user, asks=asks
        )
        return make_response(page)

    def _callback(self, asked: AuthorizationRequest, user: User, shown: str) -> Response:
        code = self._code(asked, user, shown)
        accounts = [account.id for account in browsers.signed_in(self._world, request)]
        answer = {"iss": ISSUER, "code": code.value, "scope": scopes.in_callback(code.scopes)}
        answer["authuser"] = str(accounts.index(user.id))
        if user.customer_id:
            answer["hd"] = domain_of(user)
        return _to(asked.callback(answer | {"prompt": shown}))

    def _code(self, asked: AuthorizationRequest, user: User, shown: str) -> AuthorizationCode:
        granted = list(asked.scopes)
        if asked.include_granted:
            granted = list(dict.fromkeys([*granted, *scopes.canonical(self._world.consents.get(user.id, []))]))
        code = AuthorizationCode(
            value="4/0A" + secrets.token_urlsafe(48),
            user_id=user.id,
            client=asked.client,
            redirect_uri=asked.redirect_uri,
            scopes=granted,
            expires=self._world.now() + CODE_LIFETIME,
            nonce=asked.nonce,
            challenge=asked.challenge,
            challenge_method=asked.challenge_method,
            auth_time=browsers.signed_in_at(self._world, request, user) if self._tells_session_age(asked) else 0,
            offline=asked.offline and shown == "consent",
        )
        with self._world.lock:
            self._world.codes[code.value] = code
        return code

    def _tells_session_age(self, asked: AuthorizationRequest) -> bool:
        return asked.asks_auth_time and self._world.knobs.session_age_claims

    def _just_signed_in(self) -> User | None:
        return browsers.active(self._world, request) if AFTER_SIGN_IN in request.args else None

    def _hinted_email(self, asked: AuthorizationRequest) -> str:
        hinted = self._world.user(asked.login_hint)
        return hinted.primary_email if hinted else asked.login_hint


def domain_of(user: User) -> str:
    """What `hd` says: the domain of the primary address, which need not be the customer's primary domain."""
    return user.primary_email.rpartition("@")[2].lower()


def _matching(asked: AuthorizationRequest, accounts: Sequence[User]) -> list[User]:
    """The accounts that the hint `hd` leaves over; a filter for convenience, which nothing enforces."""
    if not asked.hd:
        return list(accounts)
    return [user for user in accounts if user.customer_id and asked.hd in {"*", domain_of(user)}]


def _obvious(asked: AuthorizationRequest, accounts: Sequence[User]) -> User | None:
    """The account that needs no choosing: the hinted one, or the only one left over."""
    if asked.login_hint:
        hint = asked.login_hint.lower()
        return next((user for user in accounts if hint in {user.id, user.primary_email.lower()}), None)
    matching = _matching(asked, accounts)
    return matching[0] if len(matching) == 1 else None


def _chooser(asked: AuthorizationRequest, accounts: Sequence[User]) -> Response:
    page = render_template(
        "accounts/chooser.html", asked=asked, users=_matching(asked, accounts), again=_again(asked), hd=asked.hd
    )
    return make_response(page)


def _refuse_if_blocked(world: World, user: User) -> None:
    word = consent.blocked(world, user)
    if word == "org_internal":
        raise RefusedRequest(403, word, "This client is restricted to users within its organization.")
    if word:
        raise RefusedRequest(400, word, "Your administrator has not allowed you to use this app.")


def _refused(problem: RefusedRequest) -> Response:
    return make_response(render_template("accounts/refused.html", problem=problem), problem.code)


def _again(asked: AuthorizationRequest) -> str:
    """The request once more, for after a sign-in; select_account was obeyed by then."""
    pairs = [(name, value) for name, value in _pairs(asked.query) if name != "prompt"]
    prompt = " ".join(sorted(asked.prompt - {"select_account"}))
    return AUTHORIZE + "?" + urlencode([*pairs, ("prompt", prompt), (AFTER_SIGN_IN, "1")])


def _pairs(query: str) -> list[tuple[str, str]]:
    return parse_qsl(query, keep_blank_values=True)


def _to(url: str) -> Response:
    answer = make_response(redirect(url))
    answer.headers["Cache-Control"] = "no-store"
    return answer


def _certificates(world: World) -> dict[str, str]:
    return keys.certificates(world.signing_keys, "federated-signon.system.gserviceaccount.com")


def _published(body: dict[str, object] | dict[str, str]) -> Response:
    answer = jsonify(body)
    answer.headers["Cache-Control"] = "public, max-age=19800, must-revalidate, no-transform"
    return answer
