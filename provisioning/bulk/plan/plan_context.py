"""What a plan is made by, gathered before its first row. Nothing here changes while it is made, but the names."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from provisioning.accounts.domain_policy import DomainPolicy
from provisioning.bulk.options import JobOptions
from provisioning.bulk.plan.file_people import FilePeople, id_key, name_key
from provisioning.bulk.plan.planned_names import PlannedNames
from provisioning.bulk.recognition import KnownPerson, full_name
from provisioning.bulk.rows import Finding
from provisioning.directory.port import ListedUser
from provisioning.naming.policy import NamingPolicy


@dataclass
class KnownPeople:
    """People of the Directory who may be in the file. by_id: by organization's id. by_name: given and family name, in
    any case, and unit to address.
    """

    by_id: dict[str, KnownPerson] = field(default_factory=dict)
    by_name: dict[tuple[str, str, str], str] = field(default_factory=dict)

    def add(self, user: ListedUser, wanted: FilePeople, at: str = "") -> None:
        """Keep somebody who shares an id or a name with the file. at: of a job's, where they stand, see Row.left_to."""
        for employee_id in user.organization_ids:
            if id_key(employee_id) in wanted.ids:
                self._keep(employee_id.casefold(), user, at)
        if name_key(user.given_name, user.family_name) in wanted.names:
            self.by_name[_named(user.given_name, user.family_name, user.org_unit_path)] = user.email

    def _keep(self, employee_id: str, user: ListedUser, at: str) -> None:
        """An account that exists counts more than one that comes. Of these all are kept that may make somebody."""
        before, name = self.by_id.get(employee_id), full_name(user.given_name, user.family_name)
        if user.id:
            self.by_id[employee_id] = KnownPerson(user.email, name)
        elif before is None or before.comes:
            left_to = (*(before.left_to if before else ()), *filter(None, [at]))
            self.by_id[employee_id] = KnownPerson(user.email, name, comes=True, left_to=left_to)

    def with_id(self, employee_id: str) -> KnownPerson | None:
        """Whose organization's id this is; None for nobody's."""
        return self.by_id.get(employee_id.casefold()) if employee_id else None

    def named(self, given_name: str, family_name: str, org_unit_path: str) -> str:
        """Who has this name in this unit; "" for nobody."""
        return self.by_name.get(_named(given_name, family_name, org_unit_path), "")


@dataclass
class PlanContext:
    """domains: those where accounts can be, and with them the alias domains' own. org_units: a path in any case to the
    path as Google writes it. unknown_groups: of those that the file or a rule names.
    """

    policy: DomainPolicy
    options: JobOptions
    domains: frozenset[str]
    org_units: Mapping[str, str]
    unknown_groups: frozenset[str]
    file: FilePeople
    people: KnownPeople
    names: PlannedNames
    notes: list[Finding] = field(default_factory=list)

    @property
    def naming(self) -> NamingPolicy:
        """By which usernames are judged that the file names."""
        return self.policy.naming() if self.options.may_name_roles else self.policy.naming_for_others()

    @property
    def default_org_unit(self) -> str:
        """Where rows go that nobody places."""
        return self.options.org_unit_path or self.policy.default_org_unit


def unit_key(path: str) -> str:
    """How paths are compared: in any case, a slash before and none after."""
    return "/" + path.strip().strip("/").casefold()


def _named(given_name: str, family_name: str, org_unit_path: str) -> tuple[str, str, str]:
    return given_name.casefold(), family_name.casefold(), unit_key(org_unit_path)
