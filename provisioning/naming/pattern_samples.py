"""People with difficult names, on whom patterns are tried. Pure."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from provisioning.naming.values import MAX_NAME

OTHER_VALUE = "Vega"
"""What stands in every field besides first and last name, but for the person who left them empty."""

_LONG = "Wolfeschlegelsteinhausenbergerdorffwelchevoralternwarengewissen"[:MAX_NAME]
_PEOPLE = (
    ("Conan", "O'Brien", "an apostrophe"),
    ("Søren", "Ærø", "letters with no plain form"),
    ("小明", "王", "Chinese"),
    ("Αλέξης", "Παπαδόπουλος", "Greek"),
    ("J", "O", "one letter each"),
    ("Hubert", _LONG, f"a last name of {MAX_NAME} letters"),
    ("María José", "García-Márquez de la Cruz", "a compound surname"),
)
_PLAIN = ("Maya", "Stone", "an ordinary name")
_EMPTY = ("Maya", "Stone", "nothing in the other fields")


@dataclass(frozen=True)
class Sample:
    """A person: fields as a caller would send them, and what is difficult about them."""

    fields: Mapping[str, str]
    remark: str

    @property
    def who(self) -> str:
        """The person's name as people write it."""
        return f"{self.fields.get('firstname', '')} {self.fields.get('lastname', '')}".strip()


def samples(extra_fields: Sequence[str]) -> tuple[Sample, ...]:
    """The people, with something in the fields that the patterns use, and one of them with nothing in those."""
    others = dict.fromkeys(extra_fields, OTHER_VALUE)
    last = _sample(_EMPTY, dict.fromkeys(extra_fields, "")) if extra_fields else _sample(_PLAIN, {})
    return (*(_sample(person, others) for person in _PEOPLE), last)


def _sample(person: tuple[str, str, str], others: Mapping[str, str]) -> Sample:
    first, last, remark = person
    return Sample({"firstname": first, "lastname": last, **others}, remark)
