"""What a file may say about a person: the fields, and how a column's name tells which it holds. Pure."""

import re
import unicodedata
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

from provisioning.bulk.file.headers import HEADERS

FieldKind = Literal["text", "email", "phone", "list", "truth", "secret"]
"""list: several in one cell, see values.several. truth: see values.truth. secret: is not kept with the row."""


@dataclass(frozen=True)
class FieldSpec:
    """A field. longest: characters of a value. headers: what columns that hold it are called, see `header_key`."""

    label: str
    longest: int
    kind: FieldKind
    is_required: bool
    headers: tuple[str, ...]


def _field(name: str, label: str, longest: int, kind: FieldKind = "text", *, is_required: bool = False) -> FieldSpec:
    return FieldSpec(label, longest, kind, is_required, tuple(HEADERS[name].split("|")))


# Lengths: names 60, local part 64, password 100, recovery and other addresses 254 (RFC 5321) are Google's; Google gives
# the rest by the kilobyte for all values together, so these are ours.
FIELDS: Mapping[str, FieldSpec] = {
    "first_name": _field("first_name", "First name", 60, is_required=True),
    "last_name": _field("last_name", "Last name", 60, is_required=True),
    "full_name": _field("full_name", "Full name", 121),
    "full_name_family_first": _field("full_name_family_first", "Full name, family name first", 121),
    "username": _field("username", "Username", 64),
    "email": _field("email", "Email address", 254, "email"),
    "password": _field("password", "Password", 100, "secret"),
    "password_hash": _field("password_hash", "Password hash function", 20),
    "org_unit": _field("org_unit", "Organizational unit", 1000),
    "groups": _field("groups", "Groups", 4000, "list"),
    "aliases": _field("aliases", "Aliases", 4000, "list"),
    "employee_id": _field("employee_id", "Employee or student ID", 200),
    "recovery_email": _field("recovery_email", "Recovery email", 254, "email"),
    "recovery_phone": _field("recovery_phone", "Recovery phone", 20, "phone"),
    "home_email": _field("home_email", "Home email", 254, "email"),
    "work_email": _field("work_email", "Work email", 254, "email"),
    "work_phone": _field("work_phone", "Work phone", 100, "phone"),
    "home_phone": _field("home_phone", "Home phone", 100, "phone"),
    "mobile_phone": _field("mobile_phone", "Mobile phone", 100, "phone"),
    "work_address": _field("work_address", "Work address", 2000),
    "home_address": _field("home_address", "Home address", 2000),
    "employee_type": _field("employee_type", "Employee type", 200),
    "title": _field("title", "Title", 200),
    "manager_email": _field("manager_email", "Manager's email", 254, "email"),
    "department": _field("department", "Department", 200),
    "cost_center": _field("cost_center", "Cost center", 200),
    "building_id": _field("building_id", "Building ID", 200),
    "floor_name": _field("floor_name", "Floor name", 200),
    "floor_section": _field("floor_section", "Floor section", 200),
    "change_password": _field("change_password", "Change password at next sign-in", 10, "truth"),
    "license": _field("license", "License", 200),
}
"""By the name that mappings and values use. Fields of a domain's own patterns come beside them, by their own names."""

_IN_BRACKETS = re.compile(
    r"\[[^\]]*\]|\((?:required|mandatory|optional|pflicht|pflichtfeld|obligatoire|facultatif|obligatorio|opcional"
    r"|verplicht|optioneel|bắt buộc)\)",
    re.IGNORECASE,
)
_SEPARATORS = re.compile(r"[,;\t]")
_MADE_OF_TWO = str.maketrans({"đ": "d", "Đ": "d", "ß": "ss", "ø": "o", "Ø": "o", "ł": "l", "Ł": "l"})


def header_key(header: str) -> str:
    """What is compared of a header: letters and digits, no capitals, no marks, nothing in [brackets], no (required)."""
    plain = unicodedata.normalize("NFKD", _IN_BRACKETS.sub("", header).translate(_MADE_OF_TWO)).casefold()
    return "".join(character for character in plain if character.isalnum())


def names_password(header: str) -> bool:
    """Whether a column is called a password; or one of several is, where the file was split at another separator."""
    return any(FIELD_OF_HEADER.get(header_key(part)) == "password" for part in _SEPARATORS.split(header))


def _by_header() -> dict[str, str]:
    named = {header_key(name): name for name in FIELDS}
    for name, spec in FIELDS.items():
        for header in (spec.label, *spec.headers):
            named.setdefault(header_key(header), name)
    return named


FIELD_OF_HEADER: Mapping[str, str] = _by_header()
"""Of header_key to the name of the field."""
