"""The policy as people type it: fields with hints, and what is wrong with what they typed. Pure."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass, field, replace
from typing import cast

from provisioning.accounts.domain_policy import DomainPolicy
from provisioning.accounts.letter import DEFAULT_LETTER, letter_fault
from provisioning.accounts.license_names import license_fault
from provisioning.accounts.passwords import (
    FEWEST_WORDS,
    GENERATED_LONGEST,
    GENERATED_SHORTEST,
    MOST_WORDS,
    PasswordKind,
)
from provisioning.accounts.rule_rows import fields_of, group_rules, rows_of, typed_rows, unit_rules
from provisioning.naming.patterns import check_patterns
from provisioning.naming.policy import MAX_HOLD_SECONDS, MAX_SUGGESTIONS
from provisioning.naming.values import Language
from runtime.numbers import whole_number
from runtime.problems import BadRequest

LONGEST_EXPIRATION = 720
"""Hours, thirty days, after which the list of names in use is fetched again at the latest; ours."""
MOST_ERRORS = 5
"""Patterns of which a form says what is wrong with them; the editor says it of all."""
MOST_LISTED = 500
"""Reserved or forbidden words that a domain can list; ours."""
MOST_SEATS = 10_000_000
"""Licenses of a product that a domain can say it has; ours."""
PASSWORD_KINDS: tuple[tuple[PasswordKind, str, str], ...] = (
    ("characters", "Letters and digits", "such as k4wt-9mzp-qe7r; short, and hard to remember"),
    ("words", "Words", "such as plaza-koala-ivory-stew-7, of a list of short English words; easy to read out"),
)
LANGUAGES = (
    (Language.NONE, "None: ä is a, å is a"),
    (Language.GERMAN, "German: ä is ae"),
    (Language.SWEDISH, "Swedish: ä is ae, å is aa"),
    (Language.FINNISH, "Finnish: ä is ae, å is aa"),
    (Language.DANISH, "Danish: ø is oe, å is aa"),
    (Language.NORWEGIAN, "Norwegian: ø is oe, å is aa"),
)


NAME_FIELDS = (
    "patterns", "number_of_suggestions", "hold_seconds", "cached_usernames", "cache_expiration_hours", "shrink_limit",
    "language", "reserved_words", "forbidden_words",
)  # fmt: skip
"""What the page of names decides, by the policy's names."""
RULE_FIELDS = (
    "default_org_unit", "allowed_org_units", "org_unit_rules", "group_rules", "password_kind", "password_length",
    "password_words", "change_password", "license", "seats", "letter",
)  # fmt: skip
"""What the page of rules decides."""


def adopted(before: DomainPolicy, decided: DomainPolicy, names: Collection[str]) -> DomainPolicy:
    """The policy with these values from another one."""
    return replace(before, **{name: getattr(decided, name) for name in names})


