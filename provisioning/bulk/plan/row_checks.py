"""What is wrong with the values of a row, each looked at by itself. Pure. Findings are added to the row.

A value that Google would refuse, and that the account can do without, stays as it is written, and is left out of what
is sent (`usable`); somebody is told.
"""

import re

from provisioning.accounts import passwords
from provisioning.accounts.license_names import license_fault
from provisioning.accounts.person_names import LONGEST_NAME, name_fault, visible
from provisioning.bulk.file.columns import FIELDS
from provisioning.bulk.file.google_template import TEMPLATE
from provisioning.bulk.file.mapping import WHOLE_NAMES
from provisioning.bulk.rows import Finding, Row, Severity

_E164 = re.compile(r"\+[1-9][0-9]{6,14}")
"""A plus sign, a country code, and at most 15 digits (ITU-T E.164)."""
_BETWEEN_DIGITS = str.maketrans("", "", " -./()\u00a0")
_ADDRESS = re.compile(r"[^@\s<>,;]+@[^@\s<>,;]+\.[^@\s<>,;]+")
_ADDRESSES = ("recovery_email", "home_email", "work_email", "manager_email")
_FORMULA_STARTS = ("=", "+", "-", "@", "#")
_LOST_LETTERS = frozenset("?\ufffd")
"""What programs write for a letter that their encoding lacks: Łukasz in Windows-1252 is ?ukasz."""
_NAME_HEADERS = frozenset(
    header.casefold()
    for name in ("first_name", "last_name", *WHOLE_NAMES)
    for header in (FIELDS[name].label, *FIELDS[name].headers, *TEMPLATE[:2])
)
_TELLING = 5
"""Letters of a column's name by which it is told alone; Last, Nom and Họ are people's names, too."""
_LEFT_OUT = frozenset({"phone_not_e164", "address_malformed", "license_unknown", "truth_unknown"})


def find(row: Row, code: str, sentence: str, column: str = "", severity: Severity = "error") -> None:
    """Add a finding."""
    row.findings.append(Finding(code, sentence, column, severity))


def has_error(row: Row) -> bool:
    """Whether it is left out as it stands."""
    return any(finding.severity == "error" for finding in row.findings)


def check_names(row: Row) -> None:
    """Given and family name: set, and judged."""
    row.given_name = _checked_name(row, "first_name", "first name")
    row.family_name = _checked_name(row, "last_name", "last name")
    _warn_of_odd_names(row)


def check_password(row: Row, password: str) -> None:
    """A password that the file gives."""
    if row.values.get("password_hash") and password:
        sentence = "Passwords that are hashed already are not taken; leave both columns empty."
        find(row, "password_hashed", sentence, "password_hash")
    elif password and (fault := passwords.fault(password)):
        find(row, "password_refused", fault, "password")


def check_lengths(row: Row) -> None:
    """Everything that is longer than Google, or we, take; names have a sentence of their own."""
    for name, value in row.values.items():
        spec = FIELDS.get(name)
        if spec and len(value) > spec.longest and name not in {"first_name", "last_name"}:
            find(row, "too_long", f"{spec.label} has at most {spec.longest} characters; this has {len(value)}.", name)


def check_contacts(row: Row) -> None:
    """Phones and addresses. One that Google would refuse is left out, and somebody is told."""
    if phone := row.values.get("recovery_phone"):
        plain = phone.translate(_BETWEEN_DIGITS)
        if _E164.fullmatch(plain):
            row.values["recovery_phone"] = plain
        else:
            _leave_out(row, "recovery_phone", "phone_not_e164", "A recovery phone is written like +49 170 1234567")
    for name in _ADDRESSES:
        if (address := row.values.get(name)) and not _ADDRESS.fullmatch(address):
            _leave_out(row, name, "address_malformed", f"“{address[:80]}” is no e-mail address")


def check_license(row: Row) -> None:
    """A license that is none is left out; the domain's own takes its place."""
    if (text := row.values.get("license")) and license_fault(text):
        _leave_out(row, "license", "license_unknown", license_fault(text).rstrip("."))


def check_truth(row: Row) -> None:
    """Whether the password is to be changed; values_of has made TRUE or FALSE of what it understands."""
    if row.values.get("change_password", "TRUE") not in {"TRUE", "FALSE"}:
        _leave_out(row, "change_password", "truth_unknown", "TRUE or FALSE is expected here")


def _warn_of_odd_names(row: Row) -> None:
    """What is hardly anybody's name: a formula or its error, digits alone, lost letters, the header once more."""
    names = {"first_name": row.given_name, "last_name": row.family_name}
    headers = [name for name in names.values() if name.casefold() in _NAME_HEADERS]
    for column, name in names.items():
        is_header = name in headers and (len(name) >= _TELLING or len(headers) == len(names))
        if name and (sentence := _oddity(name, is_header=is_header)):
            find(row, "name_odd", sentence, column, "warning")


def _oddity(name: str, *, is_header: bool) -> str:
    if name.startswith(_FORMULA_STARTS) and len(name) > 1:
        return f"“{name[:80]}” looks like a formula, or the error of one, and not like a name."
    if not any(letter.isalpha() for letter in name):
        return f"“{name[:80]}” holds no letter: perhaps it stood in another column."
    if not _LOST_LETTERS.isdisjoint(name):
        return f"“{name[:80]}” has a question mark for a letter, lost perhaps when the file was saved."
    return f"“{name[:80]}” is what a column is called: perhaps the header comes twice." if is_header else ""


def _checked_name(row: Row, column: str, what: str) -> str:
    name = visible(row.values.get(column, ""))
    if fault := name_fault(name, what):
        code = "name_too_long" if len(name) > LONGEST_NAME else "name_illegal"
        find(row, code if name else "name_missing", fault, column)
    return name


def usable(row: Row) -> dict[str, str]:
    """The values, without those that were found to be left out."""
    left_out = {finding.column for finding in row.findings if finding.code in _LEFT_OUT}
    return {name: value for name, value in row.values.items() if name not in left_out}


def _leave_out(row: Row, column: str, code: str, sentence: str) -> None:
    find(row, code, f"{sentence}; it is left out.", column, "warning")
