"""Rules as people type them: rows that are added, moved and removed, and what is wrong with them. Pure.

A row has four fields, <kind>-<number>-<part>, numbered from 0 in the order in which the rules are looked at.
"""

import re
import unicodedata
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import astuple, dataclass
from typing import Literal, NamedTuple, cast

from provisioning.accounts.rules import NAMED, GroupRule, Match, OrgUnitRule, Rule
from provisioning.naming.values import MAX_FIELD
from runtime.numbers import whole_number
from runtime.problems import BadRequest

Kind = Literal["unit", "group"]
WORDS: Mapping[Kind, str] = {"unit": "Rule", "group": "Group rule"}
_COLUMN_MATCHES = (("equals", "Column is"), ("begins", "Column begins with"))
MATCHES: Mapping[Kind, Sequence[tuple[str, str]]] = {
    "unit": (*_COLUMN_MATCHES, ("always", "Always")),
    "group": (*_COLUMN_MATCHES, ("under", "Placed at or below"), ("always", "Always")),
}
MOST_RULES = 40
"""Of a kind; ours."""
LONGEST_COLUMN, LONGEST_TARGET = 60, 500
"""Characters; ours."""
_PARTS = ("match", "column", "value", "target")
_COLUMN = re.compile(r"[A-Za-z][A-Za-z0-9_]*")
_ADDRESS = re.compile(r"[^@/?#\s]+@[^@/?#\s]+")


@dataclass(frozen=True)
class RuleRow:
    """One rule as typed. match: one of MATCHES. target: where it leads."""

    match: str = "equals"
    column: str = ""
    value: str = ""
    target: str = ""

    @property
    def is_blank(self) -> bool:
        """Whether nothing was typed; such a row is left out when rules are saved."""
        return not (self.column or self.value or self.target)


class Moved(NamedTuple):
    """What became of the rows by a button. at: the row to go on with. said: what happened, for people."""

    kind: Kind
    at: int
    said: str


def column_name(heading: str) -> str:
    """A column's heading as fields are named: "Führungs-Klasse" is Fuhrungs_Klasse. Files are read by the same rule."""
    plain = "".join(c for c in unicodedata.normalize("NFKD", heading) if not unicodedata.combining(c))
    return re.sub(r"[\s-]+", "_", plain.strip())


def typed_rows(typed: Mapping[str, str], kind: Kind) -> list[RuleRow]:
    """The rows of a form, spaces at the ends left out; one more than MOST_RULES at most."""
    rows: list[RuleRow] = []
    while len(rows) <= MOST_RULES and f"{kind}-{len(rows)}-target" in typed:
        parts = {part: " ".join(typed.get(f"{kind}-{len(rows)}-{part}", "").split()) for part in _PARTS}
        rows.append(RuleRow(**{**parts, "column": column_name(parts["column"])}))
    return rows


def rows_of(rules: Iterable[Rule]) -> list[RuleRow]:
    """Rules that are kept, to be shown."""
    return [
        RuleRow(rule.match, rule.column, rule.value, rule.path if isinstance(rule, OrgUnitRule) else rule.group)
        for rule in rules
    ]


def fields_of(kind: Kind, rows: Sequence[RuleRow]) -> dict[str, str]:
    """The opposite of `typed_rows`."""
    return {
        f"{kind}-{at}-{part}": value
        for at, row in enumerate(rows)
        for part, value in zip(_PARTS, astuple(row), strict=True)
    }


def rearranged(typed: Mapping[str, str], button: str) -> tuple[dict[str, str], Moved]:
    """What was typed, with one row more, moved or removed. button: such as "unit add 0" or "group up 2".

    Raises BadRequest for what is no button.
    """
    kind, action, at = _button(button)
    rows = typed_rows(typed, kind)
    if action not in _ACTIONS or not 0 <= at < len(rows) + (action == "add"):
        raise _unknown_button()
    at, said = _ACTIONS[action](rows, at)
    others = {name: value for name, value in typed.items() if not name.startswith(f"{kind}-")}
    return {**others, **fields_of(kind, rows)}, Moved(kind, at, f"{WORDS[kind]} {said}")


def unit_rules(rows: Sequence[RuleRow], org_units: Collection[str]) -> tuple[tuple[OrgUnitRule, ...], dict[str, str]]:
    """The rules, and what is wrong by name of the field. org_units: paths that exist."""
    rules = tuple(OrgUnitRule(row.target, *_condition(row)) for row in rows if not row.is_blank)
    return rules, _faults("unit", rows, org_units, lambda path: _path_fault(path, org_units))


