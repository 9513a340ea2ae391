"""Why a name is not offered, in words."""

from datetime import date, timedelta

from provisioning.naming.lineup import PassedOver
from provisioning.naming.policy import Why

KEPT_FREE = timedelta(days=20)
"""How long a deleted person can be brought back (Directory API, users.undelete), and keeps the name: so they were
deleted that long before the day until which it counts as taken."""

_REASONS = {
    Why.USER: "a person has this address",
    Why.ALIAS: "it is another address of a person",
    Why.GROUP: "a group has this address",
    Why.GROUP_ALIAS: "it is another address of a group",
    Why.OTHER: "the address is in use",
    Why.HELD: "somebody else, or another tab of yours, has just been offered it",
    Why.CREATED: "an account of this name has just been made",
    Why.RESERVED: "it is reserved",
}


def reason(passed: PassedOver) -> str:
    """Why a name is not offered, as the end of a sentence."""
    if passed.why is Why.DELETED:
        return deleted_reason(passed.detail)
    if passed.why is Why.FORBIDDEN:
        return f"the word “{passed.detail}” arises in it"
    return _REASONS.get(passed.why) or passed.detail or passed.why.value


def deleted_reason(until: str) -> str:
    """Why the name of a deleted person is not to be had. until: an ISO date; "" where the day is not known."""
    if not until:
        return "it belonged to a person who was deleted, and is kept free for them"
    last = date.fromisoformat(until)
    return f"it belonged to a person deleted on {_day(last - KEPT_FREE)}; it is kept free until {_day(last)}"


def _day(day: date) -> str:
    return f"{day.day} {day:%B %Y}"
