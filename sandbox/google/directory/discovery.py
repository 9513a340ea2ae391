"""The Directory API as its own discovery document describes it: methods, paths, scopes, parameters, schemas."""

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

from googleapiclient.discovery_cache import get_static_doc


@dataclass(frozen=True)
class Method:
    """One method. `scopes` are full URLs, any one of which is enough; request and response name schemas or are ""."""

    id: str
    verb: str
    path: re.Pattern[str]
    scopes: frozenset[str]
    parameters: Mapping[str, Mapping[str, Any]]
    request: str
    response: str

    @property
    def rpc_name(self) -> str:
        """The name that insufficient-scope errors carry, for example `...v1.DirectoryUsers.List`."""
        *resources, verb = (part[0].upper() + part[1:] for part in self.id.split(".")[1:])
        return f"ccc.hosted.frontend.directory.v1.Directory{''.join(resources)}.{verb}"


@lru_cache(maxsize=1)
def document() -> dict[str, Any]:
    """The document that comes with google-api-python-client."""
    found: dict[str, Any] = json.loads(get_static_doc("admin", "directory_v1") or "{}")
    return found


def schema(name: str) -> Mapping[str, Any]:
    """The schema with this name; {} when there is none."""
    found: Mapping[str, Any] = document()["schemas"].get(name, {})
    return found


@lru_cache(maxsize=1)
def methods() -> tuple[Method, ...]:
    """Every method of the Directory proper, also those that are not simulated; Chrome's printers are left out."""
    return tuple(method for method in _methods(document()) if method.id.startswith("directory."))


def find(verb: str, path: str) -> tuple[Method, dict[str, str]] | None:
    """The method for a request, with its path parameters; path without the leading slash, percent-decoded."""
    for method in methods():
        if method.verb == verb and (found := method.path.fullmatch(path)):
            return method, found.groupdict()
    return None


def _methods(resource: Mapping[str, Any]) -> list[Method]:
    found = [_method(description) for description in resource.get("methods", {}).values()]
    for inner in resource.get("resources", {}).values():
        found += _methods(inner)
    return found


def _method(description: Mapping[str, Any]) -> Method:
    return Method(
        id=description["id"],
        verb=description["httpMethod"],
        path=_pattern(description["path"]),
        scopes=frozenset(description.get("scopes", ())),
        parameters=description.get("parameters", {}),
        request=description.get("request", {}).get("$ref", ""),
        response=description.get("response", {}).get("$ref", ""),
    )


def _pattern(path: str) -> re.Pattern[str]:
    parts = re.split(r"\{(\+?\w+)\}", path)
    pieces = [re.escape(part) if number % 2 == 0 else _group(part) for number, part in enumerate(parts)]
    return re.compile("".join(pieces))


def _group(name: str) -> str:
    return f"(?P<{name[1:]}>.+)" if name.startswith("+") else f"(?P<{name}>[^/]+)"
