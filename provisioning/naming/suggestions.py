"""Suggest, select, release: the service. Called inside an ndb context; Google is asked outside of any transaction."""

from collections.abc import Mapping, Sequence
from contextlib import ExitStack
from dataclasses import dataclass
from datetime import datetime

from provisioning.naming.allowance import Allowance
from provisioning.naming.candidates import drafts
from provisioning.naming.contention import Contention
from provisioning.naming.explanation import Explanation, explain
from provisioning.naming.holder import Holder
from provisioning.naming.holds import Holds
from provisioning.naming.lineup import Lineup, PassedOver
from provisioning.naming.occupancy import Occupancy, Occupant
from provisioning.naming.policy import NamingPolicy, check_count
from provisioning.naming.search import WHY_PASSED, Search, Sources
from provisioning.naming.sieve import in_use
from provisioning.naming.taken import TakenNames
from provisioning.naming.values import Values
from runtime.limits import Limits
from runtime.problems import BadRequest, Conflict

MAX_QUESTIONS = 100
"""Addresses that one call asks Google about at most: each takes one or two requests there."""


class NameNotLegal(BadRequest):
    """A name that Google would not accept, or that is reserved."""

    title = "That name cannot be used"
    code = "name_not_legal"
    default_advice = "Choose another name: letters, digits, and . _ - between them."


class NameTaken(Conflict):
    """Somebody or something at Google has the name."""

    title = "That name is taken"
    code = "name_taken"
    default_advice = "Choose another name. Nothing was changed."


@dataclass(frozen=True, slots=True)
class Suggestion:
    """A name held for the caller, and the pattern that it comes from."""

    name: str
    pattern: str


@dataclass(frozen=True)
class Suggested:
    """What a call to suggest got: names held until `expires` (UTC), and why others before the last are not offered."""

    suggestions: tuple[Suggestion, ...]
    expires: datetime
    passed_over: tuple[PassedOver, ...]

    @property
    def names(self) -> list[str]:
        """Just the names, in order."""
        return [suggestion.name for suggestion in self.suggestions]


