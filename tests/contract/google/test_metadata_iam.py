"""The metadata server and the IAM credentials API, driven by google-auth as on App Engine."""

import base64
import json
from typing import Any

import pytest
from google.auth import exceptions, impersonated_credentials
from google.auth.compute_engine import Credentials, _metadata
from joserfc import jwt
from joserfc.jwk import KeySet

from sandbox.google import control, marketplace
from sandbox.google.scopes import CLOUD_PLATFORM, LICENSE
from sandbox.google.tokens import live_token
from sandbox.google.world import World
from tests.contract.google.conftest import ADMIN, DIRECTORY, NORTHFIELD
from tests.contract.google.transport import AuthTransport, SimulatedHosts

FLAVOR = {"Metadata-Flavor": "Google"}
ACCOUNT = "/computeMetadata/v1/instance/service-accounts/default"


@pytest.mark.parametrize(
    ("path", "expected"),
    [
        ("/computeMetadata/v1/project/project-id", "frontdesk-sandbox"),
        ("/computeMetadata/v1/project/numeric-project-id", "412345678901"),
        ("/computeMetadata/v1/universe/universe-domain", "googleapis.com"),
        (ACCOUNT + "/email", "frontdesk@frontdesk-sandbox.iam.gserviceaccount.com"),
    ],
)
def test_metadata_answers_with_text_and_its_flavor(http: SimulatedHosts, path: str, expected: str) -> None:
    response, body = http.request("http://metadata.google.internal" + path, headers=FLAVOR)

    assert (response.status, body.decode()) == (200, expected)
    assert response["metadata-flavor"] == "Google"


@pytest.mark.parametrize("headers", [{}, {"Metadata-Flavor": "google"}, FLAVOR | {"X-Forwarded-For": "10.0.0.1"}])
def test_metadata_refuses_what_did_not_come_from_the_app(http: SimulatedHosts, headers: dict[str, str]) -> None:
    response, body = http.request(f"http://metadata.google.internal{ACCOUNT}/token", headers=headers)

    assert (response.status, response["metadata-flavor"]) == (403, "Google")
    assert b"access_token" not in body


def test_unknown_service_account_is_404(http: SimulatedHosts) -> None:
    path = "/computeMetadata/v1/instance/service-accounts/other@x.iam.gserviceaccount.com"
    for what in ("/", "/email", "/token"):
        response, _ = http.request(f"http://metadata.google.internal{path}{what}", headers=FLAVOR)
        assert response.status == 404


def test_google_auth_recognises_the_metadata_server(http: SimulatedHosts, world: World) -> None:
    transport = AuthTransport(http)

    assert _metadata.ping(transport, retry_count=1)
    assert _metadata.get_project_id(transport) == "frontdesk-sandbox"
    assert _metadata.get_universe_domain(transport) == "googleapis.com"
    info = _metadata.get_service_account_info(transport)
    assert info["email"] == world.project.service_account_email


def test_compute_engine_credentials_get_a_token_with_the_asked_scopes(http: SimulatedHosts, world: World) -> None:
    credentials = Credentials(scopes=[LICENSE], universe_domain="googleapis.com")
    credentials.refresh(AuthTransport(http))

    token = live_token(world, credentials.token)
    assert token is not None
    assert (token.kind, token.scopes) == ("service", {LICENSE})
    assert credentials.service_account_email == world.project.service_account_email


def test_compute_engine_credentials_without_scopes_have_the_default(http: SimulatedHosts, world: World) -> None:
    credentials = Credentials(universe_domain="googleapis.com")
    credentials.refresh(AuthTransport(http))

    token = live_token(world, credentials.token)
    assert token is not None
    assert token.scopes == {CLOUD_PLATFORM}


def test_keyless_delegation_takes_the_documented_steps(http: SimulatedHosts, world: World) -> None:
    marketplace.install(world, NORTHFIELD)
    credentials = delegated(world, "ada.admin@northfield.example")
    credentials.refresh(AuthTransport(http))

    token = live_token(world, credentials.token)
    assert token is not None
    assert (token.kind, token.subject_user_id) == ("delegated", ADMIN)
    asked = [(method, url.partition("?")[0]) for method, url in http.seen]
    assert asked[-2:] == [
        (
            "POST",
            f"https://iamcredentials.googleapis.com/v1/projects/-/serviceAccounts/{world.project.service_account_email}"
            ":signJwt",
        ),
        ("POST", "https://oauth2.googleapis.com/token"),
    ]


def test_refusal_of_delegation_reaches_the_caller_with_its_words(http: SimulatedHosts, world: World) -> None:
    with pytest.raises(exceptions.RefreshError) as refusal:
        delegated(world, "ada.admin@northfield.example").refresh(AuthTransport(http))

    assert refusal.value.args[1]["error"] == "unauthorized_client"


def test_missing_token_creator_role_is_the_documented_403(http: SimulatedHosts, world: World) -> None:
    control.set_project(world, token_creator=False)
    with pytest.raises(exceptions.RefreshError) as refusal:
        delegated(world, "ada.admin@northfield.example").refresh(AuthTransport(http))

    assert refusal.value.args[0] == "Unable to acquire impersonated credentials"
    assert json.loads(refusal.value.args[1]) == {
        "error": {
            "code": 403,
            "message": "Permission 'iam.serviceAccounts.signJwt' denied on resource (or it may not exist).",
            "status": "PERMISSION_DENIED",
        }
    }