def group_rules(rows: Sequence[RuleRow], org_units: Collection[str]) -> tuple[tuple[GroupRule, ...], dict[str, str]]:
    """The same of rules for groups. Whether there is such a group, Google knows."""
    rules = tuple(GroupRule(row.target.lower(), *_condition(row)) for row in rows if not row.is_blank)
    return rules, _faults("group", rows, org_units, _group_fault)


def _button(text: str) -> tuple[Kind, str, int]:
    kind, _, rest = text.partition(" ")
    action, _, typed_at = rest.partition(" ")
    at = whole_number(typed_at, MOST_RULES)
    if kind not in WORDS or at is None:
        raise _unknown_button()
    return cast(Kind, kind), action, at


def _unknown_button() -> BadRequest:
    return BadRequest("The form is incomplete.", advice="Load the page again, then send it again.")


def _add(rows: list[RuleRow], _at: int) -> tuple[int, str]:
    rows.append(RuleRow())
    return len(rows) - 1, f"{len(rows)} is new, and empty."


def _up(rows: list[RuleRow], at: int) -> tuple[int, str]:
    to = max(0, at - 1)
    rows.insert(to, rows.pop(at))
    return to, f"{at + 1} is now number {to + 1}."


def _down(rows: list[RuleRow], at: int) -> tuple[int, str]:
    to = min(len(rows) - 1, at + 1)
    rows.insert(to, rows.pop(at))
    return to, f"{at + 1} is now number {to + 1}."


def _remove(rows: list[RuleRow], at: int) -> tuple[int, str]:
    rows.pop(at)
    return min(at, len(rows) - 1), f"{at + 1} is removed; {len(rows)} left."


_ACTIONS: Mapping[str, Callable[[list[RuleRow], int], tuple[int, str]]] = {
    "add": _add, "up": _up, "down": _down, "remove": _remove,
}  # fmt: skip


def _condition(row: RuleRow) -> tuple[Match, str, str]:
    """Without what the kind of match does not look at."""
    column = row.column if row.match in {"equals", "begins"} else ""
    return cast(Match, row.match), column, "" if row.match == "always" else row.value


def _faults(
    kind: Kind, rows: Sequence[RuleRow], org_units: Collection[str], target_fault: Callable[[str], str]
) -> dict[str, str]:
    if len(rows) > MOST_RULES:
        return {f"{kind}-{MOST_RULES}-target": f"At most {MOST_RULES} rules of a kind."}
    return {
        f"{kind}-{at}-{part}": f"{WORDS[kind]} {at + 1}: {text}"
        for at, row in enumerate(rows)
        if not row.is_blank
        for part, text in (*_condition_faults(kind, row, org_units), ("target", target_fault(row.target)))
        if text
    }


def _condition_faults(kind: Kind, row: RuleRow, org_units: Collection[str]) -> list[tuple[str, str]]:
    if row.match not in dict(MATCHES[kind]):
        return [("match", "choose one of the list.")]
    if row.match == "always":
        return []
    if row.match == "under":
        return [("value", "" if row.value in org_units else _no_unit(row.value))]
    is_column = _COLUMN.fullmatch(row.column) and len(row.column) <= LONGEST_COLUMN
    value = "" if 0 < len(row.value) <= MAX_FIELD else f"a value has 1 to {MAX_FIELD} characters."
    return [
        ("column", "" if is_column else "a column's name has letters a to z, digits and underscores."),
        ("value", value),
    ]


def _path_fault(path: str, org_units: Collection[str]) -> str:
    """A path that names columns is judged by what stands above the first of them."""
    above, named, _ = path.partition("[")
    known = path if not named else above.rpartition("/")[0] or "/"
    if not path.startswith("/") or len(path) > LONGEST_TARGET:
        return "a path begins with a slash, like /Students."
    if not _is_template(path):
        return "brackets hold the name of a column, as in /Students/[class]."
    return "" if known in org_units else _no_unit(known)


def _no_unit(path: str) -> str:
    return f"there is no organizational unit {path[:100]}. Make it in the Admin console, or name another."


def _group_fault(address: str) -> str:
    if not _is_template(address):
        return "brackets hold the name of a column, as in class-[class]@school.example."
    is_address = _ADDRESS.fullmatch(NAMED.sub("x", address)) and len(address) <= LONGEST_TARGET
    return "" if is_address else "a group is named by its whole address, as in all@school.example."


def _is_template(text: str) -> bool:
    return not set("[]") & set(NAMED.sub("", text))
