"""The policy of a tenant: who may create accounts, and how. Kept with an audit entry for every change."""

import re
from collections.abc import Callable
from dataclasses import asdict, fields, replace
from typing import Any

from google.cloud import ndb

from marketplace.access import Principal
from provisioning.accounts.domain_policy import Creator, DomainPolicy
from provisioning.accounts.pattern_versions import (
    PatternVersion,
    numbered,
    recent_versions,
    version_of,
    version_records,
)
from provisioning.accounts.records import POLICY_ID, DomainPolicyRecord
from provisioning.accounts.rules import GroupRule, OrgUnitRule
from provisioning.directory.port import Directory
from provisioning.naming.patterns import parse_patterns
from runtime.audit import Actor, audit_entry
from runtime.clock import Clock
from runtime.datastore import tenant_namespace, transact
from runtime.google_problems import AccessRefused, GoogleNotFound
from runtime.memory import Memory
from runtime.problems import Forbidden

MOST_CREATORS = 200
RECENT = 10
"""Seconds for which programs' calls may go by a policy that another process has changed."""
_DEFAULT = DomainPolicy()
_LISTS: dict[str, type] = {"creators": Creator, "org_unit_rules": OrgUnitRule, "group_rules": GroupRule}
"""What is kept as lists of objects."""
_ADDRESS = re.compile(r"[^@/?#\s]+@[^@/?#\s]+")
"""What can be asked of Google as part of a path; Google judges the rest."""


class Policies:
    """Reads and keeps policies, and answers who may create accounts."""

    def __init__(self, directory: Directory, clock: Clock) -> None:
        """directory: where creators' addresses are looked up."""
        self._directory = directory
        self._clock = clock
        self._recent: Memory[str, DomainPolicy] = Memory(clock, RECENT, 1000)

    def recent(self, tenant: str) -> DomainPolicy:
        """The tenant's policy as it was at most RECENT seconds ago; what is changed here holds at once."""
        return self._recent.get(tenant, lambda: self.of(tenant))

    def of(self, tenant: str) -> DomainPolicy:
        """The tenant's policy; the defaults where nobody has decided."""
        with tenant_namespace(tenant):
            return _policy(DomainPolicyRecord.get_by_id(POLICY_ID))

    def is_chosen(self, tenant: str) -> bool:
        """Whether an administrator has decided."""
        with tenant_namespace(tenant):
            return DomainPolicyRecord.get_by_id(POLICY_ID) is not None

    def change(
        self,
        tenant: str,
        actor: Actor,
        edit: Callable[[DomainPolicy], DomainPolicy],
        *,
        seen: int | None = None,
        brought_back: int | None = None,
    ) -> DomainPolicy:
        """Keep edit(policy), which may run more than once, with an audit entry of what differs.

        Other patterns are a new version. seen: the version that the person decided by, if that is known; raises
        PatternsChanged when another one is in force and edit would change it. brought_back: see PatternVersion.
        """

        def work() -> DomainPolicy:
            record = DomainPolicyRecord.get_by_id(POLICY_ID)
            before = _policy(record)
            after = numbered(before, edit(before), seen)
            if record is None or after != before:
                now, difference = self._clock(), _difference(before, after)
                entry = audit_entry(now, actor, "policy.changed", "names and accounts", **difference)
                versions = version_records(before, after, actor, now, brought_back)
                ndb.put_multi([DomainPolicyRecord(id=POLICY_ID, **asdict(after)), entry, *versions])
            return after

        with tenant_namespace(tenant):
            changed = transact(work)
        self._recent.forget(tenant)
        return changed

    def versions(self, tenant: str, policy: DomainPolicy) -> list[PatternVersion]:
        """The newest versions of the tenant's patterns, the policy's own first."""
        with tenant_namespace(tenant):
            return recent_versions(policy)

    def bring_back(self, tenant: str, actor: Actor, number: int, *, seen: int) -> DomainPolicy:
        """Put an earlier version in force again, as a new one. Raises NotFound, PatternError, and as `change`."""
        with tenant_namespace(tenant):
            patterns = version_of(number).patterns
        parse_patterns(patterns)  # the rules may be stricter now than they were
        return self.change(
            tenant, actor, lambda before: replace(before, patterns=patterns), seen=seen, brought_back=number
        )

    def may_create(self, principal: Principal) -> bool:
        """Whether to show the person the way to a new account; as it was decided at most RECENT seconds ago."""
        return principal.is_admin or self.recent(principal.tenant).lists(principal.person)

    def require_creator(self, principal: Principal) -> DomainPolicy:
        """The policy, for somebody who may create accounts. Raises Forbidden, saying whom to ask."""
        policy = self.of(principal.tenant)
        if principal.is_admin or policy.lists(principal.person):
            return policy
        raise Forbidden(
            "You are not on the list of people who may create accounts in your domain.",
            advice=f"Ask {principal.delegated_admin or 'an administrator of your domain'} to add you, or to create it.",
        )

    def find_creators(self, tenant: str, subject: str, typed: str) -> tuple[tuple[Creator, ...], str]:
        """The people behind addresses separated by spaces, commas or lines, and what is wrong with them, if anything.

        Raises GoogleProblem when the Directory does not say.
        """
        addresses = list(dict.fromkeys(typed.replace(",", " ").lower().split()))
        if len(addresses) > MOST_CREATORS:
            return (), f"At most {MOST_CREATORS} people."
        found: list[Creator] = []
        for address in addresses:
            creator = self._creator(tenant, subject, address)
            if creator is None:
                return (), f"{address[:100]} is not a person in your domain. Type the full address of each person."
            found.append(creator)
        return tuple(dict.fromkeys(found)), ""

    def _creator(self, tenant: str, subject: str, address: str) -> Creator | None:
        known = next((creator for creator in self.of(tenant).creators if creator.email == address), None)
        if known:
            return known
        try:
            person = self._directory.person(subject, address) if _ADDRESS.fullmatch(address) else None
        except (GoogleNotFound, AccessRefused):  # 403 is what Google says of another customer's people
            return None
        return Creator(person.id, person.email) if person and person.customer_id == tenant else None


def _policy(record: DomainPolicyRecord | None) -> DomainPolicy:
    """A value that was added later has its default where the record is older."""
    if record is None:
        return _DEFAULT
    values: dict[str, Any] = {}
    for name in (item.name for item in fields(DomainPolicy)):
        value = getattr(record, name)
        if value is not None:
            values[name] = tuple(value) if isinstance(value, list) else value
    for name, kind in _LISTS.items():
        values[name] = tuple(kind(**entry) for entry in values.get(name, ()))
    return replace(_DEFAULT, **values)


def _difference(before: DomainPolicy, after: DomainPolicy) -> dict[str, object]:
    old, new = asdict(before), asdict(after)
    changed = [name for name in old if old[name] != new[name]]
    return {"before": {name: old[name] for name in changed}, "after": {name: new[name] for name in changed}}
