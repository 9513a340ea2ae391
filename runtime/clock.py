"""The time, as an argument."""

from collections.abc import Callable
from datetime import UTC, datetime

Clock = Callable[[], datetime]
"""Returns the present moment, aware, in UTC."""


def system_clock() -> datetime:
    """The machine's own clock, in UTC."""
    return datetime.now(UTC)


def naive(moment: datetime) -> datetime:
    """As Datastore keeps it: in UTC, without saying so."""
    return moment.astimezone(UTC).replace(tzinfo=None)


def aware(moment: datetime | None) -> datetime | None:
    """What `naive` made, back again."""
    return moment.replace(tzinfo=UTC) if moment is not None else None
