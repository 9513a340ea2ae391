"""What a caller sends about a person, and how it becomes text that an address can hold. Pure."""

import unicodedata
from collections.abc import Mapping
from enum import StrEnum

from unidecode import unidecode

from provisioning.naming.patterns import Field, Take
from runtime.problems import BadRequest

MANDATORY = ("firstname", "lastname")
MAX_NAME = 60
"""Characters of a first or last name; Google's limit."""
MAX_FIELD = 200
"""Characters of any other field; ours, so that nobody can make a call slow."""

SEPARATORS = "._-"
_SAFE = "abcdefghijklmnopqrstuvwxyz0123456789" + SEPARATORS
_TO_SAFE = {code: low if (low := chr(code).lower()) in _SAFE else None for code in range(128)}
"""For str.translate of ASCII: to lower case, and without what is not safe."""
_TWO_LETTERS = {"ä": "ae", "ö": "oe", "ü": "ue", "å": "aa", "Ä": "Ae", "Ö": "Oe", "Ü": "Ue", "Å": "Aa"}
_DANISH = _TWO_LETTERS | {"ø": "oe", "Ø": "Oe"}


class Language(StrEnum):
    """A language in which letters with marks are written as two. Without one, ä is a and å is a.

    In each of them ä ö ü become ae oe ue and å becomes aa; in Danish and Norwegian ø becomes oe too (our reading
    of what people there expect; without a language it is o).
    """

    NONE = ""
    GERMAN = "de"
    SWEDISH = "sv"
    FINNISH = "fi"
    DANISH = "da"
    NORWEGIAN = "nb"


def _table(language: Language) -> Mapping[str, str]:
    if language is Language.NONE:
        return {}
    return _DANISH if language in {Language.DANISH, Language.NORWEGIAN} else _TWO_LETTERS


_TRANSLATIONS = {language: str.maketrans(dict(_table(language))) for language in Language}


def make_safe(value: str, language: Language = Language.NONE) -> str:
    """The value in ASCII, lower case, only a-z 0-9 _ . -, without separators at its ends; "" if nothing is left."""
    ascii_only = value if value.isascii() else _transliterated(value, language)
    # Lower-casing comes second, because transliteration makes capitals (Æ is AE).
    return ascii_only.translate(_TO_SAFE).strip(SEPARATORS)


def _transliterated(value: str, language: Language) -> str:
    """ASCII for any text. Most names are ASCII already and need none of this, which costs ten times the rest."""
    composed = unicodedata.normalize("NFC", value).translate(_TRANSLATIONS[language])
    # Lone surrogates (JSON can carry them) mean nothing, and unidecode warns about them.
    return unidecode(composed.encode("utf-8", "ignore").decode("utf-8"))


class Values:
    """The fields of one person, made safe on first use. A field that leaves nothing counts as not sent."""

    def __init__(self, fields: Mapping[str, str | None], language: Language = Language.NONE) -> None:
        """fields: names to values as sent. Raises BadRequest: no first or last name, too long, no letters."""
        self._raw = {name: _checked(name, value) for name, value in fields.items() if value is not None}
        self._language = language
        self._safe: dict[str, str] = {}
        for name in MANDATORY:
            if not self._raw.get(name):
                raise BadRequest(f"The field {name} is missing or empty.", advice="Send a first and a last name.")
        if not any(map(self.whole, MANDATORY)):
            raise BadRequest(
                "Neither the first nor the last name holds a letter that an address could.",
                advice="Write the name in letters, as it should appear in the address.",
            )

    def whole(self, name: str) -> str:
        """The field's whole value, made safe; "" if it was not sent or leaves nothing."""
        if name not in self._safe:
            self._safe[name] = make_safe(self._raw.get(name, ""), self._language)
        return self._safe[name]

    def text(self, field: Field) -> str:
        """What the token stands for; "" if the field was not sent or leaves nothing."""
        if field.take is Take.ALL:
            return self.whole(field.name)
        if field.take is Take.CHARACTERS:
            return self.whole(field.name)[: field.count]
        if field.take is Take.WORDS:
            return self._words(field)
        return self.whole(field.name).replace("-", "").strip(SEPARATORS)

    def _words(self, field: Field) -> str:
        """The first words that leave something: "😀 Anna Maria" begins with Anna."""
        words = self._raw.get(field.name, "").split()
        kept = [word for word in words if make_safe(word, self._language)][: field.count]
        return make_safe(" ".join(kept), self._language)


def _checked(name: str, value: str) -> str:
    stripped = value.strip()
    longest = MAX_NAME if name in MANDATORY else MAX_FIELD
    if len(stripped) > longest:
        raise BadRequest(f"The field {name[:60]} has more than {longest} characters.")
    return stripped
