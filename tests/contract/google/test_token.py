"""The token endpoint: codes and refresh tokens of the web client, and assertions of the service account."""

import time
from collections.abc import Callable, Iterator
from datetime import timedelta
from typing import Any

import pytest
import requests
from authlib.integrations.base_client.errors import OAuthError

from sandbox.google import control, keys, marketplace, people
from sandbox.google.jwt_bearer import NONE_OF_THE_SCOPES, NOT_AUTHORIZED, SHORT_LIVED
from sandbox.google.scopes import PREFIX
from sandbox.google.server import GoogleServer
from sandbox.google.tokens import live_token
from sandbox.google.world import World
from tests.contract.google.conftest import ADMIN, DIRECTORY, HARBOUR, NORTHFIELD, PASSWORD
from tests.contract.google.relying_party import VERIFIER, RelyingParty, returned
from tests.web import Web

USER, GROUPS = DIRECTORY[0], DIRECTORY[1]
ADA = "ada.admin@northfield.example"
JWT_BEARER = "urn:ietf:params:oauth:grant-type:jwt-bearer"

Refusal = tuple[int, str, str]


class TestCode:
    """The table of answers to a code, one test for each row."""

    @pytest.mark.parametrize(
        ("sent", "refusal"),
        [
            ({"code": "4/0Aunknown"}, (400, "invalid_grant", "Malformed auth code.")),
            ({"code": ""}, (400, "invalid_grant", "Malformed auth code.")),
            ({"code_verifier": ""}, (400, "invalid_grant", "Missing code verifier.")),
            ({"code_verifier": "w" * 48}, (400, "invalid_grant", "Invalid code verifier.")),
            ({"redirect_uri": "http://localhost:8080/"}, (400, "redirect_uri_mismatch", "Bad Request")),
            ({"client_id": "nobody"}, (401, "invalid_client", "The OAuth client was not found.")),
            ({"client_id": ""}, (400, "invalid_request", "Could not determine client ID from request.")),
            ({"client_secret": "wrong"}, (401, "invalid_client", "Unauthorized")),
            ({"client_secret": ""}, (400, "invalid_request", "client_secret is missing.")),
            ({"grant_type": ""}, (400, "invalid_request", "Required parameter is missing: grant_type")),
            ({"grant_type": "password"}, (400, "unsupported_grant_type", "Invalid grant_type: password")),
        ],
    )
    def test_is_refused_and_stays_usable(self, form: "Form", sent: dict[str, str], refusal: Refusal) -> None:
        assert said(form.send(**sent)) == refusal
        assert form.send().status_code == 200

    def test_works_once(self, form: "Form") -> None:
        assert form.send().status_code == 200
        assert said(form.send()) == (400, "invalid_grant", "Bad Request")

    def test_works_for_ten_minutes(self, form: "Form", world: World) -> None:
        people.advance_time(world, 601)
        assert said(form.send()) == (400, "invalid_grant", "Bad Request")

    def test_verifier_without_a_challenge_is_refused(self, form: "Form", world: World) -> None:
        world.codes[form.values["code"]].challenge = ""
        assert said(form.send()) == (400, "invalid_grant", "code_verifier or verifier is not needed.")
        assert form.send(code_verifier="").status_code == 200

    def test_plain_challenge_is_the_verifier_itself(self, form: "Form", world: World) -> None:
        code = world.codes[form.values["code"]]
        code.challenge, code.challenge_method = "p" * 43, "plain"
        assert said(form.send())[2] == "Invalid code verifier."
        assert form.send(code_verifier="p" * 43).status_code == 200

    @pytest.mark.parametrize("state", ["disabled", "deleted"])
    def test_client_that_is_switched_off_is_refused(self, form: "Form", world: World, state: str) -> None:
        control.set_project(world, client_state=state)
        assert said(form.send()) == (401, f"{state}_client", f"The OAuth client was {state}.")

    def test_person_suspended_meanwhile_is_refused(self, form: "Form", world: World) -> None:
        people.suspend(world, ADMIN)
        assert said(form.send()) == (400, "invalid_grant", "Bad Request")

    def test_answer_spells_scopes_long_and_is_not_cached(self, form: "Form") -> None:
        answer = form.send()
        assert answer.json()["scope"] == f"openid {PREFIX}userinfo.email {PREFIX}userinfo.profile"
        assert answer.json()["access_token"].startswith("ya29.")
        assert answer.headers["Cache-Control"] == "no-store"

    def test_client_may_authenticate_by_basic(self, form: "Form", world: World) -> None:
        project = world.project
        credentials = (project.oauth_client_id, project.oauth_client_secret)
        assert form.send(client_id="", client_secret="", auth=credentials).status_code == 200

    def test_without_openid_there_is_no_id_token(self, world: World, google: GoogleServer, web: Web) -> None:
        with RelyingParty(world, google.url, scope="https://mail.google.com/") as party:
            page = web.get(party.address()).form("signin").submit(email=ADA, password=PASSWORD).press("Allow")
            answer = party.exchange(page.url)
        assert "id_token" not in answer
        assert answer["scope"] == "https://mail.google.com/"


