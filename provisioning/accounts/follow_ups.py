"""Doing what follows after an account was made, one call to Google for each step.

Shortly after a create Google answers 404, 412, 403 or 409 to what it will do a little later: such a step is parked.
What it surely refuses fails the step. Neither ever fails the account. Every step may be repeated: what is done already
counts as done, so that an answer which was lost costs nothing but another call.
"""

import logging
from collections.abc import Mapping
from dataclasses import replace

from provisioning.accounts.steps import Step, StepKind
from provisioning.directory.licensing import Licenses, NoSeats, OtherLicense
from provisioning.directory.port import Directory
from runtime.clock import Clock
from runtime.google_problems import (
    AccessRefused,
    AlreadyExists,
    ChangeUnderWay,
    GoogleNotFound,
    GoogleProblem,
    GoogleUnreachable,
    InvalidValue,
    LimitReached,
    NotDelegated,
    NotReadyYet,
)

_log = logging.getLogger("frontdesk.accounts")
_PASSING = (AccessRefused, ChangeUnderWay, GoogleNotFound, GoogleUnreachable, NotReadyYet)
"""What passes by itself, where it is said of an account that was just made."""
_REFUSALS = (AlreadyExists, InvalidValue, LimitReached, NoSeats, OtherLicense)
_DOING: Mapping[StepKind, str] = {
    "details": "Writing the details",
    "alias": "Adding the alias {}",
    "group": "Joining the group {}",
    "license": "Giving the license {}",
    "welcome": "Sending the welcome",
}


class FollowUps:
    """Executes steps. Keeps nothing."""

    def __init__(self, directory: Directory, licenses: Licenses, clock: Clock) -> None:
        """Whoever calls it sees to the pace: GoogleThrottled tells that it was too fast."""
        self._directory = directory
        self._licenses = licenses
        self._clock = clock

    def attempt(self, subject: str, person_id: str, address: str, step: Step, *, begun: float) -> Step:
        """Try the step once, and return it as it is after: done, parked, failed, or waiting for mail.

        begun: when the account was made, in seconds since 1970. Raises what concerns every account, and leaves the step
        as it was: GoogleThrottled, NotDelegated (but for licenses, which a domain may leave out), SubjectUnusable,
        BlockedByPolicy, OurConfiguration.
        """
        if step.kind == "welcome":
            return replace(step, state="waiting")
        try:
            self._do(subject, person_id, address, step)
        except (*_PASSING, *_REFUSALS) as problem:
            return self._after(step, problem, begun)
        except NotDelegated as problem:
            if step.kind != "license":
                raise
            return step.failed(
                problem.code, f"{_doing(step)}: your domain has not permitted that yet. See its setup page."
            )
        return step.done()

    def _after(self, step: Step, problem: GoogleProblem, begun: float) -> Step:
        _log.info("%s: %s %s", _doing(step), problem.code, problem.raw)
        words, now = _words(step, problem), self._clock().timestamp()
        if isinstance(problem, _PASSING):
            return step.parked(problem.code, words, now=now, begun=begun, at_least=problem.retry_after)
        return step.failed(problem.code, words)

    def _do(self, subject: str, person_id: str, address: str, step: Step) -> None:
        if step.kind == "group":
            # By address: a group may know the address of a new account sooner than its id (guess), and shows it so.
            self._directory.add_member(subject, step.target, address)
        elif step.kind == "alias":
            self._add_alias(subject, person_id, step.target)
        elif step.kind == "license":
            product, _, sku = step.target.partition("/")
            self._licenses.assign(subject, product, sku, address)
        else:
            self._directory.patch_details(subject, person_id, step.values)

    def _add_alias(self, subject: str, person_id: str, alias: str) -> None:
        """What is refused may be the account's own already, by an attempt whose answer was lost."""
        try:
            self._directory.add_alias(subject, person_id, alias)
        except ChangeUnderWay:
            raise
        except _REFUSALS:
            there = self._directory.person_at(subject, alias)
            if there is None or there.person is None or there.person.id != person_id:
                raise


def _doing(step: Step) -> str:
    return _DOING[step.kind].format(step.target)


def _words(step: Step, problem: GoogleProblem) -> str:
    """Without Google's own words; of details, those that its words name."""
    what = problem.what.removesuffix(".")
    named = [name.replace("_", " ") for name in step.values if name in problem.raw]
    return f"{_doing(step)}: {what}{' (' + ', '.join(named) + ')' if named else ''}."
