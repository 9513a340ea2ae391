"""What follows after an account was made: groups, aliases, a license, details, a welcome. Pure values.

Each step has a state of its own, and none of them ever fails the account. A step that Google is not ready for waits,
with a time at which it is tried next, for at most PATIENCE from when the account was made.
"""

from collections.abc import Iterable
from dataclasses import dataclass, field, replace
from typing import Any, Literal

StepKind = Literal["details", "alias", "group", "license", "welcome"]
StepState = Literal["open", "done", "failed", "waiting"]
"""open: to be done, at `next_at` or later. waiting: for what is not there yet, such as the mail to send it by."""

PATIENCE = 3600.0
"""Seconds for which a step is tried again."""
FEWEST_TRIES = 6
"""Of a step that Google was never ready for, though its job was paused for longer than that."""
FIRST_PAUSE, LONGEST_PAUSE = 5.0, 600.0
"""Seconds between two tries; each pause is twice as long as the one before."""


@dataclass(frozen=True)
class Step:
    """One thing to do with an account.

    target: a group's or an alias's address, or product/sku; "" for details and welcome. values: of details, by the
    names of Details. next_at: seconds since 1970. code and sentence: of what stood in the way last.
    """

    kind: StepKind
    target: str = ""
    values: dict[str, str] = field(default_factory=dict)
    state: StepState = "open"
    attempts: int = 0
    next_at: float = 0.0
    code: str = ""
    sentence: str = ""

    @property
    def is_over(self) -> bool:
        """Whether nothing more is to be done now."""
        return self.state != "open"

    def done(self) -> "Step":
        """As it is after it was done."""
        return replace(self, state="done", attempts=self.attempts + 1, code="", sentence="")

    def failed(self, code: str, sentence: str) -> "Step":
        """As it is after a refusal that no repetition changes."""
        return replace(self, state="failed", attempts=self.attempts + 1, code=code, sentence=sentence)

    def parked(self, code: str, sentence: str, *, now: float, begun: float, at_least: float = 0.0) -> "Step":
        """To be tried again after a pause, or failed after PATIENCE and FEWEST_TRIES. begun: when the account was made.

        at_least: the shortest pause, as Google's Retry-After asks for, in seconds.
        """
        if now - begun >= PATIENCE and self.attempts + 1 >= FEWEST_TRIES:
            return self.failed(code, sentence)
        pause = max(min(FIRST_PAUSE * 2.0**self.attempts, LONGEST_PAUSE), at_least)
        return replace(self, attempts=self.attempts + 1, next_at=now + pause, code=code, sentence=sentence)

    def reopened(self) -> "Step":
        """To be tried again from the beginning, where it had failed; else as it is."""
        return Step(self.kind, self.target, self.values) if self.state == "failed" else self

    def packed(self) -> dict[str, Any]:
        """For JSON; what is at its default is left out."""
        return {name: value for name, value in vars(self).items() if name == "kind" or value != _USUAL[name]}

    @classmethod
    def unpacked(cls, packed: dict[str, Any]) -> "Step":
        """The opposite of `packed`."""
        return cls(**packed)


_USUAL = vars(Step("welcome"))


def next_time(steps: Iterable[Step]) -> float | None:
    """When the first of the open steps may be tried, in seconds since 1970; None when none is open."""
    return min((step.next_at for step in steps if step.state == "open"), default=None)
