"""Names looked at without Google, for people who try patterns. Called inside an ndb context."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from itertools import islice

from provisioning.naming.candidates import Draft, drafts
from provisioning.naming.holder import Holder
from provisioning.naming.holds import Holds
from provisioning.naming.policy import NamingPolicy, Why
from provisioning.naming.search import WHY_PASSED
from provisioning.naming.taken import TakenNames
from provisioning.naming.values import Values

MOST_LOOKED_AT = 40
"""Candidates of one person at which a trial ends; rules alone seldom refuse so many."""


@dataclass(frozen=True, slots=True)
class Candidate:
    """A name that was looked at, and its pattern. why: None when rules and holds leave it free."""

    name: str
    pattern: str
    why: Why | None = None
    detail: str = ""


@dataclass(frozen=True)
class Trial:
    """What was looked at, in the order of the patterns."""

    candidates: tuple[Candidate, ...]


class RulesAndHolds:
    """Says of candidates whether they are legal, reserved, forbidden or held; holds nothing itself."""

    def __init__(self, holds: Holds, taken: TakenNames | None = None) -> None:
        """holds: looked at, never taken. taken: names in use, which count too where they are given."""
        self._holds = holds
        self._taken = taken

    def explain(
        self, policy: NamingPolicy, tenant: str, domain: str, fields: Mapping[str, str | None], count: int
    ) -> Trial:
        """Candidates until `count` of them are free. Raises BadRequest for the fields."""
        values = Values(fields, policy.language)
        judged = islice(_distinct(_judged(drafts(policy.patterns, values), policy)), MOST_LOOKED_AT)
        window = list(_until(judged, 2 * count))  # for some may be held
        return Trial(tuple(_until(self._looked_up(Holder(tenant, domain, "trial"), window), count)))

    def _looked_up(self, nobody: Holder, candidates: list[Candidate]) -> Iterator[Candidate]:
        legal = [candidate.name for candidate in candidates if candidate.why is None]
        standings = self._holds.look(nobody, legal)
        occupants = self._taken.of(nobody.tenant, nobody.domain).occupants(legal) if self._taken else {}
        for candidate in candidates:
            occupant = occupants.get(candidate.name)
            held = WHY_PASSED.get(standings[candidate.name]) if candidate.why is None else None
            if occupant:
                until = occupant.until.isoformat() if occupant.until else ""
                yield replace(candidate, why=Why(occupant.kind), detail=until)
            else:
                yield replace(candidate, why=held) if held else candidate


def _judged(all_drafts: Iterable[Draft], policy: NamingPolicy) -> Iterator[Candidate]:
    for draft in all_drafts:
        numbers = range(1, MOST_LOOKED_AT + 1)
        for parts in (draft.numbered(number) for number in numbers) if draft.counts else [draft.parts]:
            name, why, detail = policy.finish(parts)
            yield Candidate(name, draft.pattern.text, why, detail)


def _distinct(candidates: Iterable[Candidate]) -> Iterator[Candidate]:
    seen: set[str] = set()
    for candidate in candidates:
        if candidate.name not in seen:
            seen.add(candidate.name)
            yield candidate


def _until(candidates: Iterable[Candidate], wanted: int) -> Iterator[Candidate]:
    """Up to the one with which there are enough."""
    for candidate in candidates:
        if not wanted:
            return
        wanted -= candidate.why is None
        yield candidate
