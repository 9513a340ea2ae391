"""What patterns give for certain people, before anybody saves them. Takes no holds, and asks Google nothing."""

from collections.abc import Sequence
from dataclasses import dataclass

from provisioning.naming.explanation import Considered
from provisioning.naming.index import Index
from provisioning.naming.lineup import PassedOver
from provisioning.naming.pattern_samples import Sample
from provisioning.naming.policy import NamingPolicy
from provisioning.naming.reasons import reason
from provisioning.naming.suggestions import Suggestions
from provisioning.naming.taken import TakenNames
from runtime.problems import BadRequest


@dataclass(frozen=True, slots=True)
class Line:
    """A name and the pattern that it comes from; why it is not offered, if it is not, as the end of a sentence."""

    name: str
    pattern: str
    why: str = ""


@dataclass(frozen=True, slots=True)
class Row:
    """One person. problem: why there are no names, or too few, in a sentence; "" otherwise."""

    sample: Sample
    offered: tuple[Line, ...] = ()
    passed: tuple[Line, ...] = ()
    problem: str = ""


@dataclass(frozen=True)
class Preview:
    """The people in their order. compared: the index that decided what is taken; None: rules and holds alone did."""

    rows: tuple[Row, ...]
    compared: Index | None

    @property
    def names(self) -> int:
        """How many names would be offered, to all of them."""
        return sum(len(row.offered) for row in self.rows)


class Previews:
    """Tries patterns on people.

    Where there is no index to go by, rules and holds alone decide: a look at patterns is not worth hundreds of
    questions to Google, of which a domain has 2,400 a minute.
    """

    def __init__(self, suggestions: Suggestions, taken: TakenNames) -> None:
        """taken: the indexes that `suggestions` goes by."""
        self._suggestions = suggestions
        self._taken = taken

    def of(self, policy: NamingPolicy, tenant: str, domain: str, people: Sequence[Sample]) -> Preview:
        """The names that each of the people would be offered now, and those passed over."""
        index = self._taken.read(tenant, domain) if policy.cached else None  # it may have been built just now
        rows = tuple(self._row(policy, tenant, domain, person) for person in people)
        return Preview(rows, index if index and index.exists else None)

    def _row(self, policy: NamingPolicy, tenant: str, domain: str, person: Sample) -> Row:
        wanted = policy.number_of_suggestions
        try:
            explanation = self._suggestions.explain(policy, tenant, domain, dict(person.fields), wanted)
        except BadRequest as problem:  # about this person's name
            return Row(person, problem=problem.what)
        offered = tuple(_line(considered) for considered in explanation.offered)
        passed = tuple(_line(considered) for considered in explanation.candidates if considered.why)
        few = f"Only {len(offered)} of {wanted} names could be found."
        return Row(person, offered, passed, few if len(offered) < wanted else "")


def _line(considered: Considered) -> Line:
    why = considered.why
    words = reason(PassedOver(considered.name, why, considered.detail)) if why else ""
    return Line(considered.name, considered.pattern, words)
