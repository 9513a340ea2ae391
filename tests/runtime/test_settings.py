"""Settings: what is accepted, what refuses to start, and what is made of it."""

from collections.abc import Mapping

import pytest
from pydantic import ValidationError

from runtime.settings import Settings

COMPLETE = {
    "BASE_URL": "https://frontdesk.example.com",
    "OIDC_CLIENT_ID": "1-web.apps.googleusercontent.com",
    "OIDC_CLIENT_SECRET": "a-secret",
    "DATA_KEYS": "A" * 43 + "=",
    "GOOGLE_CLOUD_PROJECT": "frontdesk-1",
    "APPLICATION_ID": "412345678901",
    "SERVICE_ACCOUNT_EMAIL": "frontdesk@frontdesk-1.iam.gserviceaccount.com",
    "SERVICE_ACCOUNT_CLIENT_ID": "108234567890123456789",
    "SUPPORT_EMAIL": "support@frontdesk.example.com",
    "TASKS_LOCATION": "europe-west1",
}
OTHER = ("OPERATORS", "GOOGLE_ORIGINS", "OIDC_DISCOVERY_URL", "MARKETPLACE_SLUG", "GAE_ENV")


@pytest.fixture(autouse=True)
def empty_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in (*COMPLETE, *OTHER):
        monkeypatch.delenv(name, raising=False)


def read(monkeypatch: pytest.MonkeyPatch, changed: Mapping[str, str | None] | None = None) -> Settings:
    """Settings from an environment; None leaves a variable out."""
    for name, value in (COMPLETE | dict(changed or {})).items():
        if value is not None:
            monkeypatch.setenv(name, value)
    return Settings()


@pytest.mark.parametrize(
    ("written", "kept", "host"),
    [
        ("https://frontdesk.example.com", "https://frontdesk.example.com", "frontdesk.example.com"),
        ("https://frontdesk.example.com/", "https://frontdesk.example.com", "frontdesk.example.com"),
        ("https://frontdesk.example.com:8443", "https://frontdesk.example.com:8443", "frontdesk.example.com:8443"),
        # Browsers send host and origin in lower case and without a usual port; so they have to be compared.
        ("https://Frontdesk.Example.COM", "https://frontdesk.example.com", "frontdesk.example.com"),
        ("https://frontdesk.example.com:443", "https://frontdesk.example.com", "frontdesk.example.com"),
        ("https://frontdesk.example.com:", "https://frontdesk.example.com", "frontdesk.example.com"),
        ("HTTPS://frontdesk.example.com", "https://frontdesk.example.com", "frontdesk.example.com"),
        ("http://localhost:8080", "http://localhost:8080", "localhost:8080"),
        ("http://localhost:80", "http://localhost", "localhost"),
        ("http://LOCALHOST", "http://localhost", "localhost"),
        ("http://127.0.0.1:8080", "http://127.0.0.1:8080", "127.0.0.1:8080"),
        ("http://[::1]:8080", "http://[::1]:8080", "[::1]:8080"),
    ],
)
def test_base_url_is_kept_as_browsers_write_it(
    monkeypatch: pytest.MonkeyPatch, written: str, kept: str, host: str
) -> None:
    settings = read(monkeypatch, {"BASE_URL": written})
    assert (settings.base_url, settings.host) == (kept, host)
    assert settings.secure is kept.startswith("https://")


@pytest.mark.parametrize(
    "written",
    [
        "",
        "frontdesk.example.com",
        "//frontdesk.example.com",
        "https://",
        "http://frontdesk.example.com",
        "http://192.168.1.10:8080",
        "http://0.0.0.0:8080",
        "http://localhost.example.com",
        "http://127.0.0.1.example.com",
        "ftp://localhost",
        "javascript:alert(1)",
        "https://frontdesk.example.com/app",
        "https://frontdesk.example.com?x=1",
        "https://frontdesk.example.com#x",
        "https://someone@frontdesk.example.com",
        "https://someone:secret@frontdesk.example.com",
        "https://frontdesk.example.com:notaport",
        "https://frontdesk.example.com:99999",
        "https://front desk.example.com",
    ],
)
def test_base_url_refuses_to_start_when_people_could_not_reach_it_safely(
    monkeypatch: pytest.MonkeyPatch, written: str
) -> None:
    with pytest.raises(ValidationError, match="base_url"):
        read(monkeypatch, {"BASE_URL": written})


@pytest.mark.parametrize("name", COMPLETE)
def test_start_is_refused_without_a_required_setting(monkeypatch: pytest.MonkeyPatch, name: str) -> None:
    with pytest.raises(ValidationError, match=f"{name.lower()}\n  Field required"):
        read(monkeypatch, {name: None})


