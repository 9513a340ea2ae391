"""The rules of a domain for new accounts: where one is placed, which groups it joins, what follows. Pure.

Rules look at the values of a person by the names of columns and fields, in any letter case, spaces at the ends
left out. A path or a group's address may name columns in brackets, as in /Students/[class], and then applies to
whoever has a value in each of them.
"""

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Literal, Protocol

from provisioning.accounts.steps import Step

Match = Literal["equals", "begins", "under", "always"]
"""equals, begins: of the column's value, in any letter case. under: the account is placed at this path or below it.
always: for everybody."""
NAMED = re.compile(r"\[([A-Za-z][A-Za-z0-9_]*)\]")
"""A column in a path or an address; the same names as fields of patterns have."""
NO_MAIL = "no_mail"
"""The code of a welcome that waits until mail can be sent."""


@dataclass(frozen=True)
class OrgUnitRule:
    """Places an account at `path`, which may name columns. match: equals, begins or always."""

    path: str
    match: Match = "always"
    column: str = ""
    value: str = ""


@dataclass(frozen=True)
class GroupRule:
    """Has an account join `group`, an address, which may name columns. value: for under, the path."""

    group: str
    match: Match = "always"
    column: str = ""
    value: str = ""


Rule = OrgUnitRule | GroupRule


class FollowUpChoices(Protocol):
    """What a domain decided about what follows; DomainPolicy has it."""

    @property
    def group_rules(self) -> Sequence[GroupRule]:
        """All that apply count."""

    @property
    def license(self) -> str:
        """product/sku; "" for none."""

    @property
    def welcome(self) -> bool:
        """Whether a message is sent."""


def place(rules: Sequence[OrgUnitRule], default: str, values: Mapping[str, str]) -> str:
    """The path of the first rule that applies, or else the default. Whether there is such a unit, Google knows.

    A path that the file or a person names comes before all rules; who calls sees to that.
    """
    known = _Known(values)
    paths = (known.filled(rule.path) for rule in rules if known.satisfies(rule))
    return next((path for path in paths if path), default)


def groups_for(rules: Sequence[GroupRule], values: Mapping[str, str], org_unit_path: str) -> tuple[str, ...]:
    """The addresses of all rules that apply, lower case, each once, in the order of the rules."""
    known = _Known(values, org_unit_path)
    addresses = (known.filled(rule.group).lower() for rule in rules if known.satisfies(rule))
    return tuple(dict.fromkeys(address for address in addresses if address))


def steps_for(
    policy: FollowUpChoices,
    values: Mapping[str, str],
    org_unit_path: str,
    groups: Iterable[str] = (),
    aliases: Iterable[str] = (),
    details: Mapping[str, str] | None = None,
) -> list[Step]:
    """What follows after the account was made: details, aliases, groups, license, welcome.

    groups: addresses named for this person, besides those of the rules. details: see Step.values. A license among
    the values (product/sku) comes before the domain's.
    """
    named = (group.strip().lower() for group in groups)
    joined = dict.fromkeys([*groups_for(policy.group_rules, values, org_unit_path), *filter(None, named)])
    chosen = values.get("license", "").strip() or policy.license
    return [
        *([Step("details", values=dict(details))] if details else ()),
        *(Step("alias", alias) for alias in dict.fromkeys(alias.strip().lower() for alias in aliases) if alias),
        *(Step("group", group) for group in joined),
        *([Step("license", chosen)] if chosen else ()),
        *([_welcome()] if policy.welcome else ()),
    ]


def columns_of(rules: Iterable[Rule]) -> tuple[str, ...]:
    """The names of the columns that the rules look at, each once, as the first of them writes it."""
    names: dict[str, str] = {}
    for rule in rules:
        for name in (rule.column, *NAMED.findall(rule.path if isinstance(rule, OrgUnitRule) else rule.group)):
            names.setdefault(name.lower(), name)
    return tuple(name for name in names.values() if name)


class _Known:
    """What is known of one person."""

    def __init__(self, values: Mapping[str, str], org_unit_path: str = "") -> None:
        self._values = {name.lower(): value.strip() for name, value in values.items()}
        self._path = org_unit_path

    def satisfies(self, rule: Rule) -> bool:
        if rule.match == "always":
            return True
        if rule.match == "under":
            return is_under(self._path, rule.value)
        value, wanted = self._values.get(rule.column.lower(), "").casefold(), rule.value.strip().casefold()
        return bool(value) and (value == wanted if rule.match == "equals" else value.startswith(wanted))

    def filled(self, template: str) -> str:
        """With the columns' values in their places; "" when one of them is missing."""
        names = NAMED.findall(template)
        if not all(self._values.get(name.lower()) for name in names):
            return ""
        return NAMED.sub(lambda found: self._values[found[1].lower()], template)


def is_under(path: str, above: str) -> bool:
    """Whether the path is `above` or below it. In any letter case (guess: Google tells no two units apart by it)."""
    path, above = path.casefold(), above.casefold().rstrip("/")
    return path == above or path.startswith(f"{above}/")


def _welcome() -> Step:
    return Step("welcome", state="waiting", code=NO_MAIL, sentence="It waits until mail can be sent from here.")
