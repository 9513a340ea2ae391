"""The people whom an invitation is for, as an administrator lists them and as a visitor types their own name. Pure."""

import re
import unicodedata
from dataclasses import dataclass

from provisioning.accounts.person_names import name_fault, visible

MOST_PEOPLE = 500
_SEPARATOR = re.compile(r"[,;\t]")
_LONGEST_CODE = 60


@dataclass(frozen=True)
class PermittedPerson:
    """Somebody by name, and where names alone are not enough by a number or code that only they know."""

    given_name: str
    family_name: str
    code: str = ""

    @property
    def identity(self) -> str:
        """The same for the same person, however the name is written: case, accents, hyphens and spaces do not count."""
        return "\n".join(_plain(part) for part in (self.given_name, self.family_name, self.code))


def read_people(text: str) -> tuple[tuple[PermittedPerson, ...], str]:
    """One person a line: given name, family name and maybe a code, between commas, semicolons or tabs.

    And what is wrong with the list, as a sentence; empty when nothing is.
    """
    lines = [(number, line) for number, line in enumerate(text.splitlines(), 1) if line.strip()]
    if len(lines) > MOST_PEOPLE:
        return (), f"At most {MOST_PEOPLE} people. Make a second invitation for the others."
    seen: dict[str, int] = {}
    people = []
    for number, line in lines:
        person, wrong = _person(line)
        if person is None:
            return (), f"Line {number}: {wrong}"
        if person.identity in seen:
            return (
                (),
                f"Line {number} is the same person as line {seen[person.identity]}. Add a number or code to both.",
            )
        seen[person.identity] = number
        people.append(person)
    if len({bool(person.code) for person in people}) > 1:
        return (), "Some people have a number or code and some have none. Give it to all of them, or to nobody."
    return tuple(people), ""


def _person(line: str) -> tuple[PermittedPerson | None, str]:
    parts = [visible(part) for part in _SEPARATOR.split(line)]
    if len(parts) not in {2, 3}:
        return None, "Write a given name, a family name and, if you like, a number or code, with commas between them."
    given, family, code = (*parts, "")[:3]
    wrong = name_fault(given, "first name") or name_fault(family, "last name")
    if len(code) > _LONGEST_CODE:
        wrong = wrong or f"A number or code has at most {_LONGEST_CODE} characters."
    return (None, wrong) if wrong else (PermittedPerson(given, family, code), "")


def _plain(text: str) -> str:
    """Letters and digits only, of one case, without marks."""
    apart = unicodedata.normalize("NFKD", visible(text).casefold())
    return unicodedata.normalize("NFC", "".join(c for c in apart if unicodedata.category(c)[0] in "LN"))
