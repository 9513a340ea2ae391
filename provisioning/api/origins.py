"""Origins of web pages, as administrators list them and as browsers send them, and what browsers are told. Pure.

The list keeps no attacker out: whoever is not a browser sends any Origin. It says which pages a browser may let read
the answers.
"""

import re
from collections.abc import Collection, Mapping
from urllib.parse import urlsplit

from runtime.problems import BadRequest

NULL = "null"
"""What browsers send for a page opened from a file, and for pages in a sandbox."""
MOST_ORIGINS = 20
LOOPBACK = frozenset({"localhost", "127.0.0.1", "[::1]"})
_USUAL_PORTS = {"https": 443, "http": 80}
_HOST = re.compile(r"[a-z0-9]([a-z0-9.-]{0,251}[a-z0-9])?|\[[0-9a-f:.]+\]")
_PREFLIGHT_KEPT = 600  # seconds


class OriginRefused(BadRequest):
    """What was typed is not the origin of a page."""

    code = "origin"


def parse_origins(text: str) -> tuple[str, ...]:
    """Origins separated by spaces, commas or lines, each once, in order. Raises OriginRefused."""
    origins = tuple(dict.fromkeys(parse_origin(word) for word in text.replace(",", " ").split()))
    if len(origins) > MOST_ORIGINS:
        raise OriginRefused(f"At most {MOST_ORIGINS} origins.")
    return origins


def parse_origin(word: str) -> str:
    """One origin as browsers write it: lower case, no usual port, no slash at the end. Raises OriginRefused."""
    if word.lower() == NULL:
        return NULL
    shown = word[:100]
    try:
        url = urlsplit(word)
        port = url.port
    except ValueError as error:
        raise OriginRefused(f"{shown} is not an origin: type a scheme and a host.") from error
    host = url.netloc.rpartition("@")[2].lower()
    host = host.removesuffix(f":{port}") if port is not None else host.removesuffix(":")
    if url.scheme not in _USUAL_PORTS or not _HOST.fullmatch(host) or ".." in host or url.username is not None:
        raise OriginRefused(f"{shown} is not an origin: type a scheme and a host, like https://school.example.")
    if url.path.strip("/") or url.query or url.fragment or "?" in word or "#" in word:
        raise OriginRefused(f"{shown} has more than an origin: leave out what comes after the host.")
    if url.scheme == "http" and host not in LOOPBACK:
        raise OriginRefused(f"{shown} is not encrypted: what its pages send can be read and changed on the way.")
    return f"{url.scheme}://{host}" + (f":{port}" if port and port != _USUAL_PORTS[url.scheme] else "")


def answer_headers(origin: str, listed: Collection[str]) -> Mapping[str, str]:
    """What goes with an answer. origin: the request's; "" when it has none. Never with credentials."""
    headers = {"Vary": "Origin"}
    if origin and origin in listed:
        headers |= {
            "Access-Control-Allow-Origin": origin,
            "Access-Control-Expose-Headers": "Retry-After, X-Request-Id",
            "Cross-Origin-Resource-Policy": "cross-origin",
        }
    return headers


def preflight_headers(origin: str, listed: Collection[str]) -> Mapping[str, str]:
    """What a browser is told before it sends what a form could not."""
    headers = dict(answer_headers(origin, listed))
    if "Access-Control-Allow-Origin" in headers:
        headers |= {
            "Access-Control-Allow-Methods": "GET, POST",
            "Access-Control-Allow-Headers": "Authorization, Content-Type",
            "Access-Control-Max-Age": str(_PREFLIGHT_KEPT),
        }
    return headers
