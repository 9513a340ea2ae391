"""Google's answers about licenses, kept in this process for less than a minute."""

from collections import OrderedDict, deque
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
HINTS_A_MINUTE = 60
"""Questions about names that anybody typed into an address, so that nobody can use up our quota by making names up."""


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
        self._hints: deque[datetime] = deque(maxlen=HINTS_A_MINUTE)

    def of_domain(self, domain: str) -> str:
        """ACTIVE, UNLICENSED, or "" when Google does not say."""
        known = self._known(domain)
        if known is not None:
            return known
        asked_at = self._clock()
        try:
            answer = self._source.customer_state(domain)
        except GoogleProblem:
            answer, asked_at = "", self._clock()  # the wait is over only now; the next ones must not wait as long
        self._answers[domain] = (answer, asked_at)
        while len(self._answers) > ANSWERS_KEPT:
            self._answers.popitem(last=False)
        return answer

    def of_hint(self, domain: str) -> str:
        """The same for a name without a row that nobody has signed in for; "" also when too many were asked for."""
        now = self._clock()
        if self._known(domain) is None:
            if len(self._hints) == HINTS_A_MINUTE and now - self._hints[0] < timedelta(minutes=1):
                return ""
            self._hints.append(now)
        return self.of_domain(domain)

    def of_person(self, email: str) -> bool:
        """Whether the app is on for a person; sessions remember the answer. Raises GoogleProblem."""
        return self._source.user_is_licensed(email)

    def forget(self, domain: str) -> None:
        """Ask anew at the next question."""
        self._answers.pop(domain, None)

    def _known(self, domain: str) -> str | None:
        """An answer that is fresh enough; None when there is none."""
        answer, since = self._answers.get(domain, ("", None))
        kept = POSITIVE_KEPT if answer == ACTIVE else NEGATIVE_KEPT
        return answer if since is not None and self._clock() - since < kept else None
