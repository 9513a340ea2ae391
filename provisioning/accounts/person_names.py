"""Given and family names as they go to Google: without what nobody can see, and what is wrong with them. Pure."""

import unicodedata

LONGEST_NAME = 60
"""Google's limit, in characters (Directory API, users)."""

_JOINERS = "\u200c\u200d"
_JOINED_SCRIPTS = ("ARABIC", "SYRIAC", "MANDAIC", "NKO", "MONGOLIAN", "PHAGS-PA", "ADLAM", "HANIFI ROHINGYA")
"""Scripts whose letters join; how the names of their characters begin (unicodedata knows no joining types)."""
_VIRAMA = 9
"""The combining class of the signs after which Indic scripts use joiners."""
_REFUSED = frozenset({"Cc", "Cs", "Zl", "Zp"})
"""Controls, halves of surrogate pairs, separators of lines and paragraphs."""


def visible(name: str) -> str:
    """The name trimmed, and without format characters (Unicode's Cf): zero-width spaces, soft hyphens, bidi controls.

    They come along when a name is copied, nobody sees them, and two people's names differ by nothing else.
    Joiners stay inside a word where Persian and Indic names need them (the contexts of RFC 5892, A.1 and A.2,
    the joining types approximated by script).
    """
    seen = "".join(character for character in name if character in _JOINERS or unicodedata.category(character) != "Cf")
    return "".join(c for at, c in enumerate(seen) if c not in _JOINERS or _joins(seen, at)).strip()


def name_fault(name: str, what: str) -> str:
    """What is wrong with a given or family name, as a sentence; empty when nothing is."""
    if not name.strip():
        return f"A {what} is needed."
    if len(name) > LONGEST_NAME:
        return f"A {what} has at most {LONGEST_NAME} characters."
    if any(character in "<>" or unicodedata.category(character) in _REFUSED for character in name):
        return f"A {what} has no < or > and no line breaks in it."
    return ""


def _joins(name: str, at: int) -> bool:
    """Whether the joiner there changes how its neighbours are written."""
    before, after = name[max(0, at - 1) : at], name[at + 1 : at + 2]
    if not before or not after.isalpha():
        return False
    return unicodedata.combining(before) == _VIRAMA or (_is_joined(_letter_before(name, at)) and _is_joined(after))


def _letter_before(name: str, at: int) -> str:
    """The last character before it that is no mark and no joiner; "" if there is none."""
    return next((c for c in reversed(name[:at]) if c not in _JOINERS and unicodedata.category(c)[0] != "M"), "")


def _is_joined(character: str) -> bool:
    return character.isalpha() and unicodedata.name(character, "").startswith(_JOINED_SCRIPTS)
