"""Suggest, select, release: the service. Called inside an ndb context; Google is asked outside of any transaction."""

from collections.abc import Mapping, Sequence
from contextlib import ExitStack
from dataclasses import dataclass
from datetime import datetime

from provisioning.naming.candidates import drafts
from provisioning.naming.holder import Holder
from provisioning.naming.holds import Holds
from provisioning.naming.occupancy import Occupancy
from provisioning.naming.policy import NamingPolicy, Why, check_count
from provisioning.naming.search import WHY_PASSED, PassedOver, Search, Suggestion
from provisioning.naming.values import Values
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


@dataclass(frozen=True)
class Suggested:
    """What a call to suggest got: names held until `expires` (UTC), and why others were passed over."""

    suggestions: tuple[Suggestion, ...]
    expires: datetime
    passed_over: tuple[PassedOver, ...]

    @property
    def names(self) -> list[str]:
        """The names alone, in the order of the patterns."""
        return [suggestion.name for suggestion in self.suggestions]


class Suggestions:
    """Names for people, each legal, free at Google and promised to nobody else."""

    def __init__(self, holds: Holds, occupancy: Occupancy, *, max_questions: int = MAX_QUESTIONS) -> None:
        """max_questions: about how many addresses one call may ask Google."""
        self._holds = holds
        self._occupancy = occupancy
        self._max_questions = max_questions

    def suggest(
        self, holder: Holder, policy: NamingPolicy, fields: Mapping[str, str | None], count: int | None = None
    ) -> Suggested:
        """Exactly `count` names (1 to 10; the policy's number if None), held for the holder.

        The holder's earlier names are released in the same step, unless they are among these.
        Raises BadRequest for fields or count, NamesUsedUp, and what Occupancy raises; the holder has what it had then.
        """
        wanted = check_count(policy.number_of_suggestions if count is None else count)
        values = Values(fields, policy.language)
        search = Search(self._holds, self._occupancy, holder, policy, wanted, self._max_questions)
        with ExitStack() as on_failure:
            on_failure.callback(search.undo)
            search.run(drafts(policy.patterns, values))
            expires = search.settle()
            on_failure.pop_all()
        return Suggested(search.found, expires, search.passed_over)

    def select(self, holder: Holder, policy: NamingPolicy, chosen: str, presented: Sequence[str] | None = None) -> None:
        """Keep the chosen name's hold, renewed, and release the holder's others; "" chooses none.

        presented: for an API key (its calls are holders of their own), a call's whole answer; None for a page, whose
        last answer is known. Raises IncompleteAnswer, and as `secure`; nothing is released then.
        """
        calls = [holder] if presented is None else self._holds.presented(holder, presented)
        if chosen:
            self.secure(holder, policy, chosen)
        for call in calls:
            self._holds.release(call, keep=chosen)

    def renew(self, holder: Holder, policy: NamingPolicy) -> dict[str, datetime]:
        """Give a page's names their full time again. Returns those it still holds, and until when (UTC)."""
        return self._holds.renew(holder, policy.hold_seconds)

    def release(self, holder: Holder, presented: Sequence[str] | None = None) -> None:
        """Release what the holder holds; presented as for `select`. Raises IncompleteAnswer."""
        calls = [holder] if presented is None else self._holds.presented(holder, presented)
        for call in calls:
            self._holds.release(call)

    def secure(self, holder: Holder, policy: NamingPolicy, name: str) -> None:
        """Hold one name, typed or suggested; what the owner did not hold is verified at Google, after it is held.

        Raises NameNotLegal, HeldByAnother, TooManyHeld, NameTaken, and what Occupancy raises.
        """
        verdict = policy.check(name)
        if verdict.why:
            raise NameNotLegal(f"“{name[:80]}” cannot be used: {verdict.detail or 'it is reserved'}.")
        if not self._holds.secure(holder, verdict.name, policy.hold_seconds):
            return
        with ExitStack() as on_failure:
            on_failure.callback(self._holds.give_back, holder, [verdict.name])
            occupant = self._occupancy.occupant(holder.tenant, holder.domain, verdict.name)
            if occupant:
                raise NameTaken(f"{verdict.name}@{holder.domain} is in use ({occupant.kind}).")
            on_failure.pop_all()

    def why_not(self, holder: Holder, policy: NamingPolicy, name: str) -> PassedOver | None:
        """Why the holder cannot have a name that somebody types; None if it can. Holds nothing."""
        verdict = policy.check(name)
        if verdict.why:
            return PassedOver(verdict.name, verdict.why, verdict.detail)
        held = WHY_PASSED.get(self._holds.look(holder, [verdict.name])[verdict.name])
        if held:
            return PassedOver(verdict.name, held)
        occupant = self._occupancy.occupant(holder.tenant, holder.domain, verdict.name)
        return PassedOver(verdict.name, Why(occupant.kind)) if occupant else None
