"""Names of OAuth scopes: which exist, and the two spellings of the identity scopes."""

import json
from collections.abc import Iterable
from functools import lru_cache

from googleapiclient.discovery_cache import get_static_doc

PREFIX = "https://www.googleapis.com/auth/"
CLOUD_PLATFORM = PREFIX + "cloud-platform"
LICENSE = PREFIX + "appsmarketplace.license"
LICENSING = PREFIX + "apps.licensing"
LONG_FORMS = {"email": PREFIX + "userinfo.email", "profile": PREFIX + "userinfo.profile"}
SHORT_FORMS = {long: short for short, long in LONG_FORMS.items()}
APIS = (("admin", "directory_v1"), ("appsmarket", "v2"), ("gmail", "v1"), ("licensing", "v1"))


def split(text: str) -> list[str]:
    """Scopes of a space-separated parameter, in their long spelling, each once, in order."""
    return list(dict.fromkeys(canonical(text.split())))


def canonical(scopes: Iterable[str]) -> list[str]:
    """The long spelling of each."""
    return [LONG_FORMS.get(scope, scope) for scope in scopes]


def in_callback(scopes: Iterable[str]) -> str:
    """As the callback of a sign-in spells them: short forms first, then the long ones."""
    known = list(scopes)
    short = [SHORT_FORMS[scope] for scope in known if scope in SHORT_FORMS]
    return " ".join(sorted(short) + [scope for scope in known if scope == "openid"] + _only_long(known))


def unknown(scopes: Iterable[str]) -> list[str]:
    """Those that no API of the simulation has."""
    return [scope for scope in scopes if scope not in known_scopes()]


@lru_cache(maxsize=1)
def known_scopes() -> frozenset[str]:
    """Every scope of the simulated APIs, from their bundled discovery documents, and the identity scopes."""
    names = {"openid", CLOUD_PLATFORM, PREFIX + "iam", *LONG_FORMS, *LONG_FORMS.values()}
    for api, version in APIS:
        document = json.loads(get_static_doc(api, version) or "{}")
        names.update(document.get("auth", {}).get("oauth2", {}).get("scopes", {}))
    return frozenset(names | {LICENSE})


def _only_long(scopes: list[str]) -> list[str]:
    return [scope for scope in scopes if scope != "openid"]
