"""The `fields` parameter: `a,b(c,d)`, `a/b`, `*`. What it does not name is left out, nextPageToken too."""

import re
from collections.abc import Mapping
from typing import Any

from sandbox.google.directory.discovery import schema
from sandbox.google.errors import GoogleError

Mask = dict[str, Any]
"""Field name or "*" -> the mask for what is inside, None for all of it."""

_PIECES = re.compile(r"[^\s,()/]+|[,()/]")


def parse(fields: str) -> Mask:
    """The mask of a `fields` value. Raises GoogleError 400 `invalidParameter` when it cannot be read."""
    pieces = _PIECES.findall(fields)
    mask, rest = _selections(pieces, fields)
    if rest:
        raise invalid_selection(fields)
    return mask


def invalid_selection(name: str) -> GoogleError:
    """The error for a field that does not exist or a mask that cannot be read."""
    location = ("parameter", "fields")
    return GoogleError(400, f"Invalid field selection {name}", "invalidParameter", location=location)


def check(mask: Mask, name: str) -> None:
    """Raise GoogleError 400 when the mask names what the schema `name` does not have."""
    _check(mask, schema(name))


def apply(mask: Mask | None, value: Any) -> Any:
    """The value with nothing but what the mask names; objects that lose every field stay, as `{}`."""
    if mask is None:
        return value
    if isinstance(value, list):
        return [apply(mask, item) for item in value]
    if not isinstance(value, dict):
        return value
    return {key: apply(asked[0], inner) for key, inner in value.items() if (asked := asked_of(mask, key))}


def asked_of(mask: Mask, key: str) -> list[Mask | None]:
    """The mask for what is inside this key, named or starred; empty when it is not to be sent at all."""
    asked = [mask[name] for name in (key, "*") if name in mask]
    return [_union(*asked)] if len(asked) == 2 else asked


def _union(left: Mask | None, right: Mask | None) -> Mask | None:
    if left is None or right is None:
        return None
    both = dict(left)
    for name, inner in right.items():
        both[name] = _union(both[name], inner) if name in both else inner
    return both


def _selections(pieces: list[str], fields: str) -> tuple[Mask, list[str]]:
    mask: Mask = {}
    while True:
        selection, pieces = _selection(pieces, fields)
        mask = _union(mask, selection) or {}
        if not pieces or pieces[0] == ")":
            return mask, pieces
        if pieces[0] != ",":
            raise invalid_selection(fields)
        pieces = pieces[1:]


def _selection(pieces: list[str], fields: str) -> tuple[Mask, list[str]]:
    if not pieces or pieces[0] in {",", "(", ")", "/"}:
        raise invalid_selection(fields)
    name, rest = pieces[0], pieces[1:]
    if rest[:1] == ["/"]:
        inner, rest = _selection(rest[1:], fields)
        return {name: inner}, rest
    if rest[:1] == ["("]:
        inner, rest = _selections(rest[1:], fields)
        if rest[:1] != [")"]:
            raise invalid_selection(fields)
        return {name: inner}, rest[1:]
    return {name: None}, rest


def _check(mask: Mask, described: Mapping[str, Any]) -> None:
    described = _element(described)
    if described.get("type") != "object" or "additionalProperties" in described:
        return  # of type "any", or a map: every name may be there
    properties = described.get("properties", {})
    for name, inner in mask.items():
        if name == "*":
            continue  # what is below a star may be there in some of the fields only
        if name not in properties:
            raise invalid_selection(name)
        _check(inner or {}, properties[name])


def _element(described: Mapping[str, Any]) -> Mapping[str, Any]:
    while "$ref" in described or described.get("type") == "array":
        described = schema(described["$ref"]) if "$ref" in described else described["items"]
    return described