class TestRefreshToken:
    """Only with access_type=offline and a consent screen; it ends with the consent."""

    def test_is_given_only_after_a_consent_screen(self, party: RelyingParty, web: Web, world: World) -> None:
        first = party.exchange(self.consented(party, web))
        again = party.exchange(web.get(party.address(access_type="offline")).url)

        assert first["refresh_token"].startswith("1//")
        assert "refresh_token" not in again

    def test_gives_new_access_tokens(self, party: RelyingParty, web: Web) -> None:
        first = party.exchange(self.consented(party, web))
        fresh = party.session.refresh_token(party.metadata["token_endpoint"], first["refresh_token"])

        assert fresh["access_token"] != first["access_token"]
        assert fresh["id_token"]

    @pytest.mark.parametrize("end", ["revoked", "access token revoked", "withdrawn", "suspended", "unknown"])
    def test_is_dead_after(self, party: RelyingParty, web: Web, world: World, google: GoogleServer, end: str) -> None:
        first = party.exchange(self.consented(party, web))
        if end == "suspended":
            people.suspend(world, ADMIN)
        elif end == "withdrawn":
            people.withdraw_consent(world, ADMIN)
        elif end == "unknown":
            first["refresh_token"] = "1//other"
        else:
            which = "access_token" if "access" in end else "refresh_token"
            answer = requests.post(google.url + "/revoke", data={"token": first[which]}, timeout=10)
            assert (answer.status_code, answer.json()) == (200, {})

        with pytest.raises(OAuthError) as refusal:
            party.session.refresh_token(party.metadata["token_endpoint"], first["refresh_token"])
        assert (refusal.value.error, refusal.value.description) == (
            "invalid_grant",
            "Token has been expired or revoked.",
        )

    def test_revoking_asks_for_consent_again(self, party: RelyingParty, web: Web, google: GoogleServer) -> None:
        first = party.exchange(self.consented(party, web))
        requests.post(google.url + "/revoke", data={"token": first["refresh_token"]}, timeout=10)

        assert web.get(party.address()).heading == "Frontdesk wants access to your account"
        again = requests.post(google.url + "/revoke", data={"token": first["refresh_token"]}, timeout=10)
        assert said(again) == (400, "invalid_token", "Token expired or revoked")

    @staticmethod
    def consented(party: RelyingParty, web: Web) -> str:
        page = web.get(party.address(access_type="offline")).form("signin").submit(email=ADA, password=PASSWORD)
        return page.press("Allow").url


