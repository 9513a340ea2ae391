"""The search of one call to suggest: look at a window of candidates, choose, hold them together.

With an index everything is decided before names are held, so that one commit is all that is written. Without one,
Google is asked about names that are held already, about all at once, and those taken are replaced in a next step.
"""

import random
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime

from provisioning.naming.contention import Contention
from provisioning.naming.galloping import gallop
from provisioning.naming.holder import USABLE, Holder, Look, Standing
from provisioning.naming.holds import Holds
from provisioning.naming.lineup import Candidate, Lineup, PassedOver
from provisioning.naming.occupancy import Occupancy, Occupant
from provisioning.naming.policy import NamingPolicy, Why
from provisioning.naming.sieve import Sieve
from provisioning.naming.taken import TakenNames
from runtime.problems import Conflict, Unavailable

SPARE = 3
"""Candidates that are looked at besides those that are wanted."""
PROBES = 16
"""Numbers looked at together when a search gallops, with an index. Each is one entity."""
LIVE_PROBES = 8
"""The same without one, where each is two requests to Google."""
ROUNDS = 16
"""How often a call may lose a race for names."""
ASIDE = 32
"""Callers for whom there is room between the places where two processes go on that wanted the same names."""
HIDDEN = {"deleted", "other"}
"""Of what Google shows nothing to who asks for the address. "other": it refused to make the account, for no reason."""
WHY_PASSED = {Standing.HELD: Why.HELD, Standing.CREATED: Why.CREATED}


class NamesUsedUp(Conflict):
    """There are not as many free names as were asked for."""

    title = "No names are left"
    code = "names_used_up"
    default_advice = "Ask for fewer names, send another field, or have an administrator add patterns."


@dataclass(frozen=True)
class Sources:
    """What a search stands on. questions: addresses that one call asks Google about at most."""

    holds: Holds
    taken: TakenNames
    occupancy: Occupancy
    contention: Contention
    questions: int
    randrange: Callable[[int], int] = random.Random().randrange  # noqa: S311 - how far to step aside, no secret


