"""The Google Admin console's own file for many users, as it gives it out (support.google.com/a/answer/40057). Pure."""

from collections.abc import Sequence

TEMPLATE = (
    "First Name [Required]",
    "Last Name [Required]",
    "Email Address [Required]",
    "Password [Required]",
    "Password Hash Function [UPLOAD ONLY]",
    "Org Unit Path [Required]",
    "New Primary Email [UPLOAD ONLY]",
    "Recovery Email",
    "Home Secondary Email",
    "Work Secondary Email",
    "Recovery Phone [MUST BE IN THE E.164 FORMAT]",
    "Work Phone",
    "Home Phone",
    "Mobile Phone",
    "Work Address",
    "Home Address",
    "Employee ID",
    "Employee Type",
    "Employee Title",
    "Manager Email",
    "Department",
    "Cost Center",
    "Building ID",
    "Floor Name",
    "Floor Section",
    "Change Password at Next Sign-In",
    "New Status [UPLOAD ONLY]",
    "New Licenses [UPLOAD ONLY]",
    "Advanced Protection Program enrollment",
)
"""29 columns; the older template has the first 27. What the console downloads has columns with [READ ONLY] beside."""

UNCHANGED_PASSWORD = "****"  # noqa: S105 - what stands in the console's file instead of one
"""In a password's cell: leave it as it is. An account that is new gets one of ours."""

_WITHOUT_EFFECT = frozenset(
    {
        "New Primary Email [UPLOAD ONLY]",
        "New Status [UPLOAD ONLY]",
        "Advanced Protection Program enrollment",
    }
)
"""For accounts that exist."""


def is_template(header: Sequence[str]) -> bool:
    """Whether this is one of Google's files, of any age."""
    return set(TEMPLATE[:4]) <= {name.strip() for name in header}


def has_no_effect(name: str) -> bool:
    """Whether a column of Google's says nothing about an account that is to be made."""
    return name.strip() in _WITHOUT_EFFECT or name.rstrip().endswith("[READ ONLY]")
