"""Google's answers about licenses, kept in this process for less than a minute."""

from collections import OrderedDict
from datetime import datetime, timedelta
from typing import Protocol

from marketplace.rules import ACTIVE
from runtime.clock import Clock
from runtime.google_problems import GoogleProblem

POSITIVE_KEPT = timedelta(seconds=55)
"""With the time a request takes, an answer is never older than 60 s when it is used."""
NEGATIVE_KEPT = timedelta(seconds=10)
"""Short, so that a fresh install works at once; long enough that a stranger cannot make us ask Google at will."""
ANSWERS_KEPT = 10_000


class LicenseSource(Protocol):
    """The Marketplace API. Both raise GoogleProblem when Google does not say."""

    def customer_state(self, domain: str) -> str:
        """ACTIVE or UNLICENSED."""

    def user_is_licensed(self, email: str) -> bool:
        """Whether the app is on for this person."""


class Licenses:
    """Asks at most once for each domain and minute."""

    def __init__(self, source: LicenseSource, clock: Clock) -> None:
        """source: asked when nothing fresh is known."""
        self._source = source
        self._clock = clock
        self._answers: OrderedDict[str, tuple[str, datetime]] = OrderedDict()

    def of_domain(self, domain: str) -> str:
        """ACTIVE, UNLICENSED, or "" when Google does not say."""
        now = self._clock()
        known = self._answers.get(domain)
        if known and now - known[1] < (POSITIVE_KEPT if known[0] == ACTIVE else NEGATIVE_KEPT):
            return known[0]
        try:
            answer = self._source.customer_state(domain)
        except GoogleProblem:
            answer = ""
        self._answers[domain] = (answer, now)
        while len(self._answers) > ANSWERS_KEPT:
            self._answers.popitem(last=False)
        return answer

    def of_person(self, email: str) -> bool:
        """Whether the app is on for a person; sessions remember the answer. Raises GoogleProblem."""
        return self._source.user_is_licensed(email)

    def forget(self, domain: str) -> None:
        """Ask anew at the next question."""
        self._answers.pop(domain, None)
