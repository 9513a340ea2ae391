"""The words of the letter that tells somebody of a new account, with placeholders. Pure."""

import re
from collections.abc import Mapping

from provisioning.accounts.rules import NAMED

PLACEHOLDERS = ("name", "address", "password", "domain", "sign_in")
"""What stands in braces and is replaced: the person's whole name, the address, the first password, the primary domain,
and the page on which to sign in."""
LONGEST_LETTER = 4000
"""Characters, of which one page takes about so many; ours."""
DEFAULT_LETTER = """Dear {name},

an account has been opened for you at {domain}.

Address: {address}
First password: {password}

Open {sign_in} in a browser and sign in with this address and password. Keep this letter to yourself."""
_BRACED = re.compile(r"\{(\w*)\}")
_PLACE = re.compile(rf"{_BRACED.pattern}|{NAMED.pattern}")


def letter_fault(text: str) -> str:
    """What is wrong with the words of a letter, as a sentence; empty when nothing is."""
    if len(text) > LONGEST_LETTER:
        return f"A letter has at most {LONGEST_LETTER} characters."
    rest = _PLACE.sub("", text)
    if set(_BRACED.findall(text)) - {*PLACEHOLDERS} or set("{}") & set(rest):
        named = ", ".join(f"{{{name}}}" for name in PLACEHOLDERS)
        return f"Braces hold one of these: {named}."
    if set("[]") & set(rest):
        return "Brackets hold the name of a column, as in [class]."
    missing = [name for name in ("address", "password") if f"{{{name}}}" not in text]
    return f"A letter has to name {{{missing[0]}}}." if missing else ""


def letter_columns(text: str) -> tuple[str, ...]:
    """The columns of a file that the letter names in brackets, each once, as it writes them first."""
    names: dict[str, str] = {}
    for name in NAMED.findall(text):
        names.setdefault(name.lower(), name)
    return tuple(names.values())


def letter_for(text: str, values: Mapping[str, str], columns: Mapping[str, str]) -> str:
    """The letter of one person. values: by placeholder. columns: what the file says, by column or field, in any case.

    A column that is missing or empty leaves nothing. What is put in is never read as a placeholder itself.
    """
    known = {name.lower(): value for name, value in columns.items()}

    def filled(found: re.Match[str]) -> str:
        braced, column = found.groups()
        return known.get(column.lower(), "") if column else values.get(braced, found[0])

    return _PLACE.sub(filled, text)


def sample_letter(text: str, domain: str, sign_in: str) -> str:
    """The letter of nobody, to show how it looks: columns stand in it by their names."""
    values = {
        "name": "Zoë Quill", "address": f"zoe.quill@{domain}", "password": "plaza-koala-ivory-stew-7", "domain": domain,
        "sign_in": sign_in,
    }  # fmt: skip
    return letter_for(text, values, {name: f"«{name}»" for name in letter_columns(text)})
