"""The legal candidates of one call, in order, each once, on demand; and why others are passed over. Pure.

Drafts with one name come one by one. A draft with a counter stands for all its numbers, of which whole runs may be left
out: those that are known to be taken, and those between two that a search looked at.
"""

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from enum import StrEnum
from typing import NamedTuple

from provisioning.naming.candidates import Draft
from provisioning.naming.policy import NamingPolicy, Verdict, Why

LARGEST_NUMBER = 1_000_000_000
"""Where a counter ends."""
MOST_ILLEGAL = 200
"""Numbers in a row, besides reserved words, after which a counter is given up: all its names are forbidden then."""
EXPLAINED = 20
"""Numbers that are explained one by one; the rest of a run together."""

FreeNumbers = Callable[[str, str, int], Iterator[int]]
"""(before, after, start) to the numbers n from start upward for which before + n + after may be free."""


@dataclass(frozen=True, slots=True)
class PassedOver:
    """A candidate that was looked at and not offered. detail: the rule, the word or the day, where there is one.

    pattern: the one that it comes from; "" for a name that somebody typed.
    """

    name: str
    why: Why
    detail: str = ""
    pattern: str = field(default="", compare=False)


class Candidate(NamedTuple):
    """A name that is legal. number: for a draft with a counter, else 0; place: where it stands among all."""

    name: str
    draft: Draft
    number: int
    place: int


class Left(StrEnum):
    """Why numbers were left out together, as the end of a sentence."""

    KNOWN = "are in use"
    PROBED = "are in use or held"
    ILLEGAL = "cannot be used either"


class Run(NamedTuple):
    """Numbers of a draft that were left out together. KNOWN: the index can tell what has each of them."""

    draft: Draft
    first: int
    last: int
    place: int
    why: Left


class Lineup:
    """Goes through drafts. Made for one call.

    counting: the draft whose numbers come next, if it is one with a counter; number: the one that it goes on with.
    illegal: candidates that nobody may be offered, with their places.
    """

    def __init__(self, drafts: Iterable[Draft], policy: NamingPolicy) -> None:
        self._drafts, self._policy = iter(drafts), policy
        self._seen: set[str] = set()
        self.place = 0
        self.counting: Draft | None = None
        self.number = 1
        self.illegal: dict[str, tuple[int, PassedOver]] = {}
        self.runs: list[Run] = []

    def pull(self, wanted: int, free_numbers: FreeNumbers) -> list[Candidate]:
        """The next candidates; fewer only if there are no more."""
        found: list[Candidate] = []
        while len(found) < wanted:
            if self.counting:
                found.extend(self._count(self.counting, wanted - len(found), free_numbers))
            elif draft := next(self._drafts, None):
                if draft.counts:
                    self.counting, self.number = draft, 1
                elif candidate := self._judge(draft, 0):
                    found.append(candidate)
            else:
                break
        return found

    def jump(self, number: int) -> None:
        """Go on with this number, if it comes later; 0 to go on with the next draft."""
        if self.counting and number > self.number:
            self._leave_out(self.counting, self.number, number - 1, Left.PROBED)
            self.number = number
        elif not number:
            self.counting = None

    def take_back(self, candidates: Iterable[Candidate]) -> None:
        """Numbers that were pulled last and are to come again, in order."""
        for candidate in reversed(list(candidates)):
            self._seen.discard(candidate.name)
            self.number = candidate.number

    def verdict(self, draft: Draft, number: int) -> Verdict:
        """Whether a draft, or one number of it, may be offered; NUMBERS if it was pulled before."""
        verdict = self._policy.finish(draft.numbered(number) if draft.counts else draft.parts)
        return Verdict(verdict.name, Why.NUMBERS) if verdict.name in self._seen else verdict

    def _count(self, draft: Draft, wanted: int, free_numbers: FreeNumbers) -> Iterator[Candidate]:
        refused = 0
        for number in self._numbers(draft, free_numbers):
            if number > self.number:
                self._leave_out(draft, self.number, number - 1, Left.KNOWN)
            self.number = number + 1
            candidate = self._judge(draft, number, is_explained=refused < EXPLAINED)
            if candidate is None:
                refused += 1
                if refused > MOST_ILLEGAL + len(self._policy.reserved_words):
                    break
                continue
            if refused > EXPLAINED:
                self._leave_out(draft, number - refused + EXPLAINED, number - 1, Left.ILLEGAL)
            yield candidate
            refused, wanted = 0, wanted - 1
            if not wanted:
                return
        if refused > EXPLAINED:
            self._leave_out(draft, self.number - refused + EXPLAINED, LARGEST_NUMBER, Left.ILLEGAL)
        self.counting = None

    def _numbers(self, draft: Draft, free_numbers: FreeNumbers) -> Iterator[int]:
        """The numbers of a draft from `number` upward that may be free."""
        frame: tuple[str, str] | None = None
        number = self.number
        while number <= LARGEST_NUMBER:
            # A longer number can leave less room for the rest of a name that is cut to fit.
            here = self._policy.frame(draft.numbered(number))
            end = min(10 ** len(str(number)), LARGEST_NUMBER + 1)
            if here != frame:
                frame, free = here, free_numbers(*here, number)
                number = next(free)
            while number < end:
                yield number
                number = next(free)

    def _judge(self, draft: Draft, number: int, *, is_explained: bool = True) -> Candidate | None:
        self.place += 1
        verdict = self.verdict(draft, number)
        if verdict.why and is_explained and verdict.name not in self._seen:
            passed = PassedOver(verdict.name, verdict.why, verdict.detail, draft.pattern.text)
            self.illegal.setdefault(verdict.name, (self.place, passed))
        if verdict.why:
            return None
        self._seen.add(verdict.name)
        return Candidate(verdict.name, draft, number, self.place)

    def _leave_out(self, draft: Draft, first: int, last: int, why: Left) -> None:
        self.place += 1
        self.runs.append(Run(draft, first, last, self.place, why))


def one_by_one(before: str, after: str, start: int) -> Iterator[int]:  # noqa: ARG001 - a FreeNumbers
    """Where nothing is known of the names: every number may be free."""
    return iter(range(start, LARGEST_NUMBER + 2))
