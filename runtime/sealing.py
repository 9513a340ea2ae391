"""Encryption at rest. What is sealed opens only with one of the app's keys, and only for the context it was sealed for.

AES-256-GCM with a random nonce (NIST SP 800-38D: one key may seal 2^32 times). The context (tenant, purpose, record)
is authenticated and not kept, so that what belongs to one record cannot be moved to another.
"""

import base64
import hashlib
import hmac
import json
import secrets
from collections.abc import Callable, Sequence

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from runtime.problems import Problem

KEY_BYTES = 32
_NONCE_BYTES = 12
_ID_BYTES = 4
_SIGNATURE_BYTES = 16
"""128 bits, which nobody guesses; the signature travels in links."""


class CannotOpen(Problem):
    """What was sealed was changed, belongs to another record, or its key is not among the app's any more."""

    status = 500
    title = "Something that was kept encrypted cannot be read"
    code = "cannot_open"
    default_advice = "Tell support what you read here: a key may be missing in the configuration."


class Sealer:
    """Seals with the first key, opens with any; so a new key is put in front and the old one stays until its time."""

    def __init__(self, keys: Sequence[bytes], random_bytes: Callable[[int], bytes] = secrets.token_bytes) -> None:
        """keys: at least one, KEY_BYTES each, the newest first. random_bytes: secure."""
        self._ciphers = {_id_of(key): AESGCM(key) for key in keys}
        self._newest = _id_of(keys[0])
        self._signing = [_signing_key(key) for key in keys]
        self._random_bytes = random_bytes

    def seal(self, plain: bytes, *context: str) -> bytes:
        """context: what it belongs to, such as tenant, purpose and record; the same is needed to open it."""
        nonce = self._random_bytes(_NONCE_BYTES)
        return self._newest + nonce + self._ciphers[self._newest].encrypt(nonce, plain, _bound(context))

    def open(self, sealed: bytes, *context: str) -> bytes:
        """What was sealed. Raises CannotOpen."""
        cipher = self._ciphers.get(sealed[:_ID_BYTES])
        if cipher is None:
            raise CannotOpen("It was encrypted with a key that is not among ours.")
        nonce, text = sealed[_ID_BYTES : _ID_BYTES + _NONCE_BYTES], sealed[_ID_BYTES + _NONCE_BYTES :]
        try:
            return cipher.decrypt(nonce, text, _bound(context))
        except (InvalidTag, ValueError) as error:  # ValueError: cut off within the nonce
            raise CannotOpen("It does not belong here, or was changed.") from error

    def sign(self, text: str, purpose: str) -> str:
        """A signature of the text for one purpose: 22 characters that may stand in a link."""
        return _signature(self._signing[0], text, purpose)

    def is_signed(self, text: str, signature: str, purpose: str) -> bool:
        """Whether one of our keys made the signature."""
        given = signature.encode(errors="replace")
        return any(hmac.compare_digest(given, _signature(key, text, purpose).encode()) for key in self._signing)


def _id_of(key: bytes) -> bytes:
    return hashlib.sha256(b"key id\0" + key).digest()[:_ID_BYTES]


def _signing_key(key: bytes) -> bytes:
    """Another key than the one that seals."""
    return hmac.digest(key, b"signing", "sha256")


def _signature(key: bytes, text: str, purpose: str) -> str:
    digest = hmac.digest(key, _bound((purpose, text)), "sha256")[:_SIGNATURE_BYTES]
    return base64.urlsafe_b64encode(digest).rstrip(b"=").decode()


def _bound(context: Sequence[str]) -> bytes:
    """Unambiguous: no two contexts give the same bytes."""
    return json.dumps(list(context)).encode()
