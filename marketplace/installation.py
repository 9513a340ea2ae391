"""The setup wizard: runs steps one by one, words what went wrong, keeps what they said, and enables the domain.

Nothing here believes the request: domain, person and customer come from the session, and every step that keeps
something asks Google again whether the person is an administrator. Until there is a row for the domain, results live
only in the page that shows them.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from itertools import takewhile

from marketplace.domains import Domains
from marketplace.people import People
from marketplace.sessions import Visitor
from marketplace.setup_checks import DelegationStep
from marketplace.setup_step import ChoiceStep, Field, SetupContext, Step, StepResult, StepState
from runtime.audit import Actor
from runtime.clock import Clock
from runtime.google_problems import GoogleProblem, NotDelegated, OurConfiguration
from runtime.problems import Conflict, Forbidden, NotFound, Problem

UNKNOWN = StepResult("unknown", "Not checked yet.")


@dataclass(frozen=True)
class Row:
    """A step with what it last said. checked_at: UTC; None when it has not run."""

    step: Step
    result: StepResult
    checked_at: datetime | None = None


class Installation:
    """The wizard of one deployment; steps are given in the order in which they make sense."""

    def __init__(
        self,
        steps: Sequence[Step],
        choices: Sequence[ChoiceStep],
        domains: Domains,
        people: People,
        clock: Clock,
        on_enabled: Callable[[str], None],
    ) -> None:
        """steps: checks. choices: forms, after all checks. on_enabled: told the tenant; begins what setup leads to."""
        self._steps = {step.id: step for step in steps}
        self._choices = {choice.id: choice for choice in choices}
        self._domains = domains
        self._people = people
        self._clock = clock
        self._on_enabled = on_enabled

    @property
    def total(self) -> int:
        """How many steps there are, with the choices that are not shown before the customer is known."""
        return len(self._steps) + len(self._choices)

    def rows(self, visitor: Visitor, fresh: Mapping[str, Row] | None = None) -> list[Row]:
        """All checks, with what was kept (administrators see that) and, over it, what has just run."""
        kept = visitor.state.setup_results if visitor.is_admin else {}
        return [(fresh or {}).get(step.id) or _kept_row(step, kept.get(step.id)) for step in self._steps.values()]

    def choices(self, visitor: Visitor) -> list[tuple[Row, Sequence[Field]]]:
        """The forms with their present values; none before the customer is known, and none for members."""
        if not visitor.state.customer_id or not visitor.is_admin:
            return []
        kept = visitor.state.setup_results
        return [_choice(step, kept.get(step.id), _context(visitor)) for step in self._choices.values()]

    def check(self, visitor: Visitor, step_id: str) -> Row:
        """Run one step now and keep what it says. Raises NotFound for a step there is not."""
        step = self._steps.get(step_id)
        if step is None:
            raise NotFound("There is no such step.")
        row = self._run(visitor, step)
        self._keep(visitor, [row])
        if step_id == "customer" and row.result.state == "ok":
            self._keep(visitor, self._unkept(visitor))
        return row

    def _unkept(self, visitor: Visitor) -> list[Row]:
        """The steps before the customer's, run anew: while nobody was known as administrator, nothing was kept."""
        kept = self._domains.state(visitor.domain).setup_results
        earlier = takewhile(lambda step: step.id != "customer", self._steps.values())
        return [self._run(visitor, step) for step in earlier if step.id not in kept]

    def check_all(self, visitor: Visitor) -> dict[str, Row]:
        """Run every step in order; a step may do its work only because the one before it did."""
        rows = {step.id: self._run(visitor, step) for step in self._steps.values()}
        self._keep(visitor, list(rows.values()))
        return rows

    def save_choice(self, visitor: Visitor, step_id: str, form: Mapping[str, str]) -> Sequence[Field]:
        """Keep what the administrator decided. Empty when kept, else the fields with their errors."""
        choice = self._choices.get(step_id)
        if choice is None:
            raise NotFound("There is no such step.")
        self._require_administrator(visitor)
        fields = choice.save(_context(visitor), form)
        if not fields:
            self._keep(visitor, [Row(choice, choice.check(_context(visitor)), self._clock())])
        return fields

    def enable(self, visitor: Visitor, actor: Actor) -> None:
        """The last step. Raises Conflict while a step is not green, Forbidden for anybody but an administrator."""
        self._require_administrator(visitor)
        open_steps = [row.step.title for row in self.rows(visitor, self.check_all(visitor)) if row.result.state != "ok"]
        open_steps += [row.step.title for row, _ in self.choices(visitor) if row.result.state != "ok"]
        if open_steps or not visitor.state.customer_id:
            raise Conflict(
                "Some steps are still open: " + "; ".join(open_steps),
                advice="Go back to the setup page. Each step says what is missing and how to mend it.",
            )
        self._domains.enable(visitor.state.domain, actor)
        self._on_enabled(visitor.state.customer_id)

    def _run(self, visitor: Visitor, step: Step) -> Row:
        try:
            result = step.check(_context(visitor))
        except Problem as problem:
            result = _worded(problem, step, _context(visitor))
        return Row(step, result, self._clock())

    def _keep(self, visitor: Visitor, rows: Sequence[Row]) -> None:
        """Only for an administrator's own domain: others see results and leave no trace."""
        domain = self._domains.rule_domain(visitor.domain)
        if any(row.step.id == "administrator" and row.result.state == "ok" for row in rows) or visitor.is_admin:
            self._domains.keep_setup_results(domain, {row.step.id: _stored(row) for row in rows})

    def _require_administrator(self, visitor: Visitor) -> None:
        finding = self._people.look_up(visitor.person, visitor.email, visitor.state)
        if finding.obstacle:
            raise finding.obstacle
        if not finding.is_admin:
            raise Forbidden("Only an administrator of your domain can do this.")