@dataclass
class PolicyForm:
    """What was typed, read field by field. `errors`: by field name; empty when `policy` may be kept."""

    typed: Mapping[str, str]
    policy: DomainPolicy
    errors: dict[str, str] = field(default_factory=dict)

    def read_names(self) -> "PolicyForm":
        """Patterns, suggestions, language and words."""
        self.policy = replace(
            self.policy,
            patterns=self._patterns(),
            number_of_suggestions=self._number("number_of_suggestions", 1, MAX_SUGGESTIONS),
            hold_seconds=self._number("hold_seconds", 1, MAX_HOLD_SECONDS),
            language=self._language(),
            reserved_words=self._words("reserved_words"),
            forbidden_words=self._words("forbidden_words"),
        )
        return self

    def read_index(self) -> "PolicyForm":
        """Whether names come from the list of those in use, and how that list is kept."""
        self.policy = replace(
            self.policy,
            cached_usernames=self._one_of("cached_usernames", ("yes", "no")) == "yes",
            cache_expiration_hours=self._number("cache_expiration_hours", 1, LONGEST_EXPIRATION),
            shrink_limit=self._number("shrink_limit", 1, 100),
        )
        return self

    def read_patterns(self) -> "PolicyForm":
        """Only the patterns and the language; for the setup page."""
        self.policy = replace(self.policy, patterns=self._patterns(), language=self._language())
        return self

    def read_places(self, org_units: Collection[str]) -> "PolicyForm":
        """The default organizational unit, and where creators may place accounts. org_units: paths that exist."""
        allowed = tuple(dict.fromkeys(_lines(self.typed.get("allowed_org_units", ""))))
        unknown = [path for path in allowed if path not in org_units]
        if unknown:
            self.errors["allowed_org_units"] = f"There is no organizational unit {unknown[0][:100]}."
        self.policy = replace(
            self.policy,
            default_org_unit=self._one_of("default_org_unit", org_units),
            allowed_org_units=allowed,
        )
        return self

    def read_passwords(self) -> "PolicyForm":
        """How passwords are made, and whether they are changed at the first sign-in."""
        self.policy = replace(
            self.policy,
            password_kind=cast(PasswordKind, self._one_of("password_kind", [kind for kind, *_ in PASSWORD_KINDS])),
            password_length=self._number("password_length", GENERATED_SHORTEST, GENERATED_LONGEST),
            password_words=self._number("password_words", FEWEST_WORDS, MOST_WORDS),
            change_password=bool(self.typed.get("change_password")),
        )
        return self

    def read_rules(self, org_units: Collection[str]) -> "PolicyForm":
        """The rules for places and groups; see rule_rows. Whether the groups exist, Google knows."""
        places, faults = unit_rules(typed_rows(self.typed, "unit"), org_units)
        groups, group_faults = group_rules(typed_rows(self.typed, "group"), org_units)
        self.errors |= {**faults, **group_faults}
        self.policy = replace(self.policy, org_unit_rules=places, group_rules=groups)
        return self

    def read_license(self) -> "PolicyForm":
        """Which license accounts get, and of how many; nothing typed means none, and unknown."""
        license_ = self.typed.get("license", "").strip()
        if license_ and license_fault(license_):
            self.errors["license"] = license_fault(license_)
        seats = self._number("seats", 0, MOST_SEATS) if self.typed.get("seats", "").strip() else 0
        self.policy = replace(self.policy, license=license_, seats=seats)
        return self

    def read_letter(self) -> "PolicyForm":
        """The words of letters; nothing typed means ours."""
        letter = "\n".join(self.typed.get("letter", "").strip().splitlines()) or DEFAULT_LETTER
        if letter_fault(letter):
            self.errors["letter"] = letter_fault(letter)
        self.policy = replace(self.policy, letter=letter)
        return self

    def _language(self) -> str:
        return self._one_of("language", [language.value for language, _ in LANGUAGES])

    def _patterns(self) -> str:
        text = normal_patterns(self.typed.get("patterns", ""))
        _, errors = check_patterns(text)
        if errors:
            self.errors["patterns"] = " ".join(error.what for error in errors[:MOST_ERRORS])
        return text

    def _number(self, name: str, least: int, most: int) -> int:
        number = whole_number(self.typed.get(name, "").strip(), most)
        if number is not None and number >= least:
            return number
        self.errors[name] = f"Type a number from {least} to {most}."
        return least

    def _one_of(self, name: str, options: Collection[str]) -> str:
        value = self.typed.get(name, "")
        if value not in options:
            self.errors[name] = "Choose one of the list."
        return value

    def _words(self, name: str) -> tuple[str, ...]:
        words = tuple(dict.fromkeys(self.typed.get(name, "").replace(",", " ").lower().split()))
        if len(words) > MOST_LISTED:
            self.errors[name] = f"At most {MOST_LISTED} words."
        elif any(not word.isascii() or len(word) > 64 for word in words):  # noqa: PLR2004
            self.errors[name] = "Words of letters a to z, digits, dots, hyphens and underscores, separated by spaces."
        return words


def normal_patterns(typed: str) -> str:
    """A list of patterns as it is kept: in one line."""
    return " ".join(typed.split())


def seen_version(typed: Mapping[str, str]) -> int:
    """The version of the patterns that stood on the page. Raises BadRequest: without it changes could get lost."""
    version = whole_number(typed.get("patterns_version", ""))
    if version is None:
        raise BadRequest("The form is incomplete.", advice="Load the page again, then send it again.")
    return version


def typed_from(policy: DomainPolicy) -> dict[str, str]:
    """The policy as the form shows it."""
    return {
        "patterns": policy.patterns,
        "patterns_version": str(policy.patterns_version),
        "number_of_suggestions": str(policy.number_of_suggestions),
        "hold_seconds": str(policy.hold_seconds),
        "cached_usernames": "yes" if policy.cached_usernames else "no",
        "cache_expiration_hours": str(policy.cache_expiration_hours),
        "shrink_limit": str(policy.shrink_limit),
        "language": policy.language,
        "reserved_words": " ".join(policy.reserved_words),
        "forbidden_words": " ".join(policy.forbidden_words),
        "default_org_unit": policy.default_org_unit,
        "allowed_org_units": "\n".join(policy.allowed_org_units),
        "password_kind": policy.password_kind,
        "password_length": str(policy.password_length),
        "password_words": str(policy.password_words),
        "change_password": "yes" if policy.change_password else "",
        "license": policy.license,
        "seats": str(policy.seats or ""),
        "letter": policy.letter,
        "creators": "\n".join(creator.email for creator in policy.creators),
        **fields_of("unit", rows_of(policy.org_unit_rules)),
        **fields_of("group", rows_of(policy.group_rules)),
    }


def _lines(text: str) -> list[str]:
    return [line.strip() for line in text.splitlines() if line.strip()]
