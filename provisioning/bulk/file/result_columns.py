"""The columns that we add to a file on its way out, and know again when it comes back. Pure."""

PROBLEM = ("Problem", "Problem in column", "Problem code")
"""Beside the original columns, in the file of rows that failed."""
RESULT = (
    "Line in file", "Result", "Account created", "Account deleted", "Username in preview", "Follow-ups", *PROBLEM,
)  # fmt: skip
"""Beside the original columns, in the file of results."""

_OURS = frozenset(RESULT)


def is_ours(name: str) -> bool:
    """Whether a column of this name is one that we add: it is ignored on the way in, and made anew on the way out."""
    return name.strip() in _OURS
