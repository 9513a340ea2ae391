"""Which accounts may be deleted again: those that are as this job made them, and that nobody has used. Pure."""

from provisioning.bulk.rows import Row
from provisioning.directory.port import Activity


def reason_to_keep(row: Row, seen: Activity) -> tuple[str, str] | None:
    """A code and a sentence; None for an account that is as it was made."""
    person = seen.person
    reasons = {
        "signed_in": (seen.last_sign_in is not None, "Somebody has signed in to it."),
        "terms_agreed": (seen.agreed_to_terms, "Somebody has agreed to Google's terms with it."),
        "administrator": (person.is_super_admin or person.is_delegated_admin, "It was made an administrator's."),
        "renamed": (person.email != row.address.lower(), f"Its address is {person.email} now."),
        "moved": (_is_elsewhere(row, person.org_unit_path), f"It was moved to {person.org_unit_path}."),
        "suspended": (person.suspended or person.archived, "It was suspended or archived."),
        "not_ours": (row.mark not in person.marks, "Our mark is missing on it: somebody has changed it."),
    }
    return next(((code, sentence) for code, (applies, sentence) in reasons.items() if applies), None)


def _is_elsewhere(row: Row, path: str) -> bool:
    return path.casefold() != (row.org_unit_path or "/").casefold()
