"""The form of a new invitation, and the one of what holds for all of a domain's. Pure."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from provisioning.accounts.person_names import visible
from provisioning.invitations.permitted import read_people
from provisioning.invitations.values import LONGEST_LABEL, MOST_GROUPS, MOST_PLACES, Audience, NewInvitation
from runtime.numbers import whole_number

AUDIENCES: tuple[tuple[Audience, str], ...] = (
    ("link", "Whoever has the link"), ("members", "Members of your domain, who sign in"),
)  # fmt: skip
DURATIONS = (("1", "a day"), ("7", "a week"), ("14", "two weeks"), ("30", "30 days"), ("90", "90 days"))
MOST_A_DAY = 5_000


@dataclass
class InvitationForm:
    """One filled-in form. typed: field names to text. domains, org_units: what can be chosen."""

    typed: Mapping[str, str]
    domains: Sequence[str]
    org_units: Sequence[str]
    errors: dict[str, str] = field(default_factory=dict)

    def value(self, name: str) -> str:
        """What was typed, trimmed; "" if nothing."""
        return self.typed.get(name, "").strip()

    @property
    def groups(self) -> tuple[str, ...]:
        """The typed groups' addresses, in lower case, each once."""
        return tuple(dict.fromkeys(self.value("groups").replace(",", " ").replace(";", " ").lower().split()))

    def read(self) -> NewInvitation:
        """The invitation; what is wrong with it goes to `errors`, and it may not be made then."""
        label = " ".join(visible(self.value("label")).split())
        if not 1 <= len(label) <= LONGEST_LABEL:
            self.errors["label"] = f"Say in 1 to {LONGEST_LABEL} characters what it is for."
        people, wrong = read_people(self.typed.get("people", ""))
        if len(self.groups) > MOST_GROUPS:
            self.errors["groups"] = f"At most {MOST_GROUPS} groups."
        new = NewInvitation(
            label=label,
            days=int(self._choice("days", [days for days, _ in DURATIONS], "Choose how long it is good for.") or 1),
            quota=self._quota(len(people)),
            domain=self._choice("domain", self.domains, "Choose a domain of the list."),
            org_unit=self._choice("org_unit", self.org_units, "Choose an organizational unit of the list."),
            groups=self.groups,
            people=people,
            audience=self._audience(),
        )
        if people and new.audience == "members":
            wrong = "Members sign in, so that no list is needed."
        if wrong:
            self.errors["people"] = wrong
        return new

    def _audience(self) -> Audience:
        chosen = self._choice("audience", [value for value, _ in AUDIENCES], "Choose who.")
        return "members" if chosen == "members" else "link"

    def _quota(self, people: int) -> int:
        """How many accounts: as many as people are listed, where nobody says a number."""
        quota = whole_number(self.value("quota") or str(people or 1), MOST_PLACES) or 0
        if not quota:
            self.errors["quota"] = f"Type how many accounts it opens: 1 to {MOST_PLACES}."
        return quota

    def _choice(self, name: str, offered: Sequence[str], otherwise: str) -> str:
        if self.value(name) not in offered:
            self.errors[name] = otherwise
            return ""
        return self.value(name)


def read_cap(typed: str) -> tuple[int, str]:
    """The daily cap, and what is wrong with it; 0 accounts a day is a choice."""
    cap = whole_number(typed.strip(), MOST_A_DAY)
    return (0, f"Type how many accounts a day: 0 to {MOST_A_DAY}.") if cap is None else (cap, "")
