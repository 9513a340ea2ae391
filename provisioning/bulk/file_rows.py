"""A row of a file as it is kept: without its password. Pure."""

from collections.abc import Mapping, Sequence

from provisioning.bulk.rows import Finding, Row
from provisioning.bulk.values import values_of

NOT_KEPT = "(not kept)"
"""In place of what may be a password."""


def row_of(line: int, cells: Sequence[str], width: int, mapping: Mapping[str, int]) -> tuple[Row, str]:
    """The row, not planned yet, and the password that the file gives, "" if none. width: of the header.

    A row that is wider than the header is a problem: a cell with the separator in it was not quoted, and all after it
    stand in wrong columns, the password among them. So nothing is kept there from the password's column on.
    """
    secret = mapping.get("password", len(cells))
    if len(cells) > width:
        shown = [*cells[:secret], *(NOT_KEPT if cell else "" for cell in cells[secret:])]
        return Row(line, shown, values_of(cells[:secret], mapping), findings=[_too_wide(len(cells), width)]), ""
    values = values_of(cells, mapping)
    password = values.pop("password", "")
    return Row(line, ["" if at == secret else cell for at, cell in enumerate(cells)], values), password


def _too_wide(cells: int, width: int) -> Finding:
    sentence = f"The row has {cells} cells, and the header {width}: perhaps one with the separator in it is not quoted."
    return Finding("cells_beyond_header", sentence)
