"""The query language of users.list and groups.list, read into clauses (pure).

Clauses are separated by white space and must all hold. `field=value` is exact, `field:words` contains the words in
order, `field:start*` begins with, `field:[from,to]`, `>`, `>=`, `<`, `<=` are ranges of custom fields. A value with
white space is in single quotes, a quote inside it is `\\'`. A word without a field looks through names and address.
"""

import re
from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass

from sandbox.google.directory.refusals import invalid_input

EXACT, WORDS, PREFIX = "=", ":", ":*"
RANGES = frozenset({">", ">=", "<", "<=", "[]"})

_CLAUSE = re.compile(
    r"""(?:(?P<field>[A-Za-z][\w.\-]*)\s*(?P<operator>>=|<=|[=:<>]))?
        (?:'(?P<quoted>(?:[^'\\]|\\.)*)'(?P<star>\*)?|(?P<range>\[[^\]]*\])|(?P<bare>[^\s'\[][^\s]*))
        (?=\s|$)\s*""",
    re.VERBOSE,
)


@dataclass(frozen=True)
class Clause:
    """field: "" for a bare word. operator: `=`, `:`, `:*` (begins with), `[]` or a comparison. value: unquoted."""

    field: str
    operator: str
    value: str

    def matches(self, texts: Collection[str]) -> bool:
        """Whether one of the values of the field fits."""
        return any(map(self._test(), texts))

    def _test(self) -> Callable[[str], bool]:
        wanted = self.value.casefold()
        if self.operator == EXACT:
            return lambda text: text.casefold() == wanted
        if self.operator == PREFIX:
            return lambda text: text.casefold().startswith(wanted)
        if self.operator == WORDS:
            return lambda text: _contains(_words(text), _words(wanted))
        return lambda text: _in_range(self.operator, self.value, text)


def parse(query: str, allowed: Mapping[str, Collection[str]]) -> tuple[Clause, ...]:
    """The clauses of a query. allowed: the operators of each field; a field `schema.field` has them all.

    Raises GoogleError 400 `Invalid Input: query` for what cannot be read and for fields and operators not allowed.
    """
    clauses, rest = [], query.strip()
    while rest:
        found = _CLAUSE.match(rest)
        if not found:
            raise invalid_input("query")
        clauses.append(_clause(found))
        rest = rest[found.end() :]
    for clause in clauses:
        custom = "." in clause.field
        if clause.field and not custom and clause.operator not in allowed.get(clause.field, ()):
            raise invalid_input("query")
    return tuple(clauses)


def _clause(found: re.Match[str]) -> Clause:
    field, operator = found["field"] or "", found["operator"] or WORDS
    if found["range"]:
        if operator != WORDS or not field:
            raise invalid_input("query")
        return Clause(field, "[]", found["range"][1:-1])
    if not field and re.search("[=:<>]", found["bare"] or ""):
        raise invalid_input("query")
    value = found["bare"] if found["bare"] is not None else re.sub(r"\\(.)", r"\1", found["quoted"])
    starred = bool(found["star"]) or value.endswith("*")
    if starred and operator == WORDS:
        return Clause(field, PREFIX, value.removesuffix("*"))
    return Clause(field, operator, value)


def _words(text: str) -> list[str]:
    return re.findall(r"[^\W_]+", text.casefold())


def _contains(words: list[str], wanted: list[str]) -> bool:
    size = len(wanted)
    return bool(wanted) and any(words[at : at + size] == wanted for at in range(len(words) - size + 1))


def _in_range(operator: str, value: str, text: str) -> bool:
    if operator == "[]":
        low, _, high = value.partition(",")
        return _compared(text, low.strip()) >= 0 and _compared(text, high.strip()) < 0
    difference = _compared(text, value)
    return {">": difference > 0, ">=": difference >= 0, "<": difference < 0, "<=": difference <= 0}[operator]


def _compared(left: str, right: str) -> int:
    """Below, equal or above zero; as numbers when both are, else as text, which is right for ISO dates."""
    try:
        ours, theirs = float(left), float(right)
    except ValueError:
        return (left > right) - (left < right)
    return (ours > theirs) - (ours < theirs)
