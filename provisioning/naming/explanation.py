"""What a call to suggest would look at, and why it would pass over what it does not offer. Holds nothing."""

from dataclasses import dataclass

from provisioning.naming.holder import Holder
from provisioning.naming.holds import Holds
from provisioning.naming.index import Index
from provisioning.naming.lineup import Candidate, Lineup, PassedOver
from provisioning.naming.policy import Why
from provisioning.naming.search import SPARE, WHY_PASSED
from provisioning.naming.sieve import Sieve


@dataclass(frozen=True, slots=True)
class Considered:
    """A name, and the pattern that it comes from. why: None if it would be offered; detail: as for PassedOver."""

    name: str
    pattern: str
    why: Why | None = None
    detail: str = ""


@dataclass(frozen=True)
class Explanation:
    """What would be looked at, down to the last name that would be offered."""

    candidates: tuple[Considered, ...]

    @property
    def offered(self) -> tuple[Considered, ...]:
        """Those that would be offered."""
        return tuple(candidate for candidate in self.candidates if candidate.why is None)


def explain(holds: Holds, holder: Holder, lineup: Lineup, index: Index | None, count: int) -> Explanation:
    """Go through a lineup until `count` names would be offered, or there are no more, or too many are held.

    At most one read of holds, and one of shards that are not in memory.
    """
    sieve = Sieve(lineup, index if index and index.exists else None)
    window = sieve.pull(2 * count + SPARE)
    standings = holds.look(holder, [candidate.name for candidate in window]).standings
    offered: list[Candidate] = []
    for candidate in window:
        why = WHY_PASSED.get(standings[candidate.name])
        if why:
            sieve.pass_over(candidate, why)
        elif len(offered) < count:
            offered.append(candidate)
    last = offered[-1].place if len(offered) == count else lineup.place + 1
    passed = [(place, _passed(one)) for place, one in sieve.log(last)]
    listed = [*passed, *((one.place, Considered(one.name, one.draft.pattern.text)) for one in offered)]
    return Explanation(tuple(one for _, one in sorted(listed, key=lambda pair: pair[0])))


def _passed(passed: PassedOver) -> Considered:
    return Considered(passed.name, passed.pattern, passed.why, passed.detail)