class TestTokenInfo:
    """What /tokeninfo says of both kinds of tokens."""

    def test_of_an_access_token(self, form: "Form", google: GoogleServer) -> None:
        token = form.send().json()["access_token"]
        info = requests.get(google.url + "/tokeninfo", params={"access_token": token}, timeout=10).json()
        assert info["sub"] == ADMIN
        assert info["email"] == ADA
        assert int(info["expires_in"]) > 3500

    def test_of_an_id_token(self, form: "Form", google: GoogleServer) -> None:
        token = form.send().json()["id_token"]
        info = requests.get(google.url + "/tokeninfo", params={"id_token": token}, timeout=10).json()
        assert (info["sub"], info["email_verified"], info["hd"]) == (ADMIN, "true", "northfield.example")

    @pytest.mark.parametrize("name", ["access_token", "id_token"])
    def test_of_nonsense(self, google: GoogleServer, name: str) -> None:
        answer = requests.get(google.url + "/tokeninfo", params={name: "a.b.c"}, timeout=10)
        assert said(answer) == (400, "invalid_token", "Invalid Value")


class TestAssertion:
    """Delegation: the documented refusals in the documented order."""

    def test_becomes_a_token_of_the_person(self, world: World, assertion: "Assertion") -> None:
        answer = assertion.send().json()

        assert answer.keys() == {"access_token", "expires_in", "token_type"}
        assert answer["expires_in"] == 3599
        token = live_token(world, answer["access_token"])
        assert token is not None
        assert (token.kind, token.subject_user_id) == ("delegated", ADMIN)
        assert token.scopes == {USER, GROUPS}

    @pytest.mark.parametrize(
        ("change", "refusal"),
        [
            ({"iss": "x@frontdesk-sandbox.iam.gserviceaccount.com"}, "Invalid grant: account not found"),
            ({"aud": "https://evil.example/token"}, "Invalid JWT: Failed audience check."),
            ({"iat": 3700, "exp": 3600}, SHORT_LIVED),
            ({"iat": -4000, "exp": -400}, SHORT_LIVED),
            ({"iat": 0, "exp": 3601}, SHORT_LIVED),
            ({"iat": 300, "exp": 600}, SHORT_LIVED),
            ({"sub": "nobody@northfield.example"}, "Invalid email or User ID"),
            ({"sub": "999999999999999999999"}, "Invalid email or User ID"),
            ({"sub": "not an address"}, "Not a valid email"),
            ({"exp": "soon"}, "Bad Request"),
            ({"iss": None}, "Bad Request"),
        ],
    )
    def test_is_no_valid_grant(self, assertion: "Assertion", change: dict[str, Any], refusal: str) -> None:
        assert said(assertion.send(**change)) == (400, "invalid_grant", refusal)

    def test_with_a_foreign_signature_is_refused(self, assertion: "Assertion") -> None:
        assert said(assertion.send(key=keys.new_key())) == (400, "invalid_grant", "Invalid JWT Signature.")

    @pytest.mark.parametrize("text", ["nonsense", "a.b.c", "e30.W10.e30"])
    def test_that_is_none_is_refused(self, assertion: "Assertion", text: str) -> None:
        assert said(assertion.post(text)) == (400, "invalid_grant", "Bad Request")

    @pytest.mark.parametrize("scope", ["", PREFIX + "admin.directory.users", f"{USER} openidd"])
    def test_with_a_wrong_scope_name_is_refused(self, assertion: "Assertion", scope: str) -> None:
        text = "Invalid OAuth scope or ID token audience provided."
        assert said(assertion.send(scope=scope)) == (400, "invalid_scope", text)

    @pytest.mark.parametrize(
        ("situation", "refusal"),
        [
            ("never installed", (401, "unauthorized_client", NOT_AUTHORIZED)),
            ("data access revoked", (401, "unauthorized_client", NOT_AUTHORIZED)),
            ("app deleted", (401, "unauthorized_client", NOT_AUTHORIZED)),
            ("client added after the install", (401, "unauthorized_client", NOT_AUTHORIZED)),
            ("not yet in force", (401, "unauthorized_client", NOT_AUTHORIZED)),
            ("consumer account", (401, "unauthorized_client", NOT_AUTHORIZED)),
            ("delegated by e-mail", (401, "unauthorized_client", NONE_OF_THE_SCOPES)),
            ("none of the scopes", (401, "unauthorized_client", NONE_OF_THE_SCOPES)),
            ("some of the scopes", (403, "access_denied", "Requested client not authorized.")),
            ("scopes added after the install", (403, "access_denied", "Requested client not authorized.")),
            ("person suspended", (403, "access_denied", "Account restricted")),
            ("person deleted", (400, "invalid_grant", "Invalid email or User ID")),
            ("client disabled", (401, "disabled_client", "The OAuth client was disabled.")),
            ("client deleted", (401, "deleted_client", "The OAuth client was deleted.")),
            (
                "app blocked",
                (400, "admin_policy_enforced", "Access to your account data is restricted by your administrator."),
            ),
            (
                "internal to others",
                (403, "org_internal", "This client is restricted to users within its organization."),
            ),
        ],
    )
    def test_is_refused_when(self, world: World, assertion: "Assertion", situation: str, refusal: Refusal) -> None:
        assert said(assertion.send(**SITUATIONS[situation](world))) == refusal

    def test_works_by_the_numeric_client_id_without_an_install(self, world: World, assertion: "Assertion") -> None:
        marketplace.delete_app(world, NORTHFIELD)
        marketplace.set_delegation(world, NORTHFIELD, world.project.service_account_client_id, [USER, GROUPS])
        assert assertion.send().status_code == 200

        marketplace.set_delegation(world, NORTHFIELD, world.project.service_account_client_id, [])
        assert said(assertion.send()) == (401, "unauthorized_client", NOT_AUTHORIZED)

    def test_works_again_after_grant_access(self, world: World, assertion: "Assertion") -> None:
        marketplace.add_client_after_install(world, NORTHFIELD)
        marketplace.grant_data_access(world, NORTHFIELD)
        assert assertion.send().status_code == 200

    def test_works_when_the_grant_has_come_into_force(self, world: World, assertion: "Assertion") -> None:
        control.set_knobs(world, grant_lag=60.0)
        assert assertion.send().status_code == 401

        people.advance_time(world, 61)
        assert assertion.send(iat=61, exp=3661).status_code == 200

    def test_without_a_subject_is_the_service_account_itself(self, world: World, assertion: "Assertion") -> None:
        token = live_token(world, assertion.send(sub="").json()["access_token"])
        assert token is not None
        assert (token.kind, token.subject_user_id) == ("service", "")

    def test_token_dies_with_the_person(self, world: World, assertion: "Assertion") -> None:
        value = assertion.send().json()["access_token"]
        people.suspend(world, ADMIN)
        assert live_token(world, value) is None

    def test_token_dies_after_an_hour(self, world: World, assertion: "Assertion") -> None:
        value = assertion.send().json()["access_token"]
        people.advance_time(world, timedelta(hours=1).total_seconds())
        assert live_token(world, value) is None


