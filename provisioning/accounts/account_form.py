"""The form of a new account: what was typed, and the order it makes. Pure."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from provisioning.accounts.domain_policy import DomainPolicy
from provisioning.accounts.order import Order
from provisioning.accounts.person_names import visible
from provisioning.accounts.rules import groups_for, place, steps_for
from provisioning.directory.places import TenantPlaces
from provisioning.directory.port import OrgUnit

_TOKEN = re.compile(r"[A-Za-z0-9_-]{16,64}")
_BY_THE_SECOND = 90
"""Up to so many seconds a time is told in seconds, above in minutes."""
EXTRA = "field-"
"""What the form's own fields for a pattern's other fields begin with, so that they meet no other name."""


@dataclass(frozen=True)
class Choices:
    """What this person may choose from."""

    domains: tuple[str, ...]
    org_units: tuple[OrgUnit, ...]
    extra_fields: tuple[str, ...]
    policy: DomainPolicy = field(default_factory=DomainPolicy)

    @classmethod
    def of(cls, policy: DomainPolicy, places: TenantPlaces, primary: str, is_admin: bool) -> "Choices":
        """Administrators may place accounts anywhere; others where the policy lets them. primary: domain."""
        allowed = {policy.default_org_unit, *policy.allowed_org_units}
        free = is_admin or not policy.allowed_org_units
        units = tuple(unit for unit in places.org_units if free or unit.path in allowed)
        return cls(places.domains or (primary,), units, policy.extra_fields(), policy)

    @property
    def have_rules(self) -> bool:
        """Whether a place can be left to the domain's rules."""
        return bool(self.policy.org_unit_rules)


@dataclass
class AccountForm:
    """One filled-in form. typed: field names to text. names: suggested usernames, held for so many seconds more."""

    typed: Mapping[str, str]
    choices: Choices
    errors: dict[str, str] = field(default_factory=dict)
    names: Sequence[str] = ()
    seconds: int = 0

    def value(self, name: str) -> str:
        """What was typed; "" if nothing."""
        return self.typed.get(name, "")

    @property
    def kept_for(self) -> str:
        """How long the names are still held, for people."""
        if self.seconds <= _BY_THE_SECOND:
            return f"{self.seconds} seconds"
        return f"about {round(self.seconds / 60)} minutes"

    @property
    def domain(self) -> str:
        """The chosen domain; the primary one unless another of the choices was sent."""
        sent = self.value("domain")
        return sent if sent in self.choices.domains else self.choices.domains[0]

    @property
    def username(self) -> str:
        """The typed username, or else the chosen suggestion; lower case, also when the whole address was typed."""
        text = (visible(self.value("username")) or visible(self.value("choice"))).lower()
        return text.removesuffix(f"@{self.domain}")

    def naming_fields(self) -> dict[str, str | None]:
        """What suggestions are made from."""
        extra = {name: self.value(EXTRA + name) or None for name in self.choices.extra_fields}
        return {**extra, "firstname": self.value("firstname"), "lastname": self.value("lastname")}

    @property
    def org_unit_path(self) -> str:
        """Where the account goes: as chosen, or as the domain's rules say when nothing was."""
        policy, chosen = self.choices.policy, self.value("org_unit")
        if chosen or not self.choices.have_rules:
            return chosen
        return place(policy.org_unit_rules, policy.default_org_unit, self._values())

    @property
    def follows(self) -> str:
        """What the domain's rules make of what is typed, for people; "" when they make nothing of it."""
        policy, path = self.choices.policy, self.org_unit_path
        placed = "" if self.value("org_unit") or not self.choices.have_rules else f"By the rules it goes to {path}."
        groups = groups_for(policy.group_rules, self._values(), path)
        return " ".join(filter(None, (placed, f"It joins {', '.join(groups)}." if groups else "")))

    def _values(self) -> dict[str, str]:
        return {name: value or "" for name, value in self.naming_fields().items()}

    def _place_fault(self) -> str:
        if self.org_unit_path in {unit.path for unit in self.choices.org_units}:
            return ""
        if self.value("org_unit") or not self.choices.have_rules:
            return "Choose an organizational unit of the list."
        return f"The rules lead to {self.org_unit_path[:100]}, which is not on the list. Choose one that is."

    def order(self, owner: str) -> Order:
        """owner: who holds the names. Places that are not among the choices go to `errors`."""
        if self._place_fault():
            self.errors["org_unit"] = self._place_fault()
        if self.value("domain") not in {"", *self.choices.domains}:
            self.errors["domain"] = "Choose a domain of the list."
        return Order(
            operation=self.value("operation"),
            holder=owner,
            username=self.username,
            domain=self.domain,
            given_name=self.value("firstname").strip(),
            family_name=self.value("lastname").strip(),
            password=self.value("password"),
            org_unit_path=self.org_unit_path,
            change_password=bool(self.value("change_password")),
            steps=tuple(steps_for(self.choices.policy, self._values(), self.org_unit_path)),
        )


def is_token(text: str) -> bool:
    """Whether it can name an operation or a holder."""
    return _TOKEN.fullmatch(text) is not None
