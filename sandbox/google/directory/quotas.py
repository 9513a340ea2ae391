"""How often one may ask: sliding windows, and the answers when it was too often."""

from collections import defaultdict, deque

from flask import Response, abort

from sandbox.google.errors import GoogleError
from sandbox.google.world import World

TOO_FAST = "Request rate higher than configured."


class Quotas:
    """Counts for one world; switched by `knobs.enforce_quota`, kept in memory only."""

    def __init__(self, world: World) -> None:
        """Nothing has been asked yet."""
        self.world = world
        self._times: dict[tuple[str, ...], deque[float]] = defaultdict(deque)

    def count_query(self, subject: str) -> None:
        """One request of this person through our project. Raises when it is one too many in a minute."""
        number = self.world.project.number
        if self._is_over(("queries", number, subject), self.world.knobs.queries_per_minute, 60.0):
            metric = "Quota exceeded for quota metric 'Queries' and limit 'Queries per minute per user'"
            message = f"{metric} of service 'admin.googleapis.com' for consumer 'project_number:{number}'."
            self._refuse(message, "userRateLimitExceeded")

    def count_create(self, domain: str) -> None:
        """One account opened in the domain. Raises when it is one too many in a second."""
        if self._is_over(("creates", domain), self.world.knobs.creates_per_second, 1.0):
            self._refuse(TOO_FAST, "quotaExceeded")

    def count_org_unit_change(self, customer_id: str) -> None:
        """One organizational unit made or changed. Raises when it is one too many in a second."""
        if self._is_over(("org units", customer_id), self.world.knobs.org_units_per_second, 1.0):
            self._refuse(TOO_FAST, "quotaExceeded")

    def _is_over(self, key: tuple[str, ...], most: int, seconds: float) -> bool:
        """A refused request does not count: waiting for one window is always enough."""
        if not self.world.knobs.enforce_quota:
            return False
        now, times = self.world.now().timestamp(), self._times[key]
        # A clock that was set back would otherwise keep the window full.
        while times and not now - seconds < times[0] <= now:
            times.popleft()
        if len(times) >= most:
            return True
        times.append(now)
        return False

    def _refuse(self, message: str, reason: str) -> None:
        """The documents disagree on what is sent today, so the knob decides."""
        match self.world.knobs.quota_answer:
            case "403 text":
                abort(Response(TOO_FAST, 403, content_type="text/plain; charset=utf-8"))
            case "429":
                raise GoogleError(429, message, "rateLimitExceeded", "usageLimits", "RESOURCE_EXHAUSTED")
            case "503":
                raise GoogleError(503, "Service unavailable. Please try again", "backendError")
            case _:
                raise GoogleError(403, message, reason, "usageLimits")
