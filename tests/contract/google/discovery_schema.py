"""Checks answers against the discovery documents that google-api-python-client brings along."""

import json
from functools import lru_cache
from typing import Any

from googleapiclient.discovery_cache import get_static_doc

TYPES: dict[str, type | tuple[type, ...]] = {
    "string": str,
    "boolean": bool,
    "integer": int,
    "number": (int, float),
    "array": list,
    "object": dict,
}


def complaints(api: str, version: str, schema: str, value: object) -> list[str]:
    """What in the value is not as the schema says: members it does not have, wrong types. Empty when all is well."""
    return list(_check(_schemas(api, version), {"$ref": schema}, value, schema))


@lru_cache(maxsize=8)
def _schemas(api: str, version: str) -> dict[str, Any]:
    document = json.loads(get_static_doc(api, version) or "{}")
    return dict(document["schemas"])


def _check(schemas: dict[str, Any], schema: dict[str, Any], value: object, where: str) -> list[str]:
    if "$ref" in schema:
        schema = schemas[schema["$ref"]]
    kind = schema.get("type", "any")
    if kind == "any":
        return []
    if not isinstance(value, TYPES[kind]) or (kind in {"integer", "number"} and isinstance(value, bool)):
        return [f"{where}: {value!r} is no {kind}"]
    if isinstance(value, list):
        found = [_check(schemas, schema["items"], one, f"{where}[{index}]") for index, one in enumerate(value)]
        return [complaint for complaints_of_one in found for complaint in complaints_of_one]
    return _check_members(schemas, schema, value, where) if isinstance(value, dict) else []


def _check_members(schemas: dict[str, Any], schema: dict[str, Any], value: dict[str, object], where: str) -> list[str]:
    found: list[str] = []
    for name, member in value.items():
        known = schema.get("properties", {}).get(name) or schema.get("additionalProperties")
        if known is None:
            found.append(f"{where}.{name}: there is no such member")
        else:
            found += _check(schemas, known, member, f"{where}.{name}")
    return found
