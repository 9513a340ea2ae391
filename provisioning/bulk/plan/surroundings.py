"""Gathers what a plan is made by: the domain's choices, its places, and who is in the Directory as it was read last.

Google is asked for domains and units, and about groups that the last reading does not know.
Called inside an ndb context.
"""

from collections.abc import Callable, Iterable, Iterator, Mapping
from itertools import islice
from typing import Protocol

from provisioning.accounts.domain_policy import DomainPolicy
from provisioning.accounts.rule_targets import RuleTargets
from provisioning.bulk.options import JobOptions
from provisioning.bulk.plan.file_people import FilePeople, ListedRow, people_of
from provisioning.bulk.plan.plan_context import KnownPeople, PlanContext, unit_key
from provisioning.bulk.plan.planned_names import Known, PlannedNames
from provisioning.bulk.plan.wanted import groups_of, path_of
from provisioning.bulk.rows import Finding
from provisioning.directory.places import Places
from provisioning.directory.port import ListedGroup, ListedUser
from provisioning.naming.taken import TakenNames

MOST_ASKED = 50
"""Groups that Google is asked about for one plan; of more that the last reading does not know, the rest counts as
unknown."""


class KnownDirectory(Protocol):
    """Of RecentPeople."""

    def people(self, tenant: str) -> Iterator[ListedUser]:
        """Everybody who was read."""

    def people_of_jobs(self, tenant: str) -> Iterator[tuple[ListedUser, str]]:
        """Whom jobs have made since, or are going to make, and where they stand there."""

    def groups(self, tenant: str) -> Iterator[ListedGroup]:
        """Every group that is known."""


class Surroundings:
    """Of every tenant."""

    def __init__(
        self,
        places: Places,
        targets: RuleTargets,
        people: KnownDirectory,
        taken: TakenNames,
        policy_of: Callable[[str], DomainPolicy],
        administrator: Callable[[str], str],
    ) -> None:
        """people: the Directory as it was read last. administrator: by tenant, raises Problem for one not in use."""
        self._places = places
        self._targets = targets
        self._people = people
        self._taken = taken
        self._policy_of = policy_of
        self._administrator = administrator

    def of(self, tenant: str, options: JobOptions, rows: Iterable[ListedRow]) -> PlanContext:
        """rows: all of the job, gone through once. Raises Problem, and what going through them raises."""
        policy, subject = self._policy_of(tenant), self._administrator(tenant)
        default = options.org_unit_path or policy.default_org_unit

        def groups(values: Mapping[str, str]) -> list[str]:
            return groups_of(values, policy, path_of(values, policy, default), options.domain)

        file = people_of(rows, options.domain, groups)
        places = self._places.of(tenant, subject)
        indexes = self._indexes(tenant, policy, places.domains)
        return PlanContext(
            policy=policy, options=options, domains=frozenset(places.domains),
            org_units={unit_key(unit.path): unit.path for unit in places.org_units},
            unknown_groups=self._unknown_groups(tenant, subject, file), file=file,
            people=self._known_people(tenant, file), names=PlannedNames(indexes, file.addresses),
            notes=_notes(policy, options, indexes),
        )  # fmt: skip

    def _indexes(self, tenant: str, policy: DomainPolicy, domains: Iterable[str]) -> dict[str, Known]:
        if not policy.cached_usernames:
            return {}
        found = {domain: self._taken.read(tenant, domain) for domain in domains}  # as it is now
        return {domain: index for domain, index in found.items() if index.exists}

    def _known_people(self, tenant: str, file: FilePeople) -> KnownPeople:
        known = KnownPeople()
        for user in self._people.people(tenant):
            known.add(user, file)
        for user, at in self._people.people_of_jobs(tenant):
            known.add(user, file, at)
        return known

    def _unknown_groups(self, tenant: str, subject: str, file: FilePeople) -> frozenset[str]:
        unknown = set(file.groups)
        if not unknown:
            return frozenset()
        for group in self._people.groups(tenant):
            addresses = (group.email, *group.aliases, *group.non_editable_aliases)
            unknown.difference_update(address.lower() for address in addresses)
        asked = set(islice(sorted(unknown), MOST_ASKED))
        there = asked.difference(self._targets.unknown_groups(subject, sorted(asked)))
        return frozenset(unknown - there)


def _notes(policy: DomainPolicy, options: JobOptions, indexes: Mapping[str, Known]) -> list[Finding]:
    if not policy.cached_usernames:
        sentence = "Your domain asks Google about each name, so that names in use show only when accounts are made."
        return [Finding("names_live", sentence, "", "warning")]
    if options.domain not in indexes:
        sentence = (
            "The Directory has not been read yet: names in use, and people who have an account, are not known. It is "
            "read within minutes; then choose Change columns, and go on, to have the rows planned anew."
        )
        return [Finding("directory_not_read", sentence, "", "warning")]
    return []
