"""Keeps spreadsheets from taking a cell's text for a formula, and takes that away again. Pure.

A cell also counts as several: a program that is set to another separator than the file's splits it at that, or at a
line's end, whatever is quoted, and takes what follows for a cell (OWASP, CSV injection).
"""

import re

_SIGNS = "=+\\-@\uff1d\uff0b\uff0d\uff20"
"""= + - @, and the wide forms that Japanese spreadsheets take for the same."""
_TO_GUARD = re.compile(f"'*[{_SIGNS}\t\r\n]")
_GUARDED = re.compile(f"'+[{_SIGNS}\t\r\n]")
_SPLIT = '([,;\t\r\n][ "]*)'
"""What another program may see between two cells."""
_INNER_TO_GUARD = re.compile(f"{_SPLIT}(?='*[{_SIGNS}])")
_INNER_GUARDED = re.compile(f"{_SPLIT}'(?='*[{_SIGNS}])")


def guard(cell: str) -> str:
    """The cell with an apostrophe before whatever could be a formula, or where `unguard` would take one away."""
    inside = _INNER_TO_GUARD.sub(r"\1'", cell)
    return f"'{inside}" if _TO_GUARD.match(inside) else inside


def unguard(cell: str) -> str:
    """The cell before `guard`; others are left as they are."""
    if "'" not in cell:
        return cell
    return _INNER_GUARDED.sub(r"\1", cell[1:] if _GUARDED.match(cell) else cell)