def _choice(step: ChoiceStep, kept: Mapping[str, str] | None, context: SetupContext) -> tuple[Row, Sequence[Field]]:
    """The form with its present values, or why it cannot be shown: what it offers comes from Google."""
    try:
        return _kept_row(step, kept), step.fields(context)
    except Problem as problem:
        return Row(step, _worded(problem, step, context)), ()


def _context(visitor: Visitor) -> SetupContext:
    return SetupContext(visitor.email, visitor.person, visitor.domain, visitor.state.customer_id, visitor.request_id)


def _worded(problem: Problem, step: Step, context: SetupContext) -> StepResult:
    """A problem as a step's result: what to do about missing access is the step's own link."""
    label, url = step.fix(context) if isinstance(step, DelegationStep) else ("", "")
    if isinstance(problem, NotDelegated):
        text = "Not granted" + ("." if label else "; see the steps above.") + " A new grant can take some minutes."
        return StepResult("failed" if label else "waiting", text, label, url, problem.raw)
    if isinstance(problem, OurConfiguration):  # nothing that the domain could mend
        return StepResult("failed", f"{problem.words} Request id: {context.request_id}.", raw=problem.raw)
    waiting = isinstance(problem, GoogleProblem) and problem.retry
    if waiting:
        label = url = ""
    return StepResult("waiting" if waiting else "failed", problem.words, label, url, problem.raw)


def _stored(row: Row) -> dict[str, str]:
    result = row.result
    at = row.checked_at.isoformat() if row.checked_at else ""
    return {
        "state": result.state, "text": result.text, "fix_label": result.fix_label, "fix_url": result.fix_url,
        "raw": result.raw, "at": at,
    }  # fmt: skip


def _kept_row(step: Step, kept: Mapping[str, str] | None) -> Row:
    if not kept:
        return Row(step, UNKNOWN)
    values = {name: kept[name] for name in ("text", "fix_label", "fix_url", "raw")}
    states: dict[str, StepState] = {"ok": "ok", "failed": "failed"}
    state = states.get(kept["state"], "waiting")
    return Row(step, StepResult(state, **values), datetime.fromisoformat(kept["at"]))
