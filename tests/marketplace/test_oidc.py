"""The OpenID Connect client against an issuer that says whatever a test wants: over sockets, with real signatures."""

import base64
import hashlib
import hmac
import json
import threading
import time
from collections.abc import Callable, Iterator, Mapping
from typing import Any
from urllib.parse import parse_qs, parse_qsl, urlsplit

import pytest
from joserfc.jwk import RSAKey

from marketplace.attempts import Attempt
from marketplace.identity import SignInFailed, SignInRefused
from marketplace.oidc import GoogleSignIn
from runtime.google_problems import GoogleUnreachable
from runtime.settings import Settings
from sandbox.google.grants import SigningKey
from sandbox.google.keys import new_key, sign, sign_payload
from tests.clock import MovableClock
from tests.runtime.listener import HANG_UP, Listener, Reply, Seen

CLIENT = "412345678901-web.apps.googleusercontent.com"
ATTEMPT = Attempt("the-state", "the-nonce", "the-verifier-" + "x" * 40, "/accounts/new", "")
CALLBACK = {"state": "the-state", "code": "4/0Acode", "iss": "https://accounts.google.com"}
ACCESS = "ya29.access"


def encoded(value: object) -> str:
    raw = value if isinstance(value, bytes) else json.dumps(value).encode()
    return base64.urlsafe_b64encode(raw).rstrip(b"=").decode()


class Issuer:
    """Its documents, and what it answers at the token endpoint."""

    def __init__(self, key: SigningKey) -> None:
        self.key, self.published = key, [key]
        self.sign: Callable[[Mapping[str, Any]], str] = lambda claims: sign(claims, self.key)
        self.claims: dict[str, Any] = {}
        self.token: dict[str, Any] = {}
        self.replies: dict[str, Reply] = {}
        self.listener = Listener(self.answer)

    def answer(self, seen: Seen) -> Reply:
        path = urlsplit(seen.path).path
        if path in self.replies:
            return self.replies[path]
        documents = {"/discovery": self._discovery, "/certs": self._certs, "/token": self._token}
        return Reply(json.dumps(documents[path]()).encode())

    def asked(self, path: str) -> list[Seen]:
        return [seen for seen in self.listener.seen if urlsplit(seen.path).path == path]

    def _discovery(self) -> dict[str, str]:
        at = self.listener.url
        return {
            "issuer": "https://accounts.google.com",
            "authorization_endpoint": at + "/auth",
            "token_endpoint": at + "/token",
            "jwks_uri": at + "/certs",
        }

    def _certs(self) -> dict[str, Any]:
        return {"keys": [_public(key) for key in self.published]}

    def _token(self) -> dict[str, Any]:
        now = int(time.time())
        half = hashlib.sha256(ACCESS.encode()).digest()[:16]
        claims = {
            "iss": "https://accounts.google.com", "aud": CLIENT, "azp": CLIENT, "sub": "1" * 21, "hd": "a.example",
            "email": "ada@a.example", "email_verified": True, "nonce": ATTEMPT.nonce, "iat": now, "exp": now + 3600,
            "at_hash": encoded(half), "name": "Ada",
        }  # fmt: skip
        claims = {name: value for name, value in (claims | self.claims).items() if value is not ...}
        token = {"access_token": ACCESS, "token_type": "Bearer", "expires_in": 3599, "id_token": self.sign(claims)}
        return {name: value for name, value in (token | self.token).items() if value is not ...}


def _public(key: SigningKey) -> dict[str, Any]:
    public = RSAKey.import_key(key.private_pem).as_dict(private=False)
    return {**public, "kid": key.id, "alg": "RS256", "use": "sig"}


@pytest.fixture(scope="module")
def keys() -> list[SigningKey]:
    return [new_key(), new_key()]


@pytest.fixture
def issuer(keys: list[SigningKey]) -> Iterator[Issuer]:
    issuer = Issuer(keys[0])
    with issuer.listener:
        yield issuer


@pytest.fixture
def clock() -> MovableClock:
    return MovableClock()


@pytest.fixture
def google_sign_in(issuer: Issuer, clock: MovableClock) -> GoogleSignIn:
    settings = Settings(
        base_url="http://localhost:8080",
        oidc_discovery_url=issuer.listener.url + "/discovery",
        oidc_client_id=CLIENT,
        oidc_client_secret="the-secret",
        google_cloud_project="x",
        application_id="1",
        service_account_email="x@example.com",
        service_account_client_id="1",
        support_email="s@example.com",
        tasks_location="europe-west1",
        data_keys="A" * 43 + "=",
        google_origins={},
    )
    return GoogleSignIn(settings, clock)


