"""Which column of a file holds which field: guessed from the header, or as somebody said before. Pure."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from provisioning.bulk.file.columns import FIELD_OF_HEADER, FIELDS, header_key
from provisioning.bulk.file.google_template import has_no_effect, is_template
from provisioning.bulk.file.result_columns import is_ours

WHOLE_NAMES = ("full_name", "full_name_family_first")
_JUST_NAME = ("name", "naam")
"""Beside a column of first names, one that is called so holds the last ones (Name, Vorname)."""


@dataclass(frozen=True)
class ColumnMapping:
    """fields: a field's name to the number of its column, from 0. The other columns: unknown ones may be given a field;
    ignored ones are known to say nothing about a new account. missing: required fields that no column holds.
    """

    fields: dict[str, int]
    unknown: tuple[int, ...]
    ignored: tuple[int, ...]
    missing: tuple[str, ...]
    is_google_template: bool

    @property
    def is_complete(self) -> bool:
        """Whether nobody needs to be asked: names are there, and no column was left without a meaning."""
        return not self.missing and not self.unknown


def guess_mapping(
    header: Sequence[str], remembered: Mapping[str, int] | None = None, extra: Iterable[str] = ()
) -> ColumnMapping:
    """What each column holds, as far as can be told. Of two columns with one meaning the first is taken.

    remembered: what somebody said about this very header; it is taken as it is, and columns it leaves out are ignored,
    but for those of `extra`, which may be newer: a rule about a column would else never fit, and nobody be told.
    extra: names of fields of the domain's own, from its patterns and rules; a column of that name holds one, whatever
    the name means otherwise, so that a rule about "Department" sees it beside Google's field.
    """
    width = len(header)
    ignored = {at for at, name in enumerate(header) if _says_nothing(name)}
    if remembered is not None and all(0 <= at < width for at in remembered.values()):
        fields = {**_guessed_own(header, set(range(width)) - set(remembered.values()), extra), **remembered}
        ignored = set(range(width)) - set(fields.values())
    else:
        fields = _guessed({at: header_key(name) for at, name in enumerate(header) if at not in ignored}, extra)
    unknown = sorted(set(range(width)) - set(fields.values()) - ignored)
    return ColumnMapping(fields, tuple(unknown), tuple(sorted(ignored)), missing(fields), is_template(header))


def missing(fields: Iterable[str]) -> tuple[str, ...]:
    """The required fields that none of these gives."""
    given = set(fields)
    if given & set(WHOLE_NAMES):
        return ()
    return tuple(name for name, spec in FIELDS.items() if spec.is_required and name not in given)


def unused(header: Sequence[str], mapping: Mapping[str, int]) -> list[str]:
    """The names of columns that hold no field, but for those that never could."""
    taken = set(mapping.values())
    return [name for at, name in enumerate(header) if at not in taken and not _says_nothing(name)]


def _says_nothing(name: str) -> bool:
    """Whether a column called so is known to say nothing about a new account: nameless, ours, or Google's."""
    return not name.strip() or is_ours(name) or has_no_effect(name)


def _guessed_own(header: Sequence[str], free: Iterable[int], extra: Iterable[str]) -> dict[str, int]:
    """The domain's own fields by their very names, among columns that hold nothing else."""
    places = {header_key(header[at]): at for at in sorted(free, reverse=True)}
    return {name: places[header_key(name)] for name in extra if header_key(name) in places}


def _guessed(keys: Mapping[int, str], extra: Iterable[str]) -> dict[str, int]:
    fields: dict[str, int] = {}
    own = {header_key(name): name for name in extra}
    for at, key in keys.items():
        if key in FIELD_OF_HEADER:
            fields.setdefault(FIELD_OF_HEADER[key], at)
        if key in own:
            fields.setdefault(own[key], at)
    if "first_name" in fields and "last_name" not in fields and keys.get(fields.get("full_name", -1)) in _JUST_NAME:
        fields["last_name"] = fields.pop("full_name")
    return fields