class Suggestions:
    """Suggests names and keeps track of who may have them. One for the process."""

    def __init__(
        self,
        holds: Holds,
        taken: TakenNames,
        occupancy: Occupancy,
        limits: Limits,
        *,
        max_questions: int = MAX_QUESTIONS,
        contention: Contention | None = None,
    ) -> None:
        """taken: the index, used for domains that want it and have one; occupancy: Google."""
        self._holds, self._taken, self._occupancy = holds, taken, occupancy
        self._allowance = Allowance(limits)
        self._sources = Sources(holds, taken, occupancy, contention or Contention(), max_questions)

    def suggest(
        self, holder: Holder, policy: NamingPolicy, fields: Mapping[str, str | None], count: int | None = None
    ) -> Suggested:
        """Exactly `count` names (1 to 10; the policy's number if None), held for the holder.

        The holder's earlier names are released in the same step, unless they are among these.
        Raises BadRequest for fields or count, NamesUsedUp, TooManyRequests, Unavailable, and what Occupancy raises; the
        holder has what it had then.
        """
        wanted = check_count(policy.number_of_suggestions if count is None else count)
        lineup = Lineup(drafts(policy.patterns, Values(fields, policy.language)), policy)
        self._allowance.hand_out(holder, wanted)
        search = Search(self._sources, holder, policy, lineup, wanted)
        with ExitStack() as on_failure:
            on_failure.callback(search.undo)
            search.run()
            expires = search.settle()
            on_failure.pop_all()
        suggestions = tuple(Suggestion(found.name, found.draft.pattern.text) for found in search.found)
        return Suggested(suggestions, expires, search.passed_over)

    def explain(
        self, policy: NamingPolicy, tenant: str, domain: str, fields: Mapping[str, str | None], count: int
    ) -> Explanation:
        """What `suggest` would look at, in order, until `count` names that it would offer. Holds and writes nothing.

        Without an index it tells legality and holds only, and asks Google nothing. Raises BadRequest for fields.
        """
        lineup = Lineup(drafts(policy.patterns, Values(fields, policy.language)), policy)
        index = self._taken.of(tenant, domain.lower()) if policy.cached else None
        return explain(self._holds, Holder(tenant, domain, "explanation"), lineup, index, check_count(count))

    def select(self, holder: Holder, policy: NamingPolicy, chosen: str, presented: Sequence[str] | None = None) -> None:
        """Keep the chosen name's hold, renewed, and release the holder's others; "" chooses none.

        presented: for an API key (its calls are holders of their own), a call's whole answer; None for a page, whose
        last answer is known. Raises IncompleteAnswer, and as `secure`; nothing is released then.
        """
        if chosen:
            chosen = _legal(policy, chosen)
            self._verify(holder, policy, chosen)
        self._holds.select(holder, chosen, policy.hold_seconds, presented)

    def renew(self, holder: Holder, policy: NamingPolicy) -> dict[str, datetime]:
        """Give a page's names their full time again. Returns those it still holds, and until when (UTC)."""
        return self._holds.renew(holder, policy.hold_seconds)

    def release(self, holder: Holder, presented: Sequence[str] | None = None) -> None:
        """Release what the holder holds; presented as for `select`. Raises IncompleteAnswer."""
        self._holds.release(holder, presented)

    def secure(self, holder: Holder, policy: NamingPolicy, name: str) -> None:
        """Hold one name, typed or suggested; what the owner did not hold is verified at Google, after it is held.

        Raises NameNotLegal, HeldByAnother, TooManyHeld, NameTaken, and what Occupancy raises.
        """
        name = _legal(policy, name)
        if not self._holds.secure(holder, name, policy.hold_seconds):
            return
        with ExitStack() as on_failure:
            on_failure.callback(self._holds.give_back, holder, [name])
            _require_free(holder, name, self._asked(holder, name))
            on_failure.pop_all()

    def why_not(self, holder: Holder, policy: NamingPolicy, name: str) -> PassedOver | None:
        """Why the holder cannot have a name that somebody types; None if it can. Holds nothing.

        What the index does not know is asked of Google, as long as the tenant's budget allows. Raises what Occupancy
        raises.
        """
        verdict = policy.check(name)
        if verdict.why:
            return PassedOver(verdict.name, verdict.why, verdict.detail)
        held = WHY_PASSED.get(self._holds.look(holder, [verdict.name]).standings[verdict.name])
        if held:
            return PassedOver(verdict.name, held)
        occupant = self._known(holder, policy, verdict.name)
        if not occupant and self._may_ask(holder, policy):
            occupant = self._asked(holder, verdict.name)
        return in_use(verdict.name, occupant) if occupant else None

    def _verify(self, holder: Holder, policy: NamingPolicy, name: str) -> None:
        """That nobody has the name, except by an account that the owner has just made of it.

        An index must do when the tenant's budget is spent; `create` asks Google in any case.
        """
        may_ask = self._may_ask(holder, policy)
        occupant = self._asked(holder, name) if may_ask else self._known(holder, policy, name)
        if not (occupant and self._holds.has_created(holder, name)):
            _require_free(holder, name, occupant)

    def _may_ask(self, holder: Holder, policy: NamingPolicy) -> bool:
        return not self._is_indexed(holder, policy) or self._allowance.may_verify(holder.tenant)

    def _is_indexed(self, holder: Holder, policy: NamingPolicy) -> bool:
        return policy.cached and self._taken.of(holder.tenant, holder.domain).exists

    def _known(self, holder: Holder, policy: NamingPolicy, name: str) -> Occupant | None:
        """What the index says, if it is used."""
        if not self._is_indexed(holder, policy):
            return None
        return self._taken.of(holder.tenant, holder.domain).occupants([name]).get(name)

    def _asked(self, holder: Holder, name: str) -> Occupant | None:
        """What Google says; the index learns of it."""
        occupant = self._occupancy.occupants(holder.tenant, holder.domain, [name]).get(name)
        if occupant:
            self._taken.add(holder.tenant, holder.domain, name, occupant.kind, occupant.until)
        return occupant


def _legal(policy: NamingPolicy, name: str) -> str:
    """The name in lower case. Raises NameNotLegal."""
    verdict = policy.check(name)
    if verdict.why:
        raise NameNotLegal(f"“{name[:80]}” cannot be used: {verdict.detail or 'it is reserved'}.")
    return verdict.name


def _require_free(holder: Holder, name: str, occupant: Occupant | None) -> None:
    if occupant:
        raise NameTaken(f"{name}@{holder.domain} is in use ({occupant.kind}).")
