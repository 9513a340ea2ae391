"""Plans without a Datastore: rows, what is known of the Directory, and a plan of them."""

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date

from provisioning.accounts.domain_policy import DomainPolicy
from provisioning.bulk.options import JobOptions
from provisioning.bulk.plan.file_people import people_of
from provisioning.bulk.plan.plan_context import KnownPeople, PlanContext, unit_key
from provisioning.bulk.plan.planned_names import PlannedNames
from provisioning.bulk.plan.planner import Planner
from provisioning.bulk.plan.wanted import groups_of, path_of
from provisioning.bulk.rows import Finding, Row
from provisioning.directory.port import ListedUser
from provisioning.naming.occupancy import Occupant, OccupantKind
from provisioning.naming.taken import TakenNames
from runtime.clock import system_clock

DOMAIN = "school.example"
UNITS = ("/", "/Staff", "/Students", "/Students/Year 7")


@dataclass
class Names:
    """Names in use, as an index knows them."""

    taken: dict[str, OccupantKind] = field(default_factory=dict)
    loads: int = 0

    def occupants(self, names: Collection[str]) -> dict[str, Occupant]:
        until = date(2026, 12, 1)
        return {
            name: Occupant(kind, until if kind == "deleted" else None)
            for name in names
            if (kind := self.taken.get(name))
        }

    def free_numbers(self, before: str, after: str, start: int = 1) -> Iterator[int]:
        return (n for n in range(start, 10**9) if f"{before}{n}{after}" not in self.taken)

    def load(self, names: Collection[str]) -> None:
        self.loads += 1


@dataclass
class Place:
    """What a plan is made by."""

    policy: DomainPolicy = field(default_factory=DomainPolicy)
    options: JobOptions = field(default_factory=lambda: JobOptions(DOMAIN))
    taken: dict[str, OccupantKind] = field(default_factory=dict)
    people: Sequence[ListedUser] = ()
    groups: Collection[str] = ()
    is_read: bool = True
    planner: Planner = field(default_factory=lambda: Planner(TakenNames(system_clock)))

    def context(self, rows: Iterable[Row]) -> PlanContext:
        default = self.options.org_unit_path or self.policy.default_org_unit

        def groups(values: Mapping[str, str]) -> list[str]:
            return groups_of(values, self.policy, path_of(values, self.policy, default), DOMAIN)

        file = people_of(((row.line, row.values) for row in rows), DOMAIN, groups)
        known = KnownPeople()
        for user in self.people:
            known.add(user, file)
        names = PlannedNames({DOMAIN: Names(self.taken)} if self.is_read else {}, file.addresses)
        return PlanContext(
            self.policy, self.options, frozenset({DOMAIN, "other.example"}), {unit_key(path): path for path in UNITS},
            frozenset(file.groups - set(self.groups)), file, known, names,
        )  # fmt: skip

    def plan(self, rows: Sequence[Row], *, at_once: int = 25, passwords: dict[int, str] | None = None) -> list[Row]:
        """New rows, planned so many at a time."""
        fresh = [replace(row, values=dict(row.values), findings=[], steps=[]) for row in rows]
        context = self.context(fresh)
        for at in range(0, len(fresh), at_once):
            self.planner.plan(fresh[at : at + at_once], context, passwords or {})
        return fresh

    def one(self, password: str = "", **values: str) -> Row:
        """The plan of one row alone."""
        (planned,) = self.plan([person(2, **values)], passwords={2: password})
        return planned


def person(line: int, first_name: str = "Ann", last_name: str = "Lee", **values: str) -> Row:
    """As it is read."""
    named = {"first_name": first_name, "last_name": last_name, **values}
    return Row(line, list(named.values()), {name: value for name, value in named.items() if value})


def people(*names: str) -> list[Row]:
    """One for each "First Last", from line 2."""
    return [person(line, *name.split()) for line, name in enumerate(names, 2)]


def listed(email: str, given: str, family: str, unit: str = "/", *ids: str) -> ListedUser:
    """Somebody who has an account."""
    return ListedUser(email, email, (), (), given, family, unit, suspended=False, archived=False, organization_ids=ids)


def codes(row: Row) -> list[str]:
    """Of what was found, in order."""
    return [finding.code for finding in row.findings]


def finding(row: Row, code: str) -> Finding:
    """The one of this code."""
    (found,) = [one for one in row.findings if one.code == code]
    return found