class Search:
    """Made for one call. `run`, then `settle`; `undo` if anything fails on the way."""

    def __init__(self, sources: Sources, holder: Holder, policy: NamingPolicy, lineup: Lineup, wanted: int) -> None:
        self._sources, self._holder, self._policy, self._wanted = sources, holder, policy, wanted
        self._lineup, self._sieve = lineup, Sieve(lineup, None)
        self._decided_how = not policy.cached
        if policy.cached and (index := sources.taken.remembered(holder.tenant, holder.domain)):
            self._decided_how, self._sieve.index = True, index if index.exists else None
        self._open: list[Candidate] = []
        self._standings: dict[str, Standing] = {}
        self._looked_at: dict[str, int] = {}
        self._answered: tuple[str, ...] | None = None
        self._answers: dict[str, Occupant | None] = {}
        self._fresh: set[str] = set()
        self._promised: tuple[list[str], datetime] | None = None
        self._lost = 0
        self.found: list[Candidate] = []

    @property
    def passed_over(self) -> tuple[PassedOver, ...]:
        """What comes before the last name found and is not offered, in order."""
        last = max((candidate.place for candidate in self.found), default=0)
        for candidate in self._open:  # nobody held it when it was looked at, so somebody has been faster
            self._sieve.pass_over(candidate, WHY_PASSED.get(self._standings[candidate.name], Why.HELD))
        return tuple(passed for _, passed in self._sieve.log(last))

    def run(self) -> None:
        """Find what is wanted. Raises NamesUsedUp, Unavailable, and whatever Occupancy raises."""
        while self._missing:
            chosen = self._choose()
            if not chosen:
                raise NamesUsedUp(f"Only {len(self.found)} of {self._wanted} names could be found.")
            if not self._hold(chosen):
                self._step_aside()
                continue
            self._open = [candidate for candidate in self._open if candidate not in chosen]
            if self._sieve.index:
                self.found.extend(chosen)
            else:
                self._verify(chosen)
        self.found.sort(key=lambda candidate: candidate.place)

    def settle(self) -> datetime:
        """Make what was found the holder's answer, if it is not already; until when it is held."""
        names = [candidate.name for candidate in self.found]
        if self._promised and self._promised[0] == names:
            return self._promised[1]
        seconds = self._policy.hold_seconds
        return self._sources.holds.settle(self._holder, names, seconds, drop=self._fresh.difference(names))

    def undo(self) -> None:
        """Release what the holder did not hold before."""
        self._sources.holds.give_back(self._holder, self._fresh)

    @property
    def _missing(self) -> int:
        return self._wanted - len(self.found)

    def _choose(self) -> list[Candidate]:
        """Candidates that nobody holds or is just taking: all that are missing, fewer only if there are no more.

        With an index they are to be taken at once, so fewer are none.
        """
        more = True
        while True:
            usable = self._usable()
            looked = {one.name: self._looked_at[one.name] for one in usable}
            names = self._sources.contention.choose(self._holder, looked, self._missing)
            if len(names) == self._missing or (not more and not self._sieve.index):
                return [one for one in usable if one.name in names]
            self._sources.contention.done(self._holder, names, won=False)
            if not more:
                return []
            more = self._look_further(is_crowded=len(usable) >= self._missing)

    def _look_further(self, *, is_crowded: bool) -> bool:
        """Look at more candidates, and again at those that a race was lost for; False if there are none.

        is_crowded: other threads are just taking what could be had.
        """
        if is_crowded:
            self._make_room()
        window = self._sieve.pull(self._missing + SPARE)
        if self._hinted() > self._lineup.number:
            self._make_room()
            window += self._sieve.pull(self._missing + SPARE)
        again = [one for one in self._open if one.name not in self._standings]
        if not window and not again:
            return False
        vacant = self._look([*again, *window])[len(again) :]
        self._open.extend(vacant)
        numbered = [self._standings[one.name] for one in vacant if one.number]
        if numbered and USABLE.isdisjoint(numbered) and len(self._usable()) < self._missing:
            self._gallop()
        return True

    def _usable(self) -> list[Candidate]:
        """Candidates that nobody else held when they were looked at."""
        return [one for one in self._open if self._standings.get(one.name) in USABLE]

    def _look(self, candidates: Sequence[Candidate]) -> list[Candidate]:
        """Read how they stand, and the index's head if it is not known yet; those that are not known to be taken."""
        sources, holder = self._sources, self._holder
        at = sources.contention.now()
        head = [] if self._decided_how else [sources.taken.meta_key(holder.tenant, holder.domain)]
        look = sources.holds.look(holder, [one.name for one in candidates], head)
        self._answered = look.answered or self._answered  # a call's answer is known here only
        self._standings |= look.standings
        self._looked_at |= dict.fromkeys(look.standings, at)
        if head:
            index = sources.taken.remember(holder.tenant, holder.domain, look.others[0])
            self._decided_how, self._sieve.index = True, index if index.exists else None
            return self._sieve.sift(candidates)
        return list(candidates)

    def _hold(self, chosen: list[Candidate]) -> bool:
        """Hold them all, or none because somebody else was faster."""
        sources, names = self._sources, [one.name for one in chosen]
        indexed = self._sieve.index is not None
        look, expires = Look(self._standings, self._answered), None
        try:
            expires = sources.holds.take(self._holder, names, look, self._policy.hold_seconds, whole=indexed)
        finally:
            sources.contention.done(self._holder, names, won=expires is not None)
        if expires is None:
            return False
        self._fresh.update(name for name in names if self._standings[name] is not Standing.MINE)
        if indexed or self._answered is None:
            self._promised = (names, expires)
            self._answered = tuple(names)
        return True

    def _verify(self, chosen: list[Candidate]) -> None:
        """Ask Google about what is held now."""
        self._ask([one.name for one in chosen])
        vacant = [one for one in chosen if not self._is_taken(one)]
        self.found.extend(vacant)
        if not any(one.number for one in vacant) and any(one.number for one in chosen):
            numbered = [one for one in self._open if one.number]
            self._lineup.take_back(numbered)
            self._open = [one for one in self._open if not one.number]
            self._gallop()

    def _is_taken(self, candidate: Candidate) -> bool:
        occupant = self._answers[candidate.name]
        if occupant:
            self._sieve.taken(candidate, occupant)
        return occupant is not None

    def _ask(self, names: Iterable[str]) -> None:
        """Once for each name in a call: a hold taken after the answer cannot hide an account that was made here
        meanwhile, because that leaves a created record."""
        new = [name for name in names if name not in self._answers]
        if len(self._answers) + len(new) > self._sources.questions:
            raise NamesUsedUp(f"{self._sources.questions} names like this were looked at, and nearly all are taken.")
        occupants = self._occupants(new) if new else {}
        self._answers |= {name: occupants.get(name) for name in new}

    def _occupants(self, names: Sequence[str]) -> dict[str, Occupant]:
        """What Google says; and what it holds back although it shows nobody there, as far as an index knows."""
        sources, place = self._sources, (self._holder.tenant, self._holder.domain)
        found = sources.occupancy.occupants(*place, names)
        index = sources.taken.of(*place)
        known = index.occupants([name for name in names if name not in found]) if index.exists else {}
        return {name: occupant for name, occupant in known.items() if occupant.kind in HIDDEN} | found

    def _step_aside(self) -> None:
        """Another process was faster: look again, and count on at a place that depends on chance, so that the two get
        out of each other's way for a while."""
        self._lost += 1
        if self._lost == ROUNDS:
            raise Unavailable("Too many people want the same names at this moment.")
        for one in self._open:
            self._standings.pop(one.name, None)
        if self._lineup.counting:
            self._open = [one for one in self._open if not one.number]
            self._make_room(self._sources.randrange(ASIDE * self._lost) * self._missing)

    def _hinted(self) -> int:
        draft = self._lineup.counting
        return self._sources.contention.hinted(self._holder, self._counter) if draft else 0

    def _make_room(self, ahead: int = 0) -> None:
        """Go on counting where no other thread of this process does."""
        if self._lineup.counting:
            place = self._lineup.number + ahead
            self._lineup.jump(self._sources.contention.reserve(self._holder, self._counter, place, self._missing))

    @property
    def _counter(self) -> str:
        """What all who count for the same names have in common."""
        draft = self._lineup.counting
        return self._lineup.verdict(draft, 1).name if draft else ""

    def _gallop(self) -> None:
        """Leave out the numbers that are held or in use from the present one on, without looking at each."""
        if not self._lineup.counting:
            return
        if self._sieve.index is None:
            self._lineup.jump(gallop(self._lineup.number, self._probe, at_once=LIVE_PROBES, within=1))
            return
        start, within = self._lineup.number, SPARE + self._missing
        self._lineup.jump(
            self._sources.contention.search(
                self._holder, self._counter, lambda: gallop(start, self._probe, at_once=PROBES, within=within)
            )
        )
        self._make_room()

    def _probe(self, numbers: Sequence[int]) -> list[bool]:
        draft = self._lineup.counting
        verdicts = [self._lineup.verdict(draft, number) for number in numbers] if draft else []
        legal = [verdict.name for verdict in verdicts if not verdict.why]
        indexed = self._sieve.index.occupants(legal) if self._sieve.index else {}
        standings = self._sources.holds.look(self._holder, legal).standings
        free = [name for name in legal if standings[name] in USABLE and name not in indexed]
        if not self._sieve.index:
            self._ask(free)
            free = [name for name in free if not self._answers[name]]
        return [verdict.name in set(free) for verdict in verdicts]
