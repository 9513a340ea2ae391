"""How long ago a person, and not only a browser's cookie, was asked who it is. Pure. Times are UTC, naive.

Google passes people on silently, and has no way to have somebody sign in again (prompt=login is unknown to it,
max_age changes nothing); verified apps may be told when the person signed in at Google.
"""

from datetime import UTC, datetime, timedelta

FRESH = timedelta(minutes=5)
"""How long a sign-in counts as fresh: for what is worth a second look at who sits there."""
SIGNED_IN_LONG_AGO = (
    "Google says that you signed in there more than five minutes ago, and has no way to ask you again. "
    "Sign out of Google in this browser, then sign in again."
)


def signed_in_at(auth_time: int, now: datetime, *, asked: bool) -> datetime | None:
    """When the person was last asked; None when that is not known.

    auth_time: Google's word, in seconds since 1970, which counts wherever it is given; 0 where it is not. asked:
    whether the person had to do something at Google just now.
    """
    if auth_time:
        seconds = min(float(auth_time), now.replace(tzinfo=UTC).timestamp())
        return datetime.fromtimestamp(seconds, UTC).replace(tzinfo=None)
    return now if asked else None


def is_fresh(signed_in: datetime | None, now: datetime) -> bool:
    """Whether that is less than FRESH ago."""
    return signed_in is not None and now - signed_in < FRESH
