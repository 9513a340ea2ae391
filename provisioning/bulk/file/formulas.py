"""Keeps spreadsheets from taking a cell's text for a formula, and takes that away again. Pure."""

import re

_WIDE = "\uff1d\uff0b\uff0d\uff20"
"""= + - @ in the wide forms that Japanese spreadsheets take for the same."""
_STARTS = f"=+\\-@\t\r\n{_WIDE}"
"""How formulas begin (OWASP, CSV injection)."""
_TO_GUARD = re.compile(f"'*[{_STARTS}]")
_GUARDED = re.compile(f"'+[{_STARTS}]")


def guard(cell: str) -> str:
    """The cell with an apostrophe before it if it could be a formula, or if `unguard` would take one away."""
    return f"'{cell}" if _TO_GUARD.match(cell) else cell


def unguard(cell: str) -> str:
    """The cell before `guard`; others are left as they are."""
    return cell[1:] if cell.startswith("'") and _GUARDED.match(cell) else cell