def test_signed_jwt_verifies_with_the_published_keys(http: SimulatedHosts, world: World) -> None:
    payload = '{"iss": "anybody", "exp": 1}'
    _, body = call(http, world, "signJwt", {"payload": payload})
    _, keys = http.request(f"https://www.googleapis.com/service_accounts/v1/jwk/{world.project.service_account_email}")

    published = KeySet.import_key_set(json.loads(keys))
    assert jwt.decode(body["signedJwt"], published, algorithms=["RS256"]).claims == json.loads(payload)
    assert body["keyId"] == published.keys[0].kid
    _, certificates = http.request(
        f"https://www.googleapis.com/service_accounts/v1/metadata/x509/{world.project.service_account_email}"
    )
    assert body["keyId"] in json.loads(certificates)


def test_sign_blob_returns_a_signature(http: SimulatedHosts, world: World) -> None:
    status, body = call(http, world, "signBlob", {"payload": base64.b64encode(b"data").decode()})

    assert status == 200
    assert len(base64.b64decode(body["signedBlob"])) == 256


def test_generated_token_is_the_service_accounts_own(http: SimulatedHosts, world: World) -> None:
    credentials = impersonated_credentials.Credentials(
        Credentials(scopes=[CLOUD_PLATFORM], universe_domain="googleapis.com"),
        target_principal=world.project.service_account_email,
        target_scopes=[LICENSE],
    )
    credentials.refresh(AuthTransport(http))

    token = live_token(world, credentials.token)
    assert token is not None
    assert (token.kind, token.scopes) == ("service", {LICENSE})


@pytest.mark.parametrize(
    ("method", "body"),
    [
        ("signJwt", {"payload": "no json"}),
        ("signJwt", {"payload": "[]"}),
        ("signJwt", {"payload": '{"exp": 99999999999}'}),
        ("signBlob", {"payload": "*"}),
        ("generateAccessToken", {"scope": []}),
        ("generateAccessToken", {"scope": ["https://www.googleapis.com/auth/nothing"]}),
    ],
)
def test_wrong_arguments_are_400(http: SimulatedHosts, world: World, method: str, body: dict[str, Any]) -> None:
    status, answer = call(http, world, method, body)

    assert (status, answer["error"]["status"]) == (400, "INVALID_ARGUMENT")


def test_another_service_account_may_not_be_used(http: SimulatedHosts, world: World) -> None:
    status, answer = call(http, world, "signJwt", {"payload": "{}"}, account="other@x.iam.gserviceaccount.com")

    assert (status, answer["error"]["status"]) == (403, "PERMISSION_DENIED")


def test_too_narrow_a_scope_is_403(http: SimulatedHosts, world: World) -> None:
    status, answer = call(http, world, "signJwt", {"payload": "{}"}, scope=LICENSE)

    assert status == 403
    assert answer["error"]["details"][0]["reason"] == "ACCESS_TOKEN_SCOPE_INSUFFICIENT"


def test_api_that_is_off_says_so(http: SimulatedHosts, world: World) -> None:
    control.set_project(world, disabled_apis=["iamcredentials"])
    status, answer = call(http, world, "signJwt", {"payload": "{}"})

    assert status == 403
    assert answer["error"]["details"][0]["reason"] == "SERVICE_DISABLED"
    assert "iamcredentials.googleapis.com" in answer["error"]["message"]


def test_without_a_token_is_401(http: SimulatedHosts, world: World) -> None:
    url = f"https://iamcredentials.googleapis.com/v1/projects/-/serviceAccounts/{world.project.service_account_email}"
    for method, path in (("POST", url + ":signJwt"), ("GET", url + "/allowedLocations")):
        response, body = http.request(path, method)
        assert (response.status, json.loads(body)["error"]["errors"][0]["reason"]) == (401, "required")
    wrong = {"Authorization": "Bearer wrong"}
    response, body = http.request(url + "/allowedLocations", headers=wrong)
    assert (response.status, json.loads(body)["error"]["errors"][0]["reason"]) == (401, "authError")


def test_allowed_locations_are_the_whole_world(http: SimulatedHosts, world: World) -> None:
    url = f"https://iamcredentials.googleapis.com/v1/projects/-/serviceAccounts/{world.project.service_account_email}"
    response, body = http.request(url + "/allowedLocations", headers=bearer(http, CLOUD_PLATFORM))

    assert (response.status, json.loads(body)) == (200, {"locations": [], "encodedLocations": "0x0"})


def delegated(world: World, subject: str) -> impersonated_credentials.Credentials:
    return impersonated_credentials.Credentials(
        Credentials(scopes=[CLOUD_PLATFORM], universe_domain="googleapis.com"),
        target_principal=world.project.service_account_email,
        target_scopes=DIRECTORY[:2],
        subject=subject,
    )


def bearer(http: SimulatedHosts, scope: str) -> dict[str, str]:
    _, body = http.request(f"http://metadata.google.internal{ACCOUNT}/token?scopes={scope}", headers=FLAVOR)
    return {"Authorization": "Bearer " + json.loads(body)["access_token"]}


def call(
    http: SimulatedHosts, world: World, method: str, body: dict[str, Any], *, account: str = "", scope: str = ""
) -> tuple[int, dict[str, Any]]:
    name = account or world.project.service_account_email
    headers = bearer(http, scope or CLOUD_PLATFORM) | {"Content-Type": "application/json"}
    response, answer = http.request(
        f"https://iamcredentials.googleapis.com/v1/projects/-/serviceAccounts/{name}:{method}",
        "POST",
        body=json.dumps(body),
        headers=headers,
    )
    return response.status, json.loads(answer)
