"""One step of the setup wizard: what it is, and what running it says. Steps that need the Directory are passed in."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Literal, Protocol

StepState = Literal["unknown", "ok", "failed", "waiting"]
"""unknown: not run yet. waiting: nothing is wrong, but it takes time or another step first."""


@dataclass(frozen=True)
class StepResult:
    """What a check found. text: a plain sentence. fix_*: the link that mends it. raw: Google's words, for unfolding."""

    state: StepState
    text: str
    fix_label: str = ""
    fix_url: str = ""
    raw: str = ""


@dataclass(frozen=True)
class SetupContext:
    """In whose name and for whom a step runs. All of it comes from the session, never from the request."""

    admin_email: str
    admin_person: str  # OIDC sub
    domain: str  # the `hd` the administrator signed in with
    customer_id: str  # "" until Google has said which customer it is
    request_id: str = ""  # for the audit log


class Step(Protocol):
    """A check that can be repeated by itself and changes nothing at Google."""

    @property
    def id(self) -> str:
        """Stable; part of URLs and records: lower case, digits and hyphens."""

    @property
    def title(self) -> str:
        """A few words."""

    @property
    def explanation(self) -> str:
        """Why it is needed, for the administrator."""

    def check(self, context: SetupContext) -> StepResult:
        """Run it now. A GoogleProblem may pass through: the wizard words it."""


@dataclass(frozen=True)
class Field:
    """A form field of a step. kind: text, textarea, select, number or checkbox. options: (value, label) pairs."""

    name: str
    label: str
    kind: Literal["text", "textarea", "select", "number", "checkbox"]
    value: str
    hint: str = ""
    options: Sequence[tuple[str, str]] = field(default_factory=tuple)
    error: str = ""


class ChoiceStep(Step, Protocol):
    """A step in which the administrator decides something; it is green once it was saved."""

    def fields(self, context: SetupContext) -> Sequence[Field]:
        """What is asked, with present values."""

    def save(self, context: SetupContext, form: Mapping[str, str]) -> Sequence[Field]:
        """Keep the choice. Empty when it was kept; else the fields as typed, with their errors, and nothing kept."""
