"""What differs between deployments. The only reader of the environment; read once, by `main.create_app`.

Production is the default: without GOOGLE_ORIGINS every call goes to Google itself.
"""

import base64
import binascii
import re
from typing import Annotated, Self
from urllib.parse import SplitResult, urlsplit

from pydantic import Field, SecretStr, field_validator, model_validator
from pydantic_settings import BaseSettings, NoDecode, SettingsConfigDict

from runtime.sealing import KEY_BYTES

LOOPBACK = frozenset({"localhost", "127.0.0.1", "::1"})
_USUAL_PORTS = {"http": 80, "https": 443}
_HOST_NAME = re.compile(r"[a-z0-9.-]+|[0-9a-f:.]+")


class Settings(BaseSettings):
    """Every setting, by the name of its environment variable in capitals. docs/deploying.md explains each."""

    model_config = SettingsConfigDict(frozen=True, extra="ignore")

    base_url: str
    """Where people reach the app: scheme and host, no path. https, or http on loopback only."""
    oidc_discovery_url: str = "https://accounts.google.com/.well-known/openid-configuration"
    oidc_client_id: str
    oidc_client_secret: SecretStr
    google_cloud_project: str
    application_id: str = Field(pattern=r"^[0-9]+$")
    """The Cloud project's number, which is the Marketplace application id."""
    service_account_email: str
    service_account_client_id: str = Field(pattern=r"^[0-9]+$")
    """Numeric: the Admin console accepts the e-mail form and then the grant does not work."""
    support_email: str
    operators: Annotated[frozenset[str], NoDecode] = frozenset()
    """E-mail addresses, separated by commas, of the people who run this deployment."""
    google_origins: dict[str, str] = {}
    """JSON object: an origin of Google's to the origin that answers for it. Empty in production."""
    marketplace_slug: str = "frontdesk"
    tasks_location: str = Field(pattern=r"^[a-z]+-[a-z]+[0-9]+$")
    """The region of the task queues, as Cloud Tasks writes it: europe-west1, not App Engine's europe-west."""
    data_keys: Annotated[tuple[SecretStr, ...], NoDecode] = Field(min_length=1)
    """What is kept encrypted is encrypted with: 32 random bytes each in base64, separated by commas, newest first."""
    gae_env: str = ""
    """Set by App Engine: "standard" there, where headers that begin with X-Appengine- are Google's own."""

    @field_validator("base_url")
    @classmethod
    def _is_an_origin(cls, value: str) -> str:
        url = urlsplit(value)
        if not url.hostname or url.path.strip("/") or url.query or url.fragment or url.username:
            raise ValueError("BASE_URL must be a scheme and a host, like https://frontdesk.example.com")
        if url.scheme != "https" and not (url.scheme == "http" and url.hostname in LOOPBACK):
            raise ValueError("BASE_URL must begin with https://; http:// is accepted for localhost only")
        return _as_browsers_write_it(url)

    @field_validator("operators", mode="before")
    @classmethod
    def _split_addresses(cls, value: object) -> object:
        if not isinstance(value, str):
            return value
        return frozenset(part.strip().lower() for part in value.split(",") if part.strip())

    @field_validator("data_keys", mode="before")
    @classmethod
    def _split_keys(cls, value: object) -> object:
        if not isinstance(value, str):
            return value
        return tuple(part.strip() for part in value.split(",") if part.strip())

    @field_validator("data_keys")
    @classmethod
    def _are_keys(cls, value: tuple[SecretStr, ...]) -> tuple[SecretStr, ...]:
        if any(len(_key_bytes(key)) != KEY_BYTES for key in value):
            raise ValueError(f"each of DATA_KEYS must be {KEY_BYTES} bytes in base64: openssl rand -base64 {KEY_BYTES}")
        return value

    @model_validator(mode="after")
    def _maps_nothing_when_public(self) -> Self:
        if self.google_origins and self.secure:
            raise ValueError("GOOGLE_ORIGINS sends Google's traffic elsewhere: refuse it on a public https BASE_URL")
        return self

    @property
    def sealing_keys(self) -> list[bytes]:
        """DATA_KEYS, decoded."""
        return [_key_bytes(key) for key in self.data_keys]

    @property
    def secure(self) -> bool:
        """Whether people reach the app by https."""
        return self.base_url.startswith("https://")

    @property
    def on_app_engine(self) -> bool:
        """Whether App Engine's front end stands before us, which takes X-Appengine- headers off foreign requests."""
        return self.gae_env == "standard"

    @property
    def host(self) -> str:
        """The one Host header that is answered, with its port where it has one."""
        return urlsplit(self.base_url).netloc

    def google_url(self, url: str) -> str:
        """A link for people to one of Google's pages, at the origin that answers for it here."""
        for origin, other in self.google_origins.items():
            if url.startswith(origin + "/") or url == origin:
                return other + url.removeprefix(origin)
        return url


def _key_bytes(key: SecretStr) -> bytes:
    """Nothing for what is no base64."""
    try:
        return base64.b64decode(key.get_secret_value(), validate=True)
    except binascii.Error:
        return b""


def _as_browsers_write_it(url: SplitResult) -> str:
    """The origin as Origin and Host headers have it: lower case, no usual port. Raises ValueError for a bad port."""
    host = url.hostname or ""
    if not _HOST_NAME.fullmatch(host):
        raise ValueError("BASE_URL must name a host by its ASCII name")
    written = f"[{host}]" if ":" in host else host
    port = url.port
    return f"{url.scheme}://{written}" + (f":{port}" if port and port != _USUAL_PORTS[url.scheme] else "")
