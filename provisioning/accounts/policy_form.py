"""The policy as people type it: fields with hints, and what is wrong with what they typed. Pure."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass, field, replace

from provisioning.accounts.domain_policy import DomainPolicy
from provisioning.accounts.passwords import GENERATED_LONGEST, GENERATED_SHORTEST
from provisioning.naming.patterns import check_patterns
from provisioning.naming.policy import MAX_HOLD_SECONDS, MAX_SUGGESTIONS
from provisioning.naming.values import Language
from runtime.problems import BadRequest

LONGEST_EXPIRATION = 720
"""Hours, thirty days, after which the list of names in use is fetched again at the latest; ours."""
MOST_ERRORS = 5
"""Patterns of which a form says what is wrong with them; the editor says it of all."""
MOST_WORDS = 500
"""Reserved or forbidden words that a domain can list; ours."""
LANGUAGES = (
    (Language.NONE, "None: ä is a, å is a"),
    (Language.GERMAN, "German: ä is ae"),
    (Language.SWEDISH, "Swedish: ä is ae, å is aa"),
    (Language.FINNISH, "Finnish: ä is ae, å is aa"),
    (Language.DANISH, "Danish: ø is oe, å is aa"),
    (Language.NORWEGIAN, "Norwegian: ø is oe, å is aa"),
)


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
            language=self._one_of("language", [language.value for language, _ in LANGUAGES]),
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
        """Only the patterns; for the setup page."""
        self.policy = replace(self.policy, patterns=self._patterns())
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
            password_length=self._number("password_length", GENERATED_SHORTEST, GENERATED_LONGEST),
            change_password=bool(self.typed.get("change_password")),
        )
        return self

    def _patterns(self) -> str:
        text = normal_patterns(self.typed.get("patterns", ""))
        _, errors = check_patterns(text)
        if errors:
            self.errors["patterns"] = " ".join(error.what for error in errors[:MOST_ERRORS])
        return text

    def _number(self, name: str, least: int, most: int) -> int:
        text = self.typed.get(name, "").strip()
        if text.isascii() and text.isdigit() and len(text) < len(str(most)) + 1 and least <= int(text) <= most:
            return int(text)
        self.errors[name] = f"Type a number from {least} to {most}."
        return least

    def _one_of(self, name: str, options: Collection[str]) -> str:
        value = self.typed.get(name, "")
        if value not in options:
            self.errors[name] = "Choose one of the list."
        return value

    def _words(self, name: str) -> tuple[str, ...]:
        words = tuple(dict.fromkeys(self.typed.get(name, "").replace(",", " ").lower().split()))
        if len(words) > MOST_WORDS:
            self.errors[name] = f"At most {MOST_WORDS} words."
        elif any(not word.isascii() or len(word) > 64 for word in words):  # noqa: PLR2004
            self.errors[name] = "Words of letters a to z, digits, dots, hyphens and underscores, separated by spaces."
        return words


def normal_patterns(typed: str) -> str:
    """A list of patterns as it is kept: in one line."""
    return " ".join(typed.split())


def seen_version(typed: Mapping[str, str]) -> int:
    """The version of the patterns that stood on the page. Raises BadRequest: without it changes could get lost."""
    text = typed.get("patterns_version", "")
    if not (text.isascii() and text.isdigit() and len(text) < 10):  # noqa: PLR2004
        raise BadRequest("The form is incomplete.", advice="Load the page again, then send it again.")
    return int(text)


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
        "password_length": str(policy.password_length),
        "change_password": "yes" if policy.change_password else "",
        "creators": "\n".join(creator.email for creator in policy.creators),
    }


def _lines(text: str) -> list[str]:
    return [line.strip() for line in text.splitlines() if line.strip()]
