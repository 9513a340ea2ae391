"""Sign-in with Google, driven by a browser and by Authlib."""

from collections.abc import Iterator

import pytest
import requests
from google.oauth2 import id_token as google_id_token

from sandbox.google import control, keys, marketplace, people
from sandbox.google.server import GoogleServer
from sandbox.google.world import World
from tests.contract.google.conftest import ADMIN, CONSUMER, HANNA, NORTHFIELD, PASSWORD, STUDENT
from tests.contract.google.relying_party import NONCE, STATE, RelyingParty, returned
from tests.contract.google.transport import AuthTransport, SimulatedHosts
from tests.web import Page, Web

HANNA_EMAIL = "hanna.helpdesk@northfield.example"
ASKS_AUTH_TIME = '{"id_token":{"auth_time":{"essential":true}}}'
STUDENT_EMAIL = "sam.student@students.northfield.example"


def test_discovery_document_keeps_googles_issuer_and_points_here(google: GoogleServer) -> None:
    document = requests.get(google.url + "/.well-known/openid-configuration", timeout=10).json()

    assert document["issuer"] == "https://accounts.google.com"
    endpoints = {value for name, value in document.items() if name.endswith("_endpoint") or name == "jwks_uri"}
    assert len(endpoints) == 6
    assert all(value.startswith(google.url + "/") for value in endpoints)
    assert document["code_challenge_methods_supported"] == ["plain", "S256"]
    assert "end_session_endpoint" not in document
    assert "hd" not in document["claims_supported"]


def test_first_sign_in_asks_for_password_and_consent_and_returns_a_code(party: RelyingParty, web: Web) -> None:
    page = sign_in(web.get(party.address()), HANNA_EMAIL)
    assert page.heading == "Frontdesk wants access to your account"
    back = returned(page.press("Allow").url)

    assert back.pop("code").startswith("4/0A")
    assert back == {
        "state": STATE,
        "iss": "https://accounts.google.com",
        "scope": "email profile openid https://www.googleapis.com/auth/userinfo.email "
        "https://www.googleapis.com/auth/userinfo.profile",
        "authuser": "0",
        "hd": "northfield.example",
        "prompt": "consent",
    }


def test_id_token_has_the_documented_claims_and_a_good_signature(party: RelyingParty, installed: Web) -> None:
    answer = party.exchange(installed.get(party.address()).url)
    claims = party.claims(answer)

    assert answer["token_type"] == "Bearer"
    assert answer["expires_in"] == 3599
    assert "refresh_token" not in answer
    assert claims["sub"] == HANNA
    assert claims["aud"] == claims["azp"] == party.session.client_id
    assert (claims["email"], claims["email_verified"]) == (HANNA_EMAIL, True)
    assert (claims["hd"], claims["nonce"]) == ("northfield.example", NONCE)
    assert (claims["name"], claims["given_name"]) == ("Hanna Helpdesk", "Hanna")
    assert claims["exp"] - claims["iat"] == 3600
    assert claims["at_hash"]


def test_googles_own_verifier_accepts_the_id_token_through_the_certificates(
    party: RelyingParty, installed: Web, http: SimulatedHosts
) -> None:
    answer = party.exchange(installed.get(party.address()).url)
    claims = google_id_token.verify_oauth2_token(answer["id_token"], AuthTransport(http), party.session.client_id)

    assert claims["sub"] == HANNA
    assert http.seen == [("GET", "https://www.googleapis.com/oauth2/v1/certs")]


def test_install_for_the_domain_removes_the_consent_screen(party: RelyingParty, installed: Web) -> None:
    page = installed.get(party.address())

    assert page.path == "/app/return"
    assert returned(page.url)["prompt"] == "none"


@pytest.mark.parametrize("change", ["revoked", "not listed", "client later", "off", "deleted"])
def test_consent_screen_is_back_when_the_install_does_not_cover_sign_in(
    world: World, party: RelyingParty, installed: Web, change: str
) -> None:
    installation = world.customers[NORTHFIELD].installation
    if change == "revoked":
        marketplace.revoke_data_access(world, NORTHFIELD)
    elif change == "not listed":
        installation.granted_scopes.remove("profile")
    elif change == "client later":
        installation.granted_client_ids.remove(world.project.oauth_client_id)
    elif change == "off":
        marketplace.turn_off(world, NORTHFIELD, "/Staff")
    else:
        marketplace.delete_app(world, NORTHFIELD)

    assert installed.get(party.address()).heading == "Frontdesk wants access to your account"


