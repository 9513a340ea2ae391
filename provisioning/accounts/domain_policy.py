"""How a domain wants its accounts made. Pure values."""

from dataclasses import dataclass, replace
from functools import cached_property

from provisioning.accounts.letter import DEFAULT_LETTER, letter_columns
from provisioning.accounts.passwords import GENERATED_DEFAULT, WORDS_DEFAULT, PasswordKind
from provisioning.accounts.rules import GroupRule, OrgUnitRule, columns_of
from provisioning.naming.patterns import DEFAULT_PATTERNS, Field, format_patterns, parse_patterns
from provisioning.naming.policy import DEFAULT_FORBIDDEN_WORDS, NamingPolicy
from provisioning.naming.role_names import ROLE_NAMES
from provisioning.naming.values import MANDATORY, Language

INVITATIONS_A_DAY = 500
"""Accounts that invitations open in a day unless a domain says otherwise; ours."""


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
    org_unit_rules: the first that applies places an account that nobody placed; default_org_unit if none does.
    group_rules: an account joins the groups of all that apply.
    password_kind: made passwords are of characters, password_length letters and digits, or of password_words words.
    license: product/sku that each account gets, "" for none; seats: how many there are, 0 if nobody said.
    welcome: whether new accounts get a message. letter: the words of printed letters, see accounts.letter.
    invitations_off: no invitation opens an account; invitations_a_day: how many accounts they open in a day at most.
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
    org_unit_rules: tuple[OrgUnitRule, ...] = ()
    group_rules: tuple[GroupRule, ...] = ()
    password_kind: PasswordKind = "characters"  # noqa: S105 - no password
    password_length: int = GENERATED_DEFAULT
    password_words: int = WORDS_DEFAULT
    change_password: bool = True
    license: str = ""
    seats: int = 0
    welcome: bool = False
    letter: str = DEFAULT_LETTER
    invitations_off: bool = False
    invitations_a_day: int = INVITATIONS_A_DAY
    creators: tuple[Creator, ...] = ()

    def lists(self, person: str) -> bool:
        """Whether the person is one of the creators."""
        return any(creator.id == person for creator in self.creators)

    def naming(self) -> NamingPolicy:
        """What decides about names."""
        return self._naming

    def naming_for_others(self) -> NamingPolicy:
        """The same for names that no administrator typed: usernames that are taken for the domain's own word are not
        among them."""
        return self._naming_for_others

    @cached_property
    def _naming_for_others(self) -> NamingPolicy:
        return replace(self.naming(), reserved_words=self.naming().reserved_words | ROLE_NAMES)

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

    def pattern_fields(self) -> tuple[str, ...]:
        """The fields besides first and last name that the patterns use, in order."""
        return self._pattern_fields

    @cached_property
    def _pattern_fields(self) -> tuple[str, ...]:
        tokens = (token for pattern in self.naming().patterns for token in pattern.tokens)
        names = dict.fromkeys(token.name for token in tokens if isinstance(token, Field))
        return tuple(name for name in names if name not in MANDATORY)

    def extra_fields(self) -> tuple[str, ...]:
        """The same, and then the other columns that the rules look at."""
        return _with(self.pattern_fields(), columns_of((*self.org_unit_rules, *self.group_rules)))

    def file_fields(self) -> tuple[str, ...]:
        """The same, and then the other columns that letters name: what a file may hold besides our own fields."""
        return _with(self.extra_fields(), letter_columns(self.letter))


def _with(fields: tuple[str, ...], columns: tuple[str, ...]) -> tuple[str, ...]:
    """The fields, and those columns that are none of them, in any letter case."""
    known = {name.lower() for name in (*MANDATORY, *fields)}
    return (*fields, *(name for name in columns if name.lower() not in known))
