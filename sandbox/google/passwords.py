"""Passwords of the simulated accounts: as they are kept, and whether what somebody typed is right.

A plain password is kept as it is. One that came hashed is kept as `hash:<function>:<digest>`; a plain one that looks
like that gets the function `plain`. Kept apart from safe practice on purpose: these are invented people, and the
sandbox shows their passwords.
"""

import ctypes
import ctypes.util
import hashlib
import hmac
import re
from functools import lru_cache
from typing import Literal

from sandbox.google.world import User

HashFunction = Literal["MD5", "SHA-1", "crypt"]
HASH_FUNCTIONS: tuple[HashFunction, ...] = ("MD5", "SHA-1", "crypt")
MAX_ROUNDS = 10_000

_MARK = "hash:"
_SHAPES = {
    "MD5": re.compile(r"[0-9a-fA-F]{32}"),
    "SHA-1": re.compile(r"[0-9a-fA-F]{40}"),
    "crypt": re.compile(
        r"[./0-9A-Za-z]{13}"  # DES
        r"|\$1\$[^$:\s]{0,8}\$[./0-9A-Za-z]{22}"
        r"|\$5\$(?:rounds=(?P<rounds5>\d{1,9})\$)?[^$:\s]{0,16}\$[./0-9A-Za-z]{43}"
        r"|\$6\$(?:rounds=(?P<rounds6>\d{1,9})\$)?[^$:\s]{0,16}\$[./0-9A-Za-z]{86}"
    ),
}


def set_password(user: User, password: str, hash_function: str = "") -> None:
    """Give the account this password; call inside `world.changing()`."""
    user.password = kept(password, hash_function)


def kept(password: str, hash_function: str = "") -> str:
    """What to write into `User.password`."""
    if hash_function:
        return f"{_MARK}{hash_function}:{password}"
    return f"{_MARK}plain:{password}" if password.startswith(_MARK) else password


def password_matches(user: User, typed: str) -> bool:
    """Whether this is the account's password."""
    function, digest = _split(user.password)
    return hmac.compare_digest(_digest(function, typed, digest).encode(), digest.encode())


def is_acceptable(password: str, hash_function: str = "") -> bool:
    """Google's rule: 8 to 100 printable ASCII characters without spaces at the ends, or a digest of the function."""
    if not hash_function:
        return bool(re.fullmatch(r"[!-~][ -~]{6,98}[!-~]", password))
    shape = _SHAPES.get(hash_function)
    found = shape.fullmatch(password) if shape else None
    return found is not None and all(int(rounds or 0) <= MAX_ROUNDS for rounds in found.groupdict().values())


def _split(password: str) -> tuple[str, str]:
    if not password.startswith(_MARK):
        return "plain", password
    function, _, digest = password.removeprefix(_MARK).partition(":")
    return function, digest if function in {"plain", "crypt"} else digest.lower()


def _digest(function: str, typed: str, salt: str) -> str:
    if function == "plain":
        return typed
    if function == "crypt":
        return _crypt(typed, salt)
    algorithm = {"MD5": "md5", "SHA-1": "sha1"}[function]
    return hashlib.new(algorithm, typed.encode(), usedforsecurity=False).hexdigest()


def _crypt(typed: str, salt: str) -> str:
    library = _libcrypt()
    if library is None or "\0" in typed:
        return ""
    found: bytes | None = library.crypt(typed.encode(), salt.encode())
    return (found or b"").decode()


@lru_cache(maxsize=1)
def _libcrypt() -> ctypes.PyDLL | None:
    """The machine's C library: Python's own binding is gone from 3.13 on. None where there is none to load."""
    name = ctypes.util.find_library("crypt")
    if name is None:
        return None
    # PyDLL keeps the interpreter's lock during the call, because crypt(3) answers from a static buffer.
    library = ctypes.PyDLL(name)
    library.crypt.argtypes = [ctypes.c_char_p, ctypes.c_char_p]
    library.crypt.restype = ctypes.c_char_p
    return library