def test_hd_follows_the_primary_address_not_the_customer(world: World, party: RelyingParty, web: Web) -> None:
    marketplace.install(world, NORTHFIELD)
    page = sign_in(web.get(party.address()), STUDENT_EMAIL)
    assert returned(page.url)["hd"] == "students.northfield.example"
    assert party.claims(party.exchange(page.url))["hd"] == "students.northfield.example"

    people.move_user(world, STUDENT, domain="northfield.example")
    claims = party.claims(party.exchange(web.get(party.address()).url))
    assert (claims["hd"], claims["sub"]) == ("northfield.example", STUDENT)


def test_consumer_account_has_no_hd(party: RelyingParty, web: Web) -> None:
    page = sign_in(web.get(party.address(hd="northfield.example")), "connie.consumer@gmail.com").press("Allow")

    assert "hd" not in returned(page.url)
    claims = party.claims(party.exchange(page.url))
    assert claims["sub"] == CONSUMER
    assert "hd" not in claims


def test_chooser_is_filtered_by_hd_but_does_not_enforce_it(world: World, party: RelyingParty, web: Web) -> None:
    marketplace.install(world, NORTHFIELD)
    for email in (HANNA_EMAIL, "ada.admin@northfield.example", "hugo.admin@harbour.example"):
        sign_in(web.get("/accounts/signin"), email)

    chooser = web.get(party.address(hd="northfield.example"))
    assert chooser.heading == "Choose an account"
    offered = [form.element["id"] for form in chooser.forms if form.element["id"].startswith("account-")]
    assert offered == ["account-" + HANNA, "account-" + ADMIN]

    page = sign_in(chooser.press("Use another account"), STUDENT_EMAIL)
    assert returned(page.url)["hd"] == "students.northfield.example"
    assert returned(page.url)["authuser"] == "3"


def test_several_accounts_need_a_choice_and_a_hint_makes_it(world: World, party: RelyingParty, web: Web) -> None:
    marketplace.install(world, NORTHFIELD)
    for email in (HANNA_EMAIL, "ada.admin@northfield.example"):
        sign_in(web.get("/accounts/signin"), email)

    chosen = web.get(party.address()).form("account-" + ADMIN).submit()
    assert party.claims(party.exchange(chosen.url))["sub"] == ADMIN
    for hint in (HANNA, HANNA_EMAIL, HANNA_EMAIL.upper()):
        page = web.get(party.address(login_hint=hint))
        assert party.claims(party.exchange(page.url))["sub"] == HANNA


def test_only_account_left_by_hd_passes_silently(world: World, party: RelyingParty, web: Web) -> None:
    marketplace.install(world, NORTHFIELD)
    sign_in(web.get("/accounts/signin"), HANNA_EMAIL)
    sign_in(web.get("/accounts/signin"), "connie.consumer@gmail.com")

    assert returned(web.get(party.address(hd="*")).url)["hd"] == "northfield.example"
    assert web.get(party.address(hd="harbour.example")).heading == "Sign in"


def test_hint_of_somebody_not_signed_in_fills_the_form(party: RelyingParty, installed: Web) -> None:
    page = installed.get(party.address(login_hint=STUDENT))

    assert page.form("signin").values["email"] == STUDENT_EMAIL


def test_select_account_always_asks_once(party: RelyingParty, installed: Web) -> None:
    chooser = installed.get(party.address(prompt="select_account"))
    assert chooser.heading == "Choose an account"

    assert returned(chooser.form("account-" + HANNA).submit().url)["authuser"] == "0"
    page = sign_in(installed.get(party.address(prompt="select_account")).press("Use another account"), STUDENT_EMAIL)
    assert page.path == "/app/return"


def test_prompt_consent_asks_although_granted(party: RelyingParty, installed: Web) -> None:
    page = installed.get(party.address(prompt="consent"))

    assert page.heading == "Frontdesk wants access to your account"
    assert returned(page.press("Allow").url)["prompt"] == "consent"


