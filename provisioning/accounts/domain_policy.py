"""How a domain wants its accounts made. Pure values."""

from dataclasses import dataclass
from functools import cached_property

from provisioning.accounts.passwords import GENERATED_DEFAULT
from provisioning.naming.patterns import DEFAULT_PATTERNS, Field, format_patterns, parse_patterns
from provisioning.naming.policy import DEFAULT_FORBIDDEN_WORDS, NamingPolicy
from provisioning.naming.values import MANDATORY, Language


@dataclass(frozen=True)
class Creator:
    """A member who may create accounts without being an administrator. id: the person's Directory id (= sub)."""

    id: str
    email: str


@dataclass(frozen=True)
class DomainPolicy:
    """What an administrator decided, or the defaults.

    patterns: as typed; nothing means the defaults. patterns_version: counts the lists of patterns that were in force,
    from 1; Policies sees to it, whatever an edit says. hold_seconds: how long a name is kept for whoever asked.
    cached_usernames: suggest from the list of names in use rather than ask Google about each; cache_expiration_hours:
    after how long that list is fetched again; shrink_limit: percent by which it may shrink before somebody is asked.
    allowed_org_units: where creators may place accounts; empty means anywhere. Administrators always may.
    reserved_words, forbidden_words: on top of Google's and ours.
    password_length: letters and digits of a made password.
    """

    patterns: str = format_patterns(DEFAULT_PATTERNS)
    patterns_version: int = 1
    number_of_suggestions: int = 3
    hold_seconds: int = 120
    cached_usernames: bool = True
    cache_expiration_hours: int = 24
    shrink_limit: int = 10
    language: str = ""
    reserved_words: tuple[str, ...] = ()
    forbidden_words: tuple[str, ...] = ()
    default_org_unit: str = "/"
    allowed_org_units: tuple[str, ...] = ()
    password_length: int = GENERATED_DEFAULT
    change_password: bool = True
    creators: tuple[Creator, ...] = ()

    def lists(self, person: str) -> bool:
        """Whether the person is one of the creators."""
        return any(creator.id == person for creator in self.creators)

    def naming(self) -> NamingPolicy:
        """What decides about names."""
        return self._naming

    @cached_property
    def _naming(self) -> NamingPolicy:
        """Parsed once: a policy that is remembered serves many calls."""
        return NamingPolicy(
            patterns=parse_patterns(self.patterns) or DEFAULT_PATTERNS,
            number_of_suggestions=self.number_of_suggestions,
            hold_seconds=self.hold_seconds,
            cached=self.cached_usernames,
            language=Language(self.language),
            reserved_words=frozenset(self.reserved_words),
            forbidden_words=DEFAULT_FORBIDDEN_WORDS | frozenset(self.forbidden_words),
        )

    def extra_fields(self) -> tuple[str, ...]:
        """The fields besides first and last name that the patterns use, in order."""
        tokens = (token for pattern in parse_patterns(self.patterns) for token in pattern.tokens)
        names = dict.fromkeys(token.name for token in tokens if isinstance(token, Field))
        return tuple(name for name in names if name not in MANDATORY)
