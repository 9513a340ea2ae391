"""What a file calls its columns: sentences name what people see before them, and our word beside it. Pure."""

from collections.abc import Mapping, Sequence

from provisioning.accounts.person_names import visible
from provisioning.bulk.file.columns import FIELDS, header_key
from provisioning.bulk.file.mapping import WHOLE_NAMES

SHOWN = 60
"""Characters of a header in a sentence; it may have thousands."""
_ELSE_IN: Mapping[str, tuple[str, ...]] = {
    "first_name": WHOLE_NAMES,
    "last_name": WHOLE_NAMES,
    "username": ("email",),
    "email": ("username",),
}
"""Fields whose column may hold the value of another: see values.values_of."""


class ColumnNames:
    """The columns of one file. header: their names; mapping: a field's name to the number of its column."""

    def __init__(self, header: Sequence[str], mapping: Mapping[str, int]) -> None:
        self.header = tuple(header)
        self._mapping = {name: at for name, at in mapping.items() if at < len(self.header)}

    def of(self, field: str, cells: Sequence[str] = ()) -> str:
        """ "Vorname (column C, First name)": as it stands in the file, where, and our word unless it is the same.

        cells: of the row it is about, where several columns may hold the value. Our word alone where no column does.
        """
        at, label = self._place(field, cells), label_of(field)
        if at is None:
            return label
        is_same = header_key(self.header[at]) == header_key(label)
        return column_words(at, self.header, "" if is_same else label)

    def short(self, field: str, cells: Sequence[str] = ()) -> str:
        """ "Vorname": as it stands in the file."""
        at = self._place(field, cells)
        if at is None:
            return label_of(field)
        return shown(self.header[at]) or f"Column {column_letter(at)}"

    def _place(self, field: str, cells: Sequence[str]) -> int | None:
        places = [self._mapping[name] for name in (field, *_ELSE_IN.get(field, ())) if name in self._mapping]
        said = (at for at in places if at < len(cells) and cells[at].strip())
        return next(said, places[0] if places else None)


def column_letter(at: int) -> str:
    """As spreadsheets call the column of this number, from 0: A, Z, AA."""
    above, last = divmod(at, 26)
    return (column_letter(above - 1) if above else "") + chr(ord("A") + last)


def column_words(at: int, header: Sequence[str], ours: str = "") -> str:
    """ "Vorname (column C, First name)"; "Column C (First name)" where it has no name. ours: what we call it."""
    name, letter = shown(header[at]) if at < len(header) else "", column_letter(at)
    if not name:
        return f"Column {letter} ({ours})" if ours else f"Column {letter}"
    return f"{name} (column {letter}, {ours})" if ours else f"{name} (column {letter})"


def label_of(field: str) -> str:
    """Our word; a field of the domain's own is called by its name."""
    return FIELDS[field].label if field in FIELDS else field


def shown(header: str) -> str:
    """A header as a sentence has it: on one line, not longer than SHOWN, and without what turns the sentence around."""
    name = " ".join(visible(header).split())
    return name if len(name) <= SHOWN else f"{name[: SHOWN - 1]}…"
