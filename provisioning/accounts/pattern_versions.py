"""The lists of patterns that are or were in force in a tenant, numbered. Called inside the tenant's namespace.

Version 1 is what stood there before anybody saved a list. It is written together with version 2, so that a domain
that never changes its patterns has no records here.
"""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import UTC, datetime

from google.cloud import ndb

from provisioning.accounts.domain_policy import DomainPolicy
from provisioning.accounts.records import PatternVersionRecord
from provisioning.naming.patterns import split_patterns
from runtime.audit import Actor
from runtime.problems import Conflict, NotFound

MOST_SHOWN = 50
"""Versions that are read at once, newest first. Older ones are kept, and can be asked for by their number."""


class PatternsChanged(Conflict):
    """Somebody has saved another list since the person looked. version: the one that is in force now."""

    title = "The patterns have changed meanwhile"
    code = "patterns_changed"
    default_advice = "Look at what is in force now, and save again if yours is to take its place. Nothing was changed."

    def __init__(self, version: int) -> None:
        """version: the number in force."""
        super().__init__(f"Somebody else has saved version {version} of the patterns since you opened the page.")
        self.version = version


@dataclass(frozen=True)
class PatternVersion:
    """One list. saved: UTC, None for what stood there at the beginning; brought_back: the version that it repeats."""

    number: int
    patterns: str
    saved: datetime | None = None
    saved_by: str = ""
    brought_back: int | None = None

    @property
    def entries(self) -> list[str]:
        """The patterns one by one, as they were written."""
        return split_patterns(self.patterns)


@dataclass(frozen=True)
class Difference:
    """From one list to another: what came, what went, and whether those that stayed are in another order."""

    added: tuple[str, ...]
    dropped: tuple[str, ...]
    reordered: bool


def difference(before: PatternVersion, after: PatternVersion) -> Difference:
    """What a person sees who compares the two. Linear in their lengths."""
    old, new = dict.fromkeys(before.entries), dict.fromkeys(after.entries)
    return Difference(
        added=tuple(entry for entry in new if entry not in old),
        dropped=tuple(entry for entry in old if entry not in new),
        reordered=[entry for entry in old if entry in new] != [entry for entry in new if entry in old],
    )


def numbered(before: DomainPolicy, after: DomainPolicy, seen: int | None) -> DomainPolicy:
    """`after` with its number. Raises PatternsChanged when it has other patterns than a person knew of."""
    changed = after.patterns != before.patterns
    if changed and seen not in {None, before.patterns_version}:
        raise PatternsChanged(before.patterns_version)
    return replace(after, patterns_version=before.patterns_version + changed)


def version_records(
    before: DomainPolicy, after: DomainPolicy, actor: Actor, now: datetime, brought_back: int | None
) -> Iterator[PatternVersionRecord]:
    """What is to be put together with the policy; nothing when its patterns are the same."""
    if after.patterns_version == before.patterns_version:
        return
    if before.patterns_version == 1:
        yield PatternVersionRecord(id=1, patterns=before.patterns)
    yield PatternVersionRecord(
        id=after.patterns_version,
        patterns=after.patterns,
        saved=now.replace(tzinfo=None),
        saved_by=actor.label,
        brought_back=brought_back,
    )


def recent_versions(policy: DomainPolicy) -> list[PatternVersion]:
    """At most MOST_SHOWN, newest first. Read by key: what was saved a moment ago is there."""
    if policy.patterns_version == 1:
        return [PatternVersion(1, policy.patterns)]
    numbers = range(policy.patterns_version, max(0, policy.patterns_version - MOST_SHOWN), -1)
    records = ndb.get_multi([ndb.Key(PatternVersionRecord, number) for number in numbers])
    return [_value(record) for record in records if record]


def version_of(number: int) -> PatternVersion:
    """One version by its number. Raises NotFound."""
    record = PatternVersionRecord.get_by_id(number) if number > 0 else None
    if record is None:
        raise NotFound(f"There is no version {number} of the patterns.")
    return _value(record)


def _value(record: PatternVersionRecord) -> PatternVersion:
    saved = record.saved.replace(tzinfo=UTC) if record.saved else None
    return PatternVersion(record.key.id(), record.patterns, saved, record.saved_by or "", record.brought_back)
