"""What patterns give for certain people, before anybody saves them. Takes no holds, and asks Google nothing."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from provisioning.naming.lineup import PassedOver
from provisioning.naming.pattern_samples import Sample
from provisioning.naming.policy import NamingPolicy, Why
from provisioning.naming.reasons import reason
from runtime.problems import BadRequest, Conflict


class Candidate(Protocol):
    """A name that was looked at, in the order of the patterns. why: None when it would be offered."""

    @property
    def name(self) -> str: ...
    @property
    def pattern(self) -> str: ...
    @property
    def why(self) -> Why | None: ...
    @property
    def detail(self) -> str: ...


class Explanation(Protocol):
    """What a call to suggest would have looked at."""

    @property
    def candidates(self) -> Sequence[Candidate]: ...


class Explains(Protocol):
    """Goes through the candidates for a person as a call to suggest would, and holds nothing."""

    def explain(
        self, policy: NamingPolicy, tenant: str, domain: str, fields: Mapping[str, str | None], count: int
    ) -> Explanation:
        """Raises BadRequest for fields that no name can be made of, Conflict when there are too few names."""


class NamesInUse(Protocol):
    """The list of names in use of one domain."""

    @property
    def exists(self) -> bool: ...
    @property
    def built(self) -> datetime: ...
    @property
    def total(self) -> int: ...


class ListsNames(Protocol):
    """Knows the list of each domain."""

    def read(self, tenant: str, domain: str) -> NamesInUse: ...


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
    """The people in their order. compared: the list that decided what is taken; None: rules and holds alone did."""

    rows: tuple[Row, ...]
    compared: NamesInUse | None

    @property
    def names(self) -> int:
        """How many names would be offered, to all of them."""
        return sum(len(row.offered) for row in self.rows)


class Previews:
    """Tries patterns on people."""

    def __init__(self, suggestions: Explains, unasked: Explains, lists: ListsNames) -> None:
        """suggestions: goes by the list of names in use; unasked: looks at rules and holds only.

        The second stands in where there is no list to go by: a look at patterns is not worth hundreds of questions
        to Google, of which a domain has 2,400 a minute.
        """
        self._suggestions = suggestions
        self._unasked = unasked
        self._lists = lists

    def of(self, policy: NamingPolicy, tenant: str, domain: str, people: Sequence[Sample]) -> Preview:
        """The names that each of the people would be offered now, and those passed over."""
        names = self._lists.read(tenant, domain) if policy.cached else None  # it may have been fetched just now
        compared = names if names and names.exists else None
        explains = self._suggestions if compared else self._unasked
        return Preview(tuple(_row(explains, policy, tenant, domain, person) for person in people), compared)


def _row(explains: Explains, policy: NamingPolicy, tenant: str, domain: str, person: Sample) -> Row:
    try:
        looked_at = explains.explain(policy, tenant, domain, dict(person.fields), policy.number_of_suggestions)
    except (BadRequest, Conflict) as problem:  # about this person's name; what concerns everybody is raised
        return Row(person, problem=problem.what)
    lines = [(candidate.why, _line(candidate)) for candidate in looked_at.candidates]
    offered = tuple(line for why, line in lines if why is None)
    few = f"Only {len(offered)} of {policy.number_of_suggestions} names could be found."
    passed = tuple(line for why, line in lines if why is not None)
    return Row(person, offered, passed, few if len(offered) < policy.number_of_suggestions else "")


def _line(candidate: Candidate) -> Line:
    why = candidate.why
    words = reason(PassedOver(candidate.name, why, candidate.detail)) if why else ""
    return Line(candidate.name, candidate.pattern, words)