# The way there


def test_request_binds_browser_code_and_answer(google_sign_in: GoogleSignIn, issuer: Issuer) -> None:
    url = urlsplit(google_sign_in.authorization_url(ATTEMPT))
    assert f"{url.scheme}://{url.netloc}{url.path}" == issuer.listener.url + "/auth"
    asked = dict(parse_qsl(url.query))
    assert asked.pop("code_challenge") == encoded(hashlib.sha256(ATTEMPT.code_verifier.encode()).digest())
    assert asked == {
        "response_type": "code",
        "client_id": CLIENT,
        "redirect_uri": "http://localhost:8080/marketplace/return",
        "scope": "openid email profile",
        "state": "the-state",
        "nonce": "the-nonce",
        "code_challenge_method": "S256",
        "hd": "*",
        "claims": '{"id_token":{"auth_time":{"essential":true}}}',
    }


def test_request_carries_hint_and_prompt(google_sign_in: GoogleSignIn) -> None:
    url = google_sign_in.authorization_url(ATTEMPT, hd="a.example", prompt="select_account")
    asked = parse_qs(urlsplit(url).query)
    assert (asked["hd"], asked["prompt"]) == (["a.example"], ["select_account"])


def test_nobody_waits_for_anothers_question_while_google_hangs(google_sign_in: GoogleSignIn, issuer: Issuer) -> None:
    both, answer = threading.Barrier(3), issuer.answer

    def hang(seen: Seen) -> Reply:
        both.wait(10)
        return answer(seen)

    issuer.listener.answer = hang
    visitors = [threading.Thread(target=google_sign_in.authorization_url, args=(ATTEMPT,)) for _ in range(2)]
    for visitor in visitors:
        visitor.start()
    both.wait(10)  # BrokenBarrierError where the second has to wait for the first
    for visitor in visitors:
        visitor.join()
    assert len(issuer.asked("/discovery")) == 2


def test_documents_are_fetched_once(google_sign_in: GoogleSignIn, issuer: Issuer) -> None:
    for _ in range(3):
        google_sign_in.authorization_url(ATTEMPT)
        google_sign_in.identify(ATTEMPT, CALLBACK)
    assert [len(issuer.asked(path)) for path in ("/discovery", "/certs", "/token")] == [1, 1, 3]


# The way back


def test_answer_names_a_person(google_sign_in: GoogleSignIn) -> None:
    ada = google_sign_in.identify(ATTEMPT, CALLBACK)
    assert (ada.sub, ada.email, ada.hd, ada.name) == ("1" * 21, "ada@a.example", "a.example", "Ada")


def test_code_is_exchanged_with_verifier_and_secret(google_sign_in: GoogleSignIn, issuer: Issuer) -> None:
    google_sign_in.identify(ATTEMPT, CALLBACK)
    (seen,) = issuer.asked("/token")
    assert seen.method == "POST"
    assert dict(parse_qsl(seen.body.decode())) == {
        "grant_type": "authorization_code",
        "code": "4/0Acode",
        "redirect_uri": "http://localhost:8080/marketplace/return",
        "code_verifier": ATTEMPT.code_verifier,
        "client_id": CLIENT,
        "client_secret": "the-secret",
    }


@pytest.mark.parametrize(
    "changed",
    [
        {"iss": "accounts.google.com"},
        {"aud": [CLIENT]},
        {"azp": ...},
        {"at_hash": ...},
        {"hd": ...},
        {"iat": int(time.time()) - 3000, "exp": int(time.time()) + 600},
    ],
)
def test_claims_are_accepted(google_sign_in: GoogleSignIn, issuer: Issuer, changed: dict[str, Any]) -> None:
    issuer.claims = changed
    assert google_sign_in.identify(ATTEMPT, CALLBACK).sub == "1" * 21


