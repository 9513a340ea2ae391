"""The rows of a file as they are kept: without passwords. Pure."""

from collections.abc import Mapping, Sequence

from provisioning.bulk.file.columns import names_password
from provisioning.bulk.file.values import values_of
from provisioning.bulk.rows import Finding, Row

NOT_KEPT = "(not kept)"
"""In place of what may be a password."""


class FileRows:
    """Makes rows of the cells of one file."""

    def __init__(self, header: Sequence[str], mapping: Mapping[str, int]) -> None:
        """mapping: a field's name to the number of its column. Columns that are called a password count as one too."""
        self._width = len(header)
        self._mapping = mapping
        self._secrets = {at for at, name in enumerate(header) if names_password(name)}
        self._secrets |= {at for name, at in mapping.items() if name == "password"}

    def row(self, line: int, cells: Sequence[str]) -> tuple[Row, str]:
        """The row, not planned yet, and the password that the file gives it, "" if none.

        A row that is wider than the header is a problem: a cell with the separator in it was not quoted, and all after
        it stand in wrong columns, a password among them. So nothing is kept there from the first password's column on.
        """
        if len(cells) > self._width:
            first = min(self._secrets, default=len(cells))
            shown = [*cells[:first], *(NOT_KEPT if cell else "" for cell in cells[first:])]
            return Row(line, shown, values_of(cells[:first], self._mapping), findings=[self._too_wide(len(cells))]), ""
        values = values_of(cells, self._mapping)
        password = values.pop("password", "")
        return Row(line, ["" if at in self._secrets else cell for at, cell in enumerate(cells)], values), password

    def _too_wide(self, cells: int) -> Finding:
        what = f"The row has {cells} cells, and the header has {self._width}."
        why = "Perhaps a cell with the separator in it has no quotation marks around it."
        return Finding("cells_beyond_header", f"{what} {why}")