def _some(world: World) -> dict[str, str]:
    world.customers[NORTHFIELD].installation.granted_scopes.remove(GROUPS)
    return {}


def _later(world: World) -> dict[str, str]:
    added = PREFIX + "admin.directory.rolemanagement.readonly"
    marketplace.add_scopes_after_install(world, [added])
    return {"scope": f"{USER} {added}"}


def _by_email(world: World) -> dict[str, str]:
    marketplace.delete_app(world, NORTHFIELD)
    marketplace.set_delegation(world, NORTHFIELD, world.project.service_account_email, [USER, GROUPS])
    return {}


def _other_scopes(world: World) -> dict[str, str]:
    marketplace.delete_app(world, NORTHFIELD)
    marketplace.set_delegation(world, NORTHFIELD, world.project.service_account_client_id, [DIRECTORY[4]])
    return {}


def _then(change: Callable[[World], object]) -> Callable[[World], dict[str, str]]:
    def situation(world: World) -> dict[str, str]:
        change(world)
        return {}

    return situation


SITUATIONS: dict[str, Callable[[World], dict[str, str]]] = {
    "never installed": lambda _: {"sub": "hugo.admin@harbour.example"},
    "data access revoked": _then(lambda world: marketplace.revoke_data_access(world, NORTHFIELD)),
    "app deleted": _then(lambda world: marketplace.delete_app(world, NORTHFIELD)),
    "client added after the install": _then(lambda world: marketplace.add_client_after_install(world, NORTHFIELD)),
    "not yet in force": _then(lambda world: control.set_knobs(world, grant_lag=60.0)),
    "consumer account": lambda _: {"sub": "connie.consumer@gmail.com"},
    "delegated by e-mail": _by_email,
    "none of the scopes": _other_scopes,
    "some of the scopes": _some,
    "scopes added after the install": _later,
    "person suspended": _then(lambda world: people.suspend(world, ADMIN)),
    "person deleted": _then(lambda world: people.delete_user(world, ADMIN)),
    "client disabled": _then(lambda world: control.set_project(world, client_state="disabled")),
    "client deleted": _then(lambda world: control.set_project(world, client_state="deleted")),
    "app blocked": _then(lambda world: marketplace.block_app(world, NORTHFIELD)),
    "internal to others": _then(lambda world: control.set_project(world, internal_to=HARBOUR)),
}


