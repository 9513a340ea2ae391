"""RSA keys of the simulated Google: signing, checking signatures, and the forms in which keys are published."""

import base64
import json
import secrets
from collections.abc import Mapping
from datetime import UTC, datetime
from functools import lru_cache

from cryptography import x509
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import padding, rsa

from sandbox.google.grants import SigningKey
from sandbox.google.world import World

Claims = dict[str, object]


class BadSignature(Exception):
    """The token is well formed, but no key of ours signed it."""


def new_key() -> SigningKey:
    """A fresh 2048-bit key; some 30 ms."""
    private = rsa.generate_private_key(public_exponent=65537, key_size=2048)
    pem = private.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )
    return SigningKey(secrets.token_hex(20), pem.decode())


def ensure_keys(world: World) -> None:
    """Give a world two keys for ID tokens and one for its service account, unless it has them."""
    if len(world.signing_keys) >= 2 and world.service_account_keys:
        return
    with world.changing():
        world.signing_keys = world.signing_keys or [new_key(), new_key()]
        world.service_account_keys = world.service_account_keys or [new_key()]


def rotate_keys(world: World) -> None:
    """Sign ID tokens with a key that no client has seen; the one before stays published, the oldest goes."""
    with world.changing():
        world.signing_keys = [new_key(), *world.signing_keys[:1]]


def sign(claims: Mapping[str, object], key: SigningKey) -> str:
    """A compact RS256 signature over the claims."""
    return sign_payload(json.dumps(claims, separators=(",", ":")).encode(), key)


def sign_payload(payload: bytes, key: SigningKey) -> str:
    """A compact RS256 signature over JSON text exactly as it is."""
    header = json.dumps({"alg": "RS256", "kid": key.id, "typ": "JWT"}, separators=(",", ":")).encode()
    signed = f"{_encode(header)}.{_encode(payload)}"
    return f"{signed}.{_encode(sign_bytes(signed.encode(), key))}"


def sign_bytes(data: bytes, key: SigningKey) -> bytes:
    """An RSASSA-PKCS1-v1_5 signature with SHA-256."""
    return _private(key.private_pem).sign(data, padding.PKCS1v15(), hashes.SHA256())


def read(token: str) -> Claims:
    """The claims, unchecked. Raises ValueError when it is no compact JWS with a JSON object inside."""
    parts = token.split(".")
    claims = json.loads(_decode(parts[1])) if len(parts) == 3 else None
    if isinstance(claims, dict):
        return claims
    raise ValueError("not a compact JWS with a JSON object")


def verify(token: str, keys: list[SigningKey]) -> None:
    """Raises BadSignature unless one of the keys signed it with RS256."""
    signed, _, signature = token.rpartition(".")
    try:
        header = json.loads(_decode(token.split(".", maxsplit=1)[0]))
        key = next(key for key in keys if header["alg"] == "RS256" and header.get("kid", key.id) == key.id)
        public = _private(key.private_pem).public_key()
        public.verify(_decode(signature), signed.encode(), padding.PKCS1v15(), hashes.SHA256())
    except (ValueError, KeyError, TypeError, StopIteration, InvalidSignature) as problem:
        raise BadSignature from problem


def key_set(keys: list[SigningKey]) -> dict[str, object]:
    """The keys as a JSON Web Key Set."""
    return {"keys": [_web_key(key) for key in keys]}


def certificates(keys: list[SigningKey], common_name: str) -> dict[str, str]:
    """The keys as self-signed X.509 certificates in PEM, by key id."""
    return {key.id: _certificate(key.private_pem, common_name) for key in keys}


def _web_key(key: SigningKey) -> dict[str, str]:
    numbers = _private(key.private_pem).public_key().public_numbers()
    modulus = numbers.n.to_bytes((numbers.n.bit_length() + 7) // 8, "big")
    exponent = numbers.e.to_bytes(3, "big")
    return {"kty": "RSA", "alg": "RS256", "use": "sig", "kid": key.id, "n": _encode(modulus), "e": _encode(exponent)}


@lru_cache(maxsize=64)
def _private(pem: str) -> rsa.RSAPrivateKey:
    # Our own keys need no validation, which takes longer than making them.
    key = serialization.load_pem_private_key(pem.encode(), password=None, unsafe_skip_rsa_key_validation=True)
    if not isinstance(key, rsa.RSAPrivateKey):
        raise TypeError("only RSA keys sign here")
    return key


@lru_cache(maxsize=64)
def _certificate(pem: str, common_name: str) -> str:
    name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, common_name)])
    builder = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(_private(pem).public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(datetime(2020, 1, 1, tzinfo=UTC))
        .not_valid_after(datetime(2099, 1, 1, tzinfo=UTC))
    )
    return builder.sign(_private(pem), hashes.SHA256()).public_bytes(serialization.Encoding.PEM).decode()


def _encode(data: bytes) -> str:
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode()


def _decode(text: str) -> bytes:
    return base64.urlsafe_b64decode(text + "=" * (-len(text) % 4))