@pytest.mark.parametrize("obstacle", ["nobody", "consent", "two accounts"])
def test_prompt_none_with_something_to_show_is_interaction_required(
    world: World, party: RelyingParty, web: Web, obstacle: str
) -> None:
    if obstacle != "nobody":
        sign_in(web.get("/accounts/signin"), HANNA_EMAIL)
    if obstacle == "two accounts":
        marketplace.install(world, NORTHFIELD)
        sign_in(web.get("/accounts/signin"), STUDENT_EMAIL)

    back = returned(web.get(party.address(prompt="none")).url)
    assert back == {"state": STATE, "error_subtype": "access_denied", "error": "interaction_required"}


def test_prompt_none_passes_when_there_is_nothing_to_show(party: RelyingParty, installed: Web) -> None:
    assert returned(installed.get(party.address(prompt="none")).url)["prompt"] == "none"


def test_id_token_tells_when_somebody_signed_in_where_that_is_on_and_asked_for(
    world: World, party: RelyingParty, installed: Web
) -> None:
    world.knobs.session_age_claims = True
    signed_in = int(world.now().timestamp())
    world.knobs.clock_offset = 600.0

    unasked = party.exchange(installed.get(party.address(claims="no JSON")).url)
    assert "auth_time" not in keys.read(unasked["id_token"])
    again = installed.get(party.address(claims=ASKS_AUTH_TIME, prompt="select_account", max_age="0"))
    told = keys.read(party.exchange(again.form(f"account-{HANNA}").submit().url)["id_token"])["auth_time"]
    assert signed_in - 5 <= told <= signed_in, "nobody was asked for a password"


def test_when_somebody_signed_in_is_not_told_where_that_is_off(party: RelyingParty, installed: Web) -> None:
    answer = party.exchange(installed.get(party.address(claims=ASKS_AUTH_TIME, max_age="300")).url)
    assert "auth_time" not in party.claims(answer)


def test_cancelled_consent_comes_back_as_access_denied(party: RelyingParty, web: Web) -> None:
    page = sign_in(web.get(party.address()), HANNA_EMAIL).press("Cancel")

    assert returned(page.url) == {"state": STATE, "error": "access_denied"}


@pytest.mark.parametrize(
    ("wrong", "status", "word"),
    [
        ({"client_id": "nobody"}, 401, "invalid_client"),
        ({"client_id": ""}, 400, "invalid_request"),
        ({"redirect_uri": "http://localhost:8080/marketplace/return/"}, 400, "redirect_uri_mismatch"),
        ({"redirect_uri": ""}, 400, "invalid_request"),
        ({"response_type": ""}, 400, "invalid_request"),
        ({"response_type": "token"}, 400, "unsupported_response_type"),
        ({"response_mode": "fragment"}, 400, "invalid_request"),
        ({"scope": ""}, 400, "invalid_request"),
        ({"scope": "openid https://www.googleapis.com/auth/nothing"}, 400, "invalid_scope"),
        ({"code_challenge_method": "S512"}, 400, "invalid_request"),
        ({"prompt": "none consent"}, 400, "invalid_request"),
        ({"prompt": "login"}, 400, "invalid_request"),
    ],
)
def test_mistake_of_the_app_is_shown_at_google_and_never_returned(
    world: World, web: Web, google: GoogleServer, wrong: dict[str, str], status: int, word: str
) -> None:
    right = {
        "client_id": world.project.oauth_client_id,
        "redirect_uri": google.url + "/app/return",
        "response_type": "code",
        "scope": "openid",
    }
    query = "&".join(f"{name}={value.replace(' ', '%20')}" for name, value in (right | wrong).items())
    page = web.get("/o/oauth2/v2/auth?" + query)

    assert (page.status, page.path) == (status, "/o/oauth2/v2/auth")
    assert f"Error {status}: {word}" in page.text


@pytest.mark.parametrize(
    ("change", "status", "word"),
    [
        ("blocked by the customer", 400, "admin_policy_enforced"),
        ("internal to another customer", 403, "org_internal"),
        ("client disabled", 401, "disabled_client"),
        ("client deleted", 401, "deleted_client"),
    ],
)
def test_refusal_by_policy_is_shown_at_google(
    world: World, party: RelyingParty, installed: Web, change: str, status: int, word: str
) -> None:
    if change == "blocked by the customer":
        marketplace.block_app(world, NORTHFIELD)
    elif change == "internal to another customer":
        control.set_project(world, internal_to="C02harbou")
    else:
        control.set_project(world, client_state=change.removeprefix("client "))

    page = installed.get(party.address())
    assert (page.status, page.path) == (status, "/o/oauth2/v2/auth")
    assert f"Error {status}: {word}" in page.text