class Form:
    """A correct code exchange that can be sent with changes; an empty value leaves the field out."""

    def __init__(self, origin: str, values: dict[str, str]) -> None:
        self.url, self.values = origin + "/token", values

    def send(self, auth: tuple[str, str] | None = None, **changes: str) -> requests.Response:
        fields = {name: value for name, value in (self.values | changes).items() if value}
        return requests.post(self.url, data=fields, auth=auth, timeout=10)


class Assertion:
    """A correct assertion for the administrator; `iat` and `exp` are seconds from now, None leaves a claim out."""

    def __init__(self, world: World, origin: str) -> None:
        self.world, self.url = world, origin + "/token"

    def send(self, key: Any = None, **changes: Any) -> requests.Response:
        now = int(time.time())
        claims: dict[str, Any] = {
            "iss": self.world.project.service_account_email,
            "scope": f"{USER} {GROUPS}",
            "sub": ADA,
            "aud": "https://oauth2.googleapis.com/token",
            "iat": 0,
            "exp": 3600,
        }
        claims |= changes
        for name in ("iat", "exp"):
            claims[name] = now + claims[name] if isinstance(claims[name], int) else claims[name]
        sent = {name: value for name, value in claims.items() if value is not None}
        return self.post(keys.sign(sent, key or self.world.service_account_keys[0]))

    def post(self, assertion: str) -> requests.Response:
        return requests.post(self.url, data={"grant_type": JWT_BEARER, "assertion": assertion}, timeout=10)


@pytest.fixture
def party(world: World, google: GoogleServer) -> Iterator[RelyingParty]:
    with RelyingParty(world, google.url) as relying_party:
        yield relying_party


@pytest.fixture
def form(world: World, party: RelyingParty, web: Web, google: GoogleServer) -> Form:
    page = web.get(party.address()).form("signin").submit(email=ADA, password=PASSWORD).press("Allow")
    values = {
        "grant_type": "authorization_code",
        "code": returned(page.url)["code"],
        "redirect_uri": party.redirect_uri,
        "client_id": world.project.oauth_client_id,
        "client_secret": world.project.oauth_client_secret,
        "code_verifier": VERIFIER,
    }
    return Form(google.url, values)


@pytest.fixture
def assertion(world: World, google: GoogleServer) -> Assertion:
    marketplace.install(world, NORTHFIELD)
    return Assertion(world, google.url)


def said(answer: requests.Response) -> Refusal:
    body = answer.json()
    return answer.status_code, body["error"], body["error_description"]
