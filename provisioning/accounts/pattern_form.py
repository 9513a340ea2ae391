"""What the pattern editor sends, read: patterns with all that is wrong with them, and people to try them on. Pure."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from functools import cached_property

from provisioning.accounts.domain_policy import DomainPolicy
from provisioning.accounts.policy_form import normal_patterns
from provisioning.naming.pattern_advice import Advice, advise
from provisioning.naming.pattern_samples import Sample, samples
from provisioning.naming.patterns import Pattern, PatternError, check_patterns, format_patterns
from provisioning.naming.values import MANDATORY, Language

AROUND = 30
"""Characters of a pattern that are shown on each side of the place that is wrong."""


@dataclass(frozen=True)
class Marked:
    """A pattern that cannot be used, cut in three: the character that is wrong, and what stands around it."""

    before: str
    wrong: str
    after: str
    position: int
    reason: str


def marked(error: PatternError) -> Marked:
    """The place is empty when it lies beyond what is shown, as in a list that is too long."""
    at, text = error.position - 1, error.pattern
    before, after = text[max(0, at - AROUND) : at], text[at + 1 : at + 1 + AROUND]
    return Marked(
        "…" * (at > AROUND) + before,
        text[at : at + 1],
        after + "…" * (len(text) > at + 1 + AROUND),
        error.position,
        error.reason,
    )


@dataclass(frozen=True)
class PatternsForm:
    """typed: by field name; stored: the policy in force, from which everything else is taken."""

    typed: Mapping[str, str]
    stored: DomainPolicy

    @cached_property
    def text(self) -> str:
        """The list, white space collapsed."""
        return normal_patterns(self.typed.get("patterns", self.stored.patterns))

    @cached_property
    def language(self) -> str:
        """One of values.Language; the one in force where something else was sent."""
        language = self.typed.get("language", self.stored.language)
        return language if language in list(Language) else self.stored.language

    @cached_property
    def _checked(self) -> tuple[tuple[Pattern, ...], tuple[PatternError, ...]]:
        return check_patterns(self.text)

    @property
    def errors(self) -> tuple[Marked, ...]:
        """Of every pattern that cannot be used."""
        return tuple(marked(error) for error in self._checked[1])

    @property
    def advice(self) -> tuple[Advice, ...]:
        """Of those that can."""
        return advise(self._checked[0])

    @property
    def policy(self) -> DomainPolicy:
        """With the patterns that can be used, for a preview; to be saved only when there are no errors."""
        patterns = format_patterns(self._checked[0]) if self._checked[1] else self.text
        return replace(self.stored, patterns=patterns, language=self.language)

    @property
    def extra_fields(self) -> tuple[str, ...]:
        """Besides first and last name, for which the page has an entry each."""
        return self.policy.pattern_fields()

    def value(self, field: str) -> str:
        """What was typed for the person, by name of the field."""
        return self.typed.get(f"field-{field}", "").strip()

    @property
    def people(self) -> tuple[Sample, ...]:
        """On whom the patterns are tried: the person typed, if there is one, then ours."""
        ours = samples(self.extra_fields)
        typed = {name: self.value(name) for name in (*MANDATORY, *self.extra_fields)}
        return (Sample(typed, "typed by you"), *ours) if any(typed[name] for name in MANDATORY) else ours