@pytest.mark.parametrize(
    "changed",
    [
        {"iss": "https://evil.example"},
        {"iss": "https://accounts.google.com.evil.example"},
        {"iss": "https://accounts.google.com/"},
        {"iss": ...},
        {"aud": "999-other.apps.googleusercontent.com"},  # with azp ours: Authlib accepts it
        {"aud": "999-other.apps.googleusercontent.com", "azp": "999-other.apps.googleusercontent.com"},
        {"aud": [CLIENT, "999-other.apps.googleusercontent.com"]},
        {"aud": ...},
        {"azp": "999-other.apps.googleusercontent.com"},
        {"nonce": "another"},
        {"nonce": ""},
        {"nonce": ...},
        {"exp": 1},
        {"exp": ...},
        {"exp": "tomorrow"},
        {"iat": ...},
        {"at_hash": "AAAAAAAAAAAAAAAAAAAAAA"},
        {"sub": ...},
        {"email_verified": "true"},
        {"email_verified": False},
        {"email": ...},
        {"hd": "not a domain"},
    ],
)
def test_claims_are_refused(google_sign_in: GoogleSignIn, issuer: Issuer, changed: dict[str, Any]) -> None:
    issuer.claims = changed
    for _ in range(2):  # options of Authlib's lose their validators on first use
        with pytest.raises(SignInRefused):
            google_sign_in.identify(ATTEMPT, CALLBACK)


def test_expired_answer_is_refused_after_a_minutes_leeway(
    google_sign_in: GoogleSignIn, issuer: Issuer, clock: MovableClock
) -> None:
    now = int(time.time())
    issuer.claims = {"iat": now - 3600, "exp": now - 30}
    assert google_sign_in.identify(ATTEMPT, CALLBACK)
    issuer.claims = {"iat": now - 3600, "exp": now - 90}
    with pytest.raises(SignInRefused):
        google_sign_in.identify(ATTEMPT, CALLBACK)
    issuer.claims = {}
    clock.advance(hours=2)
    with pytest.raises(SignInRefused):
        google_sign_in.identify(ATTEMPT, CALLBACK)


# Signatures


def _none(claims: Mapping[str, Any]) -> str:
    return f"{encoded({'alg': 'none', 'typ': 'JWT'})}.{encoded(claims)}."


def _unsigned_rs256(claims: Mapping[str, Any]) -> str:
    return f"{encoded({'alg': 'RS256', 'kid': 'x'})}.{encoded(claims)}."


def _hmac_with_the_public_key(key: SigningKey) -> Callable[[Mapping[str, Any]], str]:
    public = RSAKey.import_key(key.private_pem).as_pem(private=False)

    def sign_it(claims: Mapping[str, Any]) -> str:
        signed = f"{encoded({'alg': 'HS256', 'kid': key.id})}.{encoded(claims)}"
        return f"{signed}.{encoded(hmac.digest(public, signed.encode(), 'sha256'))}"

    return sign_it


@pytest.mark.parametrize("forge", [_none, _unsigned_rs256])
def test_token_without_a_signature_is_refused(
    google_sign_in: GoogleSignIn, issuer: Issuer, forge: Callable[[Mapping[str, Any]], str]
) -> None:
    issuer.sign = forge
    with pytest.raises(SignInRefused):
        google_sign_in.identify(ATTEMPT, CALLBACK)


def test_public_key_is_no_secret(google_sign_in: GoogleSignIn, issuer: Issuer, keys: list[SigningKey]) -> None:
    issuer.sign = _hmac_with_the_public_key(keys[0])
    with pytest.raises(SignInRefused):
        google_sign_in.identify(ATTEMPT, CALLBACK)


def test_key_of_somebody_else_is_refused(google_sign_in: GoogleSignIn, issuer: Issuer, keys: list[SigningKey]) -> None:
    for key_id in (keys[0].id, keys[1].id, ""):
        issuer.sign = lambda claims, key_id=key_id: sign(claims, SigningKey(key_id, keys[1].private_pem))  # type: ignore[misc]
        with pytest.raises(SignInRefused):
            google_sign_in.identify(ATTEMPT, CALLBACK)


def test_key_in_the_header_is_not_believed(
    google_sign_in: GoogleSignIn, issuer: Issuer, keys: list[SigningKey]
) -> None:
    def with_own_key(claims: Mapping[str, Any]) -> str:
        header = encoded({"alg": "RS256", "kid": keys[0].id, "jwk": _public(keys[1])})
        _, payload, signature = sign(claims, keys[1]).split(".")
        return f"{header}.{payload}.{signature}"

    issuer.sign = with_own_key
    with pytest.raises(SignInRefused):
        google_sign_in.identify(ATTEMPT, CALLBACK)


def test_keys_may_change(google_sign_in: GoogleSignIn, issuer: Issuer, keys: list[SigningKey]) -> None:
    google_sign_in.identify(ATTEMPT, CALLBACK)
    issuer.key, issuer.published = keys[1], [keys[1], keys[0]]
    for _ in range(2):
        assert google_sign_in.identify(ATTEMPT, CALLBACK)
    assert len(issuer.asked("/certs")) == 2