def test_rotated_key_is_new_to_clients_and_the_old_one_still_verifies(
    world: World, party: RelyingParty, installed: Web
) -> None:
    before = party.exchange(installed.get(party.address()).url)
    known = {key["kid"] for key in requests.get(party.metadata["jwks_uri"], timeout=10).json()["keys"]}
    keys.rotate_keys(world)
    after = party.exchange(installed.get(party.address()).url)

    assert party.claims(before)["sub"] == party.claims(after)["sub"] == HANNA
    now = {key["kid"] for key in requests.get(party.metadata["jwks_uri"], timeout=10).json()["keys"]}
    assert len(known) == len(now) == 2
    assert len(now - known) == 1


@pytest.mark.parametrize(
    ("email", "password", "said"),
    [
        ("nobody@northfield.example", PASSWORD, "Couldn't find your account"),
        (HANNA_EMAIL, "something else", "Wrong password"),
        (STUDENT_EMAIL, PASSWORD, "Your account has been suspended"),
    ],
)
def test_sign_in_is_refused(world: World, web: Web, email: str, password: str, said: str) -> None:
    people.suspend(world, STUDENT)
    page = web.get("/accounts/signin").form("signin").submit(email=email, password=password)

    assert page.status == 401
    assert said in page.notices[0]


def test_suspension_ends_the_session_of_the_browser(world: World, party: RelyingParty, installed: Web) -> None:
    people.suspend(world, HANNA)

    assert installed.get(party.address()).heading == "Sign in"


def test_password_must_be_changed_before_going_on(world: World, party: RelyingParty, web: Web) -> None:
    marketplace.install(world, NORTHFIELD)
    world.users[HANNA].change_password_at_next_login = True
    page = sign_in(web.get(party.address()), HANNA_EMAIL)
    assert page.heading == "Choose a new password"
    assert web.get(party.address()).heading == "Sign in"

    page = sign_in(web.get(party.address()), HANNA_EMAIL)
    refused = page.form("new-password-form").submit(new_password=PASSWORD)
    assert refused.status == 400
    page = refused.form("new-password-form").submit(new_password="another password")
    assert party.claims(party.exchange(page.url))["sub"] == HANNA
    assert world.users[HANNA].change_password_at_next_login is False

    web.post("/accounts/signout")
    assert sign_in(web.get("/accounts/signin"), HANNA_EMAIL).status == 401


def test_sign_in_is_noted_at_the_account(world: World, web: Web) -> None:
    world.users[HANNA].agreed_to_terms = False
    sign_in(web.get("/accounts/signin"), HANNA_EMAIL)

    assert world.users[HANNA].last_login_time.startswith(world.now().strftime("%Y-%m-%dT"))
    assert world.users[HANNA].agreed_to_terms is True


@pytest.mark.parametrize("foreign", ["https://evil.example/", "//evil.example/", "/\\evil.example"])
def test_sign_in_never_goes_on_to_another_site(web: Web, google: GoogleServer, foreign: str) -> None:
    page = web.post("/accounts/signin", {"email": HANNA_EMAIL, "password": PASSWORD, "continue": foreign})

    assert page.url == google.url + "/"


def test_userinfo_and_picture_belong_to_the_token(party: RelyingParty, installed: Web, google: GoogleServer) -> None:
    party.exchange(installed.get(party.address()).url)
    info = party.session.get(party.metadata["userinfo_endpoint"]).json()

    assert info["sub"] == HANNA
    assert info["hd"] == "northfield.example"
    assert requests.get(info["picture"], timeout=10).headers["Content-Type"] == "image/svg+xml"
    refused = requests.get(google.url + "/v1/userinfo", headers={"Authorization": "Bearer wrong"}, timeout=10)
    assert (refused.status_code, refused.json()["error"]) == (401, "invalid_request")


@pytest.fixture
def party(world: World, google: GoogleServer) -> Iterator[RelyingParty]:
    with RelyingParty(world, google.url) as relying_party:
        yield relying_party


@pytest.fixture
def installed(world: World, web: Web) -> Web:
    """The app is installed for the whole school, and Hanna is signed in at Google."""
    marketplace.install(world, NORTHFIELD)
    sign_in(web.get("/accounts/signin"), HANNA_EMAIL)
    return web


def sign_in(page: Page, email: str) -> Page:
    return page.form("signin").submit(email=email, password=PASSWORD)
