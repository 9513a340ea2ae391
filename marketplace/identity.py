"""Who an ID token says somebody is, where they may be sent afterwards, and what a domain hint is worth. Pure."""

import re
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import unquote, urlsplit

from runtime.problems import BadRequest, Forbidden

_LABEL = re.compile(r"(?!-)[a-z0-9-]{1,63}(?<!-)")
_READ_TWO_WAYS = frozenset("ßς\u200c\u200d")
"""Older and newer rules for names read these as different domains (straße is strasse, or xn--strae-oqa)."""
_UNEXPANDED = ("${DOMAIN_NAME}", "%24%7BDOMAIN_NAME%7D")
MAX_DOMAIN = 253
MAX_NEXT = 2000


class SignInRefused(Forbidden):
    """Google's answer does not identify somebody we can let in."""

    title = "That account cannot be used here"
    code = "sign_in_refused"
    default_advice = "Sign in with another account."


class SignInFailed(BadRequest):
    """The sign-in did not come to an end as it must: expired, repeated, begun in another browser, or refused."""

    title = "The sign-in did not work"
    code = "sign_in_failed"
    default_advice = "Start again from the app, in one browser window. Nothing was changed."


@dataclass(frozen=True)
class Identity:
    """A person as Google says it. `sub` is the only key; the rest are labels."""

    sub: str
    email: str
    name: str
    hd: str  # lower case A-label; "" for an account outside Google Workspace
    auth_time: int = 0  # when they signed in at Google, in seconds since 1970; 0 where Google does not say


def identity_from_claims(claims: Mapping[str, Any], *, client_id: str) -> Identity:
    """The person in a token whose signature, issuer, lifetime and nonce are verified. Raises SignInRefused.

    `aud` and `azp` are checked here: Authlib accepts somebody else's audience when `azp` is ours.
    """
    if claims.get("aud") not in (client_id, [client_id]) or claims.get("azp", client_id) != client_id:
        raise SignInRefused("Google's answer was made for another application.", raw="aud or azp is not ours")
    sub, email = claims.get("sub"), claims.get("email")
    if not (isinstance(sub, str) and sub.isascii() and 0 < len(sub) <= 255):  # noqa: PLR2004 - OpenID Connect Core 2
        raise SignInRefused("Google's answer names no account.")
    if not isinstance(email, str) or "@" not in email or claims.get("email_verified") is not True:
        raise SignInRefused("Google has not verified the e-mail address of that account.")
    hd = claims.get("hd") or ""
    if hd and not domain_hint(str(hd)):
        raise SignInRefused("Google's answer names no usable domain.", raw=f"hd={hd!r}")
    # Other letters keep their case: the lower case of the Kelvin sign is a k, and would be somebody else's address.
    address = email.lower() if email.isascii() else email
    auth_time = claims.get("auth_time")
    signed_in = auth_time if type(auth_time) is int and auth_time > 0 else 0
    return Identity(sub, address, str(claims.get("name") or email), domain_hint(str(hd)), signed_in)


def is_operator(email: str, hd: str, operators: Collection[str]) -> bool:
    """Whether a verified address is on the operators' list, and is one that Google itself vouches for.

    That is a Workspace account's or Gmail's own; any other consumer account may have been made with an address that
    changed hands since.
    """
    return email in operators and (bool(hd) or email.endswith("@gmail.com"))


def domain_hint(text: str) -> str:
    """A domain name as people or Google write it, as a lower case A-label; "" for anything else.

    The manifest's placeholder, expanded by nobody, is no hint.
    """
    text = text.strip().rstrip(".").lower()
    if not text or text.upper() in _UNEXPANDED or len(text) > MAX_DOMAIN or _READ_TWO_WAYS.intersection(text):
        return ""
    try:
        ascii_name = text.encode("idna").decode("ascii").lower()
    except UnicodeError:
        return ""
    labels = ascii_name.split(".")
    return ascii_name if len(labels) > 1 and all(_LABEL.fullmatch(label) for label in labels) else ""


def safe_next(target: str | None) -> str:
    """A path on this origin in every browser's reading of it, or "/".

    Browsers drop tabs and newlines, read a backslash as a slash, and decode once more behind some proxies; so a target
    is refused when any decoding of it could begin with two slashes or leave the path.
    """
    if not target or len(target) > MAX_NEXT:
        return "/"
    text = target
    for _ in range(4):
        if not _is_plain_path(text):
            return "/"
        text, before = unquote(text), text
        if text == before:
            return target
    return "/"  # encoded more than three times over: nobody's honest link


def _is_plain_path(text: str) -> bool:
    if not text.startswith("/") or text.startswith("//") or "\\" in text:
        return False
    if any(ord(char) <= 0x20 or ord(char) == 0x7F or 0x80 <= ord(char) < 0xA0 for char in text):  # noqa: PLR2004
        return False
    try:
        parts = urlsplit(text)
    except ValueError:
        return False
    segments = parts.path.split("/")
    return not parts.scheme and not parts.netloc and ".." not in segments and "//" not in parts.path