@pytest.mark.parametrize("id_token", ["", "x", "a.b.c", "a.b", "....", "\u2028", "e30.e30.e30"])
def test_token_that_is_none_is_refused(google_sign_in: GoogleSignIn, issuer: Issuer, id_token: str) -> None:
    issuer.token = {"id_token": id_token}
    with pytest.raises(SignInRefused):
        google_sign_in.identify(ATTEMPT, CALLBACK)


@pytest.mark.parametrize("payload", [b"[]", b"1", b"null", b"x", b'"x"', b"\xff"])
def test_payload_that_is_no_object_is_refused(
    google_sign_in: GoogleSignIn, issuer: Issuer, keys: list[SigningKey], payload: bytes
) -> None:
    issuer.token = {"id_token": sign_payload(payload, keys[0])}
    with pytest.raises(SignInRefused):
        google_sign_in.identify(ATTEMPT, CALLBACK)


# Answers that are none


@pytest.mark.parametrize("id_token", [..., None, 7, {}])
def test_answer_without_id_token_is_a_failed_sign_in(
    google_sign_in: GoogleSignIn, issuer: Issuer, id_token: object
) -> None:
    issuer.token = {"id_token": id_token}
    with pytest.raises(SignInFailed):
        google_sign_in.identify(ATTEMPT, CALLBACK)


@pytest.mark.parametrize(
    "answer",
    [
        {},
        {"state": "the-state"},
        {"state": "the-state", "code": ""},
        CALLBACK | {"iss": "https://evil.example"},
        CALLBACK | {"iss": ""},
        CALLBACK | {"error": "access_denied"},
        CALLBACK | {"error": ""},
        {"error": "access_denied", "state": "the-state"},
        {"error": "interaction_required", "error_subtype": "access_denied"},
        {"error": "x" * 5000},
    ],
)
def test_callback_without_a_code_asks_nobody(
    google_sign_in: GoogleSignIn, issuer: Issuer, answer: dict[str, str]
) -> None:
    with pytest.raises(SignInFailed):
        google_sign_in.identify(ATTEMPT, answer)
    assert issuer.listener.seen == []


def test_callback_without_issuer_is_accepted(google_sign_in: GoogleSignIn) -> None:
    assert google_sign_in.identify(ATTEMPT, {"state": "the-state", "code": "4/0Acode"})


@pytest.mark.parametrize(
    ("status", "error"),
    [(400, "invalid_grant"), (400, "redirect_uri_mismatch"), (401, "invalid_client"), (400, "invalid_request")],
)
def test_code_that_google_refuses_is_a_failed_sign_in(
    google_sign_in: GoogleSignIn, issuer: Issuer, status: int, error: str
) -> None:
    issuer.replies["/token"] = Reply(json.dumps({"error": error, "error_description": "Bad Request"}).encode(), status)
    with pytest.raises(SignInFailed) as raised:
        google_sign_in.identify(ATTEMPT, CALLBACK)
    assert error in raised.value.raw
    assert error not in raised.value.what + raised.value.advice


@pytest.mark.parametrize("path", ["/discovery", "/certs", "/token"])
@pytest.mark.parametrize("reply", [HANG_UP, Reply(b"<html>", 503), Reply(b"<html>", 200)])
def test_google_that_does_not_answer_is_said_and_recovers(
    google_sign_in: GoogleSignIn, issuer: Issuer, path: str, reply: Reply
) -> None:
    issuer.replies[path] = reply
    with pytest.raises(GoogleUnreachable) as raised:
        google_sign_in.identify(ATTEMPT, CALLBACK)
    assert raised.value.retry
    del issuer.replies[path]
    assert google_sign_in.identify(ATTEMPT, CALLBACK)


@pytest.mark.parametrize("path", ["/discovery", "/certs", "/token"])
@pytest.mark.parametrize("body", [b"{}", b"[]", b"null", b'"x"', b'{"keys": 1}'])
def test_nonsense_of_google_is_no_crash(google_sign_in: GoogleSignIn, issuer: Issuer, path: str, body: bytes) -> None:
    issuer.replies[path] = Reply(body)
    with pytest.raises((GoogleUnreachable, SignInFailed, SignInRefused)):
        google_sign_in.identify(ATTEMPT, CALLBACK)
    del issuer.replies[path]
    assert google_sign_in.identify(ATTEMPT, CALLBACK)