@pytest.mark.parametrize("name", ["APPLICATION_ID", "SERVICE_ACCOUNT_CLIENT_ID"])
@pytest.mark.parametrize("value", ["", "frontdesk@frontdesk-1.iam.gserviceaccount.com", "12a", "1 2", "-1", "١٢٣"])
def test_ids_are_numeric(monkeypatch: pytest.MonkeyPatch, name: str, value: str) -> None:
    with pytest.raises(ValidationError, match=name.lower()):
        read(monkeypatch, {name: value})


@pytest.mark.parametrize("value", ["", "europe-west", "us-central", "Europe-West1", "eur3", "europe-west1-b", "../x"])
def test_location_of_the_queue_is_a_region_and_not_app_engine_s_name_for_it(
    monkeypatch: pytest.MonkeyPatch, value: str
) -> None:
    with pytest.raises(ValidationError, match="tasks_location"):
        read(monkeypatch, {"TASKS_LOCATION": value})


@pytest.mark.parametrize("value", ["europe-west1", "us-central1", "northamerica-northeast2"])
def test_location_of_the_queue_is_kept(monkeypatch: pytest.MonkeyPatch, value: str) -> None:
    assert read(monkeypatch, {"TASKS_LOCATION": value}).tasks_location == value


@pytest.mark.parametrize(("value", "there"), [(None, False), ("", False), ("localdev", False), ("standard", True)])
def test_app_engine_is_known_by_what_it_says_of_itself(
    monkeypatch: pytest.MonkeyPatch, value: str | None, there: bool
) -> None:
    assert read(monkeypatch, {"GAE_ENV": value}).on_app_engine is there


def test_production_calls_google_itself(monkeypatch: pytest.MonkeyPatch) -> None:
    settings = read(monkeypatch)
    assert settings.google_origins == {}
    assert settings.oidc_discovery_url == "https://accounts.google.com/.well-known/openid-configuration"
    assert settings.operators == frozenset()


def test_google_elsewhere_is_refused_on_a_public_address(monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(ValidationError, match="GOOGLE_ORIGINS"):
        read(monkeypatch, {"GOOGLE_ORIGINS": '{"https://admin.googleapis.com": "http://127.0.0.1:8090"}'})


@pytest.mark.parametrize(
    ("written", "kept"),
    [
        ("", set()),
        (" , ,", set()),
        ("olivia@example.com", {"olivia@example.com"}),
        (" Olivia@Example.com ,otto@example.com,", {"olivia@example.com", "otto@example.com"}),
    ],
)
def test_operators_are_a_list_of_addresses(monkeypatch: pytest.MonkeyPatch, written: str, kept: set[str]) -> None:
    assert read(monkeypatch, {"OPERATORS": written}).operators == kept


ONE, TWO = ("A" * 43 + "=", "/" * 42 + "8=")


@pytest.mark.parametrize(
    ("written", "kept"),
    [
        (ONE, [bytes(32)]),
        (f"{TWO},{ONE}", [b"\xff" * 32, bytes(32)]),
        (f" {ONE} , {TWO},", [bytes(32), b"\xff" * 32]),
    ],
)
def test_keys_are_a_list_with_the_newest_first(
    monkeypatch: pytest.MonkeyPatch, written: str, kept: list[bytes]
) -> None:
    assert read(monkeypatch, {"DATA_KEYS": written}).sealing_keys == kept


@pytest.mark.parametrize("value", ["", " , ", "A" * 42, "A" * 44, "A" * 24, f"{ONE},{ONE[1:]}", "é" * 44, ONE[:-1]])
def test_start_is_refused_with_a_key_that_is_none(monkeypatch: pytest.MonkeyPatch, value: str) -> None:
    with pytest.raises(ValidationError, match="data_keys"):
        read(monkeypatch, {"DATA_KEYS": value})


def test_keys_are_not_printed(monkeypatch: pytest.MonkeyPatch) -> None:
    assert TWO not in repr(read(monkeypatch, {"DATA_KEYS": f"{ONE},{TWO}"}))
    with pytest.raises(ValidationError) as refused:
        read(monkeypatch, {"DATA_KEYS": f"{TWO},short"})
    assert TWO not in str(refused.value)


def test_links_for_people_lead_to_the_simulated_google(monkeypatch: pytest.MonkeyPatch) -> None:
    settings = read(
        monkeypatch,
        {
            "BASE_URL": "http://localhost:8080",
            "GOOGLE_ORIGINS": '{"https://admin.google.com": "http://127.0.0.1:8090"}',
        },
    )
    assert settings.google_url("https://admin.google.com/ac/owl?x=1") == "http://127.0.0.1:8090/ac/owl?x=1"
    assert settings.google_url("https://admin.google.com") == "http://127.0.0.1:8090"
    for other in ("https://admin.google.com.evil.example/ac", "https://workspace.google.com/marketplace"):
        assert settings.google_url(other) == other


def test_secret_is_not_printed(monkeypatch: pytest.MonkeyPatch) -> None:
    settings = read(monkeypatch)
    assert "a-secret" not in repr(settings)
    assert settings.oidc_client_secret.get_secret_value() == "a-secret"
