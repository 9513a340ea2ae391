"""Candidates that the index does not know to be taken, and the log of why the others are passed over."""

from collections.abc import Iterable, Iterator

from provisioning.naming.candidates import Draft
from provisioning.naming.index import Index
from provisioning.naming.lineup import EXPLAINED, Candidate, Left, Lineup, PassedOver, Run, one_by_one
from provisioning.naming.occupancy import Occupant
from provisioning.naming.policy import Why


class Sieve:
    """One call's lineup, sifted by an index; by none as long as `index` is None."""

    def __init__(self, lineup: Lineup, index: Index | None) -> None:
        self.lineup, self.index = lineup, index
        self._passed: dict[str, tuple[int, PassedOver]] = {}

    def pull(self, wanted: int) -> list[Candidate]:
        """The next candidates that are not taken, as far as is known; fewer only if there are no more."""
        found: list[Candidate] = []
        while len(found) < wanted:
            free_numbers = self.index.free_numbers if self.index else one_by_one
            pulled = self.lineup.pull(wanted - len(found), free_numbers)
            if not pulled:
                break
            found.extend(self.sift(pulled))
        return found

    def sift(self, candidates: Iterable[Candidate]) -> list[Candidate]:
        """Those that the index does not know to be taken; one call to Datastore at most."""
        listed = list(candidates)
        occupants = self.index.occupants([candidate.name for candidate in listed]) if self.index else {}
        for candidate in listed:
            if occupant := occupants.get(candidate.name):
                self.taken(candidate, occupant)
        return [candidate for candidate in listed if candidate.name not in occupants]

    def taken(self, candidate: Candidate, occupant: Occupant) -> None:
        """The candidate's address is in use."""
        self._passed.setdefault(candidate.name, (candidate.place, in_use(candidate.name, occupant, candidate.draft)))

    def pass_over(self, candidate: Candidate, why: Why) -> None:
        """The candidate cannot be had."""
        passed = PassedOver(candidate.name, why, "", candidate.draft.pattern.text)
        self._passed.setdefault(candidate.name, (candidate.place, passed))

    def log(self, last: int) -> list[tuple[int, PassedOver]]:
        """What was passed over before a place, in order, with places."""
        entries = [*self.lineup.illegal.values(), *self._passed.values()]
        runs = (run for run in self.lineup.runs if run.place < last)
        entries += [(run.place, passed) for run in runs for passed in self._of_run(run)]
        return sorted((entry for entry in entries if entry[0] < last), key=lambda entry: entry[0])

    def _of_run(self, run: Run) -> Iterator[PassedOver]:
        """The first numbers by name, if the index tells why, and the others together."""
        first = run.first
        if self.index and run.why is Left.KNOWN:
            first = min(run.last + 1, run.first + EXPLAINED)
            names = [self._name(run, number) for number in range(run.first, first)]
            occupants = self.index.occupants(names)
            yield from (in_use(name, occupants[name], run.draft) for name in names if name in occupants)
        if first <= run.last:
            words = f"{run.last - first + 1:,} numbers up to {self._name(run, run.last)} {run.why}"
            yield PassedOver(self._name(run, first), Why.NUMBERS, words, run.draft.pattern.text)

    def _name(self, run: Run, number: int) -> str:
        return self.lineup.verdict(run.draft, number).name


def in_use(name: str, occupant: Occupant, draft: Draft | None = None) -> PassedOver:
    """A name that somebody or something has. draft: None for one that was typed."""
    day = occupant.until.isoformat() if occupant.until else ""
    return PassedOver(name, Why(occupant.kind), day, draft.pattern.text if draft else "")
