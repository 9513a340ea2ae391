"""Taking names in a test as a search does: look, choose, take."""

from collections.abc import Sequence
from datetime import datetime

from provisioning.naming.holder import USABLE, Holder
from provisioning.naming.holds import Holds


def claim(
    holds: Holds, holder: Holder, names: Sequence[str], wanted: int, seconds: float, *, whole: bool = False
) -> tuple[str, ...]:
    """The first `wanted` of the names that the holder can have, held besides what it has; () if somebody is faster."""
    return claim_until(holds, holder, names, wanted, seconds, whole=whole)[0]


def claim_until(
    holds: Holds, holder: Holder, names: Sequence[str], wanted: int, seconds: float, *, whole: bool = False
) -> tuple[tuple[str, ...], datetime | None]:
    """The same, and until when they are held."""
    look = holds.look(holder, names)
    chosen = tuple(name for name in names if look.standings[name] in USABLE)[:wanted]
    expires = holds.take(holder, chosen, look, seconds, whole=whole) if chosen else None
    return (chosen, expires) if expires else ((), None)
