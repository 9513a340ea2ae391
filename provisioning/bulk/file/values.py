"""What the cells of one row say, field by field. Pure."""

import re
from collections.abc import Mapping, Sequence

from provisioning.bulk.file.columns import FIELDS
from provisioning.bulk.file.google_template import UNCHANGED_PASSWORD

_TRUE = frozenset(re.findall(r"\S+", "true yes y 1 x on wahr ja j vrai oui verdadero sí si waar đúng có"))
_FALSE = frozenset(re.findall(r"\S+", "false no n 0 off falsch nein faux non falso onwaar nee sai không"))
_BETWEEN = re.compile(r"[,;\r\n]")
_TRUTHS = tuple(name for name, spec in FIELDS.items() if spec.kind == "truth")


def values_of(cells: Sequence[str], mapping: Mapping[str, int]) -> dict[str, str]:
    """By field, trimmed; what is empty is left out, and so is a password of ****. Truths are TRUE or FALSE.

    A whole name becomes first_name and last_name, where the row has not got them anyway; a username with an @ is an
    email, and an email without one a username. mapping: a field's name to the number of its column; a row may have
    fewer cells. Cells are as `read_rows` gives them: our formula guard is gone.
    """
    width = len(cells)
    values = {name: value for name, at in mapping.items() if at < width and (value := cells[at].strip())}
    if values.get("password") == UNCHANGED_PASSWORD:
        del values["password"]
    for name in _TRUTHS:
        if (said := truth(values.get(name, ""))) is not None:
            values[name] = "TRUE" if said else "FALSE"
    return _with_names(_with_address(values))


def truth(value: str) -> bool | None:
    """Yes or no, in the languages of our headers; None when it is neither."""
    word = value.casefold()
    if word in _TRUE:
        return True
    return False if word in _FALSE else None


def several(value: str) -> list[str]:
    """The entries of a cell with several: separated by commas, semicolons or line breaks; each once, in order."""
    return list(dict.fromkeys(entry for part in _BETWEEN.split(value) if (entry := part.strip())))


def split_name(name: str) -> tuple[str, str]:
    """First and last name: "Last, First", or the last word and the small ones before it: Ludwig | van Beethoven."""
    last, comma, first = (part.strip() for part in name.partition(","))
    if comma:
        return first, last
    words = name.split()
    at = len(words) - 1
    while at > 1 and words[at - 1].islower() and not words[0].islower():
        at -= 1
    return " ".join(words[:at]), " ".join(words[at:])


def split_family_first(name: str) -> tuple[str, str]:
    """First and last name where the family's comes first: Nguyễn | Văn An, or "Last, First"."""
    last, comma, first = (part.strip() for part in name.partition(","))
    if not comma:
        last, _, first = " ".join(name.split()).partition(" ")
    return first, last


def _with_address(values: dict[str, str]) -> dict[str, str]:
    """Columns for the one often hold the other."""
    for name, other, is_address in (("username", "email", True), ("email", "username", False)):
        if name in values and other not in values and ("@" in values[name]) is is_address:
            values[other] = values.pop(name)
            break
    return values


def _with_names(values: dict[str, str]) -> dict[str, str]:
    usual, family_first = values.pop("full_name", ""), values.pop("full_name_family_first", "")
    if usual or family_first:
        first, last = split_name(usual) if usual else split_family_first(family_first)
        for name, part in (("first_name", first), ("last_name", last)):
            if part:
                values.setdefault(name, part)
    return values
