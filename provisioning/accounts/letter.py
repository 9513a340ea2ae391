"""The words of the letter that tells somebody of a new account, with placeholders. Pure."""

import re
from collections.abc import Mapping

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
_NAMED = re.compile(r"\{(\w*)\}")
_BRACE = re.compile(r"[{}]")


def letter_fault(text: str) -> str:
    """What is wrong with the words of a letter, as a sentence; empty when nothing is."""
    if len(text) > LONGEST_LETTER:
        return f"A letter has at most {LONGEST_LETTER} characters."
    unknown = [name for name in _NAMED.findall(text) if name not in PLACEHOLDERS]
    if unknown or _BRACE.search(_NAMED.sub("", text)):
        named = ", ".join(f"{{{name}}}" for name in PLACEHOLDERS)
        return f"Braces hold one of these: {named}."
    missing = [name for name in ("address", "password") if f"{{{name}}}" not in text]
    return f"A letter has to name {{{missing[0]}}}." if missing else ""


def letter_for(text: str, values: Mapping[str, str]) -> str:
    """The letter of one person. values: by placeholder; what they hold is never read as a placeholder itself."""
    return _NAMED.sub(lambda found: values.get(found[1], found[0]), text)
