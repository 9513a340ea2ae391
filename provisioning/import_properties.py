"""What an existing config.properties of the original means here: what is taken over, and why the rest is not. Pure.

Values of unknown lines, and of those that could hold a secret, are never repeated.
"""

from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass, replace
from typing import Any, Literal

from provisioning.accounts.domain_policy import DomainPolicy
from provisioning.accounts.policy_form import LONGEST_EXPIRATION
from provisioning.naming.patterns import PatternError, format_patterns, parse_patterns
from provisioning.naming.policy import MAX_HOLD_SECONDS, MAX_SUGGESTIONS
from provisioning.properties import Property
from runtime.numbers import whole_number

_NAMES, _GOOGLE = "accounts.UsernameGeneration.", "apis.GoogleAPIs."
DOMAIN = f"{_GOOGLE}domain"
Outcome = Literal["taken over", "as it is", "wrong", "left out"]


@dataclass(frozen=True)
class Verdict:
    """What became of one line. says: the value here, or a sentence."""

    line: int
    name: str
    outcome: Outcome
    says: str


@dataclass(frozen=True)
class Import:
    """What a file means for a domain. policy: with what is taken over."""

    verdicts: tuple[Verdict, ...]
    policy: DomainPolicy

    @property
    def is_wrong(self) -> bool:
        """Whether something cannot be used, so that nothing should be taken over."""
        return any(verdict.outcome == "wrong" for verdict in self.verdicts)


class _Unusable(ValueError):
    """Why a value cannot be used, as a sentence."""


def read_import(properties: Sequence[Property], before: DomainPolicy, domains: Collection[str]) -> Import:
    """Judge every line. before: the policy as it is; domains: of the customer, in lower case."""
    policy, verdicts = before, []
    last = {entry.name: entry.line for entry in properties}
    for entry in properties:
        if last[entry.name] != entry.line:
            says = f"The name comes again on line {last[entry.name]}, which counts."
            verdicts.append(Verdict(entry.line, _shown(entry.name), "left out", says))
            continue
        verdict, policy = _judge(entry, policy, domains)
        verdicts.append(verdict)
    return Import(tuple(verdicts), policy)


def _judge(entry: Property, policy: DomainPolicy, domains: Collection[str]) -> tuple[Verdict, DomainPolicy]:
    def verdict(outcome: Outcome, says: str) -> Verdict:
        return Verdict(entry.line, _shown(entry.name), outcome, says)

    try:
        if entry.name == DOMAIN:
            return verdict("as it is", _own_domain(entry.value, domains)), policy
        if entry.name not in _TAKEN:
            return verdict("left out", _why_not(entry.name)), policy
        field, read = _TAKEN[entry.name]
        value = read(entry.value.strip())
    except _Unusable as wrong:
        return verdict("wrong", str(wrong)), policy
    outcome: Outcome = "as it is" if getattr(policy, field) == value else "taken over"
    return verdict(outcome, _written(value)), replace(policy, **{field: value})


def _own_domain(value: str, domains: Collection[str]) -> str:
    if value.strip().lower() not in domains:
        raise _Unusable("The file is of another domain than the one that was named.")
    return f"{value.strip().lower()} is the domain."


def _why_not(name: str) -> str:
    fitting = [reason for start, reason in _LEFT_OUT.items() if name.startswith(start)]
    return fitting[-1] if fitting else "Frontdesk knows no such property, and neither did the original."


def _yes_or_no(text: str) -> bool:
    if text.upper() not in {"YES", "NO"}:
        raise _Unusable("It is YES or NO.")
    return text.upper() == "YES"


def _number(least: int, most: int) -> Callable[[str], int]:
    def read(text: str) -> int:
        number = whole_number(text, most)
        if number is None or number < least:
            raise _Unusable(f"It is a number from {least:,} to {most:,}.")
        return number

    return read


def _patterns(text: str) -> str:
    try:
        return format_patterns(parse_patterns(text))
    except PatternError as error:
        raise _Unusable(error.what) from error


def _written(value: object) -> str:
    return {True: "YES", False: "NO"}[value] if isinstance(value, bool) else str(value) or "the standard patterns"


def _shown(name: str) -> str:
    """Fit to be printed: no line breaks, nothing that moves a terminal's cursor, not endless."""
    return "".join(character if character.isprintable() else "?" for character in name)[:80]


_TAKEN: dict[str, tuple[str, Callable[[str], Any]]] = {
    f"{_NAMES}patterns": ("patterns", _patterns),
    f"{_NAMES}numberOfSuggestions": ("number_of_suggestions", _number(1, MAX_SUGGESTIONS)),
    f"{_NAMES}suggestedUsernamesTimeout": ("hold_seconds", _number(1, MAX_HOLD_SECONDS)),
    f"{_NAMES}cachedUsernames": ("cached_usernames", _yes_or_no),
    f"{_NAMES}cacheExpirationHours": ("cache_expiration_hours", _number(1, LONGEST_EXPIRATION)),
}
_LEFT_OUT = {
    f"{_NAMES}": "Frontdesk knows no such property of names.",
    f"{_GOOGLE}": "Frontdesk knows no such property of Google's APIs.",
    f"{_GOOGLE}authUser": "Frontdesk asks Google in the name of the administrator who set the domain up.",
    f"{_GOOGLE}keyPath": "There is no key file: the service account signs without one. Delete the old key at Google.",
    f"{_GOOGLE}serviceAccountEmail": "The deployment has a service account of its own, in its environment.",
    f"{_GOOGLE}appName": "Nothing asks for it any more.",
    "db.h2.": "There is no database file: the names in use are kept in Datastore, for all instances together.",
    "security.ssl.": "Encryption is the hosting's; there is no key store. What stands here was not looked at.",
}
"""Why a line is not taken over, by how its name begins; the longest beginning comes last."""
