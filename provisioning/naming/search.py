"""The search of one call to suggest: holds first, Google second, numbers by galloping."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from itertools import groupby, islice

from provisioning.naming.candidates import Draft
from provisioning.naming.holder import Claim, Holder, Standing
from provisioning.naming.holds import Holds
from provisioning.naming.occupancy import Occupancy, Occupant
from provisioning.naming.policy import NamingPolicy, Why
from runtime.problems import Conflict

LARGEST_NUMBER = 1_000_000_000
"""Where a counter ends."""

WHY_PASSED = {Standing.HELD: Why.HELD, Standing.CREATED: Why.CREATED}


class NamesUsedUp(Conflict):
    """There are not as many free names as were asked for."""

    title = "No names are left"
    code = "names_used_up"
    default_advice = "Ask for fewer names, send another field, or have an administrator add patterns."


@dataclass(frozen=True, slots=True)
class Suggestion:
    """A name held for the caller, and the pattern that it comes from."""

    name: str
    pattern: str


@dataclass(frozen=True, slots=True)
class PassedOver:
    """A candidate that was looked at and not offered. detail: the rule or the word, where there is one."""

    name: str
    why: Why
    detail: str = ""


class Search:
    """Walks through drafts in order until it has what is wanted. Made for one call."""

    def __init__(
        self, holds: Holds, occupancy: Occupancy, holder: Holder, policy: NamingPolicy, wanted: int, questions: int
    ) -> None:
        """questions: how many addresses Google may be asked about."""
        self._holds, self._occupancy, self._holder, self._policy = holds, occupancy, holder, policy
        self._wanted, self._questions = wanted, questions
        self._answers: dict[str, Occupant | None] = {}
        self._decided: set[str] = set()
        self._passed: dict[str, PassedOver] = {}
        self._claims: list[Claim] = []
        self._found: list[Suggestion] = []

    @property
    def found(self) -> tuple[Suggestion, ...]:
        """What is held and free so far, in the order of the patterns."""
        return tuple(self._found)

    @property
    def passed_over(self) -> tuple[PassedOver, ...]:
        """What was looked at and not offered, in the order it was looked at."""
        return tuple(self._passed.values())

    def run(self, drafts: Iterable[Draft]) -> None:
        """Find what is wanted. Raises NamesUsedUp, and whatever Occupancy raises."""
        for counts, group in groupby(drafts, key=lambda draft: draft.counts):
            (self._count_all if counts else self._work_through)(group)
            if not self._missing:
                return
        raise NamesUsedUp(f"Only {len(self._found)} of {self._wanted} names could be found.")

    def settle(self) -> datetime:
        """Make what was found the holder's answer; until when it is held."""
        names = [suggestion.name for suggestion in self._found]
        first = self._claims[0]
        if first.answered and list(first.taken) == names:
            return first.expires
        claimed = {name for claim in self._claims for name in claim.taken}
        return self._holds.settle(self._holder, names, self._policy.hold_seconds, drop=claimed.difference(names))

    def undo(self) -> None:
        """Release what the holder did not hold before."""
        self._holds.give_back(self._holder, {name for claim in self._claims for name in claim.fresh})

    @property
    def _missing(self) -> int:
        return self._wanted - len(self._found)

    def _work_through(self, drafts: Iterable[Draft]) -> None:
        """Drafts of one name each."""
        legal = self._legal(drafts)
        waiting: list[Suggestion] = []
        while self._missing:
            waiting.extend(islice(legal, 2 * self._missing - len(waiting)))
            if not waiting:
                return
            waiting = waiting[self._take(waiting) :]

    def _legal(self, drafts: Iterable[Draft]) -> Iterator[Suggestion]:
        seen: set[str] = set()
        for draft in drafts:
            verdict = self._policy.finish(draft.parts)
            if verdict.why:
                self._pass(verdict.name, verdict.why, verdict.detail)
            elif verdict.name not in seen | self._decided:
                seen.add(verdict.name)
                yield Suggestion(verdict.name, draft.pattern.text)

    def _take(self, window: Sequence[Suggestion]) -> int:
        """Hold as many as are missing, then ask Google about each; how many of the window are decided."""
        names = [suggestion.name for suggestion in window]
        missing = self._missing
        claim = self._holds.claim(self._holder, names, missing, self._policy.hold_seconds)
        self._claims.append(claim)
        decided = names.index(claim.taken[-1]) + 1 if len(claim.taken) == missing else len(names)
        for suggestion in window[:decided]:
            self._decided.add(suggestion.name)
            why = WHY_PASSED.get(claim.standings[suggestion.name])
            if why:
                self._pass(suggestion.name, why)
            elif suggestion.name in claim.taken and self._is_vacant(suggestion.name):
                self._found.append(suggestion)
        return decided

    def _is_vacant(self, name: str) -> bool:
        """What Google says, asked once a call: a hold taken after the answer cannot hide an account made here
        meanwhile, because that leaves a created record."""
        if name not in self._answers:
            if len(self._answers) >= self._questions:
                raise NamesUsedUp(f"{self._questions} names like this were looked at, and nearly all are taken.")
            self._answers[name] = self._occupancy.occupant(self._holder.tenant, self._holder.domain, name)
        occupant = self._answers[name]
        if occupant:
            self._pass(name, Why(occupant.kind))
        return occupant is None

    def _pass(self, name: str, why: Why, detail: str = "") -> None:
        self._passed.setdefault(name, PassedOver(name, why, detail))

    def _count_all(self, drafts: Iterable[Draft]) -> None:
        for draft in drafts:
            self._count(draft)

    def _count(self, draft: Draft) -> None:
        """A draft with a counter: from each free number on, as many as are missing."""
        number = self._next_free(draft, 1) if self._missing else 0
        while number:
            window = self._numbered(draft, range(number, number + 2 * self._missing))
            decided = self._take([Suggestion(name, draft.pattern.text) for name in window])
            after = list(window.values())[decided - 1] + 1
            number = self._next_free(draft, after) if self._missing else 0

    def _numbered(self, draft: Draft, numbers: Iterable[int]) -> dict[str, int]:
        """Names that may be claimed, to their numbers."""
        window: dict[str, int] = {}
        for number in numbers:
            verdict = self._policy.finish(draft.numbered(number))
            if not verdict.why and verdict.name not in self._decided:
                window.setdefault(verdict.name, number)
        return window

    def _next_free(self, draft: Draft, start: int) -> int:
        """A free number from `start` on whose predecessor is taken, or `start` itself; 0 if the counter ends.

        Looks at start, +1, +2, +4, ... until one is free, then halves: some 2 log2(taken) questions.
        """
        if self._is_free(draft, start):
            return start
        taken, step = start, 1
        while (number := start + step) <= LARGEST_NUMBER:
            if self._is_free(draft, number):
                return self._halve(draft, taken, number)
            taken, step = number, step * 2
        return 0

    def _halve(self, draft: Draft, taken: int, free: int) -> int:
        while free - taken > 1:
            middle = (taken + free) // 2
            if self._is_free(draft, middle):
                free = middle
            else:
                taken = middle
        return free

    def _is_free(self, draft: Draft, number: int) -> bool:
        """Legal, not had already, not held by another, and vacant at Google."""
        verdict = self._policy.finish(draft.numbered(number))
        if verdict.why:
            self._pass(verdict.name, verdict.why, verdict.detail)
            return False
        if verdict.name in self._decided:
            return False
        why = WHY_PASSED.get(self._holds.look(self._holder, [verdict.name])[verdict.name])
        if why:
            self._pass(verdict.name, why)
            return False
        return self._is_vacant(verdict.name)
